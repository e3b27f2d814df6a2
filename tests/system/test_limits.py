# SPDX-License-Identifier: MIT
"""Limits hold: at many requests at once, after kill -9, with two gateways on one ledger."""

import random
import subprocess
import tempfile
import threading
import time
import unittest
from decimal import Decimal
from pathlib import Path

from fake_upstream import FakeUpstream, completion, delta
from gateway import DAEMON, KEY, Gateway, configuration, provider
from wire import request

# USD per million tokens: a token in or out costs a millionth.
PRICE = {"input": "1.00", "output": "1.00"}
OTHER_KEY = "gr-another-test-client-key"


def body(tokens=1000, **more):
    return {"model": "fake/m", "max_tokens": tokens,
            "messages": [{"role": "user", "content": "Hi"}], **more}


class Biller:
    """A provider that bills what it is asked for: its own count is what is owed."""

    def __init__(self, share=1.0, delay=0.0):
        self.share, self.delay = share, delay
        self.lock = threading.Lock()
        self.billed = 0  # tokens, of everything that arrived
        self.upstream = FakeUpstream(self.answer)

    def answer(self, call):
        asked = call.json()
        cap = asked.get("max_tokens") or asked.get("max_completion_tokens")
        output = max(1, int(cap * self.share)) * asked.get("n", 1)
        prompt = 10
        with self.lock:
            self.billed += prompt + output
        if self.delay:
            time.sleep(random.uniform(0, self.delay))
        usage = {"prompt_tokens": prompt, "completion_tokens": output,
                 "total_tokens": prompt + output}
        call.answer(200, {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                          "choices": [{"index": 0, "finish_reason": "stop",
                                       "message": {"role": "assistant", "content": "yes"}}],
                          "usage": usage})

    def dollars(self):
        return Decimal(self.billed) / 1_000_000


class LimitTest(unittest.TestCase):
    def start(self, biller, limits, folder=None, url="sqlite", **more):
        config = configuration([provider(biller.upstream, models=[{"id": "m", "price": PRICE}])],
                               ledger={"url": url}, **more)
        config["limits"] = limits
        config["clients"].append({"id": "other", "key": {"value": OTHER_KEY}})
        gateway = Gateway(config, folder=folder)
        self.addCleanup(self.end, gateway)
        return gateway

    @staticmethod
    def end(gateway):
        gateway.kill()
        gateway._clean()

    def biller(self, **more):
        biller = Biller(**more)
        self.addCleanup(biller.upstream.__exit__)
        return biller

    def command(self, gateway, *arguments):
        done = subprocess.run(
            [DAEMON, *arguments, "--config", gateway.config_file, "--data-dir", gateway.data],
            capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def storm(self, gateway, requests, threads=64, **more):
        """Statuses of so many requests, many at once."""
        statuses, lock, left = [], threading.Lock(), iter(range(requests))

        def work():
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                try:
                    answer = gateway.chat(body(**more))
                except OSError:
                    answer = None
                with lock:
                    statuses.append(answer.status if answer else None)

        workers = [threading.Thread(target=work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return statuses


class Refusals(LimitTest):
    def test_a_refusal_says_which_limit_and_what_is_spent(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "usd": "0.005"}])
        self.assertEqual(gateway.chat(body()).status, 200)
        answer = gateway.chat(body(4000))
        self.assertEqual(answer.status, 429)
        error = answer.error()
        self.assertEqual(error["type"], "insufficient_quota")
        self.assertEqual(error["code"], "insufficient_quota")
        self.assertEqual(answer.header("x-should-retry"), "false")
        self.assertEqual(answer.header("x-gaterouter-error"), "limit_reached")
        for words in ("$0.005 a day for everything", "$0.00101 is spent", "begins anew at 20"):
            self.assertIn(words, error["message"])
        code, said = self.command(gateway, "limits")
        self.assertEqual(code, 0)
        self.assertIn("$0.005 a day for everything: $0.00101 spent", said)
        # What fits is let through.
        self.assertEqual(gateway.chat(body(1500)).status, 200)

    def test_a_request_larger_than_the_limit_is_refused_at_once(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "usd": "0.001"}])
        answer = gateway.chat(body(5000))
        self.assertEqual(answer.status, 429)
        self.assertIn("more than the whole limit", answer.error()["message"])
        self.assertEqual(biller.billed, 0)

    def test_units_and_scopes(self):
        biller = self.biller()
        gateway = self.start(biller, [
            {"window": "day", "requests": 3, "scope": "client:tests"},
            {"window": "hour", "tokens": 4000, "scope": "model:fake/*"}])
        for expected in (200, 200, 200, 429):
            self.assertEqual(gateway.chat(body(100)).status, expected)
        self.assertIn("3 requests", gateway.chat(body(100)).error()["message"])
        # Another client has its own count; the tokens are counted for all.
        self.assertEqual(gateway.chat(body(3000), key=OTHER_KEY).status, 200)
        answer = gateway.chat(body(3000), key=OTHER_KEY)
        self.assertEqual(answer.status, 429)
        self.assertIn("4000 tokens an hour for the model \"fake/*\"", answer.error()["message"])

    def test_what_passes_unread_counts_as_a_request(self):
        biller = self.biller()
        biller.upstream.script = lambda call: call.answer(200, {"data": [{"url": "x"}]})
        gateway = self.start(biller, [{"window": "day", "requests": 2}])
        picture = {"model": "fake/m", "prompt": "a cat"}
        send = lambda: gateway.exchange(request(path="/v1/images/generations", body=picture, key=KEY))
        self.assertEqual([send().status for _ in range(3)], [200, 200, 429])

    def test_a_server_of_this_machine_costs_nothing(self):
        biller = self.biller()
        config = configuration([provider(biller.upstream, models=[{"id": "m"}])])
        config["limits"] = [{"window": "day", "usd": "1.00"}]
        gateway = Gateway(config)
        self.addCleanup(self.end, gateway)
        self.assertEqual(gateway.chat(body()).status, 200)

    def test_what_has_no_bound_is_refused_by_name(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "usd": "1.00"}])
        answer = gateway.chat(body(tools=[{"type": "web_search_preview"}]))
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.header("x-gaterouter-error"), "cost_unbounded")
        self.assertIn("web_search_preview", answer.error()["message"])
        self.assertEqual(biller.billed, 0)

    def test_a_missing_maximum_is_put_in(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "usd": "0.02"}])
        asked = body()
        del asked["max_tokens"]
        self.assertEqual(gateway.chat(asked).status, 200)
        cap = biller.upstream.calls[-1].json()["max_completion_tokens"]
        self.assertLess(cap, 20_000)
        self.assertGreater(cap, 18_000)  # nearly all of what is left
        # Without a limit nothing is added.
        free = self.start(biller, [])
        self.assertEqual(free.chat({**asked, "max_tokens": 5}).status, 200)


class Standard(LimitTest):
    def test_without_limits_there_is_one_that_changes_no_request(self):
        biller = self.biller()
        config = configuration([provider(biller.upstream, models=[{"id": "m", "price": {
            "input": "1000", "output": "1000"}}])])  # a dollar for a thousand tokens
        del config["limits"]
        gateway = Gateway(config)
        self.addCleanup(self.end, gateway)
        asked = body(1000, tools=[{"type": "web_search_preview"}])
        self.assertEqual(gateway.chat({**asked, "max_tokens": 3000}).status, 200)
        self.assertNotIn("max_completion_tokens", biller.upstream.calls[-1].json())
        self.assertIn("$5.00 a day for everything: $3.01 spent", self.command(gateway, "limits")[1])
        del asked["max_tokens"]
        biller.upstream.script = lambda call: call.answer(200, completion())
        self.assertEqual(gateway.chat(asked).status, 200)
        self.assertNotIn("max_completion_tokens", biller.upstream.calls[-1].json())
        # 1,024 tokens are likely, and not so much is left.
        biller.upstream.script = biller.answer
        self.assertEqual(gateway.chat(body(1000)).status, 200)
        answer = gateway.chat(body(1))
        self.assertEqual(answer.status, 429)
        self.assertIn("$5.00 a day", answer.error()["message"])


class Storms(LimitTest):
    def test_many_at_once_never_pass_the_limit(self):
        for limits in ([{"window": "day", "usd": "0.05"}],
                       [{"window": "day", "tokens": 50_000}],
                       [{"window": "total", "usd": "0.05"}, {"window": "minute", "usd": "0.05"}]):
            biller = self.biller(share=0.7, delay=0.02)
            gateway = self.start(biller, limits, limit_wait_seconds=30)
            statuses = self.storm(gateway, 160)
            self.assertLessEqual(biller.billed, 50_000)
            # It is used up: what is left could not take another request.
            self.assertGreater(biller.billed, 50_000 - 2_000)
            self.assertEqual(set(statuses), {200, 429})
            gateway.stop()

    def test_requests_are_counted_exactly(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "requests": 50}])
        statuses = self.storm(gateway, 200)
        self.assertEqual(statuses.count(200), 50)
        self.assertEqual(statuses.count(429), 150)

    def test_two_gateways_on_one_ledger(self):
        biller = self.biller(share=0.5, delay=0.02)
        with tempfile.TemporaryDirectory(prefix="gr-limits-") as shared:
            url = f"sqlite:{Path(shared) / 'books.db'}"
            limits = [{"window": "day", "usd": "0.05"}]
            gateways = [self.start(biller, limits, url=url, limit_wait_seconds=30)
                        for _ in range(2)]
            storms = [threading.Thread(target=self.storm, args=(gateway, 120, 32))
                      for gateway in gateways]
            for storm in storms:
                storm.start()
            for storm in storms:
                storm.join()
            self.assertLessEqual(biller.billed, 50_000)
            self.assertGreater(biller.billed, 50_000 - 2_000)
            for gateway in gateways:
                gateway.stop()

    def test_kill_9_at_any_time(self):
        """What was dispatched when it died counts, also what nobody ever heard an answer to."""
        biller = self.biller(delay=0.05)
        with tempfile.TemporaryDirectory(prefix="gr-limits-") as folder:
            gateway = None
            for _ in range(6):
                gateway = self.start(biller, [{"window": "day", "usd": "0.2"}], folder=folder)
                storm = threading.Thread(target=self.storm, args=(gateway, 60, 32))
                storm.start()
                time.sleep(random.uniform(0.05, 0.5))
                gateway.kill()
                storm.join()
                self.assertLessEqual(biller.billed, 200_000)
            gateway = self.start(biller, [{"window": "day", "usd": "0.2"}], folder=folder)
            self.storm(gateway, 400)
            self.assertLessEqual(biller.billed, 200_000)
            gateway.stop()
            code, said = self.command(gateway, "ledger", "verify")
            self.assertEqual(code, 0, said)


class Unknown(LimitTest):
    def test_an_aborted_stream_keeps_its_reservation(self):
        """The client hangs up in the middle; what the provider bills in the end is not known."""
        biller = self.biller()

        def endless(call):
            call.begin_stream()
            for _ in range(500):
                call.piece(delta("x"))
                time.sleep(0.02)

        biller.upstream.script = endless
        gateway = self.start(biller, [{"window": "day", "usd": "0.01"}])
        with gateway.client() as client:
            client.send(request(body=body(5000, stream=True), key=KEY))
            client.chunk(client.head())
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            said = self.command(gateway, "limits")[1]
            if "$0.00 reserved" in said and "$0.00 spent" not in said:
                break
            time.sleep(0.05)
        self.assertRegex(said, r"\$0\.005\d* spent, \$0\.00 reserved")
        self.assertEqual(gateway.chat(body(6000)).status, 429)


if __name__ == "__main__":
    unittest.main()
