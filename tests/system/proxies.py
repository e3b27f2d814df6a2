# SPDX-License-Identifier: MIT
"""Proxies that take every name to one server on this machine and remember what they were asked."""

import base64
import ipaddress
import socket
import threading


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Proxy:
    """`login` as "user:password", where one is wanted. Use as a context manager."""

    def __init__(self, target, login=None):
        self.target, self.login = target, login
        self.asked = []  # what for: "CONNECT name:port", "POST http://…", "name:port"
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # or the waiting accept() keeps the port
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    def _guarded(self, connection):
        try:
            with connection:
                self.serve(connection)
        except OSError:
            pass

    def join(self, connection, first=b"", before=b""):
        """Connects to the target, says `before` to the client and `first` to the target."""
        with socket.create_connection(("127.0.0.1", self.target.port)) as upstream:
            connection.sendall(before)
            upstream.sendall(first)
            back = threading.Thread(target=pump, args=(upstream, connection), daemon=True)
            back.start()
            pump(connection, upstream)
            back.join()


class HttpProxy(Proxy):
    def serve(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, rest = data.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        self.asked.append(lines[0].rsplit(" ", 1)[0])
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        login = next((line.split(" ")[-1] for line in lines
                      if line.lower().startswith("proxy-authorization: basic ")), None)
        if self.login and (not login or base64.b64decode(login).decode() != self.login):
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                               b'Proxy-Authenticate: Basic realm="x"\r\n'
                               b"Content-Length: 0\r\n\r\n")
        elif lines[0].startswith("CONNECT "):
            assert fields["host"] == lines[0].split(" ")[1].lower()
            self.join(connection, rest, b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:  # as a proxy does, its own fields are taken out
            kept = [line for line in lines if not line.lower().startswith("proxy-")]
            self.join(connection, ("\r\n".join(kept) + "\r\n\r\n").encode() + rest)


class SocksProxy(Proxy):
    """RFC 1928 and 1929. `verdict` is what it says to every connection that is asked for."""

    verdict = 0

    def serve(self, connection):
        stream = connection.makefile("rb")
        version, count = stream.read(2)
        methods = stream.read(count)
        wanted = 2 if self.login else 0
        if version != 5 or wanted not in methods:
            connection.sendall(b"\x05\xff")
            return
        connection.sendall(bytes([5, wanted]))
        if self.login:
            _, size = stream.read(2)
            user = stream.read(size)
            password = stream.read(stream.read(1)[0])
            right = user + b":" + password == self.login.encode()
            connection.sendall(bytes([1, 0 if right else 1]))
            if not right:
                return
        _, command, _, kind = stream.read(4)
        assert command == 1, "a connection is asked for"
        if kind == 3:
            name = stream.read(stream.read(1)[0]).decode()
        else:
            name = "address " + str(ipaddress.ip_address(stream.read({1: 4, 4: 16}[kind])))
        self.asked.append(f"{name}:{int.from_bytes(stream.read(2), 'big')}")
        if self.verdict:
            connection.sendall(bytes([5, self.verdict, 0, 1, 0, 0, 0, 0, 0, 0]))
            return
        # The address it is bound to in its longest form: it must be read away whole.
        self.join(connection, before=bytes([5, 0, 0, 3, 9]) + b"somewhere" + b"\x12\x34")
