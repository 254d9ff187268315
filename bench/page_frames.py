#!/usr/bin/env python3
"""How a page of aiops-report html opens, zooms and pans in a browser: page_frames.py PAGE [--browser chromium].

Drives a headless Chromium through a pipe (DevTools protocol): loads the page, zooms in at the timeline, drags it, then
scrolls through the charts. Prints JSON: seconds until loaded, and of each the milliseconds that a frame took, median,
95th percentile and longest. Without a display nothing waits for a screen: a frame takes as long as its work.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path


class Browser:
    def __init__(self, program, profile):
        self.to_read, to_write = os.pipe()
        from_read, self.from_write = os.pipe()
        # The browser reads commands from descriptor 3 and writes answers to 4.
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                   "--window-size=1400,1000", f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        self.process = subprocess.Popen(["sh", "-c", 'exec "$@" 3<&%d 4>&%d' % (self.to_read, self.from_write), "sh", *command],
                                        pass_fds=[self.to_read, self.from_write], stderr=subprocess.DEVNULL)
        self.commands, self.answers = os.fdopen(to_write, "wb", 0), os.fdopen(from_read, "rb", 0)
        self.rest, self.number, self.session = b"", 0, None

    def message(self):
        while b"\0" not in self.rest:
            part = self.answers.read(1 << 20)
            if not part:
                raise SystemExit("page_frames: the browser has gone")
            self.rest += part
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        self.commands.write(json.dumps(command).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise SystemExit(f"page_frames: {method}: {message['error']['message']}")
                return message["result"]

    def evaluate(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"page_frames: {result['exceptionDetails']}")
        return result["result"].get("value")

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        start = time.monotonic()
        self.call("Page.navigate", url=url)
        while self.evaluate("document.readyState") != "complete":
            time.sleep(0.02)
        # Two frames later the first charts are on the screen.
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.monotonic() - start


# Calls `step(i)` once a frame, and tells the milliseconds from frame to frame.
FRAMES = """
new Promise(done => {
  const times = [];
  const frame = i => now => {
    times.push(now);
    if (i === %d) return done(times.slice(1).map((t, k) => t - times[k]));
    const started = performance.now();
    (%s)(i);
    work.push(performance.now() - started);
    requestAnimationFrame(frame(i + 1));
  };
  globalThis.work = [];
  requestAnimationFrame(frame(0));
})"""
ZOOM = """i => {
  const plot = document.querySelector('#timeline .plot, .timeline .plot'), box = plot.getBoundingClientRect();
  plot.dispatchEvent(new WheelEvent('wheel', {bubbles: true, cancelable: true, deltaY: -40,
                                              clientX: box.left + box.width / 2, clientY: box.top + 10}));
}"""
PAN = """i => {
  const plot = document.querySelector('article.series .plot'), box = plot.getBoundingClientRect();
  plot.dispatchEvent(new WheelEvent('wheel', {bubbles: true, cancelable: true, deltaX: i < 60 ? 25 : -25, deltaY: 0,
                                              clientX: box.left + box.width / 2, clientY: box.top + 10}));
}"""
SCROLL = "i => scrollBy(0, 150)"


def figures(milliseconds):
    ordered = sorted(milliseconds)
    return {"median": round(statistics.median(ordered), 1), "p95": round(ordered[int(len(ordered) * 0.95)], 1),
            "longest": round(ordered[-1], 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--browser", default="chromium")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(arguments.browser, profile)
        try:
            result = {"bytes": arguments.page.stat().st_size,
                      "loaded_seconds": round(browser.open(arguments.page.resolve().as_uri()), 2)}
            for name, step, frames in [("zoom", ZOOM, 40), ("pan", PAN, 120), ("scroll", SCROLL, 120)]:
                result[name + "_ms"] = figures(browser.evaluate(FRAMES % (frames, step)))
            result["charts_drawn"] = browser.evaluate("[...document.querySelectorAll('article.series')].filter(e => e.chart && e.chart.visible).length")
            print(json.dumps(result, indent=2))
        finally:
            browser.process.terminate()
            browser.process.wait()


if __name__ == "__main__":
    main()
