"""Clients of an OTLP/HTTP receiver that do what they should not: otlp_clients.py URL WHAT [ARGUMENT]

  faults           everything that is to be refused, and that the receiver still serves after each
  numbered FILE    sends numbered log records one by one, again until it is told 200; FILE gets the numbers
"""
import gzip
import http.client
import json
import select
import socket
import sys
import time
import urllib.parse

address = urllib.parse.urlsplit(sys.argv[1]).netloc
host, port = address.split(":")


def log(text, count=1):
    record = {"timeUnixNano": "1700000000000000000", "severityNumber": 9, "body": {"stringValue": text}}
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record] * count}]}]}).encode()


def post(body, path="/v1/logs", method="POST", timeout=30, **headers):
    connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
    connection.request(method, path, body, {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}})
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace"), answer.headers


def raw(*pieces, pause=0.0):
    """The answer to these bytes, "" if the connection is closed without one."""
    with socket.create_connection((host, int(port)), timeout=20) as s:
        try:
            for piece in pieces:
                s.sendall(piece)
                time.sleep(pause)
        except OSError:
            pass
        answer = b""
        try:
            while chunk := s.recv(65536):
                answer += chunk
        except OSError:
            pass
        return answer.decode("latin-1")


def expect(what, found, status, text=""):
    assert found[0] == status and text in found[1], f"{what}: {found[0]} {found[1]!r}, expected {status} {text}"
    assert post(log("between"))[0] == 200, f"{what}: nothing is served after it"


def faults():
    expect("no JSON", post(b"{"), 400, "no valid JSON")
    expect("JSON that is cut", post(log("x")[:-20]), 400)
    expect("garbage", post(bytes(range(256)) * 40), 400)
    expect("garbage as protobuf", post(bytes(range(256)) * 40, Content_Type="application/x-protobuf"), 400, "no valid protobuf")
    expect("no gzip", post(log("x"), Content_Encoding="gzip"), 400, "no gzip")
    expect("gzip that is cut", post(gzip.compress(log("x"))[:-8], Content_Encoding="gzip"), 400, "no gzip")
    expect("gzip of 80 MB", post(gzip.compress(b" " * (80 << 20)), Content_Encoding="gzip"), 400, "no gzip, or more than")
    expect("deflate", post(log("x"), Content_Encoding="deflate"), 415)
    expect("text", post(log("x"), Content_Type="text/plain"), 415)
    expect("GET", post(None, method="GET"), 405)
    expect("elsewhere", post(log("x"), path="/v2/logs"), 404)
    expect("gzip", post(gzip.compress(log("packed")), Content_Encoding="gzip"), 200, '{"partialSuccess":{}}')
    bad = json.loads(log("half good"))
    bad["resourceLogs"][0]["scopeLogs"][0]["logRecords"] += [{"body": {"stringValue": "no time"}}, 7]
    expect("two of three wrong", post(json.dumps(bad).encode()), 200, '"rejectedLogRecords":"2"')
    head = b"POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    length = lambda n: head + b"Content-Length: %d\r\n\r\n" % n
    for what, pieces, status in [
            ("a body that is too large", [length(1 << 24), b"x" * (1 << 22)], "413"),
            ("a body without an end", [head + b"Transfer-Encoding: chunked\r\n\r\n"] + [b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"] * 3, "413"),
            ("a head without an end", [head, b"X: " + b"x" * 100_000], "431"),
            ("no HTTP", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"], "400"),
            ("two lengths", [head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"], "400")]:
        answer = raw(*pieces)
        assert answer.startswith(f"HTTP/1.1 {status} "), f"{what}: {answer[:200]!r}"
        assert post(log("between"))[0] == 200, f"{what}: nothing is served after it"
    body = log("slowly")
    answer = raw(length(len(body)), *[body[i:i + 1] for i in range(40)], pause=0.1)  # --request-timeout 2s
    assert answer.startswith("HTTP/1.1 408 "), f"slow client: {answer[:100]!r}"
    with socket.create_connection((host, int(port))) as gone:  # hangs up in the middle
        gone.sendall(length(100) + b"{")
    idle = [socket.create_connection((host, int(port))) for _ in range(200)]  # more than are served at once
    assert post(log("beside idle ones"))[0] == 200
    for connection in idle:
        connection.close()
    answer = raw(head + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body), body, pause=0.2)
    assert answer.startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"), answer[:200]


def numbered(file):
    """Until standard input ends."""
    sent = 0
    with open(file, "w") as done:
        while not select.select([sys.stdin], [], [], 0)[0]:
            while True:
                try:
                    status, _, headers = post(log(f"{sent:06d} " + "x" * 20_000))
                except OSError:
                    return
                if status == 200:
                    break
                assert status == 503 and headers["Retry-After"], status
                with open(file + ".refused", "w") as told:
                    told.write("yes")
                time.sleep(0.05)
            print(f"{sent:06d}", file=done, flush=True)
            sent += 1


if sys.argv[2] == "faults":
    faults()
else:
    numbered(sys.argv[3])
