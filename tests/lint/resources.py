#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The data files that are built into the programs are JSON, without keys that stand twice, and
the schema of the configuration names every section it must."""

import json

from project import finish, text, tracked

SECTIONS = ["version", "listen", "clients", "providers", "routing", "limits", "wallet", "sell",
            "ledger", "metrics"]


def distinct(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key stands twice among {keys[:8]}")
    return dict(pairs)


def main():
    findings, names = [], [n for n in tracked(".json") if n.parts[0] == "resources"]
    for name in names:
        try:
            value = json.loads(text(name), object_pairs_hook=distinct)
        except ValueError as problem:
            findings.append(f"{name}: {problem}")
            continue
        if name.name == "config.schema.json":
            known = value.get("properties", {})
            findings += [f"{name}: no property {section}" for section in SECTIONS
                         if section not in known]
    finish(findings, len(names))


if __name__ == "__main__":
    main()
