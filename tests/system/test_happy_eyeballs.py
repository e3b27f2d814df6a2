# SPDX-License-Identifier: MIT
"""A name with a dead and a living address is reached by the living one."""

import socket
import unittest

from fake_upstream import FakeUpstream
from gateway import Gateway, configuration, provider

CHAT = {"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}]}


class SilentAddress:
    """Takes connections of nobody and refuses none: its queue is full."""

    def __init__(self, host, port):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.socket(family)
        self.listener.bind((host, port))
        self.listener.listen(0)
        self.waiting = []
        for _ in range(8):
            client = socket.socket(family)
            client.setblocking(False)
            client.connect_ex((host, port))
            self.waiting.append(client)

    def close(self):
        for one in (*self.waiting, self.listener):
            one.close()


class HappyEyeballs(unittest.TestCase):
    def ask(self, upstream):
        base_url = f"http://localhost:{upstream.port}/v1"
        with Gateway(configuration([provider(upstream, base_url=base_url)],
                                   routing={"retries": 0})) as gateway:
            answer = gateway.chat(CHAT)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual((upstream.connections, len(upstream.calls)), (1, 1))

    def test_only_one_family_listens(self):
        for host in ("127.0.0.1", "::1"):
            with self.subTest(host), FakeUpstream(host=host) as upstream:
                self.ask(upstream)

    def test_an_address_that_says_nothing_is_not_waited_for(self):
        """A connection to it would stand only after ten seconds, when all is given up."""
        for living, silent in (("127.0.0.1", "::1"), ("::1", "127.0.0.1")):
            with self.subTest(living), FakeUpstream(host=living) as upstream:
                dead = SilentAddress(silent, upstream.port)
                self.addCleanup(dead.close)
                self.ask(upstream)

    def test_nobody_listens(self):
        with FakeUpstream() as gone:
            pass
        base_url = f"http://localhost:{gone.port}/v1"
        with Gateway(configuration([provider(gone, base_url=base_url)])) as gateway:
            answer = gateway.chat(CHAT)
            self.assertEqual(answer.status, 502)
            self.assertEqual(answer.header("x-gaterouter-error"), "provider_unreachable")
            self.assertIn(f"localhost port {gone.port}", answer.error()["message"])


if __name__ == "__main__":
    unittest.main()
