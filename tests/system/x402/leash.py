# SPDX-License-Identifier: MIT
"""Programs that live no longer than the test: when it ends, however it ends, so do they."""

import json
import os
import select
import subprocess
import tempfile
import threading
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MODULES = FOLDER / "node_modules"
NODE = FOLDER.parent / "node/node_modules/.bin/node"
PATIENCE = 60  # seconds; generous, because machines of tests are slow and shared

# A parent that dies closes the pipe that the shell reads: then the program is killed, and nothing
# else is. The shell ends with the program, too, so that its end is seen.
_LEASH = r'''"$@" </dev/null 4<&- & child=$!
{ cat <&4 >/dev/null; kill -9 $child; } 2>/dev/null 4<&4 & watch=$!
exec 4<&-; trap 'kill -9 $child' TERM
wait $child; code=$?; kill $watch 2>/dev/null; exit $code'''


def environment():
    """Without keys and proxies of whoever runs the tests."""
    keep = ("PATH", "LANG", "LC_ALL", "TMPDIR")
    return {name: os.environ[name] for name in keep if name in os.environ}


class Leashed:
    """A running program. `first_line` waits for what it says when it is ready."""

    def __init__(self, command):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            ["sh", "-c", 'exec 4<&0; ' + _LEASH, "leash", *map(str, command)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=environment(),
            cwd=FOLDER)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")[-4000:]

    def line(self, wanted=lambda line: True):
        """The next line of its output for which `wanted` holds."""
        deadline, text = time.monotonic() + PATIENCE, b""
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self.process.stdout], [], [], left)
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                break
            text += piece
            for line in text.split(b"\n")[:-1]:
                if wanted(line.decode()):
                    threading.Thread(target=self._drain, daemon=True).start()
                    return line.decode()
        said = self.said()
        self.stop()
        raise AssertionError(f"{self.process.args[4:]} did not start: {text[-2000:]!r} {said}")

    def _drain(self):
        """A program whose output nobody reads stands still one day."""
        try:
            while os.read(self.process.stdout.fileno(), 65536):
                pass
        finally:
            self.process.stdout.close()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()


class Service(Leashed):
    """A script of this folder that says `{"port": …}` in its first line and serves until it is ended."""

    def __init__(self, script, **options):
        installed()
        super().__init__([NODE, FOLDER / script, json.dumps(options)])
        self.port = json.loads(self.line())["port"]
        self.url = f"http://127.0.0.1:{self.port}"


def installed():
    """The npm packages of this folder and the Node of its neighbour."""
    for what in (NODE, MODULES / ".bin"):
        if not what.exists():
            raise AssertionError(f"{what} is missing: npm ci has not run in tests/system/x402 "
                                 "and tests/system/node")


def run(script, *arguments, job=None, seconds=PATIENCE):
    """What a script of this folder prints as JSON."""
    installed()
    done = subprocess.run([NODE, FOLDER / script, *arguments], input=json.dumps(job), text=True,
                          capture_output=True, timeout=seconds, env=environment(), cwd=FOLDER)
    if done.returncode != 0:
        raise AssertionError(f"{script}: {done.stdout[-2000:]} {done.stderr[-4000:]}")
    return json.loads(done.stdout)
