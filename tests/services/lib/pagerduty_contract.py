"""What PagerDuty documents of its Events API v2, enforced.

The rules, from PagerDuty/api-schema, reference/events-v2/openapiv3.json, and developer.pagerduty.com,
events-api-v2/trigger-events: routing_key of 32 characters; event_action trigger, acknowledge or resolve; dedup_key of
at most 255, which all but trigger need; a trigger's payload with summary (1,024), source and severity (critical, error,
warning, info), timestamp in ISO 8601; 512 KB an event; 202 "success"; 400 "invalid event" with errors; 429 when there
are too many.
"""
import datetime
import json

KEY = "0123456789abcdef0123456789abcdef"


def errors_of(event):
    if not isinstance(event.get("routing_key"), str) or len(event["routing_key"]) != 32:
        # As a server might that is careless with what it was sent.
        yield "Length of 'routing_key' is incorrect (should be 32 characters): %s" % event.get("routing_key")
    action = event.get("event_action")
    if action not in ("trigger", "acknowledge", "resolve"):
        yield "'event_action' is missing or wrong"
    key = event.get("dedup_key", "")
    if len(key) > 255 or (action != "trigger" and not key):
        yield "'dedup_key' is missing or longer than 255"
    if action != "trigger":
        return
    payload = event.get("payload") or {}
    if not 1 <= len(payload.get("summary", "")) <= 1024:
        yield "'payload.summary' is missing or longer than 1024"
    if not payload.get("source"):
        yield "'payload.source' is missing or blank"
    if payload.get("severity") not in ("critical", "error", "warning", "info"):
        yield "'payload.severity' is invalid"
    if not isinstance(payload.get("custom_details", {}), dict):
        yield "'payload.custom_details' is no object"
    if "timestamp" in payload:
        try:
            datetime.datetime.fromisoformat(payload["timestamp"].replace("Z", "+00:00"))
        except ValueError:
            yield "'payload.timestamp' is invalid"


class Contract:
    def answer(self, path, headers, body):
        if path != "/v2/enqueue" or headers.get("Content-Type") != "application/json":
            return 404, "", ()
        if len(body.encode()) > 512 * 1024:
            return 413, "", ()
        try:
            event = json.loads(body)
        except ValueError:
            return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": ["no JSON"]}, ()
        errors = list(errors_of(event))
        if errors:
            return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors}, ()
        if event["routing_key"] != KEY:
            return 400, {"status": "invalid event", "message": "Invalid routing key", "errors": []}, ()
        return 202, {"status": "success", "message": "Event processed", "dedup_key": event.get("dedup_key", "")}, ()
