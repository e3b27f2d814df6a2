# SPDX-License-Identifier: MIT
"""What translating costs, on one core: a request of 4 KB and of 300 KB, and an event of a stream, for
every client protocol and every provider protocol. Prints tables; exit 1 when a bound is broken."""

import argparse
import datetime
import json
import subprocess
import sys
from pathlib import Path

from rig import ROOT, TESTED_CORE, machine

BOUNDS = {"small_us": ("request of 4 KB", 60), "large_us": ("request of 300 KB", 3000),
          "event_us": ("event of a stream", 5)}


def table(rows, key):
    providers = list(dict.fromkeys(row["provider"] for row in rows))
    lines = [f"| {BOUNDS[key][0]}, us (at most {BOUNDS[key][1]:,}) | "
             + " | ".join(f"to {p}" for p in providers) + " |",
             "| --- |" + " ---: |" * len(providers)]
    for client in dict.fromkeys(row["client"] for row in rows):
        figures = [row[key] for row in rows if row["client"] == client]
        lines.append(f"| {client} | " + " | ".join(
            f"{figure:,.{2 if figure < 10 else 0}f}" for figure in figures) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="translation.sh", description=__doc__)
    parser.add_argument("--build", default=ROOT / "build/release", help="build folder")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--out", help="JSON file (docs/bench/translation-DATE.json)")
    options = parser.parse_args()
    done = subprocess.run(
        ["taskset", "-c", str(TESTED_CORE), str(Path(options.build) / "bench/bench_translation"),
         str(options.rounds)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr or "bench_translation failed")
    rows = json.loads(done.stdout)
    print("\n\n".join(table(rows, key) for key in BOUNDS), end="\n\n")
    broken = [(row, key) for row in rows for key in BOUNDS if row[key] > BOUNDS[key][1]]
    for row, key in broken:
        print(f"BROKEN {row['client']} to {row['provider']}, {BOUNDS[key][0]}: "
              f"{row[key]:,.1f} us (at most {BOUNDS[key][1]:,})")
    if options.out:
        Path(options.out).parent.mkdir(parents=True, exist_ok=True)
        Path(options.out).write_text(json.dumps({
            "date": datetime.date.today().isoformat(), "machine": machine(),
            "command": f"tests/bench/translation.sh --rounds {options.rounds}",
            "bounds_us": {key: bound for key, (_, bound) in BOUNDS.items()}, "rows": rows},
            indent=1) + "\n")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
