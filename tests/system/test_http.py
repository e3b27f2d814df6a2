# SPDX-License-Identifier: MIT
"""The server: keep-alive, pipelining, chunked and packed bodies, bounds, slow clients, the port."""

import gzip
import json
import socket
import threading
import unittest
import zlib

from gateway import KEY, GatewayTest
from wire import Client, chunked, request

CHAT = {"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}]}
RAW = json.dumps(CHAT).encode()


class Server(GatewayTest):
    def test_many_requests_on_one_connection(self):
        with self.gateway.client() as client:
            for _ in range(20):
                answer = client.send(request(body=CHAT, key=KEY)).read()
                self.assertEqual(answer.status, 200)
                self.assertTrue(answer.whole)
        self.assertEqual(len(self.upstream.calls), 20)

    def test_pipelined_requests_are_answered_in_their_order(self):
        def echo(call):
            call.answer(200, {"object": "echo", "text": call.json()["messages"][0]["content"]})
        self.upstream.script = echo
        asked = [f"number {i}" for i in range(10)]
        with self.gateway.client() as client:
            client.send(b"".join(
                request(body={"model": "fake/m", "messages": [{"role": "user", "content": text}]},
                        key=KEY) for text in asked))
            self.assertEqual([client.read().json()["text"] for _ in asked], asked)

    def test_a_request_in_single_bytes(self):
        with self.gateway.client() as client:
            for byte in request(body=CHAT, key=KEY):
                client.send(bytes([byte]))
            self.assertEqual(client.read().status, 200)

    def test_connection_close_is_obeyed(self):
        with self.gateway.client() as client:
            answer = client.send(request(body=CHAT, key=KEY,
                                         headers=[("Connection", "close")])).read()
            self.assertEqual(answer.status, 200)
            self.assertTrue(client.ends())

    def test_http_1_0_gets_a_body_without_chunks(self):
        for body in (CHAT, {**CHAT, "stream": True}):
            data = request(body=body, key=KEY).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
            with self.gateway.client() as client:
                client.send(data)
                answer = client.head()
                self.assertEqual(answer.status, 200)
                self.assertIsNone(answer.header("transfer-encoding"))
                while client._more():
                    pass
                self.assertTrue(client.pending.endswith(b"data: [DONE]\n\n" if "stream" in body
                                                        else b"}"))

    def test_head_has_no_body(self):
        with self.gateway.client() as client:
            client.send(request("HEAD", "/healthz") + request("GET", "/healthz"))
            self.assertEqual(client.head().status, 200)
            self.assertEqual(client.read().status, 200)

    def test_expect_continue(self):
        head = request(body=RAW, key=KEY, headers=[("Expect", "100-continue")])[:-len(RAW)]
        with self.gateway.client() as client:
            self.assertEqual(client.send(head).head().status, 100)
            self.assertEqual(client.send(RAW).read().status, 200)
            # With a key that is refused the body is not even asked for.
            client.send(head.replace(KEY.encode(), b"wrong"))
            self.assertEqual(client.read().status, 401)

    def test_chunked_request_bodies(self):
        for pieces in ([RAW], [RAW[:1], RAW[1:7], RAW[7:]], [bytes([b]) for b in RAW]):
            data = request(body=RAW, key=KEY, length=False,
                           headers=[("Transfer-Encoding", "chunked")])[:-len(RAW)]
            answer = self.gateway.exchange(data + chunked(*pieces))
            self.assertEqual(answer.status, 200)
            self.assertEqual(json.loads(self.upstream.calls[-1].body)["messages"], CHAT["messages"])

    def test_packed_request_bodies(self):
        for coding in ("gzip", "x-gzip", "GZIP"):
            answer = self.gateway.chat(gzip.compress(RAW), headers=[("Content-Encoding", coding)])
            self.assertEqual(answer.status, 200, coding)
            self.assertIsNone(self.upstream.calls[-1].header("content-encoding"))
        for body, coding, status in [(gzip.compress(RAW)[:-6], "gzip", 400), (RAW, "gzip", 400),
                                     (gzip.compress(RAW)[:-1] + b"x", "gzip", 400),
                                     (zlib.compress(RAW), "deflate", 415), (RAW, "br", 415)]:
            answer = self.gateway.chat(body, headers=[("Content-Encoding", coding)])
            self.assertRefused(answer, status)

    def test_large_packed_bodies_arrive_as_they_were(self):
        """Unpacked beside the io thread; a client that leaves meanwhile costs nothing."""
        text = "".join(f"{i * 2654435761 % 4294967296:08x}" for i in range(400_000))
        large = json.dumps({**CHAT, "user": text}).encode()
        packed = gzip.compress(large, 1)
        for _ in range(5):
            with self.gateway.client() as client:
                client.send(request(body=packed, key=KEY, headers=[("Content-Encoding", "gzip")]))
        answer = self.gateway.chat(packed, headers=[("Content-Encoding", "gzip")])
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.upstream.calls[-1].json()["user"], text)

    def test_a_bomb_is_not_unpacked(self):
        bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(600)) + bomb.flush()
        before = self.memory_kb()
        self.assertRefused(self.gateway.chat(packed, headers=[("Content-Encoding", "gzip")]), 413)
        # 600 MB would be more than this, also under AddressSanitizer, which frees late.
        self.assertLess(self.memory_kb() - before, 300_000)
        self.assertEqual(self.gateway.chat().status, 200)

    def memory_kb(self):
        with open(f"/proc/{self.gateway.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def test_a_large_body_passes_and_a_larger_one_does_not(self):
        large = json.dumps({**CHAT, "user": "x" * 20_000_000}).encode()
        self.assertEqual(self.gateway.chat(large).status, 200)
        self.assertEqual(len(self.upstream.calls[-1].body), len(large) - len("fake/"))
        head = request(body=b"x", key=KEY).removesuffix(b"x")
        too_long = head.replace(b"Content-Length: 1", b"Content-Length: %d" % ((64 << 20) + 1))
        self.assertRefused(self.gateway.exchange(too_long), 413)

    def test_a_chunked_body_without_end_is_stopped(self):
        data = request(body=b"x", key=KEY, length=False,
                       headers=[("Transfer-Encoding", "chunked")]).removesuffix(b"x")
        with self.gateway.client() as client:
            client.send(data)
            piece = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
            for _ in range(66):
                client.send(piece)
            self.assertRefused(client.read(), 413)

    def test_heads_are_bounded(self):
        answer = self.gateway.chat(CHAT, headers=[("X-Long", "x" * 20_000)])
        self.assertEqual(answer.status, 200)
        self.assertRefused(self.gateway.chat(CHAT, headers=[("X-Long", "x" * 40_000)]), 431)
        many = [(f"X-{i}", "y" * 100) for i in range(400)]
        self.assertRefused(self.gateway.chat(CHAT, headers=many), 431)
        endless = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 100_000
        self.assertIn(self.gateway.exchange(endless).status, (414, 431))

    def test_slow_clients_are_told_and_dropped(self):
        """Head and body that never end: 408 each, while the gateway serves others."""
        starts = {"head": b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n",
                  "body": request(body=RAW, key=KEY)[:-3]}
        answers = {}

        def wait(name, start):
            with Client(self.gateway.port) as client:
                client.socket.settimeout(100)
                answers[name] = client.send(start).read()
        threads = [threading.Thread(target=wait, args=item) for item in starts.items()]
        for thread in threads:
            thread.start()
        self.assertEqual(self.gateway.chat().status, 200)
        for thread in threads:
            thread.join()
        for name in starts:
            self.assertRefused(answers[name], 408)

    def test_the_port_is_exclusive_in_both_families(self):
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family) as thief:
                thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                with self.assertRaises(OSError, msg=address):
                    thief.bind((address, self.gateway.port))
                    thief.listen()

    def test_both_families_are_served(self):
        for host in ("127.0.0.1", "::1"):
            with self.gateway.client(host) as client:
                self.assertEqual(client.send(request("GET", "/healthz")).read().status, 200, host)


if __name__ == "__main__":
    unittest.main()
