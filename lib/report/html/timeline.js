// The strip at the top: how many series were anomalous when, and which part of it the charts show.

class Timeline {
  constructor(element, page) {
    this.element = element;
    this.page = page;
    this.plot = element.querySelector('.plot');
    this.canvas = element.querySelector('canvas');
    page.makeZoomable(this.plot, CHART.left, CHART.right, true);
  }

  // Series with a mark in each of `bins` equal parts of the whole time, by severity.
  count(charts, bins) {
    const { full } = this.page, counts = [new Uint32Array(bins), new Uint32Array(bins)];
    const scale = bins / (full.to - full.from);
    const seen = new Uint8Array(bins);
    for (const { series } of charts) {
      seen.fill(0);
      for (const [time, , , severity] of series.marks) {
        const bin = Math.min(bins - 1, Math.floor((time - full.from) * scale));
        seen[bin] = Math.max(seen[bin], severity === 2 ? 2 : 1);
      }
      if (series.marks.length) seen.forEach((level, bin) => level && counts[level - 1][bin]++);
    }
    return counts;
  }

  draw(charts) {
    const { pen, width, height } = prepare(this.canvas), { view, full, origin, truth } = this.page;
    const box = { left: CHART.left, top: 8, width: width - CHART.left - CHART.right, height: height - 28, axis: height - 4, bare: true };
    if (box.width <= 0) return;
    const xOf = (time) => box.left + (time - full.from) / (full.to - full.from) * box.width;
    for (const [start, end] of truth) {
      pen.fillStyle = theme.truth;
      pen.fillRect(xOf(start), box.top, Math.max(2, xOf(end) - xOf(start)), box.height);
    }
    const bins = Math.max(1, Math.floor(box.width / 3));
    const [high, critical] = this.count(charts, bins);
    let most = 1;
    for (let i = 0; i < bins; i++) most = Math.max(most, high[i] + critical[i]);
    for (let i = 0; i < bins; i++) {
      const x = box.left + i * box.width / bins, unit = box.height / most;
      pen.fillStyle = theme.critical;
      pen.fillRect(x, box.top + box.height - critical[i] * unit, box.width / bins + 0.5, critical[i] * unit);
      pen.fillStyle = theme['high-mark'];
      pen.fillRect(x, box.top + box.height - (critical[i] + high[i]) * unit, box.width / bins + 0.5, high[i] * unit);
    }
    pen.strokeStyle = theme.line;
    pen.beginPath();
    pen.moveTo(box.left, box.top + box.height + 0.5);
    pen.lineTo(box.left + box.width, box.top + box.height + 0.5);
    pen.stroke();
    pen.fillStyle = theme.soft;
    pen.textAlign = 'right';
    pen.textBaseline = 'middle';
    pen.fillText(String(most), box.left - 8, box.top + 5);
    pen.fillText('series', box.left - 8, box.top + box.height - 5);
    drawTimeAxis(pen, box, full, origin);
    if (view.from <= full.from && view.to >= full.to) return;
    const left = xOf(view.from), right = xOf(view.to);
    pen.globalAlpha = 0.72;
    pen.fillStyle = theme.card;
    pen.fillRect(box.left, 0, left - box.left, box.top + box.height);
    pen.fillRect(right, 0, box.left + box.width - right, box.top + box.height);
    pen.globalAlpha = 1;
    pen.strokeStyle = theme.accent;
    pen.strokeRect(Math.round(left) + 0.5, 2.5, Math.max(2, Math.round(right - left)), box.top + box.height - 2);
  }
}
