# SPDX-License-Identifier: MIT
"""Limits hold: at many requests at once, after kill -9, with two gateways on one ledger."""

import random
import tempfile
import threading
import time
import unittest
from pathlib import Path

from fake_upstream import completion, delta
from gateway import KEY, Gateway, configuration, free_port, provider
from limit_world import OTHER_KEY, PRICE, LimitTest, body
from postgres import Postgres
from wire import request


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
        self.assertIn("[all|day|usd] ", said)
        # By hand, for this day.
        for wrong, words in (("all|week|usd", "There is no limit"), ("all|day|usd", "no amount")):
            code, said = self.command(gateway, "limits", "raise", wrong,
                                      "1" if "week" in wrong else "lots")
            self.assertEqual(code, 1)
            self.assertIn(words, said)
        self.assertEqual(self.command(gateway, "limits", "raise", "all|day|usd", "0.005"),
                         (0, "done\n"))
        self.assertEqual(gateway.chat(body(4000)).status, 200)
        self.assertIn("$0.005 more allowed", self.command(gateway, "limits")[1])
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

    def test_a_mode_without_a_price_is_refused_by_name(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "usd": "1.00"}])
        answer = gateway.chat(body(service_tier="priority"))
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.header("x-gaterouter-error"), "cost_unbounded")
        self.assertIn("service_tier priority", answer.error()["message"])
        self.assertEqual(biller.billed, 0)
        self.assertEqual(gateway.chat(body(service_tier="default")).status, 200)

    def test_modes_do_not_matter_for_tokens(self):
        gateway = self.start(self.biller(), [{"window": "day", "tokens": 100000}])
        self.assertEqual(gateway.chat(body(service_tier="priority")).status, 200)

    def test_what_has_no_bound_in_tokens_is_refused_too(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "tokens": 100000}])
        answer = gateway.exchange(request(path="/v1/images/generations", key=KEY,
                                          body={"model": "fake/m", "prompt": "a cat"}))
        self.assertEqual(answer.status, 422)
        self.assertIn("limit in tokens", answer.error()["message"])
        self.assertEqual(biller.billed, 0)

    def test_a_bill_that_cannot_be_worked_out_is_refused(self):
        """A search costs something, and nobody told how much."""
        biller = self.biller()
        config = configuration([provider(biller.upstream, models=[
            {"id": "m", "price": PRICE, "context": 100_000}])])
        config["limits"] = [{"window": "day", "usd": "100"}]
        gateway = Gateway(config)
        self.addCleanup(self.end, gateway)
        asked = {"model": "fake/m", "input": "Hi", "max_output_tokens": 10, "max_tool_calls": 2,
                 "tools": [{"type": "web_search"}]}
        answer = gateway.exchange(request(path="/v1/responses", body=asked, key=KEY))
        self.assertEqual(answer.status, 422, answer.body)
        self.assertIn("cannot be worked out", answer.error()["message"])

    def test_texts_are_counted_where_their_bytes_do_not_fit(self):
        """12,000 bytes are some 2,500 tokens; that is known of OpenAI's own models only."""
        biller = self.biller()
        config = configuration([provider(biller.upstream, models=[
            {"id": name, "price": PRICE} for name in ("gpt-4o", "gpt-ours", "m")])])
        config["limits"] = [{"window": "day", "usd": "0.010"}]
        gateway = Gateway(config)
        self.addCleanup(self.end, gateway)
        text = "The quick brown fox jumps over the lazy dog. " * 266
        asked = {"max_tokens": 100, "messages": [{"role": "user", "content": text}]}
        self.assertEqual(gateway.chat({"model": "fake/m", **asked}).status, 429)
        self.assertEqual(gateway.chat({"model": "fake/gpt-ours", **asked}).status, 429)
        self.assertEqual(gateway.chat({"model": "fake/gpt-4o", **asked}).status, 200)
        tools = [{"type": "function", "function": {"name": "f"}}]
        self.assertEqual(gateway.chat({"model": "fake/gpt-4o", "tools": tools, **asked}).status, 429)

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
    """On SQLite; the same on PostgreSQL below."""

    def setUp(self):
        shared = tempfile.TemporaryDirectory(prefix="gr-limits-")
        self.addCleanup(shared.cleanup)
        self.books = 0
        self.folder = Path(shared.name)

    def new_ledger(self):
        """The URL of one that nobody has written to."""
        self.books += 1
        return f"sqlite:{self.folder / f'books{self.books}.db'}"

    def test_many_at_once_never_pass_the_limit(self):
        for limits in ([{"window": "day", "usd": "0.05"}],
                       [{"window": "day", "tokens": 50_000}],
                       [{"window": "total", "usd": "0.05"}, {"window": "minute", "usd": "0.05"}]):
            biller = self.biller(share=0.7, delay=0.02)
            gateway = self.start(biller, limits, url=self.new_ledger(), limit_wait_seconds=30)
            statuses = self.storm(gateway, 160)
            self.assertLessEqual(biller.billed, 50_000)
            # It is used up: what is left could not take another request.
            self.assertGreater(biller.billed, 50_000 - 2_000)
            self.assertEqual(set(statuses), {200, 429})
            gateway.stop()

    def test_requests_are_counted_exactly(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "requests": 50}], url=self.new_ledger())
        statuses = self.storm(gateway, 200)
        self.assertEqual(statuses.count(200), 50)
        self.assertEqual(statuses.count(429), 150)

    def test_two_gateways_on_one_ledger(self):
        biller = self.biller(share=0.5, delay=0.02)
        url = self.new_ledger()
        limits = [{"window": "day", "usd": "0.05"}]
        gateways = [self.start(biller, limits, url=url, limit_wait_seconds=30) for _ in range(2)]
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
        limits, url = [{"window": "day", "usd": "0.2"}], self.new_ledger()
        with tempfile.TemporaryDirectory(prefix="gr-limits-") as folder:
            for _ in range(6):
                gateway = self.start(biller, limits, folder=folder, url=url)
                storm = threading.Thread(target=self.storm, args=(gateway, 60, 32))
                storm.start()
                time.sleep(random.uniform(0.05, 0.5))
                gateway.kill()
                storm.join()
                self.assertLessEqual(biller.billed, 200_000)
            gateway = self.start(biller, limits, folder=folder, url=url)
            self.storm(gateway, 400)
            self.assertLessEqual(biller.billed, 200_000)
            gateway.stop()
            code, said = self.command(gateway, "ledger", "verify")
            self.assertEqual(code, 0, said)


class StormsOnPostgres(Storms):
    @classmethod
    def setUpClass(cls):
        cls.server = Postgres(free_port())
        cls.addClassCleanup(cls.server.remove)

    def new_ledger(self):
        self.books += 1
        name = f"{self._testMethodName}_{self.books}"[:60]
        self.server.ask(f"CREATE DATABASE {name}")
        return self.server.url(name)

    def test_two_gateways_and_the_database_ends(self):
        """Nobody spends what the ledger cannot vouch for, and all goes on when it is back."""
        biller = self.biller(share=0.5, delay=0.02)
        url, limits = self.new_ledger(), [{"window": "day", "usd": "0.05"}]
        gateways = [self.start(biller, limits, url=url, limit_wait_seconds=30) for _ in range(2)]
        storms = [threading.Thread(target=self.storm, args=(gateway, 80, 16))
                  for gateway in gateways]
        for storm in storms:
            storm.start()
        for _ in range(2):
            time.sleep(0.2)
            self.server.stop()
            time.sleep(0.2)
            self.server.start()
        for storm in storms:
            storm.join()
        self.assertLessEqual(biller.billed, 50_000)
        # Who was refused meanwhile comes again.
        self.storm(gateways[0], 120, 16)
        self.assertLessEqual(biller.billed, 50_000)
        self.assertGreater(biller.billed, 50_000 - 2_000)
        for gateway in gateways:
            gateway.stop()


class Unknown(LimitTest):
    def test_aborted_at_any_event_it_never_passes_the_limit(self):
        """The provider bills in full what it was asked for, whenever the client leaves."""
        biller = self.biller()

        def bills_in_full(call):
            with biller.lock:
                biller.billed += 10 + 1000
            call.begin_stream()
            for _ in range(6):
                call.piece(delta("x"))
                time.sleep(0.01)
            usage = {"prompt_tokens": 10, "completion_tokens": 1000, "total_tokens": 1010}
            call.piece(delta(finish="stop", usage=usage))
            call.end_stream()

        biller.upstream.script = bills_in_full
        gateway = self.start(biller, [{"window": "day", "usd": "0.02"}])
        refused = 0
        for attempt in range(24):
            with gateway.client() as client:
                client.send(request(body=body(1000, stream=True), key=KEY))
                if attempt % 8 == 0:
                    continue  # before its head
                head = client.head()
                if head.status == 429:
                    refused += 1
                    continue
                for _ in range(attempt % 8 - 1):
                    client.chunk(head)
        self.assertGreater(refused, 0)
        deadline = time.monotonic() + 10
        while "$0.00 reserved" not in self.command(gateway, "limits")[1]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertLessEqual(biller.billed, 20_000)
        self.assertGreater(biller.billed, 5_000)

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

    def test_who_knows_the_bill_settles_by_hand(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "usd": "0.02"}], routing={"retries": 0})
        biller.upstream.script = lambda call: call.answer(504, b"<html>")
        answer = gateway.chat(body(5000))
        unknown = answer.header("x-gaterouter-request-id")
        self.assertIn(": $0.005", self.command(gateway, "limits")[1])
        for arguments, words in (((unknown, "-1"), "no sum"), ((unknown, "x"), "no sum"),
                                 (("req_nobody", "1"), "no request")):
            code, said = self.command(gateway, "ledger", "settle", *arguments)
            self.assertNotEqual(code, 0, said)
        self.assertEqual(self.command(gateway, "ledger", "settle", unknown, "0.0007"), (0, "done\n"))
        biller.upstream.script = lambda call: call.answer(503, b"{}")  # of unknown cost no more
        deadline = time.monotonic() + 10
        while ": $0.0007 spent" not in (said := self.command(gateway, "limits")[1]):
            self.assertLess(time.monotonic(), deadline, said)
            gateway.chat(body(5000))  # so that the ledger is asked
            time.sleep(0.2)
        code, said = self.command(gateway, "ledger", "settle", unknown, "0.0007")
        self.assertEqual(code, 1)
        self.assertIn("was settled before", said)
        self.assertIn(unknown, self.command(gateway, "ledger", "export")[1])
        code, said = self.command(gateway, "ledger", "verify")
        self.assertEqual(code, 0, said)

    def test_a_proxy_that_gives_up_says_nothing_of_the_bill(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "usd": "0.02"}], routing={"retries": 0})
        for status, spent in ((503, "$0.00"), (504, "$0.005"), (524, "$0.01")):
            biller.upstream.script = lambda call, status=status: call.answer(status, b"<html>")
            self.assertGreaterEqual(gateway.chat(body(5000)).status, 500)
            self.assertIn(f": {spent}", self.command(gateway, "limits")[1])


if __name__ == "__main__":
    unittest.main()
