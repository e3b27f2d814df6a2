#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Copies the icons named in icons.txt out of the npm package lucide-static.

usage: resources/icons/update.py [VERSION]   (needs npm; default: the version in icons.lock)

Writes the SVG files, their licence, the few tinted copies that a style sheet needs (it can only
name files), icons.qrc, and icons.lock with the version and a SHA-256 for each file.
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Style sheets show pictures by file name, so these exist once per theme. Colours: ui/theme/tokens.
TINTED = {
    "chevron-down": {"light": "#545E6E", "dark": "#A3ACBA"},
    "chevron-up": {"light": "#545E6E", "dark": "#A3ACBA"},
    "check": {"light": "#FFFFFF", "dark": "#0B1220"},
}


def version():
    if len(sys.argv) > 1:
        return sys.argv[1]
    return json.loads((HERE / "icons.lock").read_text())["version"]


def main():
    wanted = [line.strip() for line in (HERE / "icons.txt").read_text().splitlines()]
    wanted = sorted({name for name in wanted if name and not name.startswith("#")})
    package = f"lucide-static@{version()}"
    with tempfile.TemporaryDirectory() as folder:
        name = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True,
                              capture_output=True, text=True).stdout.strip().splitlines()[-1]
        with tarfile.open(pathlib.Path(folder) / name) as archive:
            read = lambda path: archive.extractfile(f"package/{path}").read()
            files = {f"{icon}.svg": read(f"icons/{icon}.svg") for icon in wanted}
            (HERE / "LICENSE-lucide").write_bytes(read("LICENSE"))
    for icon, shades in TINTED.items():
        for theme, colour in shades.items():
            source = files[f"{icon}.svg"].decode()
            files[f"{icon}-{theme}.svg"] = source.replace("currentColor", colour).encode()
    for old in HERE.glob("*.svg"):
        old.unlink()
    for name, content in files.items():
        (HERE / name).write_bytes(content)
    lock = {"package": "lucide-static", "version": version(),
            "sha256": {n: hashlib.sha256(c).hexdigest() for n, c in sorted(files.items())}}
    (HERE / "icons.lock").write_text(json.dumps(lock, indent=1) + "\n")
    rows = "".join(f"    <file>{name}</file>\n" for name in sorted(files))
    (HERE / "icons.qrc").write_text(
        f'<RCC>\n  <qresource prefix="/icons">\n{rows}'
        f'    <file>LICENSE-lucide</file>\n  </qresource>\n</RCC>\n')
    print(f"{len(files)} icons of {package}")


if __name__ == "__main__":
    main()
