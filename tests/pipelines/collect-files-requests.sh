#!/bin/bash
# From an access log to request features in one pipe; the figures are worked out by hand.
set -euo pipefail

{
  echo '192.0.2.7 - - [31/Jan/2026:12:00:01 +0000] "GET /cart?id=1 HTTP/1.1" 200 5 "-" "-" 0.010'
  echo '192.0.2.7 - - [31/Jan/2026:12:00:02 +0000] "GET /cart?id=2 HTTP/1.1" 200 5 "-" "-" 0.020'
  echo '192.0.2.7 - - [31/Jan/2026:12:00:03 +0000] "GET /cart HTTP/1.1" 500 5 "-" "-" 0.060'
  echo '192.0.2.7 - - [31/Jan/2026:12:02:00 +0000] "GET /cart HTTP/1.1" 200 5 "-" "-" 0.001'
} > access.log

aiops-collect files access.log --service web --quiet | aiops-features requests --quiet > features.ndjson
head -1 features.ndjson > first
grep -q '"service":"web"' first
grep -q '"method":"GET","endpoint":"/cart"' first
grep -q '"request_count":3,"duration_mean":30,' first
grep -q '"duration_min":10,"duration_max":60,"duration_median":20,' first
grep -q '"error_sum":1,' first
grep -q '"status_nunique":2,"requests_per_minute":3' first
