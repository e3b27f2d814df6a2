#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Seeds of the translation's fuzz targets, made of tests/data/transcripts: seeds.py FOLDER"""

import sys
from pathlib import Path

TRANSCRIPTS = Path(__file__).resolve().parents[1] / "data/transcripts"
# In the order of tests/support/transcript_road.h.
CLIENTS = ["chat", "responses", "messages", "gemini"]
PROVIDERS = ["chat", "responses", "messages", "gemini", "deepseek", "mistral", "opus"]


def requests(case):
    for c, client in enumerate(CLIENTS):
        file = case / f"client.{client}.json"
        if file.exists():
            for p in range(len(PROVIDERS)):
                yield f"{client}-{PROVIDERS[p]}", bytes([c + 4 * p]) + file.read_bytes()


def answers(case):
    for p, provider in enumerate(PROVIDERS):
        for form, mark in (("sse", 7), ("json", 255)):
            file = case / f"upstream.{provider}.{form}"
            if file.exists():
                for c, client in enumerate(CLIENTS):
                    yield f"{client}-{provider}-{form}", bytes([c + 4 * p, mark]) + file.read_bytes()
                if form == "sse":  # as Gemini's array
                    c = CLIENTS.index("gemini")
                    yield f"gemini-{provider}-array", bytes([c + 4 * p, 135]) + file.read_bytes()


def main():
    for target, seeds in (("requests", requests), ("answers", answers)):
        folder = Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for case in sorted(TRANSCRIPTS.iterdir()):
            for name, data in seeds(case) if case.is_dir() else ():
                (folder / f"{case.name}-{name}").write_bytes(data)


if __name__ == "__main__":
    main()
