"""Asks a Kafka broker for its metadata; exit status 0 when it names itself: then it serves requests.

usage: metadata.py PORT
"""
import socket
import struct
import sys

# Request header (ApiKey 3, version 1, correlation 1, client "up"), then: no topics.
request = struct.pack(">hhih2si", 3, 1, 1, 2, b"up", 0)
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2) as connection:
    connection.settimeout(2)
    connection.sendall(struct.pack(">i", len(request)) + request)
    answer = b""
    while len(answer) < 12:
        part = connection.recv(4096)
        if not part:
            sys.exit(1)
        answer += part
_, correlation, brokers = struct.unpack(">iii", answer[:12])
sys.exit(0 if correlation == 1 and brokers > 0 else 1)
