# SPDX-License-Identifier: MIT
"""Starts the daemon under test: a configuration, a data directory, a free port, and its end."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from fake_upstream import FakeUpstream, good
from wire import PATIENCE, Client, request

DAEMON = os.environ.get("GR_DAEMON", "")
KEY = "gr-system-test-client-key"
PROVIDER_KEY = "sk-provider-canary-0123456789abcdef"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def provider(upstream, name="fake", **more):
    """A provider of the configuration at a FakeUpstream, or at any port."""
    port = getattr(upstream, "port", upstream)
    return {"id": name, "kind": "openai", "base_url": f"http://127.0.0.1:{port}/v1",
            "keys": [{"value": PROVIDER_KEY}], "models": [{"id": "m"}], **more}


def configuration(providers=(), port=0, **more):
    return {"version": 1, "listen": {"address": "127.0.0.1", "port": port or free_port()},
            "clients": [{"id": "tests", "key": {"value": KEY}}], "limits": [],
            "providers": list(providers), **more}


def environment():
    """Without the keys, proxies and display of whoever runs the tests."""
    keep = ("PATH", "LANG", "LC_ALL", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "TMPDIR")
    return {name: os.environ[name] for name in keep if name in os.environ}


class Gateway:
    """A running daemon. `config` as a dict, or as text when it is to be wrong."""

    def __init__(self, config, arguments=(), folder=None, wait=True, wrapper=()):
        self.own_folder = tempfile.TemporaryDirectory(prefix="gr-system-") if folder is None else None
        self.folder = Path(folder or self.own_folder.name)
        self.data = self.folder / "data"
        self.config_file = self.folder / "config.json"
        self.config_file.write_text(config if isinstance(config, str) else json.dumps(config))
        self.config_file.chmod(0o600)
        self.port = config["listen"]["port"] if isinstance(config, dict) else None
        self.log = open(self.folder / "log", "ab")
        self.log_start = self.log.tell()  # a folder may see several daemons
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [*wrapper, DAEMON, "serve", "--config", self.config_file, "--data-dir", self.data,
             *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**environment(), "HOME": str(home)})
        if wait:
            self.wait_ready()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def said(self):
        return (self.folder / "log").read_bytes()[self.log_start:].decode(errors="replace")

    def wait_ready(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            if "listening on" in self.said():
                return
            time.sleep(0.01)
        self.kill()
        raise AssertionError(f"the gateway did not start. It said:\n{self.said()}")

    def exit_code(self):
        """Of a daemon that ends by itself."""
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.kill()

    def stop(self):
        """Ends it as a service manager does. Its code is 0, whatever it was doing."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                code = self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("the gateway does not stop") from None
            if code != 0:
                raise AssertionError(f"exit code {code}. It said:\n{self.said()[-4000:]}")
        self._clean()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _clean(self):
        self.log.close()
        if self.own_folder:
            self.own_folder.cleanup()

    def client(self, host="127.0.0.1"):
        return Client(self.port, host)

    def exchange(self, data):
        """One answer on a fresh connection, or None when the gateway closes instead."""
        with self.client() as client:
            return client.send(data).read()

    def chat(self, body=None, key=KEY, **more):
        body = {"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}]} \
            if body is None else body
        return self.exchange(request(body=body, key=key, **more))

    def get(self, path, key=KEY):
        return self.exchange(request("GET", path, key=key))


class GatewayTest(unittest.TestCase):
    """One upstream and one gateway for all tests of a class, each test with a clean script."""

    OPTIONS = {}
    ARGUMENTS = ()

    @classmethod
    def setUpClass(cls):
        cls.upstream = FakeUpstream()
        cls.addClassCleanup(cls.upstream.__exit__)
        cls.gateway = Gateway(configuration([provider(cls.upstream)], **cls.OPTIONS), cls.ARGUMENTS)
        cls.addClassCleanup(cls.gateway.stop)

    def setUp(self):
        self.upstream.script, self.upstream.scripts = good, []
        with self.upstream.lock:
            self.upstream.calls.clear()

    def assertRefused(self, answer, status):
        """An error in the caller's format that says something and hides what is secret."""
        self.assertIsNotNone(answer, "closed without an answer")
        self.assertEqual(answer.status, status, answer.body[:300])
        error = answer.error()
        self.assertTrue(error["message"])
        self.assertEqual(set(error), {"message", "type", "param", "code"})
        self.assertTrue(answer.header("x-gaterouter-error"))
        self.assertNotIn(PROVIDER_KEY.encode(), answer.body)
