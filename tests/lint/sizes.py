#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lengths of files and functions. Over 500 lines a file, or 60 a function, is a question and is
printed; over 600 lines a file is refused: by then it knows too much."""

import re

from project import finish, text, tracked

FILE_ASKED, FILE_REFUSED, FUNCTION_ASKED = 500, 600, 60
NOT_A_FUNCTION = re.compile(r"^\s*(?:if|for|while|switch|else|do|catch|try|namespace|struct|class"
                            r"|enum|union|return|case|\})\b|\]\s*(?:\(|\{)|=\s*\{$")


def functions(source):
    """(line, length) of each function in clang-formatted C++: from its head to the brace below."""
    lines = source.splitlines()
    for at, line in enumerate(lines):
        if not line.endswith("{") or ")" not in line or NOT_A_FUNCTION.search(line):
            continue
        head = at
        # The head of a long signature stands some lines above, less indented.
        while head > 0 and lines[head].startswith(" " * 4) and not re.match(
                r"^\s*$|.*[;{}:]$", lines[head - 1]):
            head -= 1
        indent = len(lines[head]) - len(lines[head].lstrip())
        if NOT_A_FUNCTION.search(lines[head]):
            continue
        end = next((i for i in range(at + 1, len(lines))
                    if lines[i].startswith(" " * indent + "}")), None)
        if end is not None:
            yield head + 1, end - head + 1


def main():
    findings, checked = [], 0
    for name in tracked(".h", ".cpp"):
        source = text(name)
        checked += 1
        length = source.count("\n")
        if length > FILE_REFUSED:
            findings.append(f"{name}: {length} lines, more than {FILE_REFUSED}")
        elif length > FILE_ASKED:
            print(f"asked: {name}: {length} lines: does it know too much?")
        for line, size in functions(source):
            if size > FUNCTION_ASKED:
                print(f"asked: {name}:{line}: a function of {size} lines")
    finish(findings, checked)


if __name__ == "__main__":
    main()
