# SPDX-License-Identifier: MIT
"""Scores the learned router on the fifth of the prompts that its file has not seen, and draws the
curves of cost and quality. See routing.sh."""

import gzip
import json
import pathlib
import random
import subprocess
import sys

import routing_curve

DATA = pathlib.Path(__file__).parents[2] / "tools/router/data"
MASK = (1 << 64) - 1
DUELS = [("routellm", "mmlu", 0, 1), ("routellm", "gsm8k", 0, 1), ("mmlupro", "mmlu-pro", 0, 5),
         ("mmlupro", "mmlu-pro", 0, 8), ("mmlupro", "mmlu-pro", 0, 13), ("llmrouter9", None, 0, 5),
         ("zeroeval", "gsm8k", 5, 30)]
POOLS = ("mmlupro", "llmrouter9")


def part_of(cluster):
    """As partOf() in tools/router/dataset.cpp."""
    value = (cluster * 31 + 7) & MASK
    value ^= value >> 33
    value = (value * 0xFF51AFD7ED558CCD) & MASK
    value ^= value >> 33
    return value % 5


def prompts(pool, part):
    with gzip.open(DATA / f"train-{pool}.jsonl.gz", "rt") as file:
        return [row for row in map(json.loads, file) if part_of(row["cl"]) == part]


def ask(daemon, what, lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([daemon, "eval", what], input=text, capture_output=True, text=True,
                          check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def gap_recovered(duels):
    """Of (score, strong right, weak right), sent to the strong model from the highest score down:
    the mean share of the gap between the models that is won (APGR), and the shares of strong
    calls that win 50 and 80 % of it."""
    duels = sorted(duels, key=lambda duel: -duel[0])
    gap = sum(strong - weak for _, strong, weak in duels)
    won = area = before = 0
    calls = {}
    for i, (_, strong, weak) in enumerate(duels):
        won += strong - weak
        now = won / gap
        for share in (0.5, 0.8):
            if now >= share:
                calls.setdefault(share, (i + 1) / len(duels))
        area += (before + now) / 2 / len(duels)
        before = now
    return area, calls.get(0.5, 1), calls.get(0.8, 1)


def duel(daemon, rows, names, strong, weak, change=lambda text: text):
    """The score of each prompt, the higher the more it needs the strong model."""
    return [answer["score"] for answer in ask(daemon, "duel", [
        {"id": row["id"], "prompt": change(row["prompt"]), "strong": names[strong],
         "weak": names[weak]} for row in rows])]


class Pool:
    """Prompts that all models of a pool were asked, and what the router expects of each model."""

    def __init__(self, daemon, name, models, part):
        self.daemon, self.name, self.models = daemon, name, models
        self.rows = [row for row in prompts(name, part) if None not in row["s"]]
        self.everyone = range(len(models))
        self.right = [self.mean(row["s"][m] for row in self.rows) for m in self.everyone]
        self.cost = [self.mean(row["c"][m] for row in self.rows) for m in self.everyone]
        self.best = max(self.everyone, key=lambda m: self.right[m])
        self.expected = self.ask(lambda text: text)

    def mean(self, values):
        return sum(values) / len(self.rows)

    def ask(self, change):
        header = {"pool": self.name, "models": [
            {**model, "train_quality": right, "train_cost_usd": cost / 1e6}
            for model, right, cost in zip(self.models, self.right, self.cost)]}
        return [answer["q"] for answer in ask(self.daemon, "pool", [header] + [
            {"id": row["id"], "prompt": change(row["prompt"])} for row in self.rows])]

    def chosen(self, expected, price):
        return [max(self.everyone, key=lambda m: q[m] - price * self.cost[m]) for q in expected]

    def paid_and_right(self, chosen):
        return (self.mean(row["c"][m] for row, m in zip(self.rows, chosen)) / self.cost[self.best],
                self.mean(row["s"][m] for row, m in zip(self.rows, chosen)))

    def curve(self, expected):
        """(cost as a share of the best model's, share of right answers) for prices of a dollar from
        low to high."""
        price, points = 1e-7, []
        while price < 0.1:
            points.append(self.paid_and_right(self.chosen(expected, price)))
            price *= 1.05
        return points

    def saving(self):
        """How much cheaper than the best model a choice can be that is right as often; the best
        price of a dollar is taken on the same prompts."""
        enough = [1 - paid for paid, right in self.curve(self.expected)
                  if right >= self.right[self.best]]
        return max(enough, default=None)

    def middle_price(self):
        """At which a choice costs half of the best model."""
        price = 1e-7
        while self.paid_and_right(self.chosen(self.expected, price))[0] > 0.5:
            price *= 1.1
        return price


def other_case(text, random_):
    """Each third word in capitals or small letters."""
    words = text.split(" ")
    return " ".join(random_.choice((word.upper(), word.lower())) if random_.random() < 1 / 3
                    else word for word in words)


def other_spacing(text, random_):
    """Each fifth space doubled or a new line, each line's end one more or a space."""
    return "".join(random_.choice((" ", "\n", "\n\n", "  ")) if letter in " \n"
                   and random_.random() < 0.2 else letter for letter in text)


def slips(text, random_):
    """One slip of typing in each 40 characters: a letter left out, doubled or swapped with the next."""
    out = list(text)
    for at in range(20, len(text) - 1, 40):
        letter, behind = text[at], text[at + 1]
        kind = random_.randrange(3)
        if kind == 2:
            out[at], out[at + 1] = behind, letter
        else:
            out[at] = "" if kind == 0 else letter * 2
    return "".join(out)


def all_of_it(text, random_):
    return slips(other_spacing(other_case(text, random_), random_), random_)


def stay(daemon, pools, part, kept):
    """Prints how many of 100 choices are the same when the prompt is written otherwise."""
    pool, family, strong, weak = DUELS[0]
    rows = [row for row in prompts(pool, part) if row["family"] == family]
    names = [model["name"] for model in pools[pool]["models"]]
    scores = duel(daemon, rows, names, strong, weak)
    middle = sorted(scores)[len(scores) // 2]
    print("\n| written otherwise | " + " | ".join(pool.name for pool in kept) + f" | {family} |")
    print("| --- |" + " --- |" * (len(kept) + 1))
    for title, change in (("letter case", other_case), ("spaces", other_spacing),
                          ("slips of typing", slips), ("all three", all_of_it)):
        random_ = random.Random(5)
        cells = []
        for one in kept:
            price = one.middle_price()
            before = one.chosen(one.expected, price)
            after = one.chosen(one.ask(lambda text: change(text, random_)), price)
            cells.append(sum(a == b for a, b in zip(before, after)) / len(before))
        after = duel(daemon, rows, names, strong, weak, lambda text: change(text, random_))
        cells.append(sum((a >= middle) == (b >= middle) for a, b in zip(scores, after)) / len(rows))
        print(f"| {title} | " + " | ".join(f"{cell:.1%}" for cell in cells) + " |")


def main():
    daemon, part, picture = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    pools = json.loads((DATA / "pools.json").read_text())
    print("| duel | prompts | APGR | CPT50 | CPT80 |\n| --- | --- | --- | --- | --- |")
    for pool, family, strong, weak in DUELS:
        names = [model["name"] for model in pools[pool]["models"]]
        rows = [row for row in prompts(pool, part) if family in (None, row["family"])
                and row["s"][strong] is not None and row["s"][weak] is not None]
        scores = duel(daemon, rows, names, strong, weak)
        area, half, most = gap_recovered([(score, row["s"][strong], row["s"][weak])
                                          for score, row in zip(scores, rows)])
        print(f"| {family or pool}: {names[strong]} against {names[weak]} | {len(rows)} | "
              f"{area:.3f} | {half:.1%} | {most:.1%} |")
    kept = [Pool(daemon, pool, pools[pool]["models"], part) for pool in POOLS]
    print("\n| pool | prompts | best model right | cheaper at that |\n| --- | --- | --- | --- |")
    for pool in kept:
        most = pool.saving()
        print(f"| {pool.name} | {len(pool.rows)} | {pool.right[pool.best]:.1%} | "
              f"{'not reached' if most is None else f'{most:.1%}'} |")
    stay(daemon, pools, part, kept)
    pathlib.Path(picture).write_text(routing_curve.drawn(kept))


main()
