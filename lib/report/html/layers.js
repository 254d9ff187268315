// What a chart is drawn from, from back to front. A `box` is the rectangle of the plot; xOf and yOf place times and
// values in it; first and last are the points in view.

function drawValueAxis(pen, chart, box, domain, yOf) {
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  for (const tick of valueTicks(domain.low, domain.high)) {
    const y = Math.round(yOf(tick)) + 0.5;
    pen.strokeStyle = theme.grid;
    pen.beginPath();
    pen.moveTo(box.left, y);
    pen.lineTo(box.left + box.width, y);
    pen.stroke();
    pen.fillStyle = theme.soft;
    pen.fillText(numberText(tick), box.left - 8, y);
  }
  if (!chart.levelOnly) return;
  pen.strokeStyle = theme.critical;
  pen.setLineDash([5, 4]);
  pen.beginPath();
  pen.moveTo(box.left, yOf(1));
  pen.lineTo(box.left + box.width, yOf(1));
  pen.stroke();
  pen.setLineDash([]);
  pen.fillStyle = theme.soft;
  pen.textBaseline = 'alphabetic';
  pen.fillText('level of the score; 1 is the threshold', box.left + box.width, yOf(1) - 5);
}

function drawTruth(pen, chart, box, xOf) {
  const { view, truth } = chart.page;
  for (const index of chart.series.truth) {
    const [start, end, kind] = truth[index];
    if (end < view.from || start > view.to) continue;
    const left = xOf(start), wide = Math.max(xOf(end) - left, 2);
    pen.fillStyle = theme.truth;
    pen.fillRect(left, box.top, wide, box.height);
    pen.fillStyle = theme['truth-edge'];
    pen.fillRect(left, box.top, wide, 2);
    const text = kind.slice(0, 40);
    if (pen.measureText(text).width > Math.max(wide, 70)) continue;
    pen.textAlign = 'left';
    pen.textBaseline = 'alphabetic';
    const most = box.left + box.width - pen.measureText(text).width;
    pen.fillText(text, Math.min(Math.max(left, box.left), most), box.top - 5);
  }
}

// Below the chart, how far the level was up: nothing below one half, pale to the threshold, then amber or red.
function drawStrip(pen, chart, box, xOf, first, last) {
  const { level, time, coarse } = chart.data, y = box.top + box.height + 5;
  pen.fillStyle = theme.grid;
  pen.fillRect(box.left, y, box.width, CHART.strip);
  if (!level) return;
  const columns = new Float64Array(Math.ceil(box.width) + 1);
  const put = (from, to, value) => {
    for (let x = Math.max(0, from); x <= Math.min(to, columns.length - 1); x++) columns[x] = Math.max(columns[x], value);
  };
  for (let i = first - (first % coarse); i <= last; i += coarse) {
    const value = level[i / coarse];
    if (!(value >= 0.5)) continue;
    const next = Math.min(i + coarse, chart.data.n - 1);
    const until = Math.min(time[next], time[i] + chart.data.gap);
    put(Math.floor(xOf(time[i]) - box.left), Math.ceil(xOf(until) - box.left), value);
  }
  for (let x = 0; x < columns.length; x++) {
    if (columns[x] < 0.5) continue;
    pen.globalAlpha = columns[x] >= 1 ? 1 : (columns[x] - 0.5) * 0.8;
    pen.fillStyle = severityColour(columns[x] >= chart.criticalAt ? 2 : 1);
    pen.fillRect(box.left + x, y, 1, CHART.strip);
  }
  pen.globalAlpha = 1;
}

function drawBand(pen, chart, box, first, last, xOf, yOf) {
  const { lower, upper, expected, time, coarse, n, gap } = chart.data;
  const from = Math.floor(first / coarse), to = Math.floor(last / coarse);
  const skip = Math.max(1, Math.floor((to - from) / (2 * box.width)));
  const stretches = (known, draw) => {
    let run = [];
    const flush = () => {
      if (run.length) draw([...run, Math.min(n - 1, run[run.length - 1] * coarse + coarse)]);
      run = [];
    };
    for (let j = from; j <= to; j += skip) {
      if (!known(j) || (run.length && time[j * coarse] - time[run[run.length - 1] * coarse] > gap * coarse * skip)) flush();
      if (known(j)) run.push(j);
    }
    flush();
  };
  // Runs are coarse indices, the last item is the row where the run ends.
  const xs = (run) => run.map((j, k) => xOf(time[k === run.length - 1 ? j : j * coarse]));
  const at = (track, run, k) => track[run[Math.min(k, run.length - 2)]];
  if (lower || upper) {
    pen.fillStyle = theme.band;
    const has = (track, j) => track && !Number.isNaN(track[j]);
    stretches((j) => has(lower, j) || has(upper, j), (run) => {
      const x = xs(run), clamp = (y) => Math.min(Math.max(y, box.top - 2), box.top + box.height + 2);
      const edge = (track, k, otherwise) => (has(track, run[Math.min(k, run.length - 2)]) ? clamp(yOf(at(track, run, k))) : otherwise);
      pen.beginPath();
      for (let k = 0; k < x.length; k++) pen.lineTo(x[k], edge(upper, k, box.top));
      for (let k = x.length - 1; k >= 0; k--) pen.lineTo(x[k], edge(lower, k, box.top + box.height));
      pen.fill();
    });
  }
  if (!expected) return;
  pen.strokeStyle = theme.expected;
  pen.lineWidth = 1;
  pen.setLineDash([4, 3]);
  stretches((j) => !Number.isNaN(expected[j]), (run) => {
    pen.beginPath();
    xs(run).forEach((x, k) => pen.lineTo(x, yOf(at(expected, run, k))));
    pen.stroke();
  });
  pen.setLineDash([]);
}

// Rows over the threshold are dots, critical ones diamonds; those that alerted are larger and ringed.
function drawMarks(pen, chart, box, xOf, yOf) {
  const { view } = chart.page;
  for (const [time, score, value, severity, alert] of chart.series.marks) {
    if (time < view.from || time > view.to) continue;
    const shown = chart.levelOnly ? score : value;
    const x = xOf(time), y = shown === null ? box.top + box.height : Math.min(Math.max(yOf(shown), box.top), box.top + box.height);
    const size = alert ? 4.5 : 2.6;
    pen.fillStyle = severityColour(severity);
    pen.beginPath();
    if (severity === 2) {
      pen.moveTo(x, y - size * 1.2);
      pen.lineTo(x + size * 1.2, y);
      pen.lineTo(x, y + size * 1.2);
      pen.lineTo(x - size * 1.2, y);
      pen.closePath();
    } else {
      pen.arc(x, y, size, 0, 7);
    }
    if (alert) {
      pen.strokeStyle = theme.card;
      pen.lineWidth = 2.5;
      pen.stroke();
    }
    pen.fill();
  }
}
