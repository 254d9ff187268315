"""Telemetry of a made-up shop by the official SDK, over OTLP/HTTP (protobuf): otel_sdk.py URL [ROUNDS]

A round is a trace of two spans, a log record (each tenth an ERROR), a count of a request, a latency of 1 ms more than the
one before, a queue that grows by one. Metrics go out every 100 ms and at the end. OTEL_… variables say the rest.
"""
import logging
import sys
import time

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

url, rounds = sys.argv[1] + "/v1/", int((sys.argv[2:] or ["200"])[0])
resource = Resource.create({"service.name": "shop", "host.name": "h1"})
tracers = TracerProvider(resource=resource)
tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url + "traces")))
meters = MeterProvider(
    resource=resource,
    metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter(url + "metrics"), 100)],
    views=[View(instrument_name="latency_exp", aggregation=ExponentialBucketHistogramAggregation())])
loggers = LoggerProvider(resource=resource)
loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(url + "logs")))
logger = logging.getLogger("shop")
logger.setLevel(logging.INFO)
logger.addHandler(LoggingHandler(logger_provider=loggers))
tracer, meter = tracers.get_tracer("t"), meters.get_meter("m")
requests = meter.create_counter("requests", unit="1")
latency = meter.create_histogram("latency", unit="ms")
exponential = meter.create_histogram("latency_exp", unit="s")
queue = meter.create_up_down_counter("queue")
meter.create_observable_gauge("temperature", callbacks=[lambda _: []])

for i in range(rounds):
    with tracer.start_as_current_span("GET /x", attributes={"i": i}):
        with tracer.start_as_current_span("db"):
            pass
        logger.log(logging.INFO if i % 10 else logging.ERROR, "request %d", i)
    requests.add(1, {"route": "/x"})
    latency.record(i + 1, {"route": "/x"})
    exponential.record((i + 1) / 1000)
    queue.add(1)
    time.sleep(0.003)
for provider in (tracers, meters, loggers):
    provider.shutdown()
