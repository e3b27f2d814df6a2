# SPDX-License-Identifier: MIT
"""HTTP/1.1 by hand: tests of a server must be able to say what no client library would."""

import json
import socket
import time
from dataclasses import dataclass, field

# How long a test waits for something that must come. Generous: it bounds a failure, not a success.
PATIENCE = 30


def wait_until(holds, what):
    """Gives what `holds()` gives, once that is something."""
    deadline = time.monotonic() + PATIENCE
    while not (value := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"in vain: {what}")
        time.sleep(0.02)
    return value


@dataclass
class Answer:
    status: int
    headers: list  # of (name in lower case, value), in their order
    body: bytes = b""
    whole: bool = False  # its framing said that it ended
    chunks: list = field(default_factory=list)  # of a chunked body

    def header(self, name):
        return next((value for key, value in self.headers if key == name), None)

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The error object of the OpenAI format."""
        return self.json()["error"]


class Client:
    """One connection; reads answers one by one, or a streamed one piece by piece."""

    def __init__(self, port, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""
        self.closed = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends all of it, or as much as a server that refuses early takes."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.closed = not data
        self.pending += data
        return bool(data)

    def _until(self, mark):
        while mark not in self.pending:
            if not self._more():
                return None
        head, self.pending = self.pending.split(mark, 1)
        return head + mark

    def _exactly(self, count):
        while len(self.pending) < count and self._more():
            pass
        data, self.pending = self.pending[:count], self.pending[count:]
        return data

    def head(self):
        """The next answer without its body, or None when the server closed instead."""
        raw = self._until(b"\r\n\r\n")
        if raw is None:
            return None
        lines = raw.decode("latin-1").split("\r\n")
        headers = [(name.strip().lower(), value.strip())
                   for name, value in (line.split(":", 1) for line in lines[1:] if line)]
        return Answer(int(lines[0].split()[1]), headers)

    def chunk(self, answer):
        """The next chunk of a chunked body; b"" at its end, None when it broke off."""
        line = self._until(b"\r\n")
        if line is None:
            return None
        size = int(line, 16)
        data = self._exactly(size + 2)
        if len(data) < size + 2:
            return None
        answer.body += data[:-2]
        if size == 0:
            answer.whole = True
            return b""
        answer.chunks.append(data[:-2])
        return data[:-2]

    def read(self):
        """The next whole answer, or None when the server closed instead."""
        answer = self.head()
        if answer is None:
            return None
        if answer.header("transfer-encoding") == "chunked":
            while self.chunk(answer):
                pass
        else:
            length = int(answer.header("content-length") or 0)
            answer.body = self._exactly(length)
            answer.whole = len(answer.body) == length
        return answer

    def ends(self):
        """Whether the server closes now, without another byte."""
        while not self.closed and not self.pending:
            if not self._more():
                break
        return self.closed and not self.pending


def request(method="POST", path="/v1/chat/completions", body=b"", key=None, host="127.0.0.1",
            headers=(), content_type="application/json", length=True):
    """The bytes of a request. `headers` come behind; `length=False` leaves out Content-Length."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1"]
    if host is not None:
        lines.append(f"Host: {host}")
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    if body and content_type:
        lines.append(f"Content-Type: {content_type}")
    if body and length:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def chunked(*pieces):
    """Pieces as a chunked body with its end."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def events(body):
    """The data of each event of a stream; [DONE] as a string, the others as values."""
    found = []
    for event in body.decode().split("\n\n"):
        data = "\n".join(line[5:].strip() for line in event.split("\n") if line.startswith("data:"))
        if data:
            found.append(data if data == "[DONE]" else json.loads(data))
    return found
