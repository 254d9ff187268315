// One incident: what happened, on one axis of time; where it began, what the logs said, what may be the cause.

const INCIDENT = { left: 236, right: 12, row: 34, bars: 28, head: 20, axis: 22, members: 10, logs: 6, services: 8, unfolded: 3, few: 6 };

class IncidentCard {
  constructor(incident, page, place, count) {
    this.incident = incident;
    this.page = page;
    this.element = document.createElement('article');
    this.element.className = 'card incident';
    this.element.chart = this;
    this.view = { from: incident.from, to: incident.to };
    this.members = incident.members.slice(0, INCIDENT.members);
    this.bars = incident.logs.filter((line) => line.bins).slice(0, INCIDENT.logs);
    // Of many, those that last and the first ones are unfolded; the others are a line, to look for the one that matters.
    this.folded = count > INCIDENT.few && place >= INCIDENT.unfolded && incident.state === 'resolved';
    this.build();
  }

  add(parent, tag, name, text) {
    const child = document.createElement(tag);
    if (name) child.className = name;
    if (text !== undefined) child.textContent = text;
    parent.append(child);
    return child;
  }

  clock(time) { return timeText(time + this.page.origin); }

  build() {
    const one = this.incident, element = this.element;
    element.replaceChildren();
    const head = this.add(element, 'div', 'incident-head');
    this.fold = this.add(head, 'button', 'fold');
    this.fold.type = 'button';
    this.fold.addEventListener('click', () => this.setFolded(!this.folded));
    this.add(head, 'span', 'chip ' + SEVERITIES[one.severity], SEVERITIES[one.severity]);
    this.add(head, 'span', 'chip status', one.state);
    this.add(head, 'h3', '', one.title);
    const look = this.add(head, 'button', 'quiet', 'Show in the charts');
    look.type = 'button';
    look.addEventListener('click', () => this.page.look(one.from, one.to));
    const last = Math.max(...one.members.map((member) => member.until), one.start);
    const facts = this.add(element, 'p', 'muted facts-line');
    facts.textContent = `${this.clock(one.start)}, ${durationText(Math.max(last - one.start, 1000))}${one.state === 'resolved' ? '' : ' so far'} · ` +
      `${plural(one.services.length, 'service')}: ${this.services()} · ${plural(one.members.length + one.leftOut, 'metric')} · ${one.id}`;
    this.plot = this.add(element, 'div', 'plot incident-plot');
    this.plot.style.height = `${this.height()}px`;
    this.canvas = this.add(this.plot, 'canvas');
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', `Timeline of ${one.title}: first ${one.members.length ? one.members[0].series : 'nothing'}`);
    const panels = this.add(element, 'div', 'panels');
    this.buildCauses(this.panel(panels, 'Causes', one.causes));
    this.buildOnset(this.panel(panels, 'Order of onset', one.members));
    this.buildLogs(this.panel(panels, 'Logs', one.logs, 'wide'));
    this.buildTraces(this.panel(panels, 'Traces', one.traces));
    this.buildChanges(this.panel(panels, 'Changes before', one.changes));
    this.buildLife(this.panel(panels, 'What was done', one.life));
    this.setFolded(this.folded);
  }

  services() {
    const all = this.incident.services, shown = all.slice(0, INCIDENT.services).join(' → ');
    return all.length > INCIDENT.services ? `${shown} and ${all.length - INCIDENT.services} more` : shown;
  }

  setFolded(folded) {
    this.folded = folded;
    this.element.classList.toggle('folded', folded);
    this.fold.textContent = folded ? '▸' : '▾';
    this.fold.setAttribute('aria-expanded', String(!folded));
    this.fold.setAttribute('aria-label', (folded ? 'Unfold ' : 'Fold ') + this.incident.title);
    this.draw();
  }

  rebuild() {
    this.build();
    this.draw();
  }

  // An empty list has no panel: null.
  panel(parent, heading, items, name = '') {
    if (!items.length) return null;
    const panel = this.add(parent, 'section', 'panel ' + name);
    this.add(panel, 'h4', '', heading);
    return panel;
  }

  buildCauses(panel) {
    const one = this.incident;
    if (!panel) return;
    if (one.confirmed) this.add(panel, 'p', 'confirmed', 'Confirmed: ' + one.confirmed.service + (one.confirmed.metric ? '/' + one.confirmed.metric : ''));
    const list = this.add(panel, 'ol');
    for (const cause of one.causes) {
      const item = this.add(list, 'li');
      this.add(item, 'b', '', cause.service || cause.fault);
      if (cause.service && cause.fault) item.append(': ' + cause.fault);
      for (const why of cause.why) this.add(item, 'div', 'muted', why);
    }
  }

  buildOnset(panel) {
    if (!panel) return;
    const table = this.add(panel, 'table'), members = this.incident.members.slice(0, 15);
    for (const member of members) {
      const row = this.add(table, 'tr');
      this.add(row, 'td', 'muted when', '+' + durationText(Math.max(member.onset - this.incident.start, 0)));
      const what = this.add(row, 'td');
      this.add(what, 'span', 'muted', member.service ? member.service + ' ' : '');
      this.add(what, 'b', '', member.metric || member.series);
      if (member.value !== undefined) what.append(' ' + numberText(member.value));
      if (member.expected !== undefined) this.add(what, 'span', 'muted', ` expected ${numberText(member.expected)}`);
      if (member.template) this.add(what, 'div', 'mono', member.template);
      what.title = member.reasons.join('\n');
    }
    const more = this.incident.members.length + this.incident.leftOut - members.length;
    if (more > 0) this.add(panel, 'p', 'muted', `and ${countText(more)} more`);
  }

  buildLogs(panel) {
    if (!panel) return;
    const table = this.add(panel, 'table', 'logs');
    for (const line of this.incident.logs) {
      const row = this.add(table, 'tr');
      this.add(row, 'td', 'muted when', this.clock(line.time));
      this.add(row, 'td', 'muted', line.service);
      this.add(row, 'td', /ERROR|FATAL|CRIT/.test(line.level) ? 'critical-text' : /WARN/.test(line.level) ? 'high-text' : 'muted', line.level);
      this.add(row, 'td', 'mono', line.message);
      this.add(row, 'td', 'muted number', line.count > 1 ? '× ' + countText(line.count) : '');
    }
  }

  buildTraces(panel) {
    if (!panel) return;
    const table = this.add(panel, 'table');
    for (const trace of this.incident.traces) {
      const row = this.add(table, 'tr');
      this.add(row, 'td', trace.why === 'failed' ? 'critical-text' : 'muted', trace.why);
      this.add(row, 'td', 'mono id', trace.id);
      this.add(row, 'td', '', `${trace.service} ${trace.operation}`);
      this.add(row, 'td', 'number', trace.ms === undefined ? '' : numberText(trace.ms) + ' ms');
    }
  }

  buildChanges(panel) {
    if (!panel) return;
    const table = this.add(panel, 'table');
    for (const change of this.incident.changes) {
      const row = this.add(table, 'tr');
      this.add(row, 'td', 'muted when', this.clock(change.time));
      const what = this.add(row, 'td');
      this.add(what, 'b', '', [change.service, change.kind].filter(Boolean).join(' '));
      what.append(' ' + change.what);
    }
  }

  buildLife(panel) {
    if (!panel) return;
    const table = this.add(panel, 'table');
    for (const step of this.incident.life) {
      const row = this.add(table, 'tr');
      this.add(row, 'td', 'muted when', step.time === undefined ? '' : this.clock(step.time));
      const what = this.add(row, 'td');
      this.add(what, 'b', '', step.what);
      if (step.by) what.append(' by ' + step.by);
      if (step.why) this.add(what, 'div', 'muted', step.why);
    }
  }

  height() {
    return INCIDENT.head + this.members.length * INCIDENT.row + this.bars.length * INCIDENT.bars + INCIDENT.axis;
  }

  show() {
    this.visible = true;
    this.draw();
  }

  hide() {
    this.visible = false;
    this.canvas.width = this.canvas.height = 0;
  }

  // The rows of the page's charts, where this report has the series.
  rowsOf(name) {
    const chart = this.page.charts.find((one) => one.series.name === name);
    if (!chart) return null;
    if (!chart.data) {
      chart.data = decodeSeries(chart.series);
      chart.prepareData();
    }
    return chart.data.levelOnly ? null : chart.data;
  }

  draw() {
    const left = Math.min(INCIDENT.left, Math.round(this.canvas.clientWidth * 0.36));
    const room = this.canvas.clientWidth - left - INCIDENT.right;
    if (!this.visible || room <= 0) return;
    const { pen, height } = prepare(this.canvas), { view, incident } = this;
    const box = { left, top: INCIDENT.head, width: room, height: height - INCIDENT.head - INCIDENT.axis, axis: height - 6 };
    const xOf = (time) => box.left + (time - view.from) / (view.to - view.from) * box.width;
    drawTimeAxis(pen, box, view, this.page.origin);
    this.members.forEach((member, i) => this.drawMember(pen, member, box, box.top + i * INCIDENT.row, xOf));
    const below = box.top + this.members.length * INCIDENT.row;
    this.bars.forEach((line, i) => this.drawBars(pen, line, box, below + i * INCIDENT.bars));
    this.drawMoment(pen, box, xOf(incident.opened), 'opened', theme.accent);
    const changes = incident.changes.filter((change) => change.time >= view.from && change.time <= view.to);
    for (const change of changes) this.drawMoment(pen, box, xOf(change.time), change.kind || 'change', theme['truth-edge']);
  }

  drawMoment(pen, box, x, text, colour) {
    pen.strokeStyle = pen.fillStyle = colour;
    pen.setLineDash([4, 3]);
    pen.beginPath();
    pen.moveTo(Math.round(x) + 0.5, box.top - 4);
    pen.lineTo(Math.round(x) + 0.5, box.top + box.height);
    pen.stroke();
    pen.setLineDash([]);
    pen.textAlign = x > box.left + box.width - 70 ? 'right' : 'left';
    pen.textBaseline = 'alphabetic';
    pen.fillText(text, x + (pen.textAlign === 'left' ? 3 : -3), box.top - 7);
  }

  label(pen, first, second, y, width) {
    pen.textAlign = 'left';
    pen.textBaseline = 'middle';
    const fit = (text) => {
      if (pen.measureText(text).width <= width) return text;
      while (text.length > 1 && pen.measureText(text + '…').width > width) text = text.slice(0, -1);
      return text + '…';
    };
    pen.fillStyle = theme.text;
    pen.fillText(fit(first), 2, second ? y - 6 : y);
    pen.fillStyle = theme.soft;
    if (second) pen.fillText(fit(second), 2, y + 7);
  }

  // A strip with the values of the series, shaded from its onset to its last sign.
  drawMember(pen, member, box, top, xOf) {
    const high = INCIDENT.row - 8, middle = top + INCIDENT.row / 2;
    this.label(pen, member.template || member.metric || member.series, `${member.service} +${durationText(Math.max(member.onset - this.incident.start, 0))}`, middle, box.left - 14);
    const left = xOf(member.onset), right = Math.max(xOf(member.until), left + 2);
    pen.save();
    pen.beginPath();
    pen.rect(box.left, top, box.width, INCIDENT.row);
    pen.clip();
    pen.globalAlpha = 0.16;
    pen.fillStyle = severityColour(member.severity);
    pen.fillRect(left, top + 2, right - left, INCIDENT.row - 4);
    pen.globalAlpha = 1;
    pen.fillRect(left, top + 2, 2, INCIDENT.row - 4);
    const data = this.rowsOf(member.series);
    if (data) this.drawValues(pen, data, top + 4, high, xOf);
    pen.restore();
    pen.strokeStyle = theme.grid;
    pen.beginPath();
    pen.moveTo(0, top + INCIDENT.row + 0.5);
    pen.lineTo(box.left + box.width, top + INCIDENT.row + 0.5);
    pen.stroke();
  }

  drawValues(pen, data, top, high, xOf) {
    const first = Math.max(0, lowerBound(data.time, this.view.from) - 1);
    const last = Math.min(data.n - 1, lowerBound(data.time, this.view.to));
    let low = Infinity, most = -Infinity;
    for (let i = first; i <= last; i++) {
      low = Math.min(low, Number.isNaN(data.value[i]) ? low : data.value[i]);
      const to = data.high ? data.high[i] : data.value[i];
      most = Math.max(most, Number.isNaN(to) ? most : to);
    }
    if (low > most) return;
    pen.strokeStyle = theme.value;
    pen.lineWidth = 1.3;
    const scale = most > low ? high / (most - low) : 0;
    drawLine(pen, data, first, last, xOf, (value) => top + high - (scale ? (value - low) * scale : high / 2));
    pen.lineWidth = 1;
  }

  // How many lines of a kind there were when.
  drawBars(pen, line, box, top) {
    const most = Math.max(...line.bins), wide = box.width / line.bins.length, room = INCIDENT.bars - 6;
    this.label(pen, line.message, [line.service, line.level].filter(Boolean).join(' '), top + INCIDENT.bars / 2, box.left - 14);
    pen.fillStyle = /ERROR|FATAL|CRIT/.test(line.level) ? theme.critical : /WARN/.test(line.level) ? theme['high-mark'] : theme.expected;
    line.bins.forEach((count, i) => {
      const tall = count ? Math.max(2, count / most * room) : 0;
      pen.fillRect(box.left + i * wide, top + INCIDENT.bars - 2 - tall, Math.max(1, wide - 1), tall);
    });
    pen.fillStyle = theme.soft;
    pen.textAlign = 'right';
    pen.textBaseline = 'top';
    pen.fillText(countText(most), box.left + box.width, top + 2);
  }
}
