#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Folders form a one-way stair, and no two units include each other in a circle.

A unit is a header with its source. A folder may include only folders of lower steps and itself.
"""

import re
from pathlib import PurePosixPath

from project import finish, text, tracked

STEPS = [["base"], ["http", "json", "tokens"], ["catalog", "ledger"], ["protocol", "payment"],
         ["routing", "upstream"], ["settings", "sandbox"], ["gateway", "connect"], ["ui"], ["app"]]
STEP_OF = {folder: step for step, folders in enumerate(STEPS) for folder in folders}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def folder_of(name):
    """The step's folder of a file: core/http/x.h is of http, ui/pages/x.h of ui."""
    parts = PurePosixPath(name).parts
    return parts[1] if parts[0] == "core" else parts[0]


def resolve(name, include, files):
    """The file an include names, or None for generated ones (moc)."""
    for base in (str(PurePosixPath(name).parent), "core", "ui", "app"):
        candidate = str(PurePosixPath(base) / include)
        if candidate in files:
            return candidate
    return None


def check(sources):
    """Findings for {path: text}."""
    findings, edges = [], {}
    for name, source in sources.items():
        folder = folder_of(name)
        if folder not in STEP_OF:
            findings.append(f"{name}: folder {folder} has no step in the stair")
            continue
        unit = str(PurePosixPath(name).with_suffix(""))
        edges.setdefault(unit, set())
        for include in INCLUDE.findall(source):
            target = resolve(name, include, sources)
            if target is None or folder_of(target) not in STEP_OF:
                continue
            other = folder_of(target)
            if other != folder and STEP_OF[other] >= STEP_OF[folder]:
                findings.append(f"{name}: {folder} may not include {other} ({include})")
            target_unit = str(PurePosixPath(target).with_suffix(""))
            if target_unit != unit:
                edges[unit].add(target_unit)
    return findings + [f"cycle of units: {' -> '.join(c)}" for c in cycles(edges)]


def cycles(edges):
    """One cycle through each unit that closes one first, found by depth-first search."""
    found, state, path = [], {}, []

    def visit(unit):
        state[unit] = "open"
        path.append(unit)
        for target in sorted(edges.get(unit, ())):
            if state.get(target) == "open":
                found.append(path[path.index(target):] + [target])
            elif target not in state:
                visit(target)
        path.pop()
        state[unit] = "done"

    for unit in sorted(edges):
        if unit not in state:
            visit(unit)
    return found


def main():
    names = [n for n in tracked(".h", ".cpp") if n.parts[0] in ("core", "ui", "app")]
    sources = {n.as_posix(): text(n) for n in names}
    finish(check(sources), len(sources))


if __name__ == "__main__":
    main()
