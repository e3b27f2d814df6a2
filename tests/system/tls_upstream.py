# SPDX-License-Identifier: MIT
"""A provider behind TLS, with certificates that a test makes for itself."""

import ssl
import subprocess
import tempfile
from pathlib import Path

from fake_upstream import FakeUpstream, good

KEY_KIND = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Authority:
    """Signs certificates. Whoever trusts `file` trusts them. Use as a context manager."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="gr-tls-")
        self.path = Path(self.folder.name)
        self.file, self.count = self.path / "ca.pem", 0
        openssl("req", "-x509", *KEY_KIND, "-keyout", self.path / "ca.key", "-out", self.file,
                "-subj", "/CN=Authority of a test", "-days", 2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def _names(self):
        self.count += 1
        stem = self.path / str(self.count)
        return [stem.with_suffix(end) for end in (".pem", ".key", ".csr", ".ext")]

    def certificate(self, name, days=2):
        """For `name`, as "DNS:…" or "IP:…". (certificate, key); `days` below zero: expired."""
        pem, key, csr, extension = self._names()
        extension.write_text(f"subjectAltName={name}\n")
        openssl("req", "-new", *KEY_KIND, "-keyout", key, "-out", csr, "-subj", "/CN=leaf")
        openssl("x509", "-req", "-in", csr, "-CA", self.file, "-CAkey", self.path / "ca.key",
                "-CAcreateserial", "-days", days, "-extfile", extension, "-out", pem)
        return pem, key

    def self_signed(self, name):
        pem, key, _, _ = self._names()
        openssl("req", "-x509", *KEY_KIND, "-keyout", key, "-out", pem, "-subj", "/CN=leaf",
                "-addext", f"subjectAltName={name}", "-days", 2)
        return pem, key

    def trusted(self):
        """A wrapper for Gateway: its process trusts this authority and no other."""
        return "env", f"SSL_CERT_FILE={self.file}", "SSL_CERT_DIR=/nonexistent"


class TlsUpstream(FakeUpstream):
    """Remembers the (name, protocol) of each handshake that came to its end."""

    def __init__(self, certificate, script=good, newest=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*map(str, certificate))
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.sni_callback = self._named
        if newest:
            self.context.maximum_version = newest
        self.asked_names, self.handshakes, self.failures = [], [], []
        super().__init__(script)

    def _named(self, _socket, name, _context):
        self.asked_names.append(name)

    def _serve(self, connection):
        with self.lock:
            self.open.discard(connection)
        try:
            secured = self.context.wrap_socket(connection, server_side=True)
        except OSError as problem:  # ssl.SSLError is one
            self.failures.append(problem)
            connection.close()
            return
        with self.lock:
            self.open.add(secured)
            self.handshakes.append(secured.selected_alpn_protocol())
        super()._serve(secured)
