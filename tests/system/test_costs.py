# SPDX-License-Identifier: MIT
"""What requests cost: told to the client, booked attempt by attempt, and exact."""

import json
import subprocess
import unittest
from decimal import Decimal

from fake_upstream import FakeUpstream, close_before_head, completion, delta, failing, good
from gateway import DAEMON, KEY, Gateway, configuration, free_port, provider
from wire import request, wait_until

# Dollars per million tokens; 9 prompt tokens and 3 of the answer cost 9 * 1.5 + 3 * 7 millionths.
PRICE = {"input": "1.50", "output": "7.00", "cache_read": "0.15"}
COST = "0.0000345"
MODELS = [{"id": "m", "price": PRICE}, {"id": "free"}]
ASK = {"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}]}
STREAM = {**ASK, "stream": True, "stream_options": {"include_usage": True}}
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def reporting(cost):
    def script(call):
        call.answer(200, {**completion(), "usage": {**USAGE, "cost": cost}})
    return script


def cut(call):
    call.begin_stream()
    call.piece(delta("Half an"))
    raise ConnectionResetError


def messages(call):
    """Anthropic's stream, up to its first text: the input is told, the output is not."""
    call.begin_stream()
    for kind, more in (("message_start", {"message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
            "stop_reason": None, "stop_sequence": None,
            "usage": {"input_tokens": 25, "cache_read_input_tokens": 4, "output_tokens": 1}}}),
            ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
            ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "He"}})):
        call.piece(f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode())
    raise ConnectionResetError


class Costs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream, cls.router = FakeUpstream(), FakeUpstream()
        for fake in (cls.upstream, cls.router):
            cls.addClassCleanup(fake.__exit__)
        nobody = free_port()
        cls.gateway = Gateway(configuration(
            [provider(cls.upstream, models=MODELS),
             provider(cls.router, "router", dialect="openrouter", models=MODELS),
             provider(cls.upstream, "claude", kind="anthropic", models=MODELS,
                      base_url=f"http://127.0.0.1:{cls.upstream.port}"),
             provider(cls.upstream, "chatty", dialect="vllm", models=MODELS),
             provider(nobody, "nobody", models=MODELS)],
            routing={"retries": 0, "aliases": {"any": ["nobody/m", "router/m", "fake/m"]}}))
        cls.addClassCleanup(cls.gateway.stop)

    def setUp(self):
        for fake in (self.upstream, self.router):
            fake.script, fake.scripts = good, []

    def record(self, answer):
        got = self.gateway.get(f"/v1/generation?id={answer.header('x-gaterouter-request-id')}")
        self.assertEqual(got.status, 200, got.body)
        record = got.json()["data"]
        known = [Decimal(a["cost_usd"]) for a in record["attempts"] if a["cost_usd"] is not None]
        self.assertEqual(Decimal(record["known_cost_usd"]), sum(known))
        whole = len(known) == len(record["attempts"])
        self.assertEqual(record["cost_usd"] is not None, whole)
        return record

    def booked(self, answer):
        """Its row of the books; rows wait a moment for company."""
        def row():
            written = subprocess.run([DAEMON, "ledger", "export", "--format", "json", "--config",
                                      self.gateway.config_file, "--data-dir", self.gateway.data],
                                     capture_output=True, text=True, check=True)
            wanted = answer.header("x-gaterouter-request-id")
            return next((r for r in json.loads(written.stdout) if r["id"] == wanted), None)
        return wait_until(row, "the row of a request")

    def test_a_plain_answer(self):
        answer = self.gateway.chat(ASK)
        self.assertEqual(answer.header("x-gaterouter-cost"), COST)
        self.assertNotIn("cost", answer.json()["usage"])  # byte for byte, unless it is asked for
        record = self.record(answer)
        self.assertEqual(record["cost_usd"], COST)
        self.assertEqual(record["attempts"][0]["cost_basis"], "computed")
        self.assertEqual(record["attempts"][0]["input_tokens"], 9)

    def test_cached_tokens_have_their_rate(self):
        def cached(call):
            call.answer(200, {**completion(), "usage": {
                **USAGE, "prompt_tokens_details": {"cached_tokens": 8}}})
        self.upstream.script = cached
        self.assertEqual(self.gateway.chat(ASK).header("x-gaterouter-cost"), "0.0000237")

    def test_a_server_of_ones_own_is_free(self):
        answer = self.gateway.chat({**ASK, "model": "fake/free"})
        self.assertEqual(answer.header("x-gaterouter-cost"), "0.00")
        self.assertEqual(self.record(answer)["attempts"][0]["cost_basis"], "free")

    def test_cost_in_usage_when_asked_for(self):
        for body, headers in ((ASK, [("x-gaterouter-usage-cost", "true")]),
                              ({**ASK, "usage": {"include": True}}, [])):
            answer = self.gateway.chat(body, headers=headers)
            self.assertEqual(Decimal(str(answer.json()["usage"]["cost"])), Decimal(COST))
            self.assertNotIn("usage", self.upstream.calls[-1].json())  # our word, not the provider's
        plain = self.gateway.chat({**ASK, "usage": {"include": False}})
        self.assertNotIn("cost", plain.json()["usage"])

    def test_cost_in_a_stream(self):
        for path, body in (("/v1/chat/completions", STREAM),
                           ("/v1/chat/completions", {**ASK, "stream": True,
                                                     "usage": {"include": True}}),
                           ("/v1/responses", {"model": "chatty/m", "input": "Hi", "stream": True})):
            answer = self.gateway.exchange(request(
                path=path, body=body, key=KEY, headers=[("x-gaterouter-usage-cost", "true")]))
            self.assertEqual(answer.status, 200, answer.body)
            told = []
            for line in answer.body.split(b"\n"):
                if line.startswith(b"data: {") and b'"usage":{' in line.replace(b" ", b""):
                    event = json.loads(line[6:], parse_float=Decimal)
                    told.append(event.get("response", event)["usage"]["cost"])
            self.assertEqual([str(format(c, "f")) for c in told], [COST], path)
            self.assertEqual(self.record(answer)["cost_usd"], COST)
        quiet = self.gateway.chat(STREAM)
        self.assertNotIn(b'"cost"', quiet.body)

    def test_the_providers_own_bill_goes_first(self):
        self.router.script = reporting(0.00012)
        answer = self.gateway.chat({**ASK, "model": "router/m"},
                                   headers=[("x-gaterouter-usage-cost", "true")])
        self.assertEqual(answer.header("x-gaterouter-cost"), "0.00012")
        self.assertEqual(answer.json()["usage"]["cost"], 0.00012)
        attempt = self.record(answer)["attempts"][0]
        self.assertEqual((attempt["cost_basis"], attempt["computed_usd"]), ("reported", COST))
        self.assertIn("cost.differs", self.gateway.said())
        self.assertRegex(self.gateway.get("/metrics").body.decode(),
                         r"gaterouter_cost_differs_total [1-9]")
        self.upstream.script = reporting(0.5)  # of others it means nothing
        self.assertEqual(self.gateway.chat(ASK).header("x-gaterouter-cost"), COST)

    def test_what_fails_before_it_began_costs_nothing(self):
        self.router.script = failing(500)
        answer = self.gateway.chat({**ASK, "model": "any"})
        self.assertEqual(answer.header("x-gaterouter-cost"), COST)
        record = self.record(answer)
        self.assertEqual([a["cost_basis"] for a in record["attempts"]],
                         ["free", "free", "computed"])
        refused = self.gateway.chat({**ASK, "model": "no/such"})
        self.assertEqual(self.record(refused)["cost_usd"], "0.00")

    def test_what_broke_off_is_unknown(self):
        self.upstream.script = cut
        broken = self.gateway.chat(STREAM)
        record = self.record(broken)
        self.assertEqual((record["outcome"], record["cost_usd"]), ("stream_broken", None))
        self.assertEqual(record["attempts"][0]["cost_basis"], "unknown")
        self.assertIsNone(broken.header("x-gaterouter-cost"))

    def test_early_input_of_anthropic_is_not_the_bill(self):
        self.upstream.script = messages
        answer = self.gateway.exchange(request(
            path="/v1/messages", key=KEY,
            body={"model": "claude/m", "max_tokens": 9, "stream": True,
                  "messages": [{"role": "user", "content": "Hi"}]}))
        record = self.record(answer)
        self.assertEqual((record["input_tokens"], record["cost_usd"]), (29, None))

    def test_one_unknown_attempt_leaves_the_rest_known(self):
        self.router.script = close_before_head
        record = self.record(self.gateway.chat({**ASK, "model": "any"}))
        self.assertEqual([a["cost_basis"] for a in record["attempts"]],
                         ["free", "unknown", "computed"])
        self.assertEqual((record["cost_usd"], record["known_cost_usd"]), (None, COST))

    def test_counting_is_free(self):
        answer = self.gateway.exchange(request(
            path="/v1/messages/count_tokens", key=KEY,
            body={"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}]}))
        self.assertEqual(self.record(answer)["cost_usd"], "0.00")

    def test_the_books_agree(self):
        answer = self.gateway.chat(ASK)
        done = subprocess.run([DAEMON, "ledger", "verify", "--config", self.gateway.config_file,
                               "--data-dir", self.gateway.data], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.booked(answer)["cost_usd"], COST)

    def test_the_history_at_other_prices(self):
        answer = self.gateway.chat({**ASK, "model": "chatty/m"})
        self.booked(answer)
        dearer = self.gateway.folder / "dearer.json"
        dearer.write_text(self.gateway.config_file.read_text().replace('"1.50"', '"2.50"'))
        done = subprocess.run([DAEMON, "ledger", "reprice", "--config", dearer, "--data-dir",
                               self.gateway.data], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
        count, booked, repriced = rows["chatty/m"][:3]
        self.assertEqual(Decimal(booked), int(count) * Decimal(COST))
        self.assertEqual(Decimal(repriced) - Decimal(booked), int(count) * Decimal("0.000009"))
        self.assertNotIn("fake/free", rows)


if __name__ == "__main__":
    unittest.main()
