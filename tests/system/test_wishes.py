# SPDX-License-Identifier: MIT
"""What a client wants of one request: a maximum cost that holds, and candidates that are able."""

import json
import unittest
from decimal import Decimal

import test_limit_counts as counts
from fake_upstream import FakeUpstream, failing
from gateway import KEY, Gateway, configuration, provider
from limit_world import PRICE, LimitTest, body
from wire import request

CHEAP = {"input": "0.10", "output": "0.10"}
PICTURE = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, {
    "type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgoAAAA"}}]}]


def max_cost(value):
    return [("x-gaterouter-max-cost", value)]


class MaxCost(LimitTest):
    """A token costs a millionth of a dollar at `fake/m`, a tenth of that at `fake/cheap`."""

    def setUp(self):
        self.bill = self.biller()
        self.gateway = self.start_with()

    def start_with(self, **more):
        models = [{"id": "m", "price": PRICE}, {"id": "cheap", "price": CHEAP}, {"id": "unpriced"}]
        gateway = Gateway(configuration(
            [provider(self.bill.upstream, models=models)],
            routing={"aliases": {"either": ["fake/m", "fake/cheap"]}, "retries": 2}, **more))
        self.addCleanup(self.end, gateway)
        return gateway

    def calls(self):
        return len(self.bill.upstream.calls)

    def test_what_may_cost_more_is_not_sent(self):
        for asked, headers in ((body(20_000), max_cost("0.01")),
                               (body(20_000, **{"x-gaterouter-max-cost": 0.01}), []),
                               (body(20_000, **{"x-gaterouter-max-cost": "0.01"}), [])):
            answer = self.gateway.chat(asked, headers=headers)
            self.assertEqual(answer.status, 422, answer.body)
            error = answer.error()
            self.assertEqual(error["param"], "x-gaterouter-max-cost")
            self.assertIn("$0.02", error["message"])
            self.assertIn("maximum is $0.01", error["message"])
        self.assertEqual(self.calls(), 0)
        self.assertEqual(self.gateway.chat(body(20_000), headers=max_cost("0.03")).status, 200)

    def test_the_next_candidate_that_fits_answers(self):
        answer = self.gateway.chat(body(20_000, model="either"), headers=max_cost("0.01"))
        self.assertEqual((answer.status, answer.header("x-gaterouter-model")), (200, "fake/cheap"))
        self.assertEqual(self.calls(), 1)
        refused = self.gateway.chat(body(20_000, model="either"), headers=max_cost("0.001"))
        self.assertIn("at fake/cheap, the cheapest", refused.error()["message"])
        refused = self.gateway.chat(body(20_000, model="fake/cheap", models=["fake/m"]),
                                    headers=max_cost("0.001"))
        self.assertIn("at fake/cheap, the cheapest", refused.error()["message"])
        self.assertEqual(self.calls(), 1)

    def test_an_answer_without_a_maximum_is_given_one_that_fits(self):
        asked = {"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}]}
        answer = self.gateway.chat(asked, headers=max_cost("0.01"))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertLessEqual(Decimal(answer.header("x-gaterouter-cost")), Decimal("0.01"))
        self.assertGreater(self.bill.upstream.calls[-1].json()["max_completion_tokens"], 5_000)
        # Rather another model than half an answer.
        answer = self.gateway.chat({**asked, "model": "either"}, headers=max_cost("0.001"))
        self.assertEqual((answer.status, answer.header("x-gaterouter-model")), (200, "fake/cheap"))

    def test_an_unknown_price_is_above_every_maximum(self):
        gateway = Gateway(configuration([provider(9, "far", base_url="https://far.example/v1")]))
        self.addCleanup(self.end, gateway)
        answer = gateway.chat(body(10, model="far/m"), headers=max_cost("100"))
        self.assertEqual(answer.status, 422, answer.body)
        self.assertEqual(answer.header("x-gaterouter-error"), "cost_unbounded")
        self.assertIn("price of far/m is unknown", answer.error()["message"])
        # What costs nothing is within every maximum.
        self.assertEqual(self.gateway.chat(body(10, model="fake/unpriced"),
                                           headers=max_cost("0")).status, 200)

    def test_what_has_no_bound_is_refused_by_its_name(self):
        answer = self.gateway.chat(body(10, plugins=[{"id": "web"}]), headers=max_cost("1"))
        self.assertEqual((answer.status, answer.error()["param"]), (422, "plugins"))
        self.assertIn("leave the maximum out", answer.error()["message"])
        asked = {"model": "fake/m", "prompt": "a cat"}
        for asked, headers in ((asked, max_cost("1")), ({**asked, "x-gaterouter-max-cost": 1}, [])):
            answer = self.gateway.exchange(request(path="/v1/images/generations", key=KEY,
                                                   body=asked, headers=headers))
            self.assertEqual((answer.status, answer.error()["param"]), (422, "x-gaterouter-max-cost"))
        self.assertEqual(self.calls(), 0)

    def test_embeddings_have_a_maximum_too(self):
        asked = {"model": "fake/m", "input": "x" * 20_000}
        answer = self.gateway.exchange(request(path="/v1/embeddings", body=asked, key=KEY,
                                               headers=max_cost("0.001")))
        self.assertEqual(answer.status, 422, answer.body)
        self.assertEqual(self.calls(), 0)

    def test_attempts_count_together(self):
        """A connection that broke may have cost all of it."""
        def broken(call):
            call.head(200, [("Content-Length", 1000)])
            call.write(b"{")
            raise ConnectionResetError
        self.bill.upstream.script = broken
        answer = self.gateway.chat(body(8_000), headers=max_cost("0.010"))
        self.assertEqual(answer.status, 422, answer.body)
        self.assertEqual(self.calls(), 1)
        self.assertIn("Earlier attempts may have taken $0.008", answer.error()["message"])

    def test_what_a_refusal_costs_is_nothing(self):
        self.bill.upstream.scripts = [failing(500), failing(500)]
        answer = self.gateway.chat(body(8_000), headers=max_cost("0.010"))
        self.assertEqual((answer.status, self.calls()), (200, 3))

    def test_a_limit_and_a_maximum_hold_both(self):
        gateway = self.start_with(limits=[{"window": "day", "usd": "0.005"}])
        self.assertEqual(gateway.chat(body(8_000), headers=max_cost("0.010")).status, 429)
        self.assertEqual(gateway.chat(body(4_000), headers=max_cost("0.001")).status, 422)
        self.assertEqual(gateway.chat(body(4_000), headers=max_cost("0.010")).status, 200)

    def test_wrong_values_are_named(self):
        for name, value in (("max-cost", "cheap"), ("session", "ä"), ("preference", "Best")):
            field = "x-gaterouter-" + name
            answer = self.gateway.chat(body(10, **{field: value}))
            self.assertEqual((answer.status, answer.error()["param"]), (400, field))
            if value.isascii():
                answer = self.gateway.chat(body(10), headers=[(field, value)])
                self.assertEqual((answer.status, answer.error()["param"]), (400, field))
        twice = self.gateway.chat(body(10), headers=max_cost("1") * 2)
        self.assertEqual(twice.status, 400)
        # The header counts where both stand.
        asked = body(20_000, **{"x-gaterouter-max-cost": 0.01})
        self.assertEqual(self.gateway.chat(asked, headers=max_cost("1")).status, 200)


class CountedMaxCost(LimitTest):
    """Every byte is a token until the provider's own count says less."""

    world, post = counts.Counts.world, staticmethod(counts.Counts.post)

    def test_the_count_decides_where_bytes_do_not_fit(self):
        wishes = {"x-gaterouter-max-cost": "0.010", "x-gaterouter-session": "s",
                  "x-gaterouter-preference": "cheap"}
        rows = [("/v1/messages", counts.MESSAGES), ("/v1/responses", counts.RESPONSES),
                ("/v1/chat/completions", {**counts.CHAT, "model": "claude/claude-sonnet-4-5"}),
                ("/v1beta/models/google/gemini-2.5-flash:generateContent", counts.GEMINI),
                ("/v1/messages", {**counts.MESSAGES, "model": "google/gemini-2.5-flash"})]
        for path, asked in rows:
            with self.subTest(path):
                fake, gateway = self.world(limit={"window": "day", "usd": "100"})
                answer = self.post(gateway, path, {**asked, **wishes})
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(fake.asked(), (1, 1))
                for call in fake.upstream.calls:
                    self.assertNotIn(b"x-gaterouter", call.body)
                    self.assertNotIn(b"x-gaterouter", call.raw_head.lower())
                less = self.post(gateway, path, {**asked, **wishes, "x-gaterouter-max-cost": 0.001})
                self.assertEqual(less.status, 422, less.body)
                self.assertEqual(fake.asked()[1], 1)

    def test_a_count_that_is_too_much_is_what_the_error_says(self):
        fake, gateway = self.world(limit={"window": "day", "usd": "100"})
        # 3,000 tokens, a tenth, 1,000 more and 100 of the answer.
        answer = self.post(gateway, "/v1/messages", {**counts.MESSAGES, "x-gaterouter-max-cost": "0.0043"})
        self.assertEqual(answer.status, 422, answer.body)
        self.assertIn("up to $0.0044 at", json.loads(answer.body)["error"]["message"])
        self.assertEqual(fake.asked(), (1, 0))


class Able(unittest.TestCase):
    """Where several may answer, who is known to be unable is passed over."""

    def setUp(self):
        self.upstream = FakeUpstream()
        self.addCleanup(self.upstream.__exit__)
        # Known by its name: takes no pictures.
        blind = provider(self.upstream, "openai", models=[{"id": "gpt-3.5-turbo"}])
        other = provider(self.upstream, "other", models=[{"id": "m"}, {"id": "tiny", "context": 500}])
        third = provider(self.upstream, "third", models=[{"id": "m"}])
        gateway = Gateway(configuration([blind, other, third], routing={
            "aliases": {"both": ["openai/gpt-3.5-turbo", "other/m"],
                        "small": ["other/tiny", "other/m"], "state": ["third/m", "other/m"],
                        "unable": ["openai/gpt-3.5-turbo", "other/tiny"]}}))
        self.addCleanup(gateway.stop)
        self.gateway = gateway

    def answering(self, model, messages, **more):
        answer = self.gateway.chat({"model": model, "messages": messages, **more})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.header("x-gaterouter-model")

    def test_the_first_that_can_answers(self):
        text = [{"role": "user", "content": "Hi"}]
        long = [{"role": "user", "content": "word " * 1_000}]
        self.assertEqual(self.answering("both", text), "openai/gpt-3.5-turbo")
        self.assertEqual(self.answering("both", PICTURE), "other/m")
        self.assertEqual(self.answering("small", text), "other/tiny")
        self.assertEqual(self.answering("small", long), "other/m")
        self.assertEqual(self.answering("openai/gpt-3.5-turbo", PICTURE, models=["other/m"]), "other/m")

    def test_one_named_model_and_those_that_all_lack_it_are_asked(self):
        self.assertEqual(self.answering("openai/gpt-3.5-turbo", PICTURE), "openai/gpt-3.5-turbo")
        unable = PICTURE + [{"role": "user", "content": "word " * 1_000}]
        self.assertEqual(self.answering("unable", unable), "openai/gpt-3.5-turbo")

    def test_a_file_is_where_it_was_handed_over(self):
        self.upstream.scripts = [lambda call: call.answer(200, {"id": "file-1", "object": "file"})]
        form = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n'
                b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n--b--\r\n')
        answer = self.gateway.exchange(request(
            path="/v1/files", body=form, key=KEY, content_type="multipart/form-data; boundary=b",
            headers=[("x-gaterouter-provider", "other")]))
        self.assertEqual(answer.status, 200, answer.body)
        asked = [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}]
        self.assertEqual(self.answering("state", asked), "other/m")
        asked[0]["content"][0]["file"]["file_id"] = "file-2"
        self.assertEqual(self.answering("state", asked), "third/m")
        self.assertEqual(self.answering("state", [{"role": "user", "content": "Hi"}]), "third/m")

    def test_route_says_why(self):
        answer = self.gateway.exchange(request(path="/v1/route", key=KEY,
                                               body={"model": "both", "messages": PICTURE}))
        told = answer.json()
        self.assertEqual([row["model"] for row in told["candidates"]], ["m"])
        self.assertEqual([(row["provider"], row["model"], row["reason"]) for row in told["rejected"]],
                         [("openai", "gpt-3.5-turbo", "It takes no images.")])


if __name__ == "__main__":
    unittest.main()
