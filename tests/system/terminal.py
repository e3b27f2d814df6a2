# SPDX-License-Identifier: MIT
"""A person at a terminal: starts a program on one of its own, reads what it shows, types lines."""

import os
import pty
import select
import time

PATIENCE = 60  # seconds


class Terminal:
    """`environment` is all that the program gets; `shown` is everything that ever stood there."""

    def __init__(self, command, environment):
        self.shown = ""
        self.code = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execvpe(str(command[0]), list(map(str, command)), environment)
            finally:
                os._exit(127)

    def _more(self):
        """Takes in what was written; False at the end."""
        if not select.select([self.fd], [], [], 0.1)[0]:
            return True
        try:
            piece = os.read(self.fd, 4096)
        except OSError:  # the program closed its end
            piece = b""
        self.shown += piece.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)

    def expect(self, text):
        """Waits until `text` stands behind what was expected before."""
        begin = getattr(self, "_seen", 0)
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown[begin:]:
            if time.monotonic() > deadline or not self._more():
                raise AssertionError(f"{text!r} was not shown, but {self.shown[begin:]!r}")
        self._seen = self.shown.index(text, begin) + len(text)
        return self

    def type(self, line):
        os.write(self.fd, line.encode() + b"\n")
        return self

    def end(self):
        """The exit code."""
        while self._more():
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code
