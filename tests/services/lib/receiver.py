"""A receiver of HTTP requests that keeps what it gets, and does what receivers do wrong.

usage: receiver.py FILE FAULT_FILE [CONTRACT]

Prints its port. Each request becomes a line of FILE: {"time", "path", "headers", "body", "status"}. Before each it
reads FAULT_FILE: "KIND [ARGUMENT [TIMES]]", TIMES saying for how many requests from then on (all without it):
  pass -            taken, as the contract says
  status CODE       this status, with Retry-After: 1 for 429
  hang SECONDS      no answer for so long, then none at all
  lie -             200 with an error in the body
  cut -             the connection ends in the middle of the answer
  gone -            taken, but the connection ends without an answer
"""
import http.server
import json
import os
import sys
import threading
import time

log_file, fault_file, *contract = sys.argv[1:]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
contract = __import__(contract[0]).Contract() if contract else None
lock = threading.Lock()
seen = {"stamp": None, "count": 0}


def fault():
    with open(fault_file) as file:
        text = file.read()
    stamp = (text, os.stat(fault_file).st_mtime_ns)
    if seen["stamp"] != stamp:
        seen.update(stamp=stamp, count=0)
    seen["count"] += 1
    kind, argument, times = (text.split() + ["", "", ""])[:3]
    return ("pass", "") if times and seen["count"] > int(times) else (kind, argument)


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def keep(self, body, status):
        with open(log_file, "a") as file:
            json.dump({"time": time.time(), "path": self.path, "headers": dict(self.headers), "body": body,
                       "status": status}, file)
            file.write("\n")

    def give(self, status, body, headers=()):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with lock:
            kind, argument = fault()
            if kind in ("pass", "cut", "gone"):
                status, answer, headers = (contract.answer(self.path, dict(self.headers), body) if contract
                                           else (200, "ok", ()))
                self.keep(body, status)
            else:
                self.keep(body, kind)
        if kind == "status":
            self.give(int(argument), "no", [("Retry-After", "1")] if argument == "429" else [])
        elif kind == "hang":
            time.sleep(float(argument))
            self.close_connection = True
        elif kind == "lie":
            self.give(200, {"ok": False, "error": "fatal_error", "status": "error"})
        elif kind == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            self.close_connection = True
        elif kind == "gone":
            self.close_connection = True
        else:
            self.give(status, answer, headers)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that go away


server = Server(("127.0.0.1", 0), Receiver)
print(server.server_address[1], flush=True)
server.serve_forever()
