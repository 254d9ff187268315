# A million records through a real Kafka: the consumer is killed again and again, and none is lost.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
export TMPDIR=$PWD

up kafka
count=1000000
python3 - $count >records.ndjson <<'END'
import sys
for i in range(int(sys.argv[1])):
    print('{"timestamp":"2026-01-01T%02d:%02d:%02dZ","service":"s%d","metric":"m","value":%d}' % (
        i // 3600 % 24, i // 60 % 60, i % 60, i % 50, i))
END

echo "# in: each confirmed, a series in one partition and in order"
status 0 aiops-report kafka --brokers "$KAFKA_URL" --topic numbers records.ndjson
says "1,000,000 of 1,000,000 records delivered to numbers"

echo "# out, as they went in"
collect() { aiops-collect kafka --brokers "$KAFKA_URL" --topic numbers --payload record "$@"; }
status 0 collect --manifest manifest -o out.ndjson
says "kafka: 1,000,000 records: complete"
status 0 aiops-collect verify manifest out.ndjson
cat >check.py <<'END'
import sys
exactly, count, names = sys.argv[1] == "exactly", int(sys.argv[2]), sys.argv[3:]
seen, repeats, newest, partition_of = {}, 0, {}, {}
for name in names:
    for line in open(name):
        # {"timestamp":"…","service":"s7","metric":"m","value":57,"record_id":"numbers/3/19"}
        words = line.split('"')
        if not line.endswith('"}\n'):
            assert not exactly, line  # a pipe may end in the middle of a line
            continue
        service, number, record_id = words[7], int(words[14][1:-1]), words[17]
        if seen.setdefault(number, record_id) != record_id:
            sys.exit("twice with different ids: " + line)
        place = record_id.split("/")[1]
        assert partition_of.setdefault(service, place) == place, "a series in two partitions"
        if exactly:
            assert newest.get(service, -1) < number, "twice, or out of order: " + line
            newest[service] = number
        repeats += 1
repeats -= len(seen)
assert len(seen) == count and min(seen) == 0 and max(seen) == count - 1, "%d records, expected %d" % (len(seen), count)
print(count, "records,", repeats, "repeats")
END
python3 check.py exactly $count out.ndjson
rm out.ndjson

# killed COMMAND...: runs it again and again, killed after random times, until it ends by itself
killed() {
    local round=0 pid found
    while :; do
        round=$((round + 1))
        [ $round -lt 60 ] || fail "it does not come to an end"
        "$@" $round 2>>messages &
        pid=$!
        if [ $round -le 6 ]; then
            sleep 0.$((RANDOM % 8 + 2))
            kill -s KILL $pid 2>/dev/null || true
        fi
        found=0 && wait $pid 2>/dev/null || found=$?
        [ $found != 0 ] || break
        [ $found = 137 ] || { tail -3 messages >&2; fail "exit status $found"; }
    done
    echo "ended in round $round"
}
echo "# killed, with a checkpoint: exactly once"
exactly() { exec aiops-collect kafka --brokers "$KAFKA_URL" --topic numbers --payload record --checkpoint state -o once.ndjson; }
killed exactly
python3 check.py exactly $count once.ndjson
rm once.ndjson

echo "# killed, in a group, into a pipe: at least once, repeats told by their id"
echo "session.timeout.ms=1500" >properties
group() {
    exec aiops-collect kafka --brokers "$KAFKA_URL" --topic numbers --payload record --group shop --properties properties \
        >"part.$1"
}
killed group
python3 check.py least $count part.*
rm part.*
status 0 aiops-collect kafka --brokers "$KAFKA_URL" --topic numbers --payload record --group shop --properties properties -o rest
[ ! -s rest ] || fail "the group has read it, and yet: $(head -1 rest)"

echo "# the broker is killed in the middle of it"
rm -f state once.ndjson
aiops-collect kafka --brokers "$KAFKA_URL" --topic numbers --payload record --follow --checkpoint state -o once.ndjson 2>stderr &
pid=$!
children+=($pid)
within 60 test -s once.ndjson
SIGNAL=KILL down kafka
up kafka
all_there() { [ "$(wc -l <once.ndjson)" = $count ]; }
within 60 all_there
kill -s TERM $pid
found=0 && wait $pid || found=$?
[ $found = 0 ] || { cat stderr >&2; fail "exit status $found after SIGTERM"; }
python3 check.py exactly $count once.ndjson
