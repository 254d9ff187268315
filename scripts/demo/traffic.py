"""The people who use the shop: requests at random moments (Poisson), with a mean that wanders mildly."""
import http.client
import math
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor


class Traffic:
    def __init__(self, address, rate):
        self.address = address      # HOST:PORT
        self.rate = rate            # mean requests/s
        self.factor = 1             # set to more than 1 for a surge
        self.sent = 0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _mean(self, seconds):
        wave = .10 * math.sin(2 * math.pi * seconds / 1380) + .07 * math.sin(2 * math.pi * seconds / 410)
        return self.rate * self.factor * (1 + wave)

    def _run(self):
        began = due = time.monotonic()
        with ThreadPoolExecutor(64) as pool:
            while True:
                # Short pauses only, so that a change of the factor is felt at once.
                due += random.expovariate(self._mean(due - began))
                if self.stopped.wait(max(0, due - time.monotonic())):
                    return
                pool.submit(self._send, "/start" if random.random() < .6 else "/test")

    def _send(self, path):
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass    # a user who gets no answer
        finally:
            connection.close()
        self.sent += 1

    def stop(self):
        self.stopped.set()
        self.thread.join()
