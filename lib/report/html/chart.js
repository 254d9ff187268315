// One series: its card, its chart, and what is said of the point under the pointer.

const CHART = { left: 62, right: 10, top: 18, bottom: 32, strip: 5 };

class Chart {
  constructor(series, page) {
    this.series = series;
    this.page = page;
    this.element = document.createElement('article');
    this.element.className = 'card series';
    this.element.chart = this;
    this.visible = false;
  }

  // Called when the card comes near the screen; before, it is an empty box, and its rows are still text.
  show() {
    this.visible = true;
    if (!this.data) {
      this.data = decodeSeries(this.series);
      this.prepareData();
    }
    if (!this.plot) this.build();
    this.draw();
  }

  // Called when it leaves: pixels cost far more memory than numbers.
  hide() {
    this.visible = false;
    if (this.canvas) this.canvas.width = this.canvas.height = 0;
  }

  prepareData() {
    const data = this.data, steps = [];
    for (let i = 1; i < Math.min(data.n, 400); i++) steps.push(data.time[i] - data.time[i - 1]);
    steps.sort((a, b) => a - b);
    data.gap = steps.length ? Math.max(steps[steps.length >> 1] * 6, 1) : Infinity;
    // From which level on the strip is red: the level alone does not tell its severity.
    const critical = this.series.marks.filter((mark) => mark[3] === 2).map((mark) => mark[1]);
    this.criticalAt = Math.min(Infinity, ...critical);
    this.levelOnly = !data.value;
    if (!this.levelOnly) return;
    // Scored without a value of its own (several columns together): the level is what there is to draw.
    data.value = new Float64Array(data.n).map((_, i) => (data.level ? data.level[Math.floor(i / data.coarse)] : NaN));
    data.high = data.expected = data.lower = data.upper = null;
  }

  build() {
    const s = this.series, element = this.element;
    const add = (parent, tag, name, text) => {
      const child = document.createElement(tag);
      if (name) child.className = name;
      if (text !== undefined) child.textContent = text;
      parent.append(child);
      return child;
    };
    const head = add(element, 'div', 'series-head');
    if (s.status) add(head, 'span', 'chip status', s.status.replaceAll('_', ' '));
    else add(head, 'span', 'chip ' + SEVERITIES[s.severity], SEVERITIES[s.severity]);
    const name = add(head, 'div', 'series-name');
    name.title = s.name;
    const brace = s.metric.indexOf('{'), metric = brace < 0 ? s.metric : s.metric.slice(0, brace);
    if (s.service) add(name, 'span', 'in', s.service);
    add(name, 'span', 'what', metric || (brace < 0 ? (s.service ? '' : 'all rows') : s.metric));
    if (brace > 0) add(name, 'span', 'labels mono', s.metric.slice(brace + 1, -1));
    const facts = add(head, 'div', 'facts');
    const fact = (label, value, after = '', className = '') => {
      const span = add(facts, 'span', className);
      span.append(label + ' ');
      add(span, 'b', '', value);
      if (after) span.append(' ' + after);
    };
    if (s.worst !== null) fact('worst', s.worst.toFixed(2), 'at ' + timeText(s.worstAt + this.page.origin), 'less');
    fact('alerts', countText(s.alerts));
    fact('last', numberText(s.last));
    this.plot = add(element, 'div', 'plot');
    this.canvas = add(this.plot, 'canvas');
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', `Chart of ${s.name}: ${plural(s.alerts, 'alert')}, worst score ${numberText(s.worst)}`);
    this.cross = add(this.plot, 'div', 'cross');
    this.cross.hidden = true;
    this.page.makeZoomable(this.plot, CHART.left, CHART.right);
    this.plot.addEventListener('pointermove', (event) => this.hover(event));
    this.plot.addEventListener('pointerleave', () => this.page.leave());
  }

  // Makes the card's content anew, for texts that have changed.
  rebuild() {
    this.element.replaceChildren();
    this.build();
  }

  // Points from one before the view to one behind it.
  range() {
    const { view } = this.page, { time, n } = this.data;
    return [Math.max(0, lowerBound(time, view.from) - 1), Math.min(n - 1, lowerBound(time, view.to))];
  }

  // The axis of values: all values in view; the band as far as it does not dwarf them.
  domain(first, last) {
    const { value, high, lower, upper, expected, coarse } = this.data;
    let low = Infinity, top = -Infinity;
    for (let i = first; i <= last; i++) {
      if (value[i] < low) low = value[i];
      const to = high ? high[i] : value[i];
      if (to > top) top = to;
    }
    if (low > top) return null;
    if (this.levelOnly) return { low: 0, high: Math.max(1.2, top * 1.05) };
    const room = top - low || Math.abs(top) * 0.2 || 1;
    let bandLow = low, bandTop = top;
    for (let j = Math.floor(first / coarse); j <= Math.floor(last / coarse); j++) {
      for (const track of [lower, upper, expected]) {
        if (!track || Number.isNaN(track[j])) continue;
        bandLow = Math.min(bandLow, track[j]);
        bandTop = Math.max(bandTop, track[j]);
      }
    }
    bandLow = Math.max(bandLow, low - room);
    bandTop = Math.min(bandTop, top + room);
    const margin = bandTop > bandLow ? (bandTop - bandLow) * 0.07 : room;
    return { low: bandLow - margin, high: bandTop + margin };
  }

  draw() {
    const room = this.plot ? this.plot.clientWidth - CHART.left - CHART.right : 0;
    if (!this.visible || room <= 0) return;  // not on the page at the moment
    const { pen, width, height } = prepare(this.canvas), { view, origin } = this.page;
    const box = {
      left: CHART.left, top: CHART.top, width: width - CHART.left - CHART.right,
      height: height - CHART.top - CHART.bottom, axis: height - 4,
    };
    drawTimeAxis(pen, box, view, origin);
    const [first, last] = this.range(), domain = this.domain(first, last);
    const xOf = (time) => box.left + (time - view.from) / (view.to - view.from) * box.width;
    pen.save();
    pen.beginPath();
    pen.rect(box.left, 0, box.width, height);
    pen.clip();
    drawTruth(pen, this, box, xOf);
    drawStrip(pen, this, box, xOf, first, last);
    pen.restore();
    if (!domain) {
      pen.fillStyle = theme.soft;
      pen.textAlign = 'center';
      pen.fillText('no values in this stretch', box.left + box.width / 2, box.top + box.height / 2);
      this.yOf = null;
      return;
    }
    const yOf = (value) => box.top + (domain.high - value) / (domain.high - domain.low) * box.height;
    drawValueAxis(pen, this, box, domain, yOf);
    pen.save();
    pen.beginPath();
    pen.rect(box.left, box.top - 6, box.width + 1, box.height + 12);
    pen.clip();
    drawBand(pen, this, box, first, last, xOf, yOf);
    pen.strokeStyle = theme.value;
    pen.lineWidth = 1.4;
    pen.lineJoin = 'round';
    drawLine(pen, this.data, first, last, xOf, yOf);
    if (last - first < box.width / 14) drawPoints(pen, this.data, first, last, xOf, yOf);
    drawMarks(pen, this, box, xOf, yOf);
    pen.restore();
    this.yOf = yOf;
  }

  placeCross(time) {
    if (!this.visible || !this.cross) return;
    const { view } = this.page, width = this.plot.clientWidth - CHART.left - CHART.right;
    const hidden = time === null || time < view.from || time > view.to;
    this.cross.hidden = hidden;
    if (hidden) return;
    const x = CHART.left + (time - view.from) / (view.to - view.from) * width;
    this.cross.style.transform = `translateX(${x}px)`;
  }

  hover(event) {
    const { view } = this.page, bounds = this.plot.getBoundingClientRect();
    const width = bounds.width - CHART.left - CHART.right, x = event.clientX - bounds.left - CHART.left;
    const pointed = view.from + x / width * (view.to - view.from);
    if (x < 0 || x > width || !this.data.n) {
      this.page.leave();
      return;
    }
    const mark = this.nearestMark(pointed, (view.to - view.from) / width * 6);
    const { time, n } = this.data;
    let i = lowerBound(time, mark ? mark[0] : pointed);
    if (i === n || (i > 0 && !mark && pointed - time[i - 1] < time[i] - pointed)) i--;
    const at = mark ? mark[0] : time[i];
    this.page.point(at, event, this.tip(i, at, mark));
  }

  // The worst mark within `reach` milliseconds.
  nearestMark(at, reach) {
    let best = null;
    for (const mark of this.series.marks) {
      if (Math.abs(mark[0] - at) <= reach && (!best || mark[1] > best[1])) best = mark;
    }
    return best;
  }

  // What the tip says: the time, pairs of name and value, and lines below.
  tip(i, at, mark) {
    const data = this.data, j = Math.floor(i / data.coarse), pairs = [], lines = [];
    const known = (track) => track && !Number.isNaN(track[j]);
    if (!this.levelOnly) {
      const thinned = data.high && !mark && data.high[i] !== data.value[i];
      const value = mark ? mark[2] : data.value[i];
      pairs.push(['value', thinned ? `${numberText(value)} to ${numberText(data.high[i])}` : numberText(value)]);
    }
    if (known(data.expected)) pairs.push(['expected', numberText(data.expected[j])]);
    if (known(data.lower) || known(data.upper)) {
      pairs.push(['usual', `${known(data.lower) ? numberText(data.lower[j]) : 'any'} to ${known(data.upper) ? numberText(data.upper[j]) : 'any'}`]);
    }
    if (mark) pairs.push(['score', numberText(mark[1]), SEVERITIES[mark[3]]]);
    else if (known(data.level)) pairs.push(['level', numberText(data.level[j])]);
    if (mark && mark[4]) lines.push(['Alert, ' + SEVERITIES[mark[3]], SEVERITIES[mark[3]]]);
    if (mark && mark[5] !== undefined) {
      for (const reason of this.series.reasons[mark[5]].split('\n')) lines.push([reason, 'mono']);
    }
    for (const index of this.series.truth) {
      const [start, end, kind] = this.page.truth[index];
      if (at >= start && at <= end) lines.push(['Labelled' + (kind ? ': ' + kind : ''), 'truth']);
    }
    return { pairs, lines };
  }
}
