// The page: what is shown, in which order, and which stretch of time.

class Page {
  constructor(data) {
    this.data = data;
    this.origin = data.from;
    this.truth = data.truth;
    this.full = { from: 0, to: Math.max(data.to - data.from, 1) };
    this.view = { ...this.full };
    this.charts = data.series.map((series) => new Chart(series, this));
    this.shown = this.charts;
    this.incidents = (data.incidents || []).map((incident, i, all) => new IncidentCard(incident, this, i, all.length));
    this.get = (id) => document.getElementById(id);
    this.tip = this.get('tip');
    this.hovered = null;
    readTheme();
    this.buildTotals();
    if (!this.charts.length) {
      this.sayNone('No scores in this report', 'The stream that it was made of had no rows.', false);
      return;
    }
    this.get('timeline').hidden = this.get('filters').hidden = false;
    this.timeline = new Timeline(this.get('timeline'), this);
    this.buildIncidents();
    this.watch();
    this.buildFilters();
    this.filter();
  }

  buildIncidents() {
    if (!this.incidents.length) return;
    const section = this.get('incidents');
    section.hidden = false;
    section.append(Object.assign(document.createElement('h2'), { textContent: 'Incidents' }));
    section.append(...this.incidents.map((incident) => incident.element));
  }

  buildTotals() {
    const { series, rows, scored, truth } = this.data;
    const number = (test) => series.filter(test).length;
    const tiles = [
      ['', countText(series.length), 'series'],
      ['critical', countText(number((s) => s.severity === 2)), 'critical'],
      ['high', countText(number((s) => s.severity === 1)), 'high'],
      ['', countText(series.reduce((sum, s) => sum + s.alerts, 0)), 'alerts'],
      ['', rows ? `${(100 * scored / rows).toFixed(scored === rows ? 0 : 1)} %` : '–', `of ${rows < 1e6 ? countText(rows) : numberText(rows)} rows scored`],
    ];
    if (this.incidents.length) tiles.unshift(['', countText(this.incidents.length), this.incidents.length === 1 ? 'incident' : 'incidents']);
    if (truth.length) tiles.push(['', countText(truth.length), 'labelled events']);
    for (const [name, value, label] of tiles) {
      const tile = document.createElement('div');
      tile.className = 'card tile ' + (value === '0' ? '' : name);
      tile.append(Object.assign(document.createElement('b'), { textContent: value }));
      tile.append(Object.assign(document.createElement('span'), { textContent: label }));
      this.get('tiles').append(tile);
    }
    this.sayTimes();
  }

  sayTimes() {
    if (!this.charts.length) return;
    const range = ({ from, to }) => rangeText(from + this.origin, to + this.origin);
    this.get('span').textContent = `${range(this.full)} ${zone.local ? 'local time' : 'UTC'} · ${durationText(this.full.to)}`;
    const zoomed = this.zoomed();
    this.get('window').textContent = zoomed ? `Showing ${range(this.view)} · ${durationText(this.view.to - this.view.from)}` : '';
    this.get('reset').hidden = !zoomed;
    this.get('zone').textContent = zone.local ? 'Local time' : 'UTC';
  }

  zoomed() { return this.view.from > this.full.from || this.view.to < this.full.to; }

  buildFilters() {
    const services = [...new Set(this.data.series.map((s) => s.service))].filter(Boolean).sort();
    for (const name of services) {
      this.get('service').append(Object.assign(document.createElement('option'), { value: name, textContent: name }));
    }
    this.get('service').hidden = services.length < 2;
    const filters = this.get('filters');
    filters.addEventListener('input', () => this.filter());
    filters.addEventListener('submit', (event) => event.preventDefault());
    this.get('clear').addEventListener('click', () => {
      filters.reset();
      this.filter();
    });
    this.get('reset').addEventListener('click', () => this.look(this.full.from, this.full.to));
    this.get('zone').addEventListener('click', () => {
      zone.local = !zone.local;
      for (const chart of [...this.incidents, ...this.charts]) if (chart.plot) chart.rebuild();
      this.refresh();
    });
    addEventListener('keydown', (event) => this.key(event));
  }

  filter() {
    const words = this.get('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    const service = this.get('service').value, alerting = this.get('alerting').checked;
    const severity = Number(document.querySelector('input[name="severity"]:checked').value);
    const kinds = (s) => s.truth.map((index) => this.truth[index][2]).join(' ');
    const matches = ({ series: s }) => {
      if (service && s.service !== service) return false;
      if (s.severity < severity || (alerting && !s.alerts)) return false;
      if (!words.length) return true;
      const name = s.name.toLowerCase(), more = () => (s.reasons.join(' ') + ' ' + kinds(s)).toLowerCase();
      return words.every((word) => name.includes(word) || more().includes(word));
    };
    const firstMark = (s) => { const alert = s.marks.find((mark) => mark[4]); return alert ? alert[0] : Infinity; };
    const orders = {
      worst: () => 0,  // as the file has it
      alerts: (a, b) => b.series.alerts - a.series.alerts,
      first: (a, b) => { const x = firstMark(a.series), y = firstMark(b.series); return x === y ? 0 : x - y; },
      name: (a, b) => (a.series.service + a.series.name).localeCompare(b.series.service + b.series.name),
    };
    this.shown = this.charts.filter(matches).sort(orders[this.get('sort').value]);
    this.get('cards').replaceChildren(...this.shown.map((chart) => chart.element));
    this.get('shown').textContent = `${countText(this.shown.length)} of ${plural(this.charts.length, 'series').replace(/s$/, '')}`;
    this.get('none').hidden = true;
    if (!this.shown.length) this.sayNone('No series match', 'Nothing here fits all of the filters.', true);
    this.timeline.draw(this.shown);
  }

  sayNone(heading, text, clear) {
    const none = this.get('none');
    none.hidden = false;
    none.querySelector('h2').textContent = heading;
    none.querySelector('p').textContent = text;
    this.get('clear').hidden = !clear;
  }

  // Charts are drawn while they are near the screen.
  watch() {
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) entry.target.chart.show();
        else entry.target.chart.hide();
      }
    }, { rootMargin: '400px 0px' });
    for (const chart of [...this.incidents, ...this.charts]) observer.observe(chart.element);
    new ResizeObserver(() => this.refresh()).observe(this.get('cards'));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.refresh());
    const names = ['auto', 'light', 'dark'];
    this.get('theme').addEventListener('click', () => {
      const root = document.documentElement, next = names[(names.indexOf(root.dataset.theme || 'auto') + 1) % 3];
      if (next === 'auto') delete root.dataset.theme;
      else root.dataset.theme = next;
      this.get('theme').textContent = 'Theme: ' + next;
      this.refresh();
    });
  }

  // Draws again, once a frame however often it is asked for.
  refresh() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      readTheme();
      this.sayTimes();
      this.timeline.draw(this.shown);
      for (const chart of [...this.incidents, ...this.shown]) chart.draw();
    });
  }

  // Shows another stretch, kept within the whole and no shorter than a few milliseconds.
  look(from, to) {
    const least = Math.min(20, this.full.to);
    let length = Math.min(Math.max(to - from, least), this.full.to);
    from = Math.min(Math.max(from, this.full.from), this.full.to - length);
    this.view = { from, to: from + length };
    this.leave();
    this.refresh();
  }

  zoom(factor, at) {
    const { from, to } = this.view;
    this.look(at - (at - from) * factor, at + (to - at) * factor);
  }

  key(event) {
    if (event.target.closest('input, select, button') || event.ctrlKey || event.metaKey || event.altKey) return;
    const { from, to } = this.view, step = (to - from) / 4, middle = (from + to) / 2;
    const actions = {
      '+': () => this.zoom(0.5, middle), '-': () => this.zoom(2, middle), 0: () => this.look(0, this.full.to),
      ArrowLeft: () => this.look(from - step, to - step), ArrowRight: () => this.look(from + step, to + step),
    };
    if (event.key === '/') {
      this.get('search').focus();
    } else if (actions[event.key]) {
      actions[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  }

  // Drag, wheel and double click on an element whose time axis stands between two margins. `whole`: it shows the
  // whole time, whatever the view; there, the wheel needs no key.
  makeZoomable(plot, left, right, whole = false) {
    const shownView = () => (whole ? this.full : this.view);
    const timeAt = (event) => {
      const bounds = plot.getBoundingClientRect(), { from, to } = shownView();
      const share = (event.clientX - bounds.left - left) / (bounds.width - left - right);
      return from + Math.min(Math.max(share, 0), 1) * (to - from);
    };
    const msPerPixel = () => (shownView().to - shownView().from) / (plot.clientWidth - left - right);
    const brush = Object.assign(document.createElement('div'), { className: 'brush', hidden: true });
    plot.append(brush);
    let start = null;
    plot.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      plot.setPointerCapture(event.pointerId);
      start = { x: event.clientX, time: timeAt(event), view: { ...this.view }, move: event.shiftKey };
      event.preventDefault();
    });
    plot.addEventListener('pointermove', (event) => {
      if (!start) return;
      if (start.move) {
        const shift = (event.clientX - start.x) * msPerPixel() * (whole ? 1 : -1);
        this.look(start.view.from + shift, start.view.to + shift);
        return;
      }
      const bounds = plot.getBoundingClientRect(), clip = (x) => Math.min(Math.max(x - bounds.left, left), bounds.width - right);
      const from = clip(Math.min(start.x, event.clientX)), to = clip(Math.max(start.x, event.clientX));
      brush.hidden = to - from < 4;
      brush.style.transform = `translateX(${from}px)`;
      brush.style.width = `${to - from}px`;
    });
    const finish = (event) => {
      if (!start) return;
      const begun = start;
      start = null;
      brush.hidden = true;
      if (event.type === 'pointercancel' || begun.move || Math.abs(event.clientX - begun.x) < 4) return;
      const end = timeAt(event);
      this.look(Math.min(begun.time, end), Math.max(begun.time, end));
    };
    plot.addEventListener('pointerup', finish);
    plot.addEventListener('pointercancel', finish);
    plot.addEventListener('dblclick', () => this.look(this.full.from, this.full.to));
    plot.addEventListener('wheel', (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.shiftKey ? event.deltaY : 0;
      if (sideways && this.zoomed()) {
        const shift = sideways * msPerPixel();
        this.look(this.view.from + shift, this.view.to + shift);
      } else if (!sideways && (whole || event.ctrlKey || event.metaKey)) {
        this.zoom(Math.exp(Math.min(Math.max(event.deltaY, -300), 300) * 0.002), timeAt(event));
      } else {
        return;
      }
      event.preventDefault();
    }, { passive: false });
  }

  // The pointer is at a moment of one chart: all show it, and the tip tells of the one.
  point(time, event, { pairs, lines }) {
    for (const chart of this.shown) chart.placeCross(time);
    const tip = this.tip, make = (tag, text, name) => Object.assign(document.createElement(tag), { textContent: text, className: name || '' });
    const list = document.createElement('dl'), below = document.createElement('ul');
    for (const [name, value, style] of pairs) list.append(make('dt', name), make('dd', value, style));
    for (const [line, style] of lines) below.append(make('li', line, style));
    tip.replaceChildren(make('time', timeText(time + this.origin)), list);
    if (lines.length) tip.append(below);
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const x = event.clientX + 18 + width > innerWidth ? event.clientX - 18 - width : event.clientX + 18;
    const y = Math.min(event.clientY + 16, innerHeight - height - 8);
    tip.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(4, y)}px)`;
  }

  leave() {
    this.tip.hidden = true;
    for (const chart of this.shown) chart.placeCross(null);
  }
}

new Page(JSON.parse(document.getElementById('data').textContent));
