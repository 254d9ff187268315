"""An HTTP proxy that does what servers and networks do wrong.

usage: faults.py BACKEND_URL FILE [CERTIFICATE KEY]

With a certificate it speaks TLS. Prints its port. Before each request it reads FILE: "KIND [ARGUMENT [TIMES [SKIP]]]", where TIMES says for how many
requests from then on (all without it), and SKIP how many pass before:
  pass             the backend's answer
  delay SECONDS    the same, later
  cut BYTES        ends the connection after so many bytes of the body, which was announced whole
  json BYTES       so many bytes of the body, announced as such
  short BYTES      announces so many bytes more than it sends
  long BYTES       announces so many bytes less than it sends
  stall SECONDS    half of the body, then nothing for so long
  reset -          resets the connection
  reset_after N    passes N requests, then resets connections
  html STATUS      a page in place of the answer
  status STATUS    this status, with Retry-After: 1 for 429
  error -          status 200 with an error of the API within
  garbage -        bytes that are no HTTP
  redirect URL     a redirect there
"""
import http.server
import os
import socket
import ssl
import struct
import sys
import time
import urllib.error
import urllib.request

backend, fault_file, *certificate = sys.argv[1:]
seen = {"text": None, "count": 0}


def current_fault():
    with open(fault_file) as file:
        text = file.read()
    stamp = (text, os.stat(fault_file).st_mtime_ns)
    if seen["text"] != stamp:
        seen.update(text=stamp, count=0)
    seen["count"] += 1
    kind, argument, times, skip = (text.split() + ["", "", ""])[:4]
    if skip and seen["count"] <= int(skip):
        return "pass", ""
    if kind == "reset_after":
        return "pass" if seen["count"] <= int(argument) else "reset", ""
    if times and seen["count"] > int(times) + int(skip or 0):
        return "pass", ""
    return kind, argument


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def ask(self, body):
        passed = {name: value for name, value in self.headers.items() if name.lower().startswith(("x-", "content-type", "authorization"))}
        request = urllib.request.Request(backend + self.path, data=body, headers=passed,
                                         method=self.command)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def head(self, status, length, extra=()):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        for name, value in extra:
            self.send_header(name, value)
        self.end_headers()

    def give(self, status, body, announced=None, extra=()):
        self.head(status, len(body) if announced is None else announced, extra)
        self.wfile.write(body)
        if announced is not None:
            self.close_connection = True

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    do_PUT = do_DELETE = do_POST

    def do_GET(self):
        self.answer(None)

    def answer(self, sent):
        kind, argument = current_fault()
        if kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif kind == "garbage":
            self.wfile.write(b"\x00\x01nonsense\r\n\r\n")
            self.close_connection = True
        elif kind == "html":
            self.give(int(argument), b"<!DOCTYPE html><html><body>Please log in</body></html>")
        elif kind == "status":
            self.give(int(argument), b"no", extra=[("Retry-After", "1")] if argument == "429" else [])
        elif kind == "error":
            self.give(200, b'{"status":"error","errorType":"execution","error":"it went wrong"}')
        elif kind == "redirect":
            self.give(302, b"", extra=[("Location", argument)])
        else:
            self.pass_on(kind, argument, sent)

    def pass_on(self, kind, argument, sent):
        try:
            status, body = self.ask(sent)
        except OSError:
            return self.give(502, b"the backend is gone")
        if kind == "delay":
            time.sleep(float(argument))
        if kind == "cut":
            return self.give(status, body[: int(argument)], announced=len(body))
        if kind == "json":
            return self.give(status, body[: int(argument)])
        if kind == "short":
            return self.give(status, body, announced=len(body) + int(argument))
        if kind == "long":
            return self.give(status, body, announced=len(body) - int(argument))
        if kind == "stall":
            self.head(status, len(body))
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            time.sleep(float(argument))
            self.close_connection = True
            return None
        return self.give(status, body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that go away


server = Server(("127.0.0.1", 0), Proxy)
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
