# SPDX-License-Identifier: MIT
"""Runs coding tools through the gateway against strict providers and prints what came of it."""

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))

from gateway import KEY, Gateway, configuration, environment  # noqa: E402
from providers import PROVIDERS, Upstream  # noqa: E402
from tap import Tap  # noqa: E402
from tools import BUNDLED, MODULES, TOOLS, Setup, version  # noqa: E402

LIMIT = 90  # seconds for one run of a tool
EVIDENCE = ROOT / "build/tools"


class Run:
    """One tool against one provider."""

    def __init__(self, tool, provider):
        self.tool, self.provider = tool, PROVIDERS[provider]
        self.words = [f"word-{secrets.token_hex(8)}" for _ in range(3)]
        self.problems, self.seconds = [], 0.0
        self.folder = EVIDENCE / f"{tool}-{provider}"

    def play(self):
        with tempfile.TemporaryDirectory(prefix="gr-tool-") as folder:
            self.home, self.work = Path(folder, "home"), Path(folder, "work")
            self.home.mkdir()
            self.work.mkdir()
            files = [(self.work / f"{number}.txt", word)
                     for number, word in zip(("one", "two", "three"), self.words)]
            for path, word in files:
                path.write_text(word + "\n")
            with Upstream(self.provider, [files[:1], files[1:]]) as upstream, \
                    Gateway(self.configuration(upstream.port)) as gateway, \
                    Tap(gateway.port) as tap:
                self.start(f"http://127.0.0.1:{tap.port}")
                self.judge(tap, upstream)
                self.keep(tap, upstream, gateway)
        return self

    def configuration(self, port):
        return configuration([self.provider.entry(port)],
                             routing={"aliases": {BUNDLED: self.provider.name}})

    def start(self, root):
        setup = Setup(self.home, self.work, root, KEY, self.provider.name,
                      bool(self.provider.proof))
        (program, *arguments), variables = TOOLS[self.tool][1](setup)
        begun = time.monotonic()
        process = subprocess.Popen(
            [MODULES / program, *arguments], cwd=self.work, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env={**environment(), "PATH": f"{MODULES / '.bin'}:{os.environ['PATH']}", "HOME": str(self.home),
                 "TMPDIR": str(self.home),
                 "CI": "1", "NO_COLOR": "1", "DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1",
                 **variables})
        try:
            self.out, self.err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.problems.append(f"did not end within {LIMIT} s")
            end_group(process.pid)
            self.out, self.err = process.communicate()
        end_group(process.pid)  # what it left running
        self.seconds = time.monotonic() - begun
        self.code = process.returncode

    def judge(self, tap, upstream):
        def must(condition, words):
            if not condition:
                self.problems.append(words)
        must(self.code == 0, f"exit code {self.code}")
        # "The tools said" are the model's words: what is behind them came from it, not the tool.
        last = self.out.decode(errors="replace").partition("The tools said")[2]
        must(all(word in last for word in self.words[1:]),
             "the model's last words did not come out of it")
        for status, body in upstream.refusals:
            self.problems.append(f"the provider refused ({status}): {json.dumps(body)[:300]}")
        for method, path, status in tap.exchanges():
            must(200 <= status < 300 or method == "HEAD", f"{method} {path} got {status}")
        done = [(upstream.done(call), call.body.count(self.provider.proof.encode()))
                for call in upstream.calls]
        must(max((steps for steps, _ in done), default=0) == len(upstream.steps),
             "the results of the tool did not reach the provider")
        must(all(proofs >= steps for steps, proofs in done),
             "the provider's thoughts did not come back with their calls")

    def keep(self, tap, upstream, gateway):
        """Everything that was said, for who wants to know why."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.iterdir():
            old.unlink()
        for number, (said, answered) in enumerate(tap.connections):
            (self.folder / f"tool-{number}-said").write_bytes(said)
            (self.folder / f"tool-{number}-got").write_bytes(answered)
        for call in upstream.calls:
            (self.folder / f"provider-{call.number}-got").write_bytes(call.raw_head + call.body)
        for name, data in (("stdout", self.out), ("stderr", self.err),
                           ("gateway", gateway.said().encode())):
            (self.folder / name).write_bytes(data)
        self.asked = sorted({f"{method} {path.partition('?')[0]}" for method, path, _
                             in tap.exchanges()})


def end_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def table(runs, tools, providers):
    """The results as Markdown."""
    yield f"| tool | version | {' | '.join(providers)} |"
    yield f"| --- | --- |{' --- |' * len(providers)}"
    for tool in tools:
        cells = [f"{run.seconds:.0f} s" if not run.problems else "**fails**"
                 for run in runs if run.tool == tool]
        yield f"| {tool} | {version(TOOLS[tool][0])} | {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(prog="tests/tools/run.sh", description=__doc__)
    parser.add_argument("--tool", choices=TOOLS, action="append", help="this one only; repeatable")
    parser.add_argument("--provider", choices=PROVIDERS, action="append",
                        help="this one only; repeatable")
    chosen = parser.parse_args()
    tools, providers = chosen.tool or list(TOOLS), chosen.provider or list(PROVIDERS)
    runs = []
    for tool in tools:
        for provider in providers:
            run = Run(tool, provider).play()
            runs.append(run)
            print(f"{tool} × {provider}: {'FAILED' if run.problems else 'passed'} "
                  f"({run.seconds:.1f} s; {', '.join(run.asked)})", flush=True)
            for problem in run.problems:
                print(f"    {problem}", flush=True)
            if run.problems:
                print(f"    what was said lies in {run.folder.relative_to(ROOT)}", flush=True)
    print("\n" + "\n".join(table(runs, tools, providers)) + "\n")
    failed = sum(bool(run.problems) for run in runs)
    print(f"{len(runs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
