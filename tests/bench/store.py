# SPDX-License-Identifier: MIT
"""What it costs to keep answers of Responses (`store`), encrypted and on disk: CPU of the daemon a
request, with `store` true and false in turn. Prints a table."""

import argparse
import json
import os
import statistics
import subprocess
from pathlib import Path

from rig import ROOT, Rig, machine

PASSPHRASE = "bench passphrase"
SYSTEM = ROOT / "tests/system/node"


def make_vault(rig):
    data = rig.folder / "gateway-data"
    data.mkdir(mode=0o700)
    file = rig.folder / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    subprocess.run(["node", "vault.mjs", data / "vault", PASSPHRASE], cwd=SYSTEM, check=True)
    os.environ["GATEROUTER_PASSPHRASE_FILE"] = str(file)


def body(size, store):
    return json.dumps({"model": "fast/bench", "store": store, "input": "All work. " * (size // 10)})


def main():
    parser = argparse.ArgumentParser(prog="store.sh", description=__doc__)
    parser.add_argument("--build", default=ROOT / "build/release", help="build folder")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=2000, help="a round")
    options = parser.parse_args()
    rig = Rig(options.build)
    make_vault(rig)
    stub = rig.stub(answer_bytes=1024)
    gateway = rig.gateway({"fast": stub.port})
    print(f"{machine()}; c=16, {options.rounds} rounds of {options.requests} requests, medians\n")
    print("| request | us without | us with `store` | more |\n| --- | ---: | ---: | ---: |")
    for size in (1_000, 100_000):
        cost = {False: [], True: []}
        for _ in range(options.rounds):
            for store, times in cost.items():
                before = gateway.cpu_ns()
                told = rig.load(gateway.port, path="/v1/responses", body=body(size, store),
                                requests=options.requests, connections=16)
                if told["errors"]:
                    raise SystemExit(f"{told['errors']} errors")
                times.append((gateway.cpu_ns() - before) / options.requests / 1000)
        without, kept = (statistics.median(cost[store]) for store in (False, True))
        print(f"| {size // 1000} KB | {without:,.0f} | {kept:,.0f} | {kept - without:,.0f} |")
    kept = Path(rig.folder / "gateway-data/responses.sqlite").stat().st_size
    print(f"\nresponses.sqlite: {kept / 1e6:,.1f} MB")


if __name__ == "__main__":
    main()
