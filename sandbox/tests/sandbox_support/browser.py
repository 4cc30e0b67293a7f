"""Drives a headless Chromium through its debugging pipe: JSON messages, each ended by a NUL byte."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

# Chromium talks over the descriptors 3 and 4; a program in between puts the pipes there.
LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
PATIENCE = 60
"""Seconds after which a browser that says nothing counts as broken."""


def missing():
    """Return why no browser can be driven here, or None."""
    return None if CHROMIUM else "Chromium is needed (apt install chromium)"


class Browser:
    def __init__(self, reading, writing):
        self._reading, self._writing = reading, writing
        self._count = 0
        self._rest = b""
        self._session = self._target = None
        self.events = []

    def open(self, url, width=1280):
        """Show an address in a separate tab: a clock that `pass_time` moved does not run any more."""
        if self._target:
            self.call("Page.close")
        self._session = None
        self._target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self.events = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.resize(width)
        self.go(url)

    def go(self, url):
        """Navigate and wait until this document has loaded; `about:blank` of a new tab may still be loading, too."""
        loader = self.call("Page.navigate", url=url)["loaderId"]
        self.wait("Page.lifecycleEvent", loaderId=loader, name="load")

    def call(self, method, **params):
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self.events.append(answer)

    def wait(self, event, **params):
        """Read events until one of that name and with these parameters comes."""
        while not any(each.get("method") == event and params.items() <= each["params"].items() for each in self.events):
            self.events.append(self._read())
        self.events = [each for each in self.events if each.get("method") != event]

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key, code):
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def resize(self, width, height=800):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def media(self, scheme):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def pass_time(self, milliseconds):
        """Advance the page's clock, and wait for its requests."""
        policy = {"policy": "pauseIfNetworkFetchesPending", "budget": milliseconds}
        self.call("Emulation.setVirtualTimePolicy", **policy)
        self.wait("Emulation.virtualTimeBudgetExpired")

    def stop_time(self):
        """Stop the page's clock: from here on, its timers run in `pass_time` only."""
        self.call("Emulation.setVirtualTimePolicy", policy="pause")

    def until(self, expression, wanted):
        """Advance the page's clock until an expression has this value."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.value(expression)) != wanted:
            assert time.monotonic() < deadline, f"{expression} is {found!r}, not {wanted!r}"
            self.pass_time(100)

    def complaints(self):
        """What went to the console: errors of scripts, of the content security policy, of loading."""
        kinds = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
        return [each for each in self.events if each.get("method") in kinds]

    def _read(self):
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._reading], [], [], PATIENCE)
            assert ready, "the browser says nothing"
            part = os.read(self._reading, 1 << 16)
            assert part, "the browser has ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


@contextmanager
def running(profile):
    its_input, writing = os.pipe()
    reading, its_output = os.pipe()
    options = ["--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions"]
    options += ["--remote-debugging-pipe", f"--user-data-dir={profile}"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium refuses to run as root with its own sandbox
    command = [sys.executable, "-c", LAUNCH, str(its_input), str(its_output), CHROMIUM, *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, pass_fds=(its_input, its_output), **quiet) as process:
        os.close(its_input)
        os.close(its_output)
        try:
            yield Browser(reading, writing)
        finally:
            os.close(writing)
            os.close(reading)
            process.terminate()
            process.wait(PATIENCE)


CONTRAST = """
(() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((each) => each / 255)
      .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return color === "rgba(0, 0, 0, 0)" && element.parentElement ? ground(element.parentElement) : color;
  };
  const ratio = (element) => {
    const [dark, bright] = [getComputedStyle(element).color, ground(element)].map(light).sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  return Math.min(...[...document.querySelectorAll("body *")].filter((each) => each.innerText).map(ratio));
})()
"""
"""Lowest contrast ratio of the texts of a page."""
