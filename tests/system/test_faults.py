# SPDX-License-Identifier: MIT
"""Providers that are down, slow, overrun or flapping, and 64 requests at once: while one candidate
is well nobody loses anything, and who is ill is left alone until it is well again."""

import itertools
import threading
import time
import unittest

from fake_upstream import (FakeUpstream, close_before_head, completion, failing, good, hang,
                           reset_before_head)
from gateway import Gateway, configuration, provider
from wire import PATIENCE, events

BOTH = {"model": "both", "messages": [{"role": "user", "content": "Hi"}]}


class Faults(unittest.TestCase):
    def setUp(self):
        self.a, self.b = FakeUpstream(), FakeUpstream()
        self.addCleanup(self.a.__exit__)
        self.addCleanup(self.b.__exit__)
        self.gateway = Gateway(configuration(
            [provider(self.a, "a"), provider(self.b, "b")],
            routing={"aliases": {"both": ["a/m", "b/m"]}}))
        self.addCleanup(self.gateway.stop)

    def storm(self, count=64, **more):
        """The answers to so many requests at once."""
        answers = [None] * count

        def ask(i):
            answers[i] = self.gateway.chat({**BOTH, **more})

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for answer in answers:
            self.assertEqual(answer.status, 200, answer.body)
        return [answer.header("x-gaterouter-model") for answer in answers]

    def until_back(self):
        deadline = time.monotonic() + PATIENCE
        while self.gateway.chat(BOTH).header("x-gaterouter-model") != "a/m":
            self.assertLess(time.monotonic(), deadline, "nobody tried whether it is well again")
            time.sleep(0.1)

    def test_who_is_down_is_left_alone_and_comes_back(self):
        for script in (failing(500), reset_before_head, close_before_head):
            self.a.script = script
            before = len(self.a.calls)
            self.assertEqual(set(self.storm()), {"b/m"})
            calls = len(self.a.calls)
            # First calls, few repetitions, and those that were saved up.
            self.assertLess(calls - before, 64 * 1.2 + 40)
            self.assertEqual(set(self.storm()), {"b/m"})
            self.assertLess(len(self.a.calls), calls + 4)
            self.a.script = good
            self.until_back()
            self.assertEqual(set(self.storm()), {"a/m"})

    def test_a_storm_of_429_is_waited_for_as_asked(self):
        self.a.script = failing(429, [("Retry-After", "2")])
        self.assertEqual(set(self.storm()), {"b/m"})
        calls = len(self.a.calls)
        self.assertLessEqual(calls, 64)
        self.assertEqual(set(self.storm()), {"b/m"})
        self.assertEqual(len(self.a.calls), calls)
        self.a.script = good
        self.until_back()

    def test_who_fails_every_other_time_loses_nothing(self):
        turn = itertools.count()

        def flapping(call):
            (failing(502) if next(turn) % 2 else good)(call)

        self.a.script = flapping
        for _ in range(4):
            self.storm()

    def test_a_stream_that_never_begins_goes_on_elsewhere(self):
        for _ in range(10):  # what is usual there
            self.gateway.chat({**BOTH, "stream": True})
        self.a.script = hang
        answer = self.gateway.chat({**BOTH, "stream": True})
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")
        self.assertEqual(events(answer.body)[-1], "[DONE]")

    def test_who_is_alone_is_tried_by_one_at_a_time(self):
        self.b.script = self.a.script = failing(500)
        for _ in range(3):
            self.assertGreaterEqual(self.gateway.chat(BOTH).status, 500)
        calls = len(self.a.calls)
        self.a.script = lambda call: call.answer(200, completion())
        self.assertIn("a/m", self.storm(16))
        self.assertLessEqual(len(self.a.calls), calls + 16)


if __name__ == "__main__":
    unittest.main()
