# SPDX-License-Identifier: MIT
"""Makes the .deb of a build, reads it, and puts it into a folder as dpkg does."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GR_BUILD", ROOT / "build" / "release"))
CPACK = os.environ.get("GR_CPACK", "cpack")
# dpkg insists on what lies here.
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


def run(*words, **options):
    """The command's standard output; what it says of an error becomes the failure's text."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def pack(folder, mask, **environment):
    """The path of the package, made in `folder` under this umask and environment. It is compressed
    by gzip here: xz takes half a minute to make it, and changes nothing else of it."""
    folder.mkdir()
    surroundings = {**os.environ, "PATH": PATH, **environment}
    surroundings.pop("SOURCE_DATE_EPOCH", None)
    run(CPACK, "--config", BUILD / "CPackConfig.cmake", "-B", folder,
        "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=folder, env=surroundings, umask=mask)
    (made,) = folder.glob("*.deb")
    return made


def members(deb, option):
    """(entry, bytes or None) of one of its two archives: --fsys-tarfile or --ctrl-tarfile."""
    reader = subprocess.Popen(["dpkg-deb", option, deb], stdout=subprocess.PIPE)
    with reader, tarfile.open(fileobj=reader.stdout, mode="r|") as archive:
        return [(entry, archive.extractfile(entry).read() if entry.isfile() else None)
                for entry in archive]


def control(deb):
    """Its control fields; those of several lines as one text."""
    fields, name = {}, None
    for line in run("dpkg-deb", "--field", deb).splitlines():
        if line.startswith(" "):
            fields[name] += "\n" + line
        elif line:
            name, value = line.split(":", 1)
            fields[name] = value.strip()
    return fields


class Installation:
    """A folder that dpkg takes for a whole system without any other package."""

    def __init__(self, root):
        self.root = root
        database = root / "var/lib/dpkg"
        for folder in ("info", "updates", "triggers"):
            (database / folder).mkdir(parents=True)
        for file in ("status", "available", "diversions", "statoverride"):
            (database / file).touch()

    def dpkg(self, *words):
        fake = [] if os.geteuid() == 0 else ["fakeroot"]
        run(*fake, "dpkg", f"--root={self.root}", "--force-depends", "--force-not-root",
            "--log=/dev/null", *words, env={**os.environ, "PATH": PATH, "LC_ALL": "C"})

    def files(self):
        """Everything but dpkg's own books, relative to the root."""
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*")
                      if not path.relative_to(self.root).is_relative_to("var"))

    def close(self):
        shutil.rmtree(self.root)
