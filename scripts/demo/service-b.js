// service-b: the item service of the demo shop (plain Node, no packages).
//
// GET /ping?key=N  an item, from the cache or from the (simulated) store
// GET /metrics     Prometheus metrics
// /fault           the fault switch (see README.md)
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const { monitorEventLoopDelay } = require('perf_hooks');
const { parseArgs } = require('util');

const SERVICE = 'service-b';
const BUCKETS = [.0005, .001, .002, .003, .004, .005, .006, .0075, .01, .0125, .015, .02, .025, .03, .04, .05,
  .075, .1, .15, .2, .3, .4, .5, .75, 1, 1.5, 2, 3, 5];
const CACHE_SECONDS = 30;

const { values: options } = parseArgs({
  options: { port: { type: 'string' }, log: { type: 'string' }, spans: { type: 'string' } } });
if (!options.port || !options.log) {
  console.error('usage: service-b.js --port PORT --log FILE [--spans FILE]');
  process.exit(2);
}
const log = fs.createWriteStream(options.log, { flags: 'a' });
// As an OpenTelemetry Collector's file exporter writes them.
const spans = options.spans ? fs.createWriteStream(options.spans, { flags: 'a' }) : null;

// ---------------------------------------------------------------- faults

// Kinds, and the level each has when none is given
const LEVELS = { latency: 100, errors: .3, cpu: .7, 'memory-leak': 1, 'flat-line': 1, drift: 2, log: .5 };
const faults = new Map(); // kind -> { level, since }
let leaked = [];

const level = (kind) => faults.get(kind)?.level ?? 0;

function extraDelay() { // ms a request is held up by the faults `latency` and `drift`
  const drift = faults.get('drift');
  const crept = drift ? drift.level * (Date.now() - drift.since) / 60000 : 0;
  return level('latency') * (.7 + .6 * Math.random()) + crept;
}

setInterval(() => {
  const busyUntil = Date.now() + 100 * level('cpu');
  while (Date.now() < busyUntil) crypto.createHash('sha256').update('x').digest();
}, 100);

setInterval(() => {
  if (level('memory-leak')) leaked.push(Buffer.alloc(level('memory-leak') * 512 * 1024, 'x'));
  else leaked = [];
}, 500);

const ERRORS = { 400: 'kind is unknown or level is no number', 403: 'only from this machine' };

function serveFault(request, url, response) {
  const kind = url.searchParams.get('kind');
  const height = Number(url.searchParams.get('level') ?? LEVELS[kind]);
  let code = 200;
  if (!/^(::ffff:)?127\./.test(request.socket.remoteAddress)) code = 403;
  else if (kind !== null && !Object.hasOwn(LEVELS, kind)) code = 400;
  else if (request.method === 'POST') {
    if (Number.isFinite(height)) faults.set(kind, { level: height, since: Date.now() });
    else code = 400;
  } else if (request.method === 'DELETE') {
    if (kind) faults.delete(kind); else faults.clear();
  }
  response.writeHead(code, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(code === 200
    ? Object.fromEntries([...faults].map(([name, fault]) => [name, fault.level]))
    : { error: ERRORS[code], kinds: Object.keys(LEVELS) }) + '\n');
}

// ---------------------------------------------------------------- metrics

// A series that appears only with the first error has no rate for that error: all are there from the start.
const requestsTotal = { 200: 0, 404: 0, 500: 0 };
const histogram = { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
let inFlight = 0;
let cacheHits = 0;
let cacheMisses = 0;
let cacheEntries = 0; // as last reported
let eventLoopLag = 0; // seconds, 99th percentile of the last 5 s

const LAG_RESOLUTION_MS = 20;
const delays = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
delays.enable();
setInterval(() => {
  // The monitor measures the whole time between two of its ticks.
  if (delays.count) eventLoopLag = Math.max(0, delays.percentile(99) / 1e9 - LAG_RESOLUTION_MS / 1000);
  delays.reset();
}, 5000);

function observe(code, seconds) {
  requestsTotal[code] = (requestsTotal[code] ?? 0) + 1;
  histogram.sum += seconds;
  histogram.count++;
  BUCKETS.forEach((bound, i) => { if (seconds <= bound) histogram.buckets[i]++; });
}

function exposition() {
  const lines = [];
  const metric = (name, type, help, ...samples) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [suffix, value] of samples) lines.push(`${name}${suffix} ${value}`);
  };
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  metric('http_requests_total', 'counter', 'Requests served',
    ...Object.entries(requestsTotal).map(([code, n]) => [`{endpoint="/ping",code="${code}"}`, n]));
  metric('http_request_duration_seconds', 'histogram', 'Time to serve a request',
    ...BUCKETS.map((bound, i) => [`_bucket{endpoint="/ping",le="${bound}"}`, histogram.buckets[i]]),
    ['_bucket{endpoint="/ping",le="+Inf"}', histogram.count],
    ['_sum{endpoint="/ping"}', histogram.sum],
    ['_count{endpoint="/ping"}', histogram.count]);
  metric('http_requests_in_flight', 'gauge', 'Requests being served now', ['', inFlight]);
  metric('cache_hits_total', 'counter', 'Items found in the cache', ['', cacheHits]);
  metric('cache_misses_total', 'counter', 'Items not found in the cache', ['', cacheMisses]);
  metric('cache_entries', 'gauge', 'Items in the cache', ['', cacheEntries]);
  metric('nodejs_eventloop_lag_seconds', 'gauge', 'Event loop lag, p99 of the last 5 s', ['', eventLoopLag]);
  metric('nodejs_heap_used_bytes', 'gauge', 'Heap in use', ['', memory.heapUsed]);
  metric('process_resident_memory_bytes', 'gauge', 'Resident memory', ['', memory.rss]);
  metric('process_cpu_seconds_total', 'counter', 'CPU time used', ['', (cpu.user + cpu.system) / 1e6]);
  metric('process_open_fds', 'gauge', 'Open file descriptors', ['', fs.readdirSync('/proc/self/fd').length]);
  return lines.join('\n') + '\n';
}

// ---------------------------------------------------------------- requests

const cache = new Map(); // key -> time it expires

setInterval(() => {
  const now = Date.now();
  for (const [key, expires] of cache) if (expires <= now) cache.delete(key);
  // With the fault `flat-line` the reporter of this gauge hangs.
  if (!level('flat-line')) cacheEntries = cache.size;
}, 500);

const logNormal = (median, sigma) => median * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - Math.random()))
  * Math.cos(2 * Math.PI * Math.random()));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function ping(key) {
  crypto.pbkdf2Sync('item', 'salt', 1000 + Math.floor(Math.random() * 1000), 32, 'sha256');
  const hit = (cache.get(key) ?? 0) > Date.now();
  if (hit) cacheHits++; else cacheMisses++;
  await sleep((hit ? logNormal(2, .3) : logNormal(7, .4)) + extraDelay());
  if (Math.random() < level('errors')) return [500, 'item store: query failed: too many connections'];
  if (key >= 9000) return [404, `item ${key} not found`];
  if (!hit) cache.set(key, Date.now() + CACHE_SECONDS * 1000 * (.7 + .6 * Math.random()));
  return [200, 'request completed'];
}

function writeLog(context, request, url, code, message, seconds) {
  let severity = code >= 500 ? 'ERROR' : code >= 400 ? 'WARN' : 'INFO';
  if (severity === 'INFO' && Math.random() < level('log')) {
    severity = 'WARN';
    message = 'cache replica out of sync, item read from primary';
  }
  log.write(JSON.stringify({
    timestamp: new Date().toISOString(), service: SERVICE, severity_text: severity, message,
    method: request.method, endpoint: url.pathname, status_code: code,
    duration_ms: Math.round(seconds * 10000) / 10,
    trace_id: context.traceId, span_id: context.spanId,
  }) + '\n');
}

// The trace that a request belongs to, and an id for the span of serving it.
function traceContext(request) {
  const [, traceId, parentSpanId] = (request.headers.traceparent ?? '').split('-');
  const spanId = crypto.randomBytes(8).toString('hex');
  return traceId?.length === 32 ? { traceId, parentSpanId, spanId }
    : { traceId: crypto.randomBytes(16).toString('hex'), parentSpanId: '', spanId };
}

function writeSpan(context, name, code, seconds) {
  if (!spans) return;
  const end = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
  const span = { traceId: context.traceId, spanId: context.spanId, parentSpanId: context.parentSpanId, name, kind: 2,
    startTimeUnixNano: String(end - BigInt(Math.round(seconds * 1e9))), endTimeUnixNano: String(end),
    attributes: [{ key: 'http.response.status_code', value: { intValue: String(code) } }],
    status: code >= 500 ? { code: 2 } : {} };
  spans.write(JSON.stringify({ resourceSpans: [{
    resource: { attributes: [{ key: 'service.name', value: { stringValue: SERVICE } }] },
    scopeSpans: [{ scope: {}, spans: [span] }] }] }) + '\n');
}

async function servePing(request, url, response) {
  const started = process.hrtime.bigint();
  const context = traceContext(request);
  inFlight++;
  const [code, message] = await ping(Number(url.searchParams.get('key') ?? 0));
  inFlight--;
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  observe(code, seconds);
  writeLog(context, request, url, code, message, seconds);
  writeSpan(context, `${request.method} ${url.pathname}`, code, seconds);
  response.writeHead(code, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ message }) + '\n');
}

http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/ping') servePing(request, url, response);
  else if (url.pathname === '/fault') serveFault(request, url, response);
  else if (url.pathname === '/metrics') {
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' });
    response.end(exposition());
  } else {
    response.writeHead(404);
    response.end();
  }
}).listen(Number(options.port), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
