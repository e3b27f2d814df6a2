# SPDX-License-Identifier: MIT
"""`gaterouterd eval`: what the learned router says of prompts, line by line, without any set-up."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

DAEMON = os.environ["GR_DAEMON"]
MODELS = [
    {"name": "gemini-1.5-pro-002", "in": 1.25, "out": 5, "train_quality": 0.7186},
    {"name": "Yi-6b-Chat", "in": 0.15, "out": 0.15, "train_quality": 0.2728},
    {"name": "never-heard-of", "in": 0.15, "out": 0.15, "train_quality": 0.5},
    {"name": "without-quality", "in": 3, "out": 15},
]
EASY = "What is the capital of France?"
HARD = ("Let R be a commutative Noetherian local ring of Krull dimension 3. Prove that every "
        "finitely generated module of finite injective dimension has depth equal to "
        "$\\dim R - \\frac{1}{2}$ or find a counterexample.")


def run(what, text):
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run([DAEMON, "eval", what], input=text.encode(), capture_output=True,
                              timeout=60, env={"HOME": home, "PATH": os.environ["PATH"]})
        left = [p for p in pathlib.Path(home).rglob("*") if p.is_file()]
    return done.returncode, done.stdout.decode(), done.stderr.decode(), left


def lines(*values):
    return "".join(json.dumps(v) + "\n" for v in values)


class Eval(unittest.TestCase):
    def test_duels_are_scored_in_order(self):
        duels = [{"id": i, "prompt": p, "strong": "gpt-4-1106-preview",
                  "weak": "mixtral-8x7b-instruct-v0.1"} for i, p in enumerate([EASY, HARD, ""])]
        duels.append({"id": "tools", "prompt": EASY, "strong": "a", "weak": "b", "n_tools": 3})
        code, out, err, left = run("duel", lines(*duels))
        self.assertEqual((code, err, left), (0, "", []))
        answers = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([a["id"] for a in answers], [0, 1, 2, "tools"])
        for answer in answers:
            self.assertEqual(list(answer), ["id", "score"])
            self.assertTrue(0 <= answer["score"] <= 1)
        self.assertNotEqual(answers[1]["score"], answers[0]["score"])
        again = json.loads(run("duel", lines(duels[0]))[1])
        self.assertEqual(again, answers[0])

    def test_answers_come_line_by_line(self):
        duel = lines({"id": 1, "prompt": EASY, "strong": "a", "weak": "b"}).encode()
        with subprocess.Popen([DAEMON, "eval", "duel"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            for _ in range(3):
                process.stdin.write(duel)
                process.stdin.flush()
                self.assertIn("score", json.loads(process.stdout.readline()))
            process.stdin.close()
            self.assertEqual(process.wait(10), 0)

    def test_pools_have_a_quality_for_each_model(self):
        code, out, err, left = run("pool", lines({"models": MODELS, "pool": "mmlupro"},
                                                 {"id": "a", "prompt": EASY},
                                                 {"id": "b", "prompt": HARD}))
        self.assertEqual((code, err, left), (0, "", []))
        for answer in map(json.loads, out.splitlines()):
            self.assertEqual(len(answer["q"]), len(MODELS))
            self.assertTrue(all(0 <= q <= 1 for q in answer["q"]))
            self.assertGreater(answer["q"][0], answer["q"][1])

    def test_bad_lines_are_named(self):
        good = lines({"id": 1, "prompt": EASY, "strong": "a", "weak": "b"})
        for what, text, line in [("duel", good + "{\n", "line 2"), ("duel", "[]\n", "line 1"),
                                 ("duel", '{"id": 1}\n', "line 1"),
                                 ("duel", '{"id": 1, "prompt": 5}\n', "line 1"),
                                 ("pool", "", "line 1"), ("pool", '{"models": []}\n', "line 1"),
                                 ("pool", lines({"models": MODELS}) + "no\n", "line 2")]:
            with self.subTest(what=what, text=text):
                code, _, err, _ = run(what, text)
                self.assertEqual(code, 1)
                self.assertIn(line, err)
        self.assertEqual(run("nonsense", "")[0], 2)


if __name__ == "__main__":
    unittest.main()
