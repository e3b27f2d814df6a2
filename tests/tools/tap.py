# SPDX-License-Identifier: MIT
"""Stands between a tool and the gateway, passes every byte on, and keeps what passed."""

import re
import socket
import threading

REQUEST = re.compile(rb"(?:^|(?<=[\n}\]]))([A-Z]+) (/\S*) HTTP/1\.1\r\n")
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n")


class Tap:
    """Use as a context manager."""

    def __init__(self, port):
        self.target = port
        self.connections = []  # of [bytes of the tool, bytes of the gateway]
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # or the waiting accept() keeps the port
        except OSError:
            pass
        self.listener.close()

    def exchanges(self):
        """(method, path, status) of every request, in the order of their connections; the status
        is 0 when no answer began."""
        found = []
        for said, answered in list(self.connections):
            codes = [int(code) for code in STATUS.findall(answered) if code != b"100"]
            for at, (method, path) in enumerate(REQUEST.findall(said)):
                found.append((method.decode(), path.decode(), codes[at] if at < len(codes) else 0))
        return found

    def _accept(self):
        while True:
            try:
                tool, _ = self.listener.accept()
                gateway = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            kept = [b"", b""]
            self.connections.append(kept)
            for at, (source, sink) in enumerate(((tool, gateway), (gateway, tool))):
                threading.Thread(target=pass_on, args=(source, sink, kept, at), daemon=True).start()


def pass_on(source, sink, kept, at):
    try:
        while data := source.recv(65536):
            kept[at] += data
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
