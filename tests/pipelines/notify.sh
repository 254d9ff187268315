#!/usr/bin/env bash
# Telling in a live pipe, to local receivers: at once, and by the clock while nothing comes; one that hangs keeps no other
# waiting; kill -9 between sending and noting repeats once, with the same key; silences; signatures; secrets stay secret.
command -v python3 >python.txt || exit 77
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$AIOPS_SOURCE/tests/services/lib/incidents.sh"

receiver
good=$RECEIVER_URL
export HOOK_SECRET=sesame-of-the-hook HOOK_TOKEN=sesame-of-the-token
config() { printf '%s\n' '[receiver.hook]' 'type = "webhook"' "url = \"$good/hook\"" 'secret-env = "HOOK_SECRET"' 'token-env = "HOOK_TOKEN"' "$@" >notify.toml; }
keys() { python3 -c '
import json
for line in open("told"): print(json.loads(line)["headers"]["Idempotency-Key"])'; }

echo "# at once, signed, and with the token"
config
notify
say a-1 1 open
within 60 told 1
say a-1 2 resolved
within 60 told 2
hush
[ "$(keys)" = $'a-1.1\na-1.2' ] || fail "$(keys)"
python3 - <<'END'
import hashlib, hmac, json
for line in open("told"):
    x = json.loads(line)
    expected = hmac.new(b"sesame-of-the-hook", x["body"].encode(), hashlib.sha256).hexdigest()
    assert x["headers"]["X-Aiops-Signature"] == "sha256=" + expected, x
    assert x["headers"]["Authorization"] == "Bearer sesame-of-the-token"
    assert json.loads(x["body"])["incidents"][0]["id"] == "a-1"
END

echo "# a group waits by the clock, although nothing more comes"
: >told
config '[[route]]' 'receiver = "hook"' 'group-by = ["service"]' 'group-wait = "300ms"'
notify
say b-1 1 open
say b-2 1 open
within 60 told 1
[ "$(python3 -c 'import json; print(len(json.loads(json.loads(open("told").readline())["body"])["incidents"]))')" = 2 ] || fail "no group"
hush

echo "# one that hangs keeps no other waiting"
: >told
config '[receiver.slow]' 'type = "webhook"' 'timeout = "60s"' 'url = "http://127.0.0.1:0"'
python3 -c '
import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(9); print(s.getsockname()[1], flush=True); time.sleep(600)' >slow_port &
children+=($!)
disown
within 60 test -s slow_port
sed -i "s|127.0.0.1:0|127.0.0.1:$(cat slow_port)|" notify.toml
notify
say c-1 1 open
within 60 told 1
say c-1 2 resolved
within 60 told 2
kill -s KILL "$notify_pid"
wait "$notify_pid" 2>/dev/null || true
exec 7>&-

echo "# kill -9 between sending and noting: once more, with the same key"
: >told
config
mv journal before
fault gone
notify
say d-1 1 open
within 60 told 1
kill -s KILL "$notify_pid"
wait "$notify_pid" 2>/dev/null || true
exec 7>&-
fault pass
before=$(wc -l <told)
notify
hush
[ "$(wc -l <told)" = $((before + 1)) ] && [ "$(keys | sort -u)" = d-1.1 ] || fail "$(keys)"
status 0 aiops-report notify --config notify.toml --journal journal /dev/null
[ "$(wc -l <told)" = $((before + 1)) ] || fail "told again"

echo "# a silence that is added while it runs"
: >told
notify
aiops-report silence add --journal journal --match 'id=~"e-[12]"' --for 1h --by ann >id
say e-1 1 open
say e-3 1 open
within 60 told 1
[ "$(keys)" = e-3.1 ] || fail "$(keys)"
aiops-report silence expire "$(cat id)" --journal journal
say e-3 2 resolved
within 60 told 3
[ "$(keys | sort)" = $'e-1.1\ne-3.1\ne-3.2' ] || fail "$(keys)"
kill -s TERM "$notify_pid"
hush

echo "# a second one may not deliver by this journal, and half a record at the end is told"
: >told
notify
say f-0 1 open
within 60 told 1
printf '{"id":"f-1","sta' >&7
status 2 timeout 60 aiops-report notify --config notify.toml --journal journal /dev/null
says "another aiops-report notify delivers by this journal"
hush 3

echo "# no secret anywhere"
if grep -l sesame journal before messages stderr notify.toml; then fail "a secret is in these files"; fi
