# SPDX-License-Identifier: MIT
"""A second call beside one that is slow: who begins first answers, the other is cut, both are paid,
and it is asked only where its worst case fits."""

import threading
import time
import unittest

from fake_upstream import FakeUpstream, completion, delta, failing, good, hang
from gateway import KEY, Gateway, configuration, provider
from limit_world import PRICE
from wire import PATIENCE, Client, events, request

BOTH = {"model": "both", "max_tokens": 1000, "messages": [{"role": "user", "content": "Hi"}]}
STREAM = {**BOTH, "stream": True, "stream_options": {"include_usage": True}}
USUAL = 12  # answers from which it is known how fast a model begins


class HedgeTest(unittest.TestCase):
    def start(self, hedge=None, limits=(), folder=None, **routing):
        self.a, self.b = FakeUpstream(), FakeUpstream()
        self.addCleanup(self.a.__exit__)
        self.addCleanup(self.b.__exit__)
        models = [{"id": name, "price": PRICE} for name in ("m", "other")]
        config = configuration(
            [provider(self.a, "a", models=models), provider(self.b, "b", models=models)],
            routing={"aliases": {"both": ["a/m", "b/m"]}, "retries": 0,
                     "hedge": {"enabled": True} if hedge is None else hedge, **routing})
        config["limits"] = list(limits)
        self.gateway = Gateway(config, ["--log-level", "debug"])
        self.addCleanup(self.gateway.stop)

    def get_used_to(self, body):
        """So often that it is known what is usual at the first."""
        for _ in range(USUAL):
            self.assertEqual(self.gateway.chat(body).header("x-gaterouter-model"), "a/m")
        self.assertEqual(len(self.b.calls), 0)

    def record(self, answer):
        name = answer.header("x-gaterouter-request-id")
        return self.gateway.get(f"/v1/generation?id={name}").json()["data"]

    def wait_for(self, upstream, answer):
        """A script that says nothing before `upstream` was asked."""
        def script(call):
            upstream.wait_calls(1)
            answer(call)
        return script

    def attempts(self, record):
        return [(a["provider"], a["error"], a["cost_basis"]) for a in record["attempts"]]


class Hedging(HedgeTest):
    def test_the_second_answers_where_the_first_is_slow(self):
        self.start()
        for body in (STREAM, BOTH):
            self.a.script = good
            calls = len(self.b.calls)
            for _ in range(USUAL):
                self.gateway.chat(body)
            self.assertEqual(len(self.b.calls), calls)
            self.a.script = hang
            answer = self.gateway.chat(body)
            self.assertEqual((answer.status, answer.whole), (200, True), answer.body)
            self.assertEqual(answer.header("x-gaterouter-model"), "b/m")
            self.assertEqual(answer.header("x-gaterouter-attempts"), "2")
            self.assertIn("asked beside a/m, which was slow",
                          answer.header("x-gaterouter-reason"))
            if body is STREAM:
                said = events(answer.body)
                self.assertEqual(said[-1], "[DONE]")
                words = [c["delta"].get("content") for e in said[:-1] for c in e["choices"]]
                self.assertEqual("".join(w for w in words if w), "One two three")
            self.assertTrue(self.a.calls[-1].left.wait(PATIENCE), "the loser was not cut")
            record = self.record(answer)
            self.assertEqual(record["provider"], "b")
            self.assertEqual(self.attempts(record), [("a", "cancelled", "unknown"),
                                                     ("b", "", "computed")])
            self.assertIsNone(record["cost_usd"])
            self.assertEqual(record["known_cost_usd"], "0.000012")
            first, second = record["attempts"]
            self.assertLess(first["started_ms"], second["started_ms"])
            self.assertLessEqual(second["started_ms"], first["ended_ms"])

    def test_the_first_answers_after_the_second_was_asked(self):
        for body in (STREAM, BOTH):
            self.start()
            self.get_used_to(body)
            self.a.script = self.wait_for(self.b, good)
            self.b.script = hang
            answer = self.gateway.chat(body)
            self.assertEqual((answer.status, answer.whole), (200, True), answer.body)
            self.assertEqual(answer.header("x-gaterouter-model"), "a/m")
            self.assertEqual(answer.header("x-gaterouter-attempts"), "2")
            self.assertTrue(self.b.calls[-1].left.wait(PATIENCE), "the loser was not cut")
            record = self.record(answer)
            self.assertEqual((record["provider"], record["outcome"]), ("a", "answered"))
            self.assertEqual(self.attempts(record), [("b", "cancelled", "unknown"),
                                                     ("a", "", "computed")])

    def test_who_fails_leaves_it_to_the_other(self):
        self.start()
        self.get_used_to(STREAM)
        began = threading.Event()

        def second(call):  # goes on only once the first has failed
            began.wait(PATIENCE)
            good(call)

        def first(call):
            self.b.wait_calls(1)
            try:
                failing(500)(call)
            finally:
                began.set()

        self.a.script, self.b.script = first, second
        answer = self.gateway.chat(STREAM)
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")
        self.assertEqual([(a["provider"], a["status"]) for a in self.record(answer)["attempts"]],
                         [("a", 500), ("b", 200)])
        # And the other way round: a refusal of the second is not the last word.
        with self.b.lock:
            self.b.calls.clear()
        refused = threading.Event()

        def refuse(call):
            try:
                failing(400)(call)
            finally:
                refused.set()

        self.b.script = refuse
        self.a.script = good
        for _ in range(3):
            self.gateway.chat(STREAM)

        def late(call):
            self.assertTrue(refused.wait(PATIENCE))
            good(call)

        self.a.script = late
        answer = self.gateway.chat(STREAM)
        self.assertEqual((answer.status, answer.header("x-gaterouter-model")), (200, "a/m"))

    def test_both_fail(self):
        self.start()
        self.get_used_to(BOTH)
        self.a.script = self.wait_for(self.b, failing(500))
        self.b.script = failing(503)
        answer = self.gateway.chat(BOTH)
        self.assertGreaterEqual(answer.status, 500)
        record = self.record(answer)
        self.assertEqual(record["outcome"], "provider_failed")
        self.assertEqual([(a["provider"], a["status"], a["cost_usd"]) for a in record["attempts"]],
                         [("a", 500, "0.00"), ("b", 503, "0.00")])

    def test_a_client_that_leaves_ends_both(self):
        self.start()
        self.get_used_to(STREAM)
        self.a.script = self.b.script = hang
        with Client(self.gateway.port) as client:
            client.send(request(body=STREAM, key=KEY))
            self.b.wait_calls(1)
        self.assertTrue(self.a.calls[-1].left.wait(PATIENCE))
        self.assertTrue(self.b.calls[-1].left.wait(PATIENCE))
        self.a.script = good
        self.assertEqual(self.gateway.chat(BOTH).status, 200)

    def test_a_stream_that_breaks_off_is_not_taken_over(self):
        self.start()
        self.get_used_to(STREAM)
        self.a.script = hang

        def breaks(call):
            call.begin_stream()
            call.piece(delta("One"))
            raise ConnectionResetError

        self.b.script = breaks
        answer = self.gateway.chat(STREAM)
        self.assertIn("error", events(answer.body)[-1])
        self.assertEqual(self.record(answer)["outcome"], "stream_broken")


class Ceilings(HedgeTest):
    def never_beside(self, body, path="/v1/chat/completions"):
        """The second is never asked, though the first takes far longer than is usual."""
        self.a.script = good
        before = len(self.b.calls)

        def slow(call):
            time.sleep(1.5)  # many times what is waited for where a hedge is allowed
            good(call)

        self.a.script = slow
        answer = self.gateway.exchange(request(path=path, body=body, key=KEY))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.header("x-gaterouter-attempts"), "1")
        self.assertEqual(len(self.b.calls), before)

    def test_its_worst_case_fits_the_ceiling(self):
        # 1,000 tokens at most to write, and each byte of the request a token to read.
        self.start({"enabled": True, "max_cost": "0.0010"})
        self.get_used_to(STREAM)
        self.never_beside(STREAM)
        said = self.gateway.said()
        self.assertIn("hedge.not_asked", said)
        self.assertIn("more than the ceiling", said)
        self.a.script = hang
        answer = self.gateway.chat({**STREAM, "max_tokens": 500})
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")

    def test_the_maximum_of_the_request_holds_for_both_together(self):
        self.start()
        self.get_used_to(STREAM)
        self.a.script = hang
        header = lambda usd: [("x-gaterouter-max-cost", usd)]
        answer = self.gateway.chat(STREAM, headers=header("0.01"))
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")
        before = len(self.b.calls)
        self.a.script = self.slow
        answer = self.gateway.chat(STREAM, headers=header("0.002"))
        self.assertEqual(answer.header("x-gaterouter-model"), "a/m")
        self.assertEqual(len(self.b.calls), before)

    @staticmethod
    def slow(call):
        time.sleep(1.5)
        good(call)

    def test_limits_hold_for_both_and_the_cut_one_keeps_its_reservation(self):
        self.start(limits=[{"window": "day", "usd": "0.006"}])
        self.get_used_to(STREAM)  # 12 micro-dollars each
        self.a.script = hang
        answer = self.gateway.chat(STREAM)
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")
        # What the one that was cut may have cost stays reserved: 0.0017 dollars. Once
        # more, and two do not fit any longer.
        answer = self.gateway.chat(STREAM)
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")
        self.a.script = self.slow
        before = len(self.b.calls)
        answer = self.gateway.chat(STREAM)
        self.assertEqual(answer.header("x-gaterouter-model"), "a/m")
        self.assertEqual(len(self.b.calls), before)

    def test_off_unless_it_is_turned_on(self):
        self.start({"enabled": False})
        self.get_used_to(STREAM)
        self.never_beside(STREAM)

    def test_a_named_model_is_answered_by_no_other(self):
        self.start()
        named = {**STREAM, "model": "a/m", "models": ["b/other"]}
        self.get_used_to(named)
        self.never_beside(named)
        # By the same model at another provider it is.
        self.a.script = hang
        answer = self.gateway.chat({**named, "models": ["b/m"]})
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")

    def test_what_is_stored_is_not_asked_twice(self):
        self.start()
        self.get_used_to(STREAM)
        self.never_beside({**STREAM, "store": True})


if __name__ == "__main__":
    unittest.main()
