# SPDX-License-Identifier: MIT
"""Daemons that die by SIGKILL at a chosen moment: a write, cut or sync of the ledger's files, or a
send over TCP. killer.cpp, loaded before the daemon, counts these moments and ends it at one."""

import mmap
import os
import signal
import struct
from pathlib import Path

LIBRARY = os.environ.get("GR_KILLER", "")
_HEAD = struct.Struct("=qqqq")  # dieAt, seen, after, commits: see Control in killer.cpp
_SIZE = _HEAD.size + (1 << 16)


class Killer:
    """One for each daemon. `wrapper` starts it, `arm` lets the counting begin."""

    def __init__(self, folder, name="killer"):
        file = Path(folder) / name
        file.write_bytes(bytes(_SIZE))
        with open(file, "r+b") as opened:
            self.shared = mmap.mmap(opened.fileno(), _SIZE)
        self._set(0, -1, 0, 0)
        options = os.environ.get("ASAN_OPTIONS", "")
        self.wrapper = ["env", f"LD_PRELOAD={LIBRARY}", f"GR_KILLER_CONTROL={file}",
                        f"ASAN_OPTIONS={options}:verify_asan_link_order=0"]

    def _set(self, *values):
        self.shared[:_HEAD.size] = _HEAD.pack(*values)

    def arm(self, die_at, after=False, commits=False):
        """From now on moments are counted, and the `die_at`-th ends the daemon: in its middle, or
        `after` it. 0: none does. `commits`: ends of transactions alone are moments."""
        self._set(die_at, 0, int(after), int(commits))

    def disarm(self):
        self._set(0, -1, 0, 0)

    def seen(self):
        return max(0, _HEAD.unpack_from(self.shared)[1])

    def kinds(self):
        """A letter for each moment: c and w of the log, d of the database, s a sync, t a cut, n a
        send."""
        return self.shared[_HEAD.size:_HEAD.size + self.seen()].decode()


def was_killed(gateway):
    """Dead, and by nothing else than the killer."""
    code = gateway.process.poll()
    if code not in (None, -signal.SIGKILL):
        raise AssertionError(f"exit code {code}. It said:\n{gateway.said()[-4000:]}")
    return code is not None
