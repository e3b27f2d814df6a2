# SPDX-License-Identifier: MIT
"""What the gateway holds, and what it costs to hold it. See limits.sh."""

import argparse
import datetime
import json
import socket
import statistics
import sys
import threading
import time
from pathlib import Path

from rig import KEY, ROOT, Rig, get, machine

RSS_AT_MOST_MB, GROWTH_BELOW_MB, READY_AT_MOST_MS, ABORT_AT_MOST_MS = 40, 5, 100, 50
SHUTDOWN_AT_MOST_MS = 300
BODY = (b'{"model":"fast/bench","messages":[{"role":"user","content":"Hi"}],"stream":%s}')


def ready_times(rig, stub, count=10):
    """Milliseconds from exec to the first answer of /healthz; the first start, which makes the
    books, comes before and does not count."""
    times = []
    for _ in range(count + 1):
        begin = time.monotonic()
        # start() asks every 10 ms at most whether the port accepts.
        server = rig.gateway({"fast": stub.port}, name="ready")
        if get(server.port, "/healthz") != 200:
            sys.exit("/healthz is not 200")
        times.append((time.monotonic() - begin) * 1000)
        server.stop()
    return statistics.median(times[1:])


class SilentUpstream:
    """Takes requests and says nothing; knows when each connection was closed by the gateway."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.asked, self.left = threading.Semaphore(0), []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.watch, args=(connection,), daemon=True).start()

    def watch(self, connection):
        connection.recv(65536)
        self.asked.release()
        try:
            connection.recv(1)
        except OSError:
            pass
        self.left.append(time.monotonic())
        connection.close()


def request(port, stream=b"true", model=b"fast/bench"):
    body = (BODY % stream).replace(b"fast/bench", model)
    return (b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s"
            b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (port, KEY.encode(), len(body), body))


def abort_times(rig, count=50):
    """Milliseconds from the client's close to the upstream's view of it, before the first byte."""
    silent = SilentUpstream()
    server = rig.gateway({"silent": silent.port}, name="abort")
    times = []
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(request(server.port, model=b"silent/bench"))
            silent.asked.acquire(timeout=10)
            time.sleep(0.01)
            expected = len(silent.left) + 1
            begin = time.monotonic()
        while len(silent.left) < expected and time.monotonic() - begin < 5:
            time.sleep(0.0005)
        times.append((silent.left[-1] - begin) * 1000 if len(silent.left) >= expected else 5000)
    server.stop()
    return max(times)


def shutdown_time(rig, stub):
    """Milliseconds from SIGTERM to the end of the process with 100 streams open."""
    server = rig.gateway({"fast": stub.port}, name="shutdown")
    clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    for client in clients:
        client.sendall(request(server.port))
    for client in clients:
        client.recv(100)
    begin = time.monotonic()
    server.process.terminate()
    server.process.wait(20)
    took = (time.monotonic() - begin) * 1000
    for client in clients:
        client.close()
    return took


def main():
    parser = argparse.ArgumentParser(prog="limits.sh", description=__doc__)
    parser.add_argument("--build", default=ROOT / "build/release", help="build folder")
    parser.add_argument("--full", action="store_true", help="a million requests, not 100,000")
    parser.add_argument("--out", help="JSON file (docs/bench/limits-DATE.json)")
    options = parser.parse_args()
    requests = 1_000_000 if options.full else 100_000

    rig = Rig(options.build)
    fast = rig.stub("stub-fast")
    slow = rig.stub("stub-slow", chunks=40, interval_ms=250)
    rows = []

    def judge(name, figure, bound, kept=None):
        rows.append({"name": name, "figure": round(figure, 1), "bound": bound,
                     "kept": figure <= bound if kept is None else kept})

    judge("ready, ms (median of 10)", ready_times(rig, fast), READY_AT_MOST_MS)
    judge("upstream left after the client, ms (worst of 50)", abort_times(rig), ABORT_AT_MOST_MS)
    judge("stop with 100 open streams, ms", shutdown_time(rig, slow), SHUTDOWN_AT_MOST_MS)

    gateway = rig.gateway({"fast": fast.port, "slow": slow.port})
    rig.load(gateway.port, connections=4, requests=100, model="fast/bench")
    judge("memory after start, MB", gateway.rss_kb() / 1024, RSS_AT_MOST_MB)

    # Caches and pools fill first: growth is counted from a gateway at work.
    rig.load(gateway.port, connections=64, requests=20_000, model="fast/bench")
    before = gateway.rss_kb()
    result = rig.load(gateway.port, connections=64, requests=requests, model="fast/bench",
                      expect_bytes=1024)
    judge(f"errors in {requests:,} requests", result["errors"] + requests - result["requests"], 0)
    growth = (gateway.rss_kb() - before) / 1024
    judge(f"growth over {requests:,} requests, MB", growth, GROWTH_BELOW_MB)
    judge("memory at work, MB", gateway.rss_kb() / 1024, RSS_AT_MOST_MB)

    result = rig.load(gateway.port, mode="idle", connections=10_000, rest_seconds=10,
                      model="fast/bench")
    judge("10,000 idle connections: errors", result["errors"], 0)
    judge("10,000 idle connections: held", result["held"], 10_000, result["held"] == 10_000)
    result = rig.load(gateway.port, mode="stream", connections=2000, requests=2000,
                      model="slow/bench", expect_events=41)
    judge("2,000 streams at once: errors", result["errors"], 0)
    judge("2,000 streams at once: whole", result["requests"], 2000, result["requests"] == 2000)

    print("| what | figure | bound | |\n| --- | ---: | ---: | --- |")
    for row in rows:
        print(f"| {row['name']} | {row['figure']:,} | {row['bound']:,} "
              f"| {'kept' if row['kept'] else 'BROKEN'} |")
    if options.out:
        Path(options.out).parent.mkdir(parents=True, exist_ok=True)
        Path(options.out).write_text(json.dumps({
            "date": datetime.date.today().isoformat(), "machine": machine(),
            "command": "tests/bench/limits.sh" + (" --full" if options.full else ""),
            "rows": rows}, indent=1) + "\n")
    sys.exit(0 if all(row["kept"] for row in rows) else 1)


if __name__ == "__main__":
    main()
