#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Constructs and words that the project does without, each with its reason."""

import re

from project import blank_comments_and_strings, finish, text, tracked

# (pattern, where: function of the path, reason); the patterns see C++ without comments, strings.
CODE = [
    (re.compile(r"\bQEventLoop\b"), lambda n: n.parts[0] in ("core", "ui"),
     "a nested event loop re-enters code that is not ready for it"),
    (re.compile(r"(?:\.|->|\bQDialog::|\bQMenu::|Application::)exec\s*\("),
     lambda n: n.parts[0] in ("core", "ui"),
     "exec() is a nested event loop: dialogs use open(), menus popup()"),
    (re.compile(r"(?<!QCoreApplication)(?<!QGuiApplication)(?<!QApplication)::instance\s*\(\s*\)"),
     lambda n: n.parts[0] in ("core", "ui", "app"),
     "no singletons: hand the object in"),
    (re.compile(r"^\s*using\s+namespace\b", re.MULTILINE), lambda n: n.suffix == ".h",
     "a header may not open namespaces for everyone who includes it"),
]
# These see every tracked text file as it is.
WORDS = [
    (re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b(?!\([a-z])"), "a mark needs an owner: TODO(name)"),
    (re.compile(r"(?<![\w.])/work/"), "a path of one machine"),
    (re.compile(r"\bregistry\.npmjs|\bregistry\.yarnpkg|\bpypi\.org|\bpythonhosted\b"
                r"|\bproxy\.golang\b|\bstatic\.crates\b|\bdeb\.debian\.org"),
     "a package registry's host: the package manager knows it"),
]
# Data of others, in their words; and this folder, which must name what it looks for.
NOT_READ = ("resources/catalog.json", "tests/lint/", "LICENSE")


def line_of(source, position):
    return source.count("\n", 0, position) + 1


def check(name, source):
    """Findings for one file."""
    findings = []
    if name.suffix in (".h", ".cpp"):
        code = blank_comments_and_strings(source)
        for pattern, where, reason in CODE:
            if where(name):
                findings += [f"{name}:{line_of(code, m.start())}: {m.group(0).strip()}: {reason}"
                             for m in pattern.finditer(code)]
    for pattern, reason in WORDS:
        findings += [f"{name}:{line_of(source, m.start())}: {m.group(0)}: {reason}"
                     for m in pattern.finditer(source)]
    return findings


def main():
    findings, checked = [], 0
    for name in tracked():
        if name.as_posix().startswith(NOT_READ):
            continue
        source = text(name)
        if source is not None:
            checked += 1
            findings += check(name, source)
    finish(findings, checked)


if __name__ == "__main__":
    main()
