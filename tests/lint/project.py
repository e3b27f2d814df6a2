# SPDX-License-Identifier: MIT
"""What the lints share: which files there are, and how a finding is told."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked(*suffixes):
    """Files of the project as paths relative to its root: those git knows or would add."""
    out = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True).stdout.decode()
    names = [Path(name) for name in out.split("\0") if name and (ROOT / name).is_file()]
    return sorted(name for name in names if not suffixes or name.suffix in suffixes)


def text(name):
    """The file's text, or None where it is not text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def blank_comments_and_strings(source):
    """C++ with comments and literals blanked; the line numbers stay."""
    def blank(match):
        piece = match.group(0)
        if piece[0] == '"':
            return '""'
        return re.sub(r"[^\n]", " ", piece)
    return re.sub(r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*(?:.|\n)*?\*/'
                  r"|'(?:\\.|[^'\\\n])'", blank, source)


def finish(findings, checked):
    """Prints the findings and ends the program. Nothing looked at is a failure as well."""
    for finding in findings:
        print(finding)
    print(f"{checked} looked at, {len(findings)} findings")
    sys.exit(1 if findings or not checked else 0)
