# A real Alertmanager: an incident is an alert with labels that stay, sent again before it expires, and resolved; a
# server that is away delays and loses nothing; kill -9 at any moment makes no second alert.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$AIOPS_SOURCE/tests/services/lib/incidents.sh"

receiver
export ALERTMANAGER_WEBHOOK=$RECEIVER_URL/hook
up alertmanager
cat >notify.toml <<END
[receiver.alerts]
type = "alertmanager"
url = "$ALERTMANAGER_URL"
resend = "1s"
link = "http://incidents.example/{id}"
END
# alerts EXPRESSION: of Python, over the list of alerts a
alerts() {
    curl -sf "$ALERTMANAGER_URL/api/v2/alerts" | python3 -c "import json, sys; a = json.load(sys.stdin); sys.exit(not ($1))"
}

echo "# opened: there within the group's wait, with its labels and words"
notify
say cart-1 1 open '"labels":{"team":"shop"}' '"causes":[{"service":"db","metric":"cpu","fault":"cpu","score":0.9,"why":["first"]}]'
within 10 alerts 'len(a) == 1'
alerts 'a[0]["labels"] == {"alertname": "Incident", "incident": "cart-1", "service": "cart", "severity": "high", "team": "shop"}'
alerts 'a[0]["generatorURL"] == "http://incidents.example/cart-1" and "db cpu (cpu), score 0.9: first" in a[0]["annotations"]["description"]'
within 10 told 1
python3 - <<'END'
import json
hook = json.loads(json.loads(open("told").readline())["body"])
assert hook["status"] == "firing" and hook["alerts"][0]["labels"]["incident"] == "cart-1", hook
END

echo "# updated: the same alert; it would have expired after 4 s"
say cart-1 2 open '"services":["db","cart"]' '"title":"db is slow"'
within 10 alerts 'a[0]["annotations"]["revision"] == "2"'
sleep 5
alerts 'len(a) == 1 and a[0]["labels"]["service"] == "cart" and a[0]["labels"]["incident"] == "cart-1"' ||
    fail "the alert has expired"

echo "# kill -9, again and again"
for pause in 0 0.02 0.1 0.3; do
    kill -s KILL "$notify_pid"
    wait "$notify_pid" 2>/dev/null || true
    exec 7>&-
    notify
    say cart-2 1 open
    sleep "$pause"
done
within 10 alerts 'sorted(x["labels"]["incident"] for x in a) == ["cart-1", "cart-2"]'

echo "# the server is away: what happens meanwhile is told when it is there again"
SIGNAL=KILL down alertmanager
say cart-3 1 open
say cart-2 2 resolved
within 10 grep -q "no connection" messages
up alertmanager 7>&-
within 60 alerts 'sorted(x["labels"]["incident"] for x in a) == ["cart-1", "cart-3"]'

echo "# resolved, and the pager hears of it"
say cart-1 3 resolved
say cart-3 2 resolved
within 20 alerts 'a == []'
hush
resolved() { python3 -c '
import json, sys
hooks = [json.loads(json.loads(line)["body"]) for line in open("told")]
states = {x["labels"]["incident"]: x["status"] for h in hooks for x in h["alerts"]}
sys.exit(states != {"cart-1": "resolved", "cart-2": "resolved", "cart-3": "resolved"})'; }
within 20 resolved

echo "# what does not answer as it should is told, and waits in the journal"
sed -i 's|^url = .*|url = "'"$ALERTMANAGER_URL"'/elsewhere"|' notify.toml
incident cart-9 1 open >one
status 4 aiops-report notify --config notify.toml --journal other --drain 0s one
says "alerts: $ALERTMANAGER_URL/elsewhere/api/v2/alerts: HTTP 404"
says "1 message waiting, in the journal for the next run"
