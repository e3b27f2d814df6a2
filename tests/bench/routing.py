# SPDX-License-Identifier: MIT
"""Scores the learned router on the fifth of the prompts that its file has not seen. See
routing.sh."""

import gzip
import json
import pathlib
import subprocess
import sys

DATA = pathlib.Path(__file__).parents[2] / "tools/router/data"
MASK = (1 << 64) - 1


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


def duel(daemon, rows, names, strong, weak):
    rows = [row for row in rows if row["s"][strong] is not None and row["s"][weak] is not None]
    scores = ask(daemon, "duel", [{"id": row["id"], "prompt": row["prompt"],
                                   "strong": names[strong], "weak": names[weak]} for row in rows])
    found = gap_recovered([(score["score"], row["s"][strong], row["s"][weak])
                           for score, row in zip(scores, rows)])
    return len(rows), *found


def saving(daemon, pool, rows, models):
    """How much cheaper than the best model a choice by q - lambda * cost can be that is right at
    least as often; the best lambda is chosen on the same prompts."""
    rows = [row for row in rows if None not in row["s"]]
    everyone = range(len(models))
    quality = [sum(row["s"][m] for row in rows) / len(rows) for m in everyone]
    cost = [sum(row["c"][m] for row in rows) / len(rows) for m in everyone]
    header = {"pool": pool, "models": [
        {**model, "train_quality": q, "train_cost_usd": c / 1e6}
        for model, q, c in zip(models, quality, cost)]}
    answers = ask(daemon, "pool", [header] + [{"id": row["id"], "prompt": row["prompt"]}
                                              for row in rows])
    best = max(everyone, key=lambda m: quality[m])
    most = None
    price = 1e-7
    while price < 0.1:
        chosen = [max(everyone, key=lambda m: answer["q"][m] - price * cost[m])
                  for answer in answers]
        right = sum(row["s"][m] for row, m in zip(rows, chosen)) / len(rows)
        paid = sum(row["c"][m] for row, m in zip(rows, chosen)) / len(rows)
        if right >= quality[best]:
            most = max(most or -1, 1 - paid / cost[best])
        price *= 1.2
    return len(rows), quality[best], most


def main():
    daemon, part = sys.argv[1], int(sys.argv[2])
    pools = json.loads((DATA / "pools.json").read_text())
    print("| duel | prompts | APGR | CPT50 | CPT80 |\n| --- | --- | --- | --- | --- |")
    for pool, family, strong, weak in [("routellm", "mmlu", 0, 1), ("routellm", "gsm8k", 0, 1),
                                       ("mmlupro", "mmlu-pro", 0, 5), ("mmlupro", "mmlu-pro", 0, 8),
                                       ("mmlupro", "mmlu-pro", 0, 13), ("llmrouter9", None, 0, 5),
                                       ("zeroeval", "gsm8k", 5, 30)]:
        names = [model["name"] for model in pools[pool]["models"]]
        rows = [row for row in prompts(pool, part) if family in (None, row["family"])]
        count, area, half, most = duel(daemon, rows, names, strong, weak)
        print(f"| {family or pool}: {names[strong]} against {names[weak]} | {count} | {area:.3f} | "
              f"{half:.1%} | {most:.1%} |")
    print("\n| pool | prompts | best model right | cheaper at that |\n| --- | --- | --- | --- |")
    for pool in ("mmlupro", "llmrouter9"):
        count, right, most = saving(daemon, pool, prompts(pool, part), pools[pool]["models"])
        print(f"| {pool} | {count} | {right:.1%} | {'not reached' if most is None else f'{most:.1%}'} |")


main()
