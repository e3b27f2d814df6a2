# SPDX-License-Identifier: MIT
"""How many requests without a payment a selling gateway answers with a price (HTTP 402), on one core,
and how much memory it takes to remember the quotes. Every request is another one. Prints a table."""

import argparse
import json
import statistics

from rig import ROOT, Rig, free_port, machine

# Nobody is asked: nothing is paid.
SELL = {"enabled": True, "pay_to": "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
        "networks": ["eip155:84532"], "accept_test_money": True,
        "settle": {"self": {"relayer_key": {"value": "0x" + "1".rjust(64, "0")},
                            "rpc": f"http://127.0.0.1:{free_port()}"}}}


def body(size, number):
    return json.dumps({"model": "fast/bench", "max_tokens": 100, "user": str(number), "messages": [
        {"role": "user", "content": "All work. " * (size // 10)}]})


def main():
    parser = argparse.ArgumentParser(prog="probes.sh", description=__doc__)
    parser.add_argument("--build", default=ROOT / "build/release", help="build folder")
    parser.add_argument("--rounds", type=int, default=20, help="each another request")
    parser.add_argument("--requests", type=int, default=2000, help="a round")
    options = parser.parse_args()
    rig = Rig(options.build)
    stub = rig.stub(answer_bytes=1024)
    model = {"id": "bench", "price": {"input": "1", "output": "10"}, "context": 200_000}
    gateway = rig.gateway({}, config={"sell": SELL, "providers": [
        {"id": "fast", "kind": "openai", "keys": [{"value": "sk-bench"}], "models": [model],
         "base_url": f"http://127.0.0.1:{stub.port}/v1"}]})
    print(f"{machine()}; c=16, {options.rounds} rounds of {options.requests} requests\n")
    print("| request | 402 a second | us of CPU each | MB before, after |\n| --- | ---: | ---: | ---: |")
    number = 0
    for size in (1_000, 100_000):
        speeds, times, before = [], [], gateway.rss_kb()
        for _ in range(options.rounds):
            number += 1
            spent = gateway.cpu_ns()
            told = rig.load(gateway.port, key="x402", body=body(size, number), expect_status=402,
                            requests=options.requests, connections=16)
            if told["errors"]:
                raise SystemExit(f"{told['errors']} errors: {told}")
            speeds.append(told["rps"])
            times.append((gateway.cpu_ns() - spent) / options.requests / 1000)
        print(f"| {size // 1000} KB | {statistics.median(speeds):,.0f} | "
              f"{statistics.median(times):,.0f} | "
              f"{before / 1024:,.0f}, {gateway.rss_kb() / 1024:,.0f} |")


if __name__ == "__main__":
    main()
