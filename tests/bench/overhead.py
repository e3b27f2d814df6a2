# SPDX-License-Identifier: MIT
"""The gateway beside nginx (a plain proxy) and Portkey, in one interleaved run. See overhead.sh."""

import argparse
import datetime
import json
import statistics
import sys
import time
from pathlib import Path

from rig import ROOT, Rig, machine

SMALL, LARGE = 1024, 300_000
# The thresholds of the project: what the gateway may cost at most, beside nginx and Portkey.
AT_MOST = {"small": 1.6, "large": 1.6, "stream": 1.4}
PORTKEY_AT_MOST, P99_ADDED_AT_MOST_US = 1 / 25, 1000


def cases(parts):
    for part, size in (("small", SMALL), ("large", LARGE)):
        if part in parts:
            for connections in (16, 64, 256):
                yield part, connections, {"mode": "closed", "body_bytes": size,
                                          "expect_bytes": 1024}
    if "stream" in parts:
        for connections in (16, 64, 256):
            yield "stream", connections, {"mode": "stream", "body_bytes": SMALL,
                                          "expect_events": 101}
    if "rate" in parts:
        yield "rate", 16, {"mode": "rate", "rate": 1000, "body_bytes": SMALL,
                           "expect_bytes": 1024}


class Targets:
    """Where each case finds each program: port, model and headers."""

    def __init__(self, rig, with_portkey, before):
        self.stubs = {"fast": rig.stub("stub-fast").port,
                      "slow": rig.stub("stub-slow", chunks=100, interval_ms=10).port}
        self.gateway = rig.gateway(self.stubs)
        self.nginx, self.nginx_ports = rig.nginx(list(self.stubs.values()))
        self.portkey = rig.portkey() if with_portkey else None
        self.before = rig.gateway(self.stubs, "before", build=before.resolve()) if before else None
        self.names = (["nginx", "gateway"] + (["before"] if before else [])
                      + (["portkey"] if with_portkey else []))

    def server(self, name):
        return {"nginx": self.nginx, "gateway": self.gateway, "before": self.before,
                "portkey": self.portkey}.get(name)

    def address(self, name, part):
        stub = "slow" if part == "stream" else "fast"
        if name == "direct":
            return {"port": self.stubs[stub], "model": "bench"}
        if name == "nginx":
            return {"port": self.nginx_ports[part == "stream"], "model": "bench"}
        if name in ("gateway", "before"):
            return {"port": self.server(name).port, "model": f"{stub}/bench"}
        return {"port": self.portkey.port, "model": "bench",
                "headers": "x-portkey-provider: openai|x-portkey-custom-host: "
                           f"http://127.0.0.1:{self.stubs[stub]}/v1"}


def measure(rig, targets, name, part, connections, options, seconds):
    """One run: the load's figures with CPU per unit (a request, or an event of a stream)."""
    server = targets.server(name)
    before = server.cpu_ns() if server else 0
    result = rig.load(connections=connections, seconds=seconds, **options,
                      **targets.address(name, part))
    units = result["events"] if part == "stream" else result["requests"]
    result["cpu_us"] = (server.cpu_ns() - before) / 1000 / max(units, 1) if server else None
    result["rss_kb"] = server.rss_kb() if server else None
    if server:
        settle(server)
    return result


def settle(server, seconds=10):
    """Waits until a program is done with what a run left it (garbage, queued requests): the next
    one runs on the same core."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        before = server.cpu_ns()
        time.sleep(0.1)
        if server.cpu_ns() - before < 2_000_000:
            return


def summarise(runs):
    """Medians over the rounds of one case and one program."""
    def median(pick):
        values = [pick(run) for run in runs if pick(run) is not None]
        return statistics.median(values) if values else None
    return {
        "cpu_us": median(lambda r: r["cpu_us"]),
        "rps": median(lambda r: r["rps"]),
        "p50_us": median(lambda r: (r["latency_us"] or {}).get("p50")),
        "p99_us": median(lambda r: (r["latency_us"] or {}).get("p99")),
        "rss_mb": round(max(run["rss_kb"] or 0 for run in runs) / 1024, 1),
        "errors": sum(run["errors"] for run in runs),
        "error_kinds": {k: v for run in runs for k, v in run["error_kinds"].items()},
        "cpu_us_rounds": [run["cpu_us"] and round(run["cpu_us"], 2) for run in runs],
    }


def verdicts(rows):
    """(name, figure, bound, kept) of each threshold that this run can judge."""
    for row in rows:
        part, connections, by = row["part"], row["connections"], row["by"]
        gateway, nginx, portkey = by["gateway"], by["nginx"], by.get("portkey")
        label = f"{part} c={connections}"
        if part in AT_MOST:
            ratio = gateway["cpu_us"] / nginx["cpu_us"]
            yield f"{label}: CPU / nginx", ratio, AT_MOST[part], ratio <= AT_MOST[part]
            # Portkey only pipes the events of a stream: what counts is the request.
            if portkey and part != "stream":
                ratio = gateway["cpu_us"] / portkey["cpu_us"]
                yield f"{label}: CPU / Portkey", ratio, PORTKEY_AT_MOST, ratio <= PORTKEY_AT_MOST
        else:
            added = gateway["p99_us"] - by["direct"]["p99_us"]
            yield (f"{label}: p99 added at 1,000/s, us", added, P99_ADDED_AT_MOST_US,
                   added <= P99_ADDED_AT_MOST_US)
        yield f"{label}: errors", gateway["errors"], 0, gateway["errors"] == 0


def table(rows, names):
    lines = ["| case | " + " | ".join(f"{n} us CPU" for n in names)
             + " | / nginx | / Portkey | " + " | ".join(f"{n} /s" for n in names) + " |",
             "| --- |" + " ---: |" * (2 * len(names) + 2)]
    for row in rows:
        if row["part"] == "rate":
            continue
        by, unit = row["by"], " (per event)" if row["part"] == "stream" else ""
        ratio = by["gateway"]["cpu_us"] / by["nginx"]["cpu_us"]
        peer = (f"1/{by['portkey']['cpu_us'] / by['gateway']['cpu_us']:.0f}"
                if "portkey" in by else "-")
        lines.append(f"| {row['part']} c={row['connections']}{unit} | "
                     + " | ".join(f"{by[n]['cpu_us']:.1f}" for n in names)
                     + f" | {ratio:.2f} | {peer} | "
                     + " | ".join(f"{by[n]['rps']:,.0f}" for n in names) + " |")
    for row in (r for r in rows if r["part"] == "rate"):
        direct = row["by"]["direct"]
        lines += ["", "| added at 1,000 requests/s | p50 us | p99 us |", "| --- | ---: | ---: |"]
        lines += [f"| {n} | {row['by'][n]['p50_us'] - direct['p50_us']:.0f} "
                  f"| {row['by'][n]['p99_us'] - direct['p99_us']:.0f} |" for n in names]
    lines += ["", "| memory at the end, MB | |", "| --- | ---: |"]
    lines += [f"| {n} | {max(row['by'][n]['rss_mb'] for row in rows)} |" for n in names]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="overhead.sh", description=__doc__)
    parser.add_argument("--build", default=ROOT / "build/release", help="build folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--parts", default="small,large,stream,rate")
    parser.add_argument("--before", type=Path,
                        help="build folder of an earlier version, measured in the same run")
    parser.add_argument("--no-portkey", action="store_true")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 1 second, no file")
    parser.add_argument("--out", help="JSON file (docs/bench/overhead-DATE.json)")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 1
    parts = options.parts.split(",")

    rig = Rig(options.build)
    targets = Targets(rig, not options.no_portkey, options.before)
    runs = {}
    for number in range(options.rounds + 1):  # the first warms up and does not count
        for part, connections, load in cases(parts):
            for name in targets.names + (["direct"] if part == "rate" else []):
                seconds = options.seconds if number else 1
                result = measure(rig, targets, name, part, connections, load, seconds)
                if number:
                    runs.setdefault((part, connections), {}).setdefault(name, []).append(result)
        print(f"round {number} of {options.rounds} done", file=sys.stderr)

    rows = [{"part": part, "connections": connections,
             "by": {name: summarise(list_) for name, list_ in by.items()}}
            for (part, connections), by in runs.items()]
    print(table(rows, targets.names), end="\n\n")
    judged = list(verdicts(rows))
    for name, figure, bound, kept in judged:
        print(f"{'kept  ' if kept else 'BROKEN'} {name}: {figure:.3g} (at most {bound:.3g})")
    for row in rows:
        for name, by in row["by"].items():
            if by["errors"]:
                print(f"errors of {name}, {row['part']} c={row['connections']}: "
                      f"{by['error_kinds']}")
    today = datetime.date.today().isoformat()
    out = options.out or (None if options.quick else ROOT / f"docs/bench/overhead-{today}.json")
    if out:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        Path(out).write_text(json.dumps({
            "date": today, "command": f"tests/bench/overhead.sh --rounds {options.rounds} "
            f"--seconds {options.seconds} --parts {options.parts}", "machine": machine(),
            "rows": rows, "thresholds": [{"name": n, "figure": f, "at_most": b, "kept": k}
                                         for n, f, b, k in judged]}, indent=1) + "\n")
    sys.exit(0 if all(kept for *_, kept in judged) else 1)


if __name__ == "__main__":
    main()
