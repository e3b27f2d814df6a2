# SPDX-License-Identifier: MIT
"""The window's program beside a daemon of the same data directory: it shows that one's gateway
instead of failing, outlives it, and leaves it alone."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from fake_upstream import FakeUpstream
from gateway import DAEMON, Gateway, configuration, environment, provider
from wire import PATIENCE

WINDOW = os.environ.get("GR_WINDOW", "")


class Window:
    """The program with its window, on no screen."""

    def __init__(self, folder, *words):
        self.log = folder / "window.log"
        (folder / "home").mkdir(exist_ok=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [WINDOW, "--config", folder / "config.json", "--data-dir", folder / "data",
                 "--log-level", "debug", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**environment(), "HOME": str(folder / "home"), "QT_QPA_PLATFORM": "offscreen",
                     "DBUS_SESSION_BUS_ADDRESS": "disabled:"})

    def said(self):
        return self.log.read_text(errors="replace")

    def events(self, name):
        lines = [line for line in self.said().splitlines() if f'"event":"{name}"' in line]
        return [json.loads(line) for line in lines]

    def wait_for(self, what, why=""):
        """Until `what` gives something true, which is returned."""
        deadline = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := what():
                return found
            time.sleep(0.02)
        raise AssertionError(f"{why} It said:\n{self.said()}")

    def attached_to(self, pid):
        self.wait_for(lambda: any(e["pid"] == str(pid) for e in self.events("background.attached")),
                      f"not attached to {pid}.")

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Attach(unittest.TestCase):
    def setUp(self):
        self.upstream = FakeUpstream()
        self.addCleanup(self.upstream.__exit__)
        folder = tempfile.TemporaryDirectory(prefix="gr-attach-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = configuration([provider(self.upstream)])

    def daemon(self):
        gateway = Gateway(self.config, folder=self.folder)
        self.addCleanup(gateway.kill)
        return gateway

    def window(self, *words):
        window = Window(self.folder, *words)
        self.addCleanup(window.kill)
        return window

    def command(self, *words):
        return subprocess.run(
            [DAEMON, *words, "--config", self.folder / "config.json", "--data-dir",
             self.folder / "data"], capture_output=True, text=True, timeout=60,
            stdin=subprocess.DEVNULL, env=environment())

    def test_the_window_leaves_the_daemon_alone(self):
        daemon = self.daemon()
        window = self.window()
        window.attached_to(daemon.process.pid)
        self.assertEqual(daemon.chat().status, 200)
        self.assertEqual(window.close(), 0, window.said())
        self.assertEqual(daemon.chat().status, 200)
        again = self.window()
        again.attached_to(daemon.process.pid)
        daemon.stop()
        again.wait_for(lambda: again.events("background.ended"), "the end was not seen.")
        self.assertEqual(again.close(), 0, again.said())

    def test_a_daemon_that_is_killed_and_started_again_is_found(self):
        first = self.daemon()
        window = self.window()
        window.attached_to(first.process.pid)
        first.kill()
        window.wait_for(lambda: window.events("background.ended"), "the end was not seen.")
        second = self.daemon()
        window.attached_to(second.process.pid)
        self.assertEqual(second.chat().status, 200)
        self.assertEqual(window.close(), 0, window.said())

    def test_a_command_on_a_terminal_stops_it(self):
        daemon = self.daemon()
        window = self.window()
        window.attached_to(daemon.process.pid)
        self.assertEqual(self.command("stop").returncode, 0)
        window.wait_for(lambda: window.events("background.ended"), "the end was not seen.")
        self.assertEqual(daemon.exit_code(), 0)
        self.assertEqual(window.close(), 0)

    def test_a_second_window_raises_the_first(self):
        daemon = self.daemon()
        window = self.window()
        window.attached_to(daemon.process.pid)
        window.log = window.log.rename(self.folder / "first.log")
        self.assertEqual(self.window().process.wait(PATIENCE), 0)
        window.wait_for(lambda: len(window.events("window.raised")) == 1, "it was not raised.")
        self.assertEqual(self.window("gaterouter://Activity/").process.wait(PATIENCE), 0)
        window.wait_for(lambda: len(window.events("window.raised")) == 2, "it was not raised.")
        self.assertEqual([event["page"] for event in window.events("window.raised")],
                         ["", "gaterouter://Activity/"])
        # A link is handed over whole; one that carries a key is no link.
        link = "gaterouter:providers?add=mine&address=https://llm.example.com/a/long/way/to/v1"
        self.assertEqual(self.window(link).process.wait(PATIENCE), 0)
        window.wait_for(lambda: len(window.events("window.raised")) == 3, "it was not raised.")
        self.assertEqual(window.events("window.raised")[2]["page"], link)
        self.assertEqual(self.window(link + "&key=sk-1").process.wait(PATIENCE), 2)

    def test_a_second_window_for_the_background_leaves_the_first_alone(self):
        daemon = self.daemon()
        window = self.window("--background")
        window.attached_to(daemon.process.pid)
        window.log = window.log.rename(self.folder / "first.log")
        self.assertEqual(self.window("--background").process.wait(PATIENCE), 0)
        self.assertEqual(self.window().process.wait(PATIENCE), 0)
        window.wait_for(lambda: window.events("window.raised"), "it was not raised.")
        self.assertEqual(len(window.events("window.raised")), 1, "only by the one that asked")
        self.assertEqual(window.close(), 0, window.said())

    def hold(self):
        """Holds the data directory as a daemon does."""
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        (self.folder / "config.json").write_text(json.dumps(self.config))
        lock = open(data / "lock", "w")
        self.addCleanup(lock.close)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        return data

    def test_another_version_is_named(self):
        control = socket.socket(socket.AF_UNIX)
        self.addCleanup(control.close)
        control.bind(str(self.hold() / "control.sock"))
        control.listen()

        def answer():
            peer, _ = control.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b'{"ok":true,"state":"running","pid":77,"version":"99.1.2"}\n')

        threading.Thread(target=answer, daemon=True).start()
        window = self.window()
        window.wait_for(lambda: "99.1.2" in window.said(), "the version was not named.")
        self.assertIn("process 77", window.said())
        self.assertEqual(window.events("background.attached"), [])

    def test_who_does_not_answer_is_named(self):
        data = self.hold()
        window = self.window()
        window.wait_for(lambda: "does not answer" in window.said(), "nothing was said.")
        self.assertIn(str(data), window.said())


if __name__ == "__main__":
    unittest.main()
