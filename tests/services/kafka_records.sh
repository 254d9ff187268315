# Kafka: JSON logs by the usual names, where reading begins, groups, TLS and passwords, what goes wrong.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
command -v openssl >/dev/null || { echo "openssl is not installed"; exit 77; }

mkdir -p servers/kafka
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout servers/kafka/server.key -out servers/kafka/server.crt 2>/dev/null
up kafka
collect() { aiops-collect kafka --brokers "$KAFKA_URL" "$@"; }
# send TOPIC: lines of standard input as messages
send() { aiops-report kafka --brokers "$KAFKA_URL" --topic "$1" 2>sent || { cat sent >&2; fail "not sent"; }; }

echo "# JSON logs"
cat >logs.ndjson <<'END'
{"timestamp":"2026-01-01T00:00:00Z","@timestamp":"2026-01-01T00:00:00Z","log.level":"warn","message":"slow","service.name":"cart","http":{"request":{"method":"GET"},"response":{"status_code":503}},"event.duration":1500000,"pod":"a"}
{"timestamp":"2026-01-01T00:00:01Z","level":"info","msg":"fine","service":"auth"}
END
send logs <logs.ndjson
status 0 collect --topic logs --keep pod --label from=kafka --manifest manifest -o out.ndjson
status 0 aiops-collect verify manifest out.ndjson
sort out.ndjson | sed 's#logs/[0-9]/#logs/P/#' >sorted
cat >expected <<'END'
{"timestamp":"2026-01-01T00:00:00Z","service":"cart","severity_text":"WARN","message":"slow","method":"GET","status_code":503,"duration_ms":1.5,"record_id":"logs/P/0","labels":{"from":"kafka","pod":"a"}}
{"timestamp":"2026-01-01T00:00:01Z","service":"auth","severity_text":"INFO","message":"fine","record_id":"logs/P/0","labels":{"from":"kafka"}}
END
diff expected sorted || fail "records differ"
status 0 collect --topic logs --format csv -o out.csv
[ "$(wc -l <out.csv)" = 3 ] || fail "$(cat out.csv)"

echo "# where reading begins: a time, the end"
sleep 1.1
middle=$(date +%s.%N)
echo '{"timestamp":"2026-01-01T00:00:02Z","message":"later"}' | send logs
status 0 collect --topic logs --from "$middle" -o later.ndjson
[ "$(wc -l <later.ndjson)" = 1 ] && grep -q later later.ndjson || fail "$(cat later.ndjson)"
aiops-collect kafka --brokers "$KAFKA_URL" --topic logs --from end --follow --manifest manifest >live.ndjson 2>stderr &
pid=$!
children+=($pid)
live() { echo '{"timestamp":"2026-01-01T00:00:03Z","message":"live"}' | send logs; grep -q live live.ndjson; }
within 60 live
kill -s TERM $pid
wait $pid || fail "exit status $? after SIGTERM"
! grep -q later live.ndjson || fail "$(cat live.ndjson)"

echo "# two of a group share the partitions"
python3 -c 'for i in range(2000): print("{\"timestamp\":\"2026-01-01T00:00:00Z\",\"metric\":\"m%d\",\"value\":1}" % i)' | send shared
for i in 1 2; do
    aiops-collect kafka --brokers "$KAFKA_URL" --topic shared --payload record --group pair --follow >pair.$i 2>messages.$i &
    children+=($!)
done
shared() { [ "$(sort -u pair.1 pair.2 | wc -l)" = 2000 ]; }
within 60 shared
kill -s TERM "${children[@]: -2}"
wait "${children[@]: -2}" || fail "exit status $?"

echo "# records of ours pass as they are; a topic that is not there"
printf '{"timestamp":"2026-01-01T00:00:00Z","value":1}\n{"timestamp":"2026-01-01T00:00:01Z","value":2}\n' >two
send mixed <two
status 0 collect --topic mixed --payload record -o mixed.ndjson
status 4 collect --topic none
says "Kafka: topic none: "

echo "# TLS and a password"
cat >properties <<END
# how to reach it
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.username=shop
sasl.password=shop-secret
ssl.ca.location=$PWD/servers/kafka/server.crt
END
status 0 aiops-report kafka --brokers "$KAFKA_SASL_URL" --topic secure --properties properties two
status 0 aiops-collect kafka --brokers "$KAFKA_SASL_URL" --topic secure --payload record --properties properties -o secure.ndjson
[ "$(wc -l <secure.ndjson)" = 2 ] || fail "$(cat secure.ndjson)"
sed 's/shop-secret/wrong-secret/' properties >wrong
status 4 aiops-collect kafka --brokers "$KAFKA_SASL_URL" --topic secure --properties wrong --timeout 3s
says "uthentication failed"
! grep -q wrong-secret stderr || fail "the password was told"
sed '/ca.location/d' properties >untrusted
status 4 aiops-collect kafka --brokers "$KAFKA_SASL_URL" --topic secure --properties untrusted --timeout 3s
says "certificate"

echo "# nobody there, and a broker that goes while records are on their way"
down kafka
status 4 collect --topic logs --timeout 2s --manifest manifest
says "Connection refused"
grep -q '"complete": false' manifest || fail "the manifest says complete"
status 4 aiops-report kafka --brokers "$KAFKA_URL" --topic mixed --timeout 1s two
says "2 records not delivered"
