# SPDX-License-Identifier: MIT
"""Shapes that two readers of one byte stream could take differently are refused, and nothing that
hides behind them is read."""

import unittest

from gateway import KEY, GatewayTest

BODY = b'{"model":"fake/m","messages":[]}'
# If this is ever answered, the gateway took a body's bytes for a request.
HIDDEN = b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + KEY.encode() + \
    b"\r\n\r\n"


def post(*lines, body=BODY):
    head = [b"POST /v1/chat/completions HTTP/1.1", b"Host: 127.0.0.1",
            b"Authorization: Bearer " + KEY.encode(), b"Content-Type: application/json", *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
SHAPES = {
    "length and chunked": post(LENGTH, CHUNKED, body=CHUNKS),
    "chunked and length": post(CHUNKED, LENGTH, body=CHUNKS),
    "two different lengths": post(LENGTH, b"Content-Length: 5"),
    "two equal lengths": post(LENGTH, LENGTH),
    "a list of lengths": post(b"Content-Length: %d, %d" % (len(BODY), len(BODY))),
    "a signed length": post(b"Content-Length: +%d" % len(BODY)),
    "a negative length": post(b"Content-Length: -1"),
    "a hexadecimal length": post(b"Content-Length: 0x20"),
    "an overflowing length": post(b"Content-Length: 18446744073709551648"),
    "an empty length": post(b"Content-Length:"),
    "another coding": post(b"Transfer-Encoding: xchunked", body=CHUNKS),
    "a list of codings": post(b"Transfer-Encoding: gzip, chunked", body=CHUNKS),
    "chunked not last": post(b"Transfer-Encoding: chunked, gzip", body=CHUNKS),
    "identity": post(b"Transfer-Encoding: identity", LENGTH),
    "two codings": post(CHUNKED, CHUNKED, body=CHUNKS),
    "a coding behind a vertical tab": post(b"Transfer-Encoding:\x0bchunked", body=CHUNKS),
    "a folded line": post(b"X-A: b\r\n c", LENGTH),
    "a folded coding": post(b"Transfer-Encoding:\r\n chunked", body=CHUNKS),
    "a space before the colon": post(b"Content-Length : %d" % len(BODY)),
    "a space before a name": b"POST / HTTP/1.1\r\n Host: 127.0.0.1\r\n\r\n",
    "a line without a colon": post(b"Content-Length", LENGTH),
    "a name with a space": post(b"X A: b", LENGTH),
    "bare line feeds": post(LENGTH).replace(b"\r\n", b"\n"),
    "one bare line feed": post(LENGTH).replace(b"127.0.0.1\r\n", b"127.0.0.1\n"),
    "a bare carriage return": post(b"X-A: b\rX-B: c", LENGTH),
    "a zero byte in a value": post(b"X-A: b\0c", LENGTH),
    "a zero byte in a name": post(b"X\0A: b", LENGTH),
    "a chunk size with garbage": post(CHUNKED, body=b"20x\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size with a sign": post(CHUNKED, body=b"+20\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size with 0x": post(CHUNKED, body=b"0x20\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size that overflows": post(CHUNKED, body=b"10000000000000020\r\n" + BODY + b"\r\n"),
    "a chunk size with a bare LF": post(CHUNKED, body=b"20\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk without its end": post(CHUNKED, body=b"20\r\n" + BODY + b"0\r\n\r\n"),
    "an empty chunk size": post(CHUNKED, body=b"\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "HTTP/1.0 with chunks": post(CHUNKED, body=CHUNKS).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "HTTP/2 in the line": post(LENGTH).replace(b"HTTP/1.1", b"HTTP/2.0"),
    "no version": post(LENGTH).replace(b" HTTP/1.1", b""),
    "spaces in the target": post(LENGTH).replace(b"completions HTTP", b"completions x HTTP"),
}
assert len(BODY) == 0x20


class Smuggling(GatewayTest):
    def test_each_shape_is_refused_and_ends_the_connection(self):
        for name, data in SHAPES.items():
            with self.subTest(name), self.gateway.client() as client:
                answer = client.send(data + HIDDEN).read()
                self.assertIsNotNone(answer, "closed without an answer")
                self.assertIn(answer.status, (400, 501, 505), answer.body[:200])
                self.assertTrue(answer.error()["message"])
                self.assertTrue(client.ends(), "something more was answered")
        self.assertEqual(self.upstream.calls, [])

    def test_the_well_formed_neighbours_are_answered(self):
        for name, data in {"length": post(LENGTH), "chunked": post(CHUNKED, body=CHUNKS),
                           "an extension": post(CHUNKED, body=CHUNKS.replace(b"20\r", b"20;a=b\r")),
                           "a trailer": post(CHUNKED, body=CHUNKS[:-2] + b"X-T: 1\r\n\r\n"),
                           "upper case": post(b"TRANSFER-ENCODING: Chunked", body=CHUNKS)}.items():
            with self.subTest(name), self.gateway.client() as client:
                client.send(data + HIDDEN)
                self.assertEqual(client.read().status, 200)
                self.assertEqual(client.read().json()["object"], "list")


if __name__ == "__main__":
    unittest.main()
