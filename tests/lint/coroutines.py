#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Finds the two coroutine patterns that g++ 12.2 miscompiles (a double destruction): in a statement
with co_await, a capturing lambda or a brace-initialised aggregate as a temporary. Name it first and
std::move it. Arguments: the build folder (for its compile_commands.json), or the files to look at.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from project import ROOT, finish

# The desugared type, so that std::string (an alias) counts as the class that it is.
RECORD = "hasType(hasUnqualifiedDesugaredType(recordType()))"
QUERY = f"""\
set output diag
match coawaitExpr(hasDescendant(lambdaExpr(hasDescendant(fieldDecl({RECORD}))).bind("x")))
match coawaitExpr(hasDescendant(initListExpr({RECORD}).bind("x")))
"""
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
FINDING = re.compile(r'^(\S+?:\d+:\d+): note: "x" binds here', re.MULTILINE)


def clang_arguments(command):
    """Of a GCC command, what decides the meaning of the source; the rest clang need not know."""
    kept, words = [], iter(shlex.split(command)[1:])
    for word in words:
        if word in ("-I", "-isystem", "-D", "-U"):
            kept += [word, next(words)]
        elif word == "-include":
            header = next(words)  # a precompiled header of GCC is of no use to clang
            kept += [] if "cmake_pch" in header else [word, header]
        elif word.startswith(("-I", "-isystem", "-D", "-U", "-std=")):
            kept.append(word)
    return kept


def uses_coroutines(file, seen):
    """Whether the file, or a header of the project that it includes, contains co_await."""
    if file in seen:
        return False
    seen.add(file)
    source = file.read_text(encoding="utf-8")
    if "co_await" in source:
        return True
    for include in INCLUDE.findall(source):
        for base in (file.parent, ROOT / "core", ROOT / "ui", ROOT / "app", ROOT / "tests"):
            if (base / include).is_file():
                if uses_coroutines((base / include).resolve(), seen):
                    return True
                break
    return False


def look(file, arguments, directory, query):
    """Findings in one file, or why it could not be read."""
    done = subprocess.run(["clang-query-14", "-f", query, str(file), "--", *arguments, "-w"],
                          cwd=directory, capture_output=True, text=True)
    errors = [line for line in (done.stdout + done.stderr).splitlines() if "error:" in line]
    if errors or "matches." not in done.stdout and "match." not in done.stdout:
        return [f"{file}: clang-14 cannot read it: {(errors or [done.stderr[-300:]])[0]}"]
    # Boost's own headers are not ours to judge.
    return [f"{os.path.relpath(place, ROOT)}: a temporary lambda or aggregate beside co_await"
            for place in FINDING.findall(done.stdout) if place.startswith(str(ROOT))]


def commands(build):
    """(file, arguments, folder) of every translation unit of ours with coroutines."""
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        file = (Path(entry["directory"]) / entry["file"]).resolve()
        ours = file.is_relative_to(ROOT) and not file.is_relative_to(ROOT / "build")
        if ours and file.suffix == ".cpp" and uses_coroutines(file, set()):
            yield file, clang_arguments(entry["command"]), entry["directory"]


def main():
    build = Path(sys.argv[1])
    if build.is_dir():
        units = list(commands(build))
    else:
        units = [(Path(name).resolve(), ["-std=c++20"], ".") for name in sys.argv[1:]]
    with tempfile.NamedTemporaryFile("w", suffix=".query") as query:
        query.write(QUERY)
        query.flush()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda unit: look(*unit, query.name), units)
            findings = sorted({finding for result in results for finding in result})
    finish(findings, len(units))


if __name__ == "__main__":
    main()
