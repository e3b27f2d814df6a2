# SPDX-License-Identifier: MIT
"""What a limit does that does not just refuse: a cheaper model, a question to a person."""

import json
import re
import threading
import time
import unittest

from gateway import KEY, Gateway, configuration, provider
from limit_world import LimitTest, body
from wire import request

DEAR = {"input": "10.00", "output": "10.00"}
CHEAP = {"input": "0.10", "output": "0.10"}


class Cheaper(LimitTest):
    def start_with(self, biller, **routing):
        """A dear model and a cheap one, a limit that the dear one does not fit, and a key that may
        use only the dear one."""
        config = configuration(
            [provider(biller.upstream, models=[{"id": "dear", "price": DEAR},
                                               {"id": "cheap", "price": CHEAP}])],
            limits=[{"window": "day", "usd": "0.02", "at_limit": "cheaper"}],
            routing=routing)
        config["clients"].append({"id": "strict", "key": {"value": "gr-strict-key"},
                                  "models": ["fake/dear"]})
        gateway = Gateway(config)
        self.addCleanup(self.end, gateway)
        return gateway

    def test_the_users_list_is_tried_in_order(self):
        biller = self.biller()
        gateway = self.start_with(biller, cheaper=["fake/unknown-price", "fake/cheap"])
        first = gateway.chat(body(1000, model="fake/dear"))
        self.assertEqual(first.header("x-gaterouter-model"), "fake/dear")
        answer = gateway.chat(body(1000, model="fake/dear"))
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header("x-gaterouter-model"), "fake/cheap")
        self.assertEqual(answer.header("x-gaterouter-reason"), "cheaper: a limit has no room")
        self.assertEqual(biller.upstream.calls[-1].json()["model"], "cheap")
        # What does not fit at the cheapest either is refused for what was asked for last.
        refused = gateway.chat(body(200_000, model="fake/dear"))
        self.assertEqual(refused.status, 429)
        self.assertIn("$0.02 a day", refused.error()["message"])

    def test_a_key_gets_no_model_that_it_may_not_use(self):
        biller = self.biller()
        gateway = self.start_with(biller, cheaper=["fake/cheap"])
        statuses = [gateway.chat(body(1000, model="fake/dear"), key="gr-strict-key").status
                    for _ in range(2)]
        self.assertEqual(statuses, [200, 429])

    def test_embeddings_stay_with_their_model(self):
        """Vectors of another model are of no use."""
        biller = self.biller()
        gateway = self.start_with(biller, cheaper=["fake/cheap"])
        text = {"model": "fake/dear", "input": "x" * 100_000}
        answer = gateway.exchange(request(path="/v1/embeddings", body=text, key=KEY))
        self.assertEqual(answer.status, 429)


class Asking(LimitTest):
    def setUp(self):
        self.bill = self.biller()
        self.gateway = self.start(self.bill, [{"window": "day", "usd": "0.005",
                                               "at_limit": "ask"}], ask_wait_seconds=20)
        self.assertEqual(self.gateway.chat(body(1500)).status, 200)

    def in_background(self, asked):
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.gateway.chat(asked)))
        thread.start()
        self.addCleanup(thread.join)
        return thread, answers

    def question(self):
        """The id of the request that waits."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            said = self.command(self.gateway, "limits")[1]
            if found := re.search(r'request (\S+) of "tests" waits until', said):
                return found[1], said
            time.sleep(0.05)
        self.fail(said)

    def test_a_person_allows_one_request(self):
        thread, answers = self.in_background(body(4000))
        waiting, said = self.question()
        self.assertIn("fake/m may take up to $0.004", said)
        self.assertIn("more than is left of $0.005 a day for everything", said)
        self.assertIn("gaterouterd limits allow ID", said)
        code, said = self.command(self.gateway, "limits", "allow", waiting)
        self.assertEqual((code, said), (0, "done\n"))
        thread.join()
        self.assertEqual(answers[0].status, 200)
        said = self.command(self.gateway, "limits")[1]
        self.assertIn("more allowed in this window", said)
        self.assertNotIn("waits until", said)
        code, said = self.command(self.gateway, "limits", "allow", waiting)
        self.assertEqual(code, 1)
        self.assertIn(f'No request with the id "{waiting}" waits', said)

    def test_more_than_one_request(self):
        thread, answers = self.in_background(body(4000))
        waiting, _ = self.question()
        for wrong, words in (("0.0001", "less than that does not let it pass"),
                             ("much", '"much" is no amount of usd'), ("0", "no amount")):
            code, said = self.command(self.gateway, "limits", "allow", waiting, wrong)
            self.assertEqual(code, 1, said)
            self.assertIn(words, said)
        self.assertEqual(self.command(self.gateway, "limits", "allow", waiting, "0.01")[0], 0)
        thread.join()
        self.assertEqual(answers[0].status, 200)
        for _ in range(5):
            self.assertEqual(self.gateway.chat(body(1000)).status, 200)
        # It outlives a restart, with what was spent of it.
        config = json.loads(self.gateway.config_file.read_text())
        self.gateway.kill()
        again = Gateway(config, folder=self.gateway.folder)
        self.addCleanup(again.kill)
        self.assertEqual(again.chat(body(100)).status, 200)
        self.assertIn("$0.01 more allowed", self.command(again, "limits")[1])

    def test_a_person_refuses(self):
        thread, answers = self.in_background(body(4000))
        waiting, _ = self.question()
        self.assertEqual(self.command(self.gateway, "limits", "refuse", waiting)[0], 0)
        thread.join()
        self.assertEqual(answers[0].status, 429)
        self.assertIn("A person refused", answers[0].error()["message"])
        self.assertEqual(answers[0].header("x-should-retry"), "false")

    def test_who_hangs_up_does_not_wait(self):
        with self.gateway.client() as client:
            client.send(request(body=body(4000), key=KEY))
            self.question()
        deadline = time.monotonic() + 10
        while "waits until" in self.command(self.gateway, "limits")[1]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertEqual(len(self.bill.upstream.calls), 1)


class Patience(LimitTest):
    def test_nobody_answers(self):
        biller = self.biller()
        gateway = self.start(biller, [{"window": "day", "usd": "0.002", "at_limit": "ask",
                                       "ask_wait_seconds": 0.3}])
        answer = gateway.chat(body(5000))
        self.assertEqual(answer.status, 429)
        self.assertIn("Nobody allowed more within 0 seconds", answer.error()["message"])

    def test_a_stream_is_kept_alive_while_it_waits(self):
        biller = self.biller()
        for path, asked, alive in (
                ("/v1/chat/completions", body(5000, stream=True), b": keep-alive"),
                ("/v1/messages", body(5000, stream=True), b"event: ping")):
            gateway = self.start(biller, [{"window": "day", "usd": "0.002", "at_limit": "ask",
                                           "ask_wait_seconds": 12}])
            with gateway.client() as client:
                client.send(request(path=path, body=asked, key=KEY))
                head = client.head()
                self.assertEqual(head.status, 200)
                self.assertIn(alive, client.chunk(head))
                last = b""
                while piece := client.chunk(head):
                    last += piece
                self.assertIn(b"Nobody allowed more within 12 seconds", last)


class Stranded(LimitTest):
    def test_what_a_killed_gateway_held_is_shown_and_freed(self):
        biller = self.biller()
        limits = [{"window": "day", "usd": "1.00"}]
        gateway = self.start(biller, limits)
        self.assertEqual(gateway.chat(body(1000)).status, 200)
        deadline = time.monotonic() + 10
        while "0.00101" not in self.command(gateway, "ledger", "export")[1]:  # its row is written
            self.assertLess(time.monotonic(), deadline)
        gateway.kill()
        again = Gateway(json.loads(gateway.config_file.read_text()), folder=gateway.folder)
        self.addCleanup(again.kill)
        self.assertEqual(again.chat(body(1000)).status, 200)
        said = self.command(again, "limits")[1]
        self.assertRegex(said, r"\(\$0\.0\d+ of what is spent was held by gateways that ended")
        self.assertEqual(self.command(again, "limits", "free"), (0, "done\n"))
        deadline = time.monotonic() + 10
        while "ended suddenly" in (said := self.command(again, "limits")[1]):
            self.assertLess(time.monotonic(), deadline, said)
            time.sleep(0.05)
        self.assertIn("$0.00202 spent", said)
        again.stop()


if __name__ == "__main__":
    unittest.main()
