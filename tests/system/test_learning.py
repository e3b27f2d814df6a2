# SPDX-License-Identifier: MIT
"""What answers teach of models, and what another configuration would have made of them."""

import json
import os
import subprocess
import tempfile
import unittest

from fake_upstream import FakeUpstream, completion, good
from gateway import DAEMON, KEY, Gateway, configuration, environment, provider
from wire import PATIENCE

EASY = "Thanks, that worked."


def price(usd_in, usd_out):
    return {"input": str(usd_in), "output": str(usd_out)}


def chat(text, model="auto", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


class Learning(unittest.TestCase):
    def setUp(self):
        self.cheap, self.strong = FakeUpstream(), FakeUpstream()
        self.addCleanup(self.cheap.__exit__)
        self.addCleanup(self.strong.__exit__)
        folder = tempfile.TemporaryDirectory(prefix="gr-learning-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def config(self, **routing):
        config = configuration(
            [provider(self.cheap, "cheap", models=[{"id": "small", "price": price(0.1, 0.4)}]),
             provider(self.strong, "strong", models=[{"id": "large", "price": price(5, 25)}])],
            routing=routing)
        config["clients"].append({"id": "other", "key": {"value": "gr-another-key"}})
        return config

    def start(self, **routing):
        gateway = Gateway(self.config(**routing), folder=self.folder)
        self.addCleanup(gateway.stop)
        return gateway

    def command(self, gateway, *words, config=None):
        config = config or gateway.config_file
        done = subprocess.run(
            [DAEMON, *words, "--config", config, "--data-dir", gateway.data],
            capture_output=True, timeout=PATIENCE, text=True,
            env={**environment(), "HOME": self.folder}, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def asked(self, gateway, text, model="auto", **more):
        answer = gateway.chat(chat(text, model, **more))
        self.assertEqual(answer.status, 200, answer.body)
        return answer.header("x-gaterouter-request-id")

    def judged(self, gateway, request, good, key=KEY):
        return gateway.chat({"id": request, "good": good}, path="/v1/feedback", key=key)

    def qualities(self, gateway):
        told = gateway.chat(chat(EASY), path="/v1/route").json()
        return {row["model"]: row["quality"] for row in told["candidates"]}

    def test_thumbs_move_what_is_expected_and_can_be_forgotten(self):
        gateway = self.start()
        before = self.qualities(gateway)
        for turn in range(40):
            for model, good in (("auto:cheap", False), ("auto:best", True)):
                request = self.asked(gateway, f"{EASY} {model} {turn}", model)
                answer = self.judged(gateway, request, good)
                self.assertEqual(answer.status, 200, answer.body)
        after = self.qualities(gateway)
        self.assertLess(after["small"], before["small"] - 0.1)
        self.assertGreater(after["large"], before["large"])
        self.assertIn("small: ", self.command(gateway, "experience"))

        gateway.stop()  # it is there the next time
        gateway = self.start()
        self.assertAlmostEqual(self.qualities(gateway)["small"], after["small"], places=3)
        gateway.stop()
        gateway = self.start(learn=False)
        self.assertEqual(self.qualities(gateway), before)
        gateway.stop()
        gateway = self.start()
        self.assertEqual(self.command(gateway, "experience", "forget"), "done\n")
        self.assertEqual(self.qualities(gateway), before)
        self.assertEqual(self.command(gateway, "experience"), "nothing was learnt yet\n")
        with open(os.path.join(gateway.data, "experience.json"), encoding="utf-8") as file:
            self.assertNotIn("small", file.read())

    def test_only_who_got_the_answer_may_judge_it(self):
        gateway = self.start()
        request = self.asked(gateway, EASY)
        answer = self.judged(gateway, request, True, key="gr-another-key")
        self.assertEqual(answer.status, 404)
        self.assertEqual(self.judged(gateway, "req_00000000000000000000000000", True).status, 404)
        self.assertEqual(self.judged(gateway, request, "yes").status, 400)
        self.assertEqual(self.judged(gateway, request, True).status, 200)
        self.assertEqual(gateway.chat({"id": request, "good": True}, path="/v1/feedback",
                                      key="wrong").status, 401)

    def test_asking_the_same_again_says_that_it_was_not_good(self):
        gateway = self.start()
        for _ in range(2):
            self.asked(gateway, EASY)
        self.assertIn("0.500 outcomes", self.command(gateway, "experience"))
        other = self.start_elsewhere(learn=False)
        for _ in range(2):
            self.asked(other, EASY)
        self.assertEqual(self.command(other, "experience"), "nothing was learnt yet\n")

    def test_an_answer_that_misses_its_schema_was_not_good(self):
        gateway = self.start()
        schema = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
        wanted = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema}}
        say = lambda text: lambda call: call.answer(200, completion(text))
        for text in ('{"city": "Rome"}', '{"city": 3}', "Rome, I think."):
            self.cheap.script = self.strong.script = say(text)
            self.asked(gateway, f"Where is it? {len(text)}", response_format=wanted)
            learnt = self.command(gateway, "experience")
            if "Rome\"" in text:
                self.assertEqual(learnt, "nothing was learnt yet\n")
        self.assertIn("1.000 outcomes", learnt)
        # Streams are looked at, too.
        self.cheap.script = self.strong.script = good
        self.asked(gateway, "And a stream?", response_format=wanted, stream=True)
        self.assertIn("1.500 outcomes", self.command(gateway, "experience"))

    def test_now_and_then_another_one_is_tried_if_that_is_wished(self):
        def config(**routing):
            made = self.config(**routing)
            near = {**made["providers"][0], "id": "near",
                    "models": [{"id": "small-too", "price": price(0.11, 0.44)}]}
            made["providers"].append(near)
            return made

        def reasons(count, **routing):
            gateway = Gateway(config(**routing))
            self.addCleanup(gateway.stop)
            answers = [gateway.chat(chat(f"{EASY} {i}", "auto:cheap")) for i in range(count)]
            return ["tried to learn of it" in a.header("x-gaterouter-reason") for a in answers]

        self.assertEqual(sum(reasons(20)), 0)
        # One in five; none of a hundred would be less likely than one in a thousand million.
        tried = sum(reasons(100, explore=0.2))
        self.assertTrue(0 < tried < 50, tried)

    def start_elsewhere(self, **routing):
        gateway = Gateway(self.config(**routing))
        self.addCleanup(gateway.stop)
        return gateway

    def test_a_replay_tells_what_another_configuration_would_have_cost(self):
        gateway = self.start()
        for _ in range(3):
            self.asked(gateway, EASY, "auto:best")
        self.asked(gateway, EASY, "strong/large")  # named: nothing is kept of it
        gateway.stop()
        same = json.loads(self.command(gateway, "replay", "--json"))
        self.assertEqual((same["requests"], same["left"], same["changed"]), (3, 1, 0))
        self.assertEqual(same["before"], same["after"])
        self.assertEqual(same["before"]["models"], {"strong/large": 3})

        edited = os.path.join(self.folder, "edited.json")
        with open(edited, "w", encoding="utf-8") as file:
            json.dump(self.config(rules=[
                {"if": {"model": "auto:best"}, "then": {"alias": "cheap/small"}}]), file)
        os.chmod(edited, 0o600)
        other = json.loads(self.command(gateway, "replay", "--json", config=edited))
        self.assertEqual(other["changed"], 3)
        self.assertEqual(other["after"]["models"], {"cheap/small": 3})
        # Input at $0.10 instead of $5, output at $0.40 instead of $25.
        ratio = float(other["before"]["cost_usd"]) / float(other["after"]["cost_usd"])
        self.assertTrue(50 <= ratio <= 62.5, ratio)
        told = self.command(gateway, "replay", "--days", "1", config=edited)
        self.assertIn("3 requests of the last 1 days, 3 of them would have gone elsewhere.", told)
        rows = self.command(gateway, "ledger", "export")
        self.assertEqual(rows.count("\n"), 5)  # nothing was sent or booked by it


if __name__ == "__main__":
    unittest.main()
