# SPDX-License-Identifier: MIT
"""A PostgreSQL server of one test: own folder, own port, ended with it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from wire import PATIENCE

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


class Postgres:
    """Root becomes the user "postgres" for it, as the server refuses to run as root."""

    def __init__(self, port):
        if not PROGRAMS:
            raise AssertionError("PostgreSQL is not installed (Debian package: postgresql), so that "
                                 "the shared ledger cannot be tested.")
        self.programs, self.port = PROGRAMS[-1].parent, port
        self.folder = Path(tempfile.mkdtemp(prefix="gr-postgres-", dir="/tmp"))
        self.cluster = self.folder / "cluster"
        self.folder.chmod(0o711)
        self.cluster.mkdir(mode=0o700)
        self.user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.cluster, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.log = open(self.folder / "log", "ab")
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync").check_returncode()
        self.process = None
        self.start()

    def _run(self, program, *arguments):
        return subprocess.run([self.programs / program, "-D", self.cluster, *map(str, arguments)],
                              stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd="/",
                              timeout=60, **self.user)

    def start(self):
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", self.cluster, "-k", self.cluster, "-p", str(self.port),
             "-c", "listen_addresses=127.0.0.1"], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, cwd="/", **self.user)
        deadline = time.monotonic() + PATIENCE
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p",
                              str(self.port)], check=False).returncode != 0:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError((self.folder / "log").read_text()[-4000:])
            time.sleep(0.05)

    def stop(self, how=signal.SIGINT):
        """Fast by default: connections are cut, what was committed stays."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)

    def url(self, database="postgres"):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def ask(self, sql):
        """Rows as lists of texts."""
        done = subprocess.run([self.programs / "psql", "-X", "-A", "-t", "-F", "\t", "-c", sql,
                               self.url()], capture_output=True, text=True, timeout=60, check=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def remove(self):
        self.stop(signal.SIGQUIT)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
