// Text and ticks, and the parts that charts are drawn from.

const SEVERITIES = ['normal', 'high', 'critical'];
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const STEPS = [
  1, 10, 100, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE,
  10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY,
  30 * DAY, 91 * DAY, 182 * DAY, 365 * DAY, 1826 * DAY,
];

const theme = {};  // colours of the page, by the name of their CSS variable

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['line', 'grid', 'text', 'soft', 'card', 'value', 'band', 'expected', 'critical', 'high', 'high-mark',
                      'normal', 'truth', 'truth-edge', 'accent']) {
    theme[name] = style.getPropertyValue('--' + name).trim();
  }
  theme.font = style.fontFamily && getComputedStyle(document.body).fontFamily;
}

function severityColour(severity) {
  return severity === 2 ? theme.critical : theme['high-mark'];
}

// Numbers with four significant digits and k, M, G, T for thousands and up.
function numberText(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-4 || size >= 1e16) return value.toExponential(2);
  const power = size >= 1e12 ? 4 : size >= 1e9 ? 3 : size >= 1e6 ? 2 : size >= 1e4 ? 1 : 0;
  const text = String(Number((value / 1000 ** power).toPrecision(4)));
  return power ? text + '\u202f' + ' kMGT'[power] : text;
}

const countText = (value) => value.toLocaleString('en-US');
const plural = (value, noun) => `${countText(value)} ${noun}${value === 1 ? '' : 's'}`;
const pad = (value, digits = 2) => String(value).padStart(digits, '0');

const zone = { local: false };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// A moment as its parts in the zone that was chosen; `at` in milliseconds since 1970.
function parts(at) {
  const shifted = new Date(zone.local ? at - new Date(at).getTimezoneOffset() * MINUTE : at);
  return {
    year: shifted.getUTCFullYear(), month: MONTHS[shifted.getUTCMonth()], day: shifted.getUTCDate(),
    clock: pad(shifted.getUTCHours()) + ':' + pad(shifted.getUTCMinutes()),
    second: shifted.getUTCSeconds(), ms: shifted.getUTCMilliseconds(),
  };
}

function timeText(at) {
  const p = parts(at);
  return `${p.day} ${p.month} ${p.clock}:${pad(p.second)}` + (p.ms ? '.' + pad(p.ms, 3) : '');
}

// "31 Jan 2026, 12:00:00 – 13:59:50"; the day again where it is another.
function rangeText(from, to) {
  const a = parts(from), b = parts(to), clock = (p) => `${p.clock}:${pad(p.second)}` + (p.ms ? '.' + pad(p.ms, 3) : '');
  const sameDay = a.day === b.day && a.month === b.month && a.year === b.year;
  const end = sameDay ? clock(b) : `${b.day} ${b.month}${a.year === b.year ? '' : ' ' + b.year}, ${clock(b)}`;
  return `${a.day} ${a.month} ${a.year}, ${clock(a)} – ${end}`;
}

function durationText(ms) {
  const units = [[DAY, 'd'], [HOUR, 'h'], [MINUTE, 'min'], [SECOND, 's'], [1, 'ms']];
  let first = units.findIndex(([size]) => ms >= size);
  if (first < 0) return '0 s';
  let whole = Math.floor(ms / units[first][0]);
  const rest = first + 1 < units.length ? Math.floor((ms % units[first][0]) / units[first + 1][0]) : 0;
  return `${whole} ${units[first][1]}` + (rest && whole < 10 ? ` ${rest} ${units[first + 1][1]}` : '');
}

// Ticks of an axis of time from `from` to `to`, at most one for each `room` pixels of `width`: [at, text].
function timeTicks(from, to, width, room = 92) {
  const least = (to - from) / Math.max(1, Math.floor(width / room));
  const step = STEPS.find((s) => s >= least) || STEPS[STEPS.length - 1];
  const shift = zone.local ? new Date(from).getTimezoneOffset() * MINUTE : 0;
  const ticks = [];
  for (let at = Math.ceil((from - shift) / step) * step + shift; at <= to; at += step) {
    const p = parts(at);
    const midnight = p.clock === '00:00' && p.second === 0 && p.ms === 0;
    let text = p.clock;
    if (midnight || step >= DAY) text = step >= 91 * DAY ? `${p.month} ${p.year}` : `${p.day} ${p.month}`;
    else if (step < SECOND) text = `${p.clock}:${pad(p.second)}.${pad(p.ms, 3)}`;
    else if (step < MINUTE) text = `${p.clock}:${pad(p.second)}`;
    ticks.push([at, text]);
  }
  return ticks;
}

// Three to six round values between low and high.
function valueTicks(low, high) {
  const raw = (high - low) / 4, power = 10 ** Math.floor(Math.log10(raw));
  const steps = [1, 2, 2.5, 5, 10].map((f) => f * power);
  const step = steps.reduce((best, s) => (Math.abs(Math.log(s / raw)) < Math.abs(Math.log(best / raw)) ? s : best));
  const ticks = [];
  if (!(step > 0) || !Number.isFinite(step)) return ticks;
  for (let k = Math.ceil(low / step); k * step <= high && ticks.length < 8; k++) ticks.push(k * step);
  return ticks;
}

// Sizes a canvas to its box and the screen's pixels; its cleared context with CSS pixels as units.
function prepare(canvas) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = '11px ' + theme.font;
  return { pen, width, height };
}

function drawTimeAxis(pen, box, view, origin) {
  pen.fillStyle = theme.soft;
  pen.strokeStyle = theme.grid;
  pen.lineWidth = 1;
  pen.textBaseline = 'alphabetic';
  const scale = box.width / (view.to - view.from);
  for (const [at, text] of timeTicks(view.from + origin, view.to + origin, box.width)) {
    const x = box.left + (at - origin - view.from) * scale, half = pen.measureText(text).width / 2;
    if (!box.bare) {
      pen.beginPath();
      pen.moveTo(Math.round(x) + 0.5, box.top);
      pen.lineTo(Math.round(x) + 0.5, box.top + box.height);
      pen.stroke();
    }
    pen.textAlign = 'center';
    pen.fillText(text, Math.min(Math.max(x, box.left + half), box.left + box.width - half), box.axis);
  }
}

// The line through points first to last of `time` and `value` (and `high`, where a point is a range). With more
// points than pixels, a column of pixels shows the lowest and the highest of its points.
function drawLine(pen, chart, first, last, xOf, yOf) {
  const { time, value, high, gap } = chart;
  const dense = last - first > 2 * (xOf(time[last]) - xOf(time[first]));
  let column = -1, low = 0, top = 0, before = NaN, open = false;
  pen.beginPath();
  const finishColumn = () => {
    if (column >= 0 && top !== low) {
      pen.moveTo(column, yOf(low));
      pen.lineTo(column, yOf(top));
    }
  };
  for (let i = first; i <= last; i++) {
    if (Number.isNaN(value[i])) {
      open = false;
      continue;
    }
    const x = xOf(time[i]), from = value[i], to = high ? high[i] : from;
    if (time[i] - before > gap) open = false;
    before = time[i];
    if (dense || high) {
      const at = dense ? Math.round(x) : x;
      if (at === column && open) {
        low = Math.min(low, from);
        top = Math.max(top, to);
        continue;
      }
      finishColumn();
      if (open) pen.lineTo(at, yOf((from + to) / 2));
      else pen.moveTo(at, yOf((from + to) / 2));
      column = at;
      low = from;
      top = to;
      pen.moveTo(at, yOf((from + to) / 2));
    } else if (open) {
      pen.lineTo(x, yOf(from));
    } else {
      pen.moveTo(x, yOf(from));
      const alone = i === last || Number.isNaN(value[i + 1]) || time[i + 1] - time[i] > gap;
      if (alone) pen.lineTo(x + 1.5, yOf(from));
    }
    open = true;
  }
  finishColumn();
  pen.stroke();
}

// A dot a point, where points are far between.
function drawPoints(pen, { time, value, high }, first, last, xOf, yOf) {
  pen.fillStyle = theme.value;
  for (let i = first; i <= last; i++) {
    for (const shown of high ? [value[i], high[i]] : [value[i]]) {
      if (Number.isNaN(shown)) continue;
      pen.beginPath();
      pen.arc(xOf(time[i]), yOf(shown), 2.2, 0, 7);
      pen.fill();
    }
  }
}
