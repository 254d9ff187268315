# An hour of a shop, a minute a row; after 50 minutes the processor of cart is busy and the shop is slow.
BEGIN {
  for (minute = 0; minute < 60; ++minute) {
    time = 1769860800 + 60 * minute
    bad = minute >= 50
    noise = 1 + (minute * 7 % 5) / 100
    row = "{\"timestamp\":%d,\"service\":\"%s\",\"metric\":\"%s\",\"value\":%.3f}\n"
    printf row, time, "cart", "cpu_percent", (bad ? 95 : 20) * noise
    printf row, time, "ads", "cpu_percent", 30 * noise
    printf row, time, "web", "request_duration_p95", (bad ? 0.9 : 0.1) * noise
    printf "{\"timestamp\":%d,\"service\":\"cart\",\"severity_text\":\"%s\",\"message\":\"put\"}\n", time, bad ? "ERROR" : "INFO"
    printf "{\"timestamp\":%d.001,\"trace_id\":\"t%d\",\"span_id\":\"a\",\"service\":\"web\",\"operation\":\"GET /\",\"duration_ms\":%d}\n", time, minute, bad ? 800 : 60
    printf "{\"timestamp\":%d.002,\"trace_id\":\"t%d\",\"span_id\":\"b\",\"parent_span_id\":\"a\",\"service\":\"web\",\"operation\":\"call cart\",\"duration_ms\":%d}\n", time, minute, bad ? 760 : 25
    printf "{\"timestamp\":%d.003,\"trace_id\":\"t%d\",\"span_id\":\"c\",\"parent_span_id\":\"b\",\"service\":\"cart\",\"operation\":\"GET /cart\",\"duration_ms\":%d}\n", time, minute, bad ? 750 : 20
  }
}
