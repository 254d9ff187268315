# Slack's contract, as documented, against a local receiver that enforces it (lib/slack_contract.py): an incoming webhook;
# with a token one thread an incident; a message a second; what goes wrong at Slack delays, and secrets stay out of sight.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$AIOPS_SOURCE/tests/services/lib/incidents.sh"

receiver slack_contract
export SLACK_URL=$RECEIVER_URL/services/T0/B0/sesame-open SLACK_TOKEN=xoxb-sesame
cat >notify.toml <<'END'
[receiver.chat]
type = "slack"
webhook-env = "SLACK_URL"
link = "http://incidents.example/{id}"
END
# told_is EXPRESSION: of Python, over what was taken (t) and what was not (no), bodies as b
told_is() {
    python3 -c "
import json, sys
every = [json.loads(line) for line in open('told')]
t = [x for x in every if x['status'] == 200]
b = [json.loads(x['body']) for x in t]
no = [x for x in every if x['status'] != 200]
sys.exit(not ($1))" || { tail -3 told >&2; fail "not so: $1"; }
}

echo "# a webhook: three incidents, a second apart, with texts that would be mentions and links"
for i in 1 2 3; do incident "a-$i" 1 open '"logs":[{"service":"cart","severity_text":"ERROR","message":"<!channel> & <http://evil|x> ```"}]'; done >three
status 0 aiops-report notify --config notify.toml --journal journal three
told_is 'len(t) == 3 and not no and all(t[i + 1]["time"] - t[i]["time"] >= 0.5 for i in (0, 1))'
told_is '"&lt;!channel&gt; &amp; &lt;http://evil|x&gt;" in t[0]["body"] and "<http://incidents.example/a-1|" in t[0]["body"]'

echo "# texts of any length: cut to Slack's limits, which is said"
python3 - >long <<'END'
import json
x = "<&>" * 2000
print(json.dumps({"id": "long", "state": "open", "revision": 1, "title": x, "services": [x] * 50, "by": x, "why": x,
                  "members": [{"service": x, "metric": x, "reasons": [x] * 9}] * 40, "causes": [{"service": x, "why": [x]}] * 9,
                  "logs": [{"message": x}] * 90, "templates": [{"template": x, "metric": x}] * 90,
                  "traces": [{"trace_id": x, "why": x}] * 9, "changes": [{"what": x}] * 90}))
END
sleep 1.1  # the run before may have told a message just now
status 0 aiops-report notify --config notify.toml --journal journal long
told_is 'len(t) == 4 and not no and "more" in t[3]["body"]'

echo "# what Slack does wrong delays"
: >told
fault status 429 2
incident b-1 1 open >one
sleep 1.1
status 0 aiops-report notify --config notify.toml --journal journal one
told_is '[x["status"] for x in no] == ["status"] * 2 and len(t) == 1'
for kind in "status 500 1" "lie - 1" "hang 5 1" "cut - 1"; do
    : >told
    fault $kind
    incident "b-${kind// /}" 1 open >one
    status 0 aiops-report notify --config notify.toml --journal journal --timeout 1s one
    told_is 'len(t) >= 1'
    says "tried again"
done

echo "# refused: told once, and why"
: >told
fault pass
sed 's/"title":"[^"]*"/"title":"x"/' one | sed 's/"id":"[^"]*"/"id":"c-1"/' >refused
sleep 1.1
SLACK_URL=$RECEIVER_URL/services/T0/B0/sesame-gone status 4 aiops-report notify --config notify.toml --journal journal --drain 0s refused
says "HTTP 404: no_service"
grep -q sesame stderr && fail "the address is shown"

echo "# a token: one message an incident, its updates and its end in its thread"
cat >notify.toml <<END
[receiver.chat]
type = "slack"
token-env = "SLACK_TOKEN"
channel = "#ops"
api = "$RECEIVER_URL/api"
[[route]]
receiver = "chat"
update-interval = "0s"
END
: >told
mv journal before
sleep 1.1
notify
say d-1 1 open
within 20 told 1
say d-1 2 open '"causes":[{"service":"db","metric":"cpu","fault":"cpu","score":0.9,"why":["first"]}]'
within 20 told 3
within 10 grep -q '"key":"d-1.2"' journal
sleep 1
kill -s KILL "$notify_pid"
wait "$notify_pid" 2>/dev/null || true
exec 7>&-
notify
say d-1 3 resolved '"by":"ann","why":"restarted db"'
within 20 told 5
hush
told_is '[x["path"] for x in t] == ["/api/chat.postMessage"] + ["/api/chat.update", "/api/chat.postMessage"] * 2'
told_is 'all(x["ts"] == "1700000000.000001" for x in (b[1], b[3])) and all(x["thread_ts"] == b[1]["ts"] for x in (b[2], b[4]))'
told_is '"likely db cpu" in b[2]["text"] and "RESOLVED" in b[4]["text"] and "restarted db" in b[4]["text"] and "thread_ts" not in b[0]'
told_is 'not no'

echo "# a message that somebody deleted: the incident goes on in a new one"
: >told
cp journal other
sed -i 's/1700000000.000001/1700000000.999999/' other
sleep 1
incident d-1 4 open >one
status 0 aiops-report notify --config notify.toml --journal other one
told_is '"thread_ts" not in b[-1] and t[-1]["path"] == "/api/chat.postMessage"'

echo "# a channel that is not there"
sed -i 's/#ops/#nowhere/' notify.toml
incident e-1 1 open >one
sleep 1.1
status 4 aiops-report notify --config notify.toml --journal journal --drain 0s one
says "channel_not_found"

echo "# no secret anywhere but in the requests"
if grep -l sesame journal before other messages stderr; then fail "a secret is in these files"; fi
