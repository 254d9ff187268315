'use strict';

// Reading what chart_data.cpp wrote.

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Times of points, in milliseconds since the report's start: changes of the step as variable-length integers, 0
// followed by the number of further points whose step does not change.
function decodeTimes(base64, count) {
  const bytes = bytesOf(base64), times = new Float64Array(count);
  let at = 0, time = 0, step = 0, filled = 0;
  const varint = () => {
    let value = 0, scale = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte & 128);
    return value;
  };
  while (filled < count && at < bytes.length) {
    const code = varint();
    step += code % 2 ? -(code + 1) / 2 : code / 2;
    const steady = code === 0 ? varint() + 1 : 1;
    for (let i = 0; i < steady && filled < count; i++) times[filled++] = time += step;
  }
  return times;
}

// A track of [low, high, base64 of 16-bit levels]; NaN where there is nothing.
function decodeTrack(track, count) {
  if (!track) return null;
  const [low, high, base64] = track, values = new Float64Array(count);
  if (base64 === undefined) return values.fill(low);
  const bytes = bytesOf(base64), step = (high - low) / 65534;
  for (let i = 0; i < count; i++) {
    const level = bytes[2 * i] | bytes[2 * i + 1] << 8;
    values[i] = level === 65535 ? NaN : low + level * step;
  }
  return values;
}

// The rows of one series: times, value (with `high` where a point stands for several rows), and the coarser tracks,
// of which every `coarse` points share one.
function decodeSeries(series) {
  const n = series.n, m = Math.ceil(n / series.coarse);
  return {
    n, coarse: series.coarse, thinned: series.stride > 1,
    time: decodeTimes(series.t, n),
    value: decodeTrack(series.value, n),
    high: series.stride > 1 ? decodeTrack(series.high, n) : null,
    expected: decodeTrack(series.expected, m),
    lower: decodeTrack(series.lower, m),
    upper: decodeTrack(series.upper, m),
    level: decodeTrack(series.level, m),
  };
}

// The first index of `sorted` whose item is not below `target`.
function lowerBound(sorted, target) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < target) low = middle + 1;
    else high = middle;
  }
  return low;
}
