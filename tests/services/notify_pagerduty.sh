# PagerDuty's Events API v2, as documented, against a local receiver that enforces it (lib/pagerduty_contract.py).
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$AIOPS_SOURCE/tests/services/lib/incidents.sh"

receiver pagerduty_contract
echo 0123456789abcdef0123456789abcdef >key
cat >notify.toml <<END
[receiver.pager]
type = "pagerduty"
routing-key-file = "key"
url = "$RECEIVER_URL"
END
# events: what was taken, "ACTION KEY" a line
events() {
    python3 -c "
import json
for line in open('told'):
    x = json.loads(line)
    if x['status'] == 202: e = json.loads(x['body']); print(e['event_action'], e['dedup_key'])"
}
taken() { [ "$(events | wc -l)" -ge "$1" ]; }

echo "# triggered, acknowledged, resolved: one key"
notify
say a-1 1 open '"severity":"critical"'
within 10 taken 1
say a-1 2 acknowledged '"by":"ann"'
within 10 taken 2
say a-1 3 resolved
within 10 taken 3
hush
[ "$(events)" = $'trigger a-1\nacknowledge a-1\nresolve a-1' ] || fail "$(events)"

echo "# kill -9 between sending and noting: at most one repeat, with the same key"
: >told
fault gone
notify
say b-1 1 open
within 10 told 1
kill -s KILL "$notify_pid"
wait "$notify_pid" 2>/dev/null || true
exec 7>&-
fault pass
before=$(wc -l <told)
notify
say b-1 1 open
hush
[ "$(wc -l <told)" = $((before + 1)) ] && [ "$(events | sort -u)" = "trigger b-1" ] || fail "$(events)"

echo "# it is away while an incident opens and ends: both are told, in order"
: >told
fault status 503
notify
say c-1 1 open
within 10 told 1
say c-1 2 resolved
fault pass
within 20 taken 2
hush 0
[ "$(events)" = $'trigger c-1\nresolve c-1' ] || fail "$(events)"

echo "# too fast: when it asks to be asked"
: >told
fault status 429 1
incident d-1 1 open >one
status 0 aiops-report notify --config notify.toml --journal journal one
python3 - <<'END'
import json
a, b = [json.loads(line)["time"] for line in open("told")]
assert b - a >= 0.95, b - a
END

echo "# texts of any length"
python3 - >long <<'END'
import json
x = "<&>\u00e4\n" * 500
print(json.dumps({"id": "l" * 64, "state": "open", "revision": 1, "title": x, "services": [x] * 50, "severity": x, "by": x,
                  "members": [{"service": x, "metric": x, "reasons": [x] * 9}] * 40, "causes": [{"service": x, "why": [x]}] * 9,
                  "logs": [{"message": x}] * 90, "changes": [{"what": x}] * 90}))
END
status 0 aiops-report notify --config notify.toml --journal journal long

echo "# what it does wrong: 200 with an error, no answer, half of one"
for kind in "lie - 1" "hang 5 1" "cut - 1"; do
    : >told
    fault $kind
    incident "e-${kind// /}" 1 open >one
    status 0 aiops-report notify --config notify.toml --journal journal --timeout 1s one
    taken 1
    says "tried again"
done

echo "# refused: said once with its reason, without the key that it repeats, and not sent again"
echo sesame-that-is-no-key >key
: >told
fault pass
incident f-1 1 open >one
status 4 aiops-report notify --config notify.toml --journal journal one
says "refused f-1.1: $RECEIVER_URL/v2/enqueue: HTTP 400: Event object is invalid; Length of 'routing_key'"
status 0 aiops-report notify --config notify.toml --journal journal one
[ "$(wc -l <told)" = 1 ] || fail "sent again"
if grep -l sesame journal messages stderr; then fail "the key is in these files"; fi
