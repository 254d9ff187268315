"""Made-up documents of an index, and the records that a collector must make of them.

usage: documents.py bulk COUNT [FIRST]            lines for _bulk (index is in its address), documents FIRST and on
       documents.py check COUNT FILE...           compares collected NDJSON with documents 0 to COUNT - 1
       documents.py requests COUNT                the records of the documents, as aiops-features reads them

Eight requests stand at the same millisecond, a few hundred at the same second; the index keeps milliseconds where a
document has microseconds. Every 1000th document is long.
"""
import json
import random
import sys

BEGIN = 1767225600  # 2026-01-01
SERVICES = ("cart", "shop", "näme\n\"quoted\"")


def document(number):
    """(id, document, record)"""
    chosen = random.Random(number)
    millisecond = number // 8
    micro = number % 8
    second = BEGIN + millisecond // 40
    text = "2026-01-%02dT%02d:%02d:%02d.%03d%03dZ" % (
        1 + (second - BEGIN) // 86400, second // 3600 % 24, second // 60 % 60, second % 60,
        millisecond % 40, micro)
    status = chosen.choice((200, 200, 200, 201, 404, 500, 503))
    duration = chosen.randrange(1, 2_000_000_000)
    service, method = chosen.choice(SERVICES), chosen.choice(("GET", "POST"))
    path = chosen.choice(("/a", "/b/c"))
    message = "request %d" % number if number % 1000 else "long %d " % number + "x\\\"ü" * 3000
    record_id = "doc-%07d" % number
    source = {
        "@timestamp": text, "message": message, "service": {"name": service}, "log.level": "info",
        "http": {"request": {"method": method}, "response": {"status_code": status}}, "url": {"path": path},
        "event": {"duration": duration}, "trace.id": "%032x" % number, "host": {"name": "h%d" % (number % 3)},
    }
    record = {
        "timestamp": text, "service": service, "severity_text": "INFO", "message": message, "method": method,
        "endpoint": path, "status_code": status, "duration_ms": duration / 1e6, "trace_id": "%032x" % number,
        "record_id": record_id, "labels": {"host.name": "h%d" % (number % 3)},
    }
    return record_id, source, record


def bulk(count, first=0):
    for number in range(first, first + count):
        record_id, source, _ = document(number)
        print('{"index":{"_id":"%s"}}' % record_id)
        print(json.dumps(source, separators=(",", ":")))


def shortest(text):
    """A time with as many digits as records have: 0, 3 or 6."""
    for zeros in (".000000Z", "000Z"):
        if text.endswith(zeros):
            return text[: -len(zeros)] + "Z"
    return text


def check(count, files):
    seen, last = set(), 0
    for name in files:
        for line in open(name):
            found = json.loads(line)
            number = int(found["record_id"].split("-")[-1])
            if number >= count:
                continue  # came while we were collecting
            record = document(number)[2]
            record["timestamp"] = shortest(record["timestamp"])
            assert abs(found.pop("duration_ms") - record.pop("duration_ms")) < 1e-9, line[:300]
            assert found == record, (line[:300], str(record)[:300])
            assert number not in seen, "twice: " + line[:300]
            assert number // 8 >= last, "out of order: " + line[:300]
            seen.add(number)
            last = number // 8
    assert len(seen) == count, "%d of %d came" % (len(seen), count)


def requests(count):
    for number in range(count):
        print(json.dumps(document(number)[2]))


if sys.argv[1] == "bulk":
    bulk(*map(int, sys.argv[2:]))
elif sys.argv[1] == "check":
    check(int(sys.argv[2]), sys.argv[3:])
elif sys.argv[1] == "requests":
    requests(int(sys.argv[2]))
