# SPDX-License-Identifier: MIT
"""A provider with a voice: every request is kept, and answered by a script that may misbehave."""

import json
import select
import socket
import struct
import threading
import time

from wire import PATIENCE

USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def completion(content="Hello.", model="m"):
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1767225600, "model": model,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content,
                                                 "refusal": None},
                         "logprobs": None, "finish_reason": "stop"}], "usage": USAGE}


def delta(content=None, finish=None, **more):
    """One event of a stream, as bytes."""
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1767225600,
             "model": "m", "choices": [{"index": 0, "delta": {"content": content} if content else {},
                                        "logprobs": None, "finish_reason": finish}], **more}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


class Call:
    """One request as it arrived, and the connection it came on."""

    def __init__(self, raw_head, body, connection, number):
        self.raw_head, self.body, self.connection, self.number = raw_head, body, connection, number
        lines = raw_head.decode("latin-1").split("\r\n")
        self.method, self.path, _ = lines[0].split(" ")
        self.headers = [(name.lower(), value.strip())
                        for name, value in (line.split(":", 1) for line in lines[1:] if line)]
        self.left = threading.Event()  # the gateway closed while this call was being answered

    def header(self, name):
        return next((value for key, value in self.headers if key == name), None)

    def json(self):
        return json.loads(self.body)

    def write(self, data):
        try:
            self.connection.sendall(data)
        except OSError:
            self.left.set()
            raise

    def head(self, status=200, headers=(), content_type="application/json"):
        lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {content_type}",
                 *(f"{name}: {value}" for name, value in headers)]
        self.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def answer(self, status, body, headers=()):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.head(status, [("Content-Length", len(body)), *headers])
        self.write(body)

    def begin_stream(self, headers=()):
        self.head(200, [("Transfer-Encoding", "chunked"), *headers], "text/event-stream")

    def piece(self, data):
        self.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end_stream(self):
        self.write(b"0\r\n\r\n")

    def wait_left(self, seconds=PATIENCE):
        """Waits until the gateway closes this connection; sets `left`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.connection], [], [], 0.05)
            if ready:
                try:
                    gone = self.connection.recv(1) == b""
                except OSError:
                    gone = True
                if gone:
                    self.left.set()
                    raise ConnectionResetError
        return False


# Scripts: functions of a Call. Raising OSError ends the connection.

def good(call):
    """What a working provider answers, streamed when asked."""
    if call.path.endswith("/models"):
        call.answer(200, {"object": "list", "data": [{"id": "m", "object": "model",
                                                      "created": 1767225600, "owned_by": "fake"}]})
    elif call.json().get("stream"):
        call.begin_stream()
        for word in ("One", " two", " three"):
            call.piece(delta(word))
        call.piece(delta(finish="stop"))
        if call.json().get("stream_options", {}).get("include_usage"):
            call.piece(b"data: " + json.dumps({**json.loads(delta()[6:]), "choices": [],
                                               "usage": USAGE}).encode() + b"\n\n")
        call.piece(b"data: [DONE]\n\n")
        call.end_stream()
    else:
        call.answer(200, completion())


def failing(status, headers=(), message="Scripted failure"):
    return lambda call: call.answer(status, {"error": {"message": message, "type": "scripted",
                                                       "param": None, "code": None}}, headers)


def raw(body, headers=()):
    """Answers 200 with exactly these bytes."""
    return lambda call: call.answer(200, body, headers)


def close_before_head(call):
    raise ConnectionResetError


def reset_before_head(call):
    call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionResetError


def hang(call):
    """Takes the request, says nothing, and notices when the gateway leaves."""
    call.wait_left()


class FakeUpstream:
    """Answers with `scripts` in turn, then with `script` for ever. Use as a context manager."""

    def __init__(self, script=good, scripts=(), host="127.0.0.1", port=0):
        self.script, self.scripts = script, list(scripts)
        self.calls, self.connections, self.lock = [], 0, threading.Lock()
        self.arrived = threading.Condition(self.lock)
        self.listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(128)
        self.port = self.listener.getsockname()[1]
        self.open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # or the waiting accept() keeps the port
        except OSError:
            pass
        self.listener.close()
        self.drop_connections()

    def drop_connections(self):
        """Closes every connection, as a server does with idle ones."""
        with self.lock:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def wait_calls(self, count, seconds=PATIENCE):
        """The calls, once there are at least `count`."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: len(self.calls) >= count, seconds):
                raise AssertionError(f"{len(self.calls)} calls arrived, not {count}")
            return list(self.calls)

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections += 1
                self.open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        stream = connection.makefile("rb")
        try:
            while call := self._read(connection, stream):
                with self.lock:
                    self.calls.append(call)
                    script = self.scripts.pop(0) if self.scripts else self.script
                    self.arrived.notify_all()
                script(call)
        except (OSError, ValueError):
            pass
        with self.lock:
            self.open.discard(connection)
        stream.close()
        connection.close()

    def _read(self, connection, stream):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return None
            head += line
        lower = head.lower()
        body = b""
        if b"transfer-encoding: chunked" in lower:
            while size := int(stream.readline(), 16):
                body += stream.read(size)
                stream.readline()
            stream.readline()
        elif b"content-length:" in lower:
            body = stream.read(int(lower.split(b"content-length:")[1].split(b"\r\n")[0]))
        return Call(head, body, connection, len(self.calls))
