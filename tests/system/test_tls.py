# SPDX-License-Identifier: MIT
"""Providers are asked only behind a certificate that is trusted and names them."""

import ssl
import unittest

from fake_upstream import FakeUpstream
from gateway import PROVIDER_KEY, Gateway, configuration, provider
from tls_upstream import Authority, TlsUpstream
from wire import events

CHAT = {"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}]}


class PlainServer(FakeUpstream):
    """Says what web servers say to a TLS hello."""

    def _serve(self, connection):
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        connection.close()


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.__exit__)

    def serve(self, certificate, **more):
        upstream = TlsUpstream(certificate, **more)
        self.addCleanup(upstream.__exit__)
        return upstream

    def start(self, upstream, host="localhost", wrapper=None):
        base_url = f"https://{host}:{upstream.port}/v1"
        gateway = Gateway(configuration([provider(upstream, base_url=base_url)]),
                          wrapper=self.authority.trusted() if wrapper is None else wrapper)
        self.addCleanup(gateway.stop)
        return gateway

    def assertNotTrusted(self, upstream, *words, **how):
        """Refused with a clear sentence, and no byte of the request was sent."""
        gateway = self.start(upstream, **how)
        answer = gateway.chat(CHAT)
        self.assertEqual(answer.status, 502, answer.body)
        self.assertEqual(answer.header("x-gaterouter-error"), "provider_tls")
        message = answer.error()["message"]
        for word in words:
            self.assertIn(word, message)
        self.assertEqual(upstream.calls, [])
        self.assertNotIn(PROVIDER_KEY, message + gateway.said())

    def test_a_trusted_certificate_with_the_right_name(self):
        for host, name in (("localhost", "DNS:localhost"),
                           ("api.v1.localhost", "DNS:*.v1.localhost"),
                           ("127.0.0.1", "IP:127.0.0.1"), ("localhost", "DNS:a,DNS:localhost")):
            with self.subTest(host=host, name=name):
                upstream = self.serve(self.authority.certificate(name))
                answer = self.start(upstream, host).chat(CHAT)
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(upstream.calls[0].header("authorization"),
                                 f"Bearer {PROVIDER_KEY}")
                self.assertEqual(upstream.calls[0].header("host"), f"{host}:{upstream.port}")
                # An address is no server name (RFC 6066, 3).
                self.assertEqual(upstream.asked_names, [None if host[0] == "1" else host])
                self.assertEqual(upstream.handshakes, ["http/1.1"])

    def test_another_name(self):
        for name in ("DNS:other.test", "DNS:*.localhost", "DNS:localhost.other.test",
                     "IP:127.0.0.1"):
            with self.subTest(name):
                self.assertNotTrusted(self.serve(self.authority.certificate(name)),
                                      "localhost", "certificate", "name")

    def test_another_address(self):
        for name in ("IP:127.0.0.2", "DNS:localhost", "DNS:127.0.0.1"):
            with self.subTest(name):
                self.assertNotTrusted(self.serve(self.authority.certificate(name)),
                                      "127.0.0.1", "certificate", host="127.0.0.1")

    def test_an_expired_certificate(self):
        self.assertNotTrusted(self.serve(self.authority.certificate("DNS:localhost", days=-1)),
                              "localhost", "certificate", "expired")

    def test_a_certificate_signed_by_itself(self):
        self.assertNotTrusted(self.serve(self.authority.self_signed("DNS:localhost")),
                              "localhost", "certificate", "self-signed")

    def test_an_unknown_authority(self):
        with Authority() as other:
            self.assertNotTrusted(self.serve(other.certificate("DNS:localhost")), "localhost",
                                  "certificate")

    def test_the_systems_authorities_do_not_include_the_tests(self):
        """What makes the tests above pass is SSL_CERT_FILE and nothing else."""
        self.assertNotTrusted(self.serve(self.authority.certificate("DNS:localhost")),
                              "certificate", wrapper=())

    def test_old_versions_of_tls(self):
        certificate = self.authority.certificate("DNS:localhost")
        upstream = self.serve(certificate, newest=ssl.TLSVersion.TLSv1_2)
        self.assertEqual(self.start(upstream).chat(CHAT).status, 200)
        self.assertNotTrusted(self.serve(certificate, newest=ssl.TLSVersion.TLSv1_1), "localhost")

    def test_a_server_without_tls(self):
        with PlainServer() as upstream:
            self.assertNotTrusted(upstream, "localhost", "TLS")

    def test_connections_are_kept(self):
        upstream = self.serve(self.authority.certificate("DNS:localhost"))
        gateway = self.start(upstream)
        for _ in range(5):
            self.assertEqual(gateway.chat(CHAT).status, 200)
        answer = gateway.chat({**CHAT, "stream": True})
        self.assertEqual(events(answer.body)[-1], "[DONE]")
        self.assertEqual((upstream.connections, len(upstream.calls)), (1, 6))

    def test_a_connection_that_was_closed_meanwhile_costs_nothing(self):
        upstream = self.serve(self.authority.certificate("DNS:localhost"))
        gateway = self.start(upstream)
        for _ in range(3):
            self.assertEqual(gateway.chat(CHAT).status, 200)
            upstream.drop_connections()
        self.assertEqual(len(upstream.calls), 3)

    def test_an_answer_that_is_cut_is_not_whole(self):
        """Without length or close_notify nobody knows whether that was all (RFC 9112, 9.8)."""
        def cut(call):
            call.head(200)
            call.write(b'{"id":"x","choices":[]')
            raise ConnectionResetError
        upstream = self.serve(self.authority.certificate("DNS:localhost"), script=cut)
        answer = self.start(upstream).chat(CHAT)
        self.assertTrue(answer is None or answer.status >= 500 or not answer.whole)

    def test_large_bodies_pass_both_ways(self):
        upstream = self.serve(self.authority.certificate("DNS:localhost"))
        text = "é" * 1_000_000
        body = {**CHAT, "messages": [{"role": "user", "content": text}]}
        upstream.script = lambda call: call.answer(200, {"text": call.json()["messages"][0]})
        answer = self.start(upstream).chat(body)
        self.assertEqual(answer.json()["text"]["content"], text)


if __name__ == "__main__":
    unittest.main()
