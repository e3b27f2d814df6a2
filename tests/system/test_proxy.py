# SPDX-License-Identifier: MIT
"""Ways through proxies, and around them. No name here exists: only the proxies know them."""

import unittest

from fake_upstream import FakeUpstream
from gateway import PROVIDER_KEY, Gateway, configuration, provider
from proxies import HttpProxy, Proxy, SocksProxy
from tls_upstream import Authority, TlsUpstream
from wire import events

PASSWORD = "proxy-canary-4815162342"
LOGIN = f"user:{PASSWORD}"
CHAT = {"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}]}


class Closing(Proxy):
    def serve(self, connection):
        connection.recv(1)


class Nonsense(Proxy):
    def serve(self, connection):
        connection.recv(65536)
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


class ProxyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.__exit__)
        cls.certificate = cls.authority.certificate("DNS:upstream.test")

    def setUp(self):
        self.upstream, self.secured = FakeUpstream(), TlsUpstream(self.certificate)
        for server in (self.upstream, self.secured):
            self.addCleanup(server.__exit__)

    def proxy(self, kind, target, login=None):
        proxy = kind(target, login)
        self.addCleanup(proxy.__exit__)
        return proxy

    def start(self, base_url, keys=True, **variables):
        given = {"base_url": base_url} if keys else {"base_url": base_url, "keys": []}
        gateway = Gateway(
            configuration([provider(self.upstream, **given)]), ("--log-level", "debug"),
            wrapper=(*self.authority.trusted(), *(f"{k}={v}" for k, v in variables.items())))
        self.addCleanup(gateway.stop)
        self.addCleanup(self.no_secret_was_logged, gateway)
        return gateway

    def no_secret_was_logged(self, gateway):
        said = gateway.said()
        for secret in (PASSWORD, PROVIDER_KEY):
            self.assertNotIn(secret, said)

    def assertAnswered(self, gateway):
        answer = gateway.chat(CHAT)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["choices"][0]["message"]["content"], "Hello.")

    def assertUnreachable(self, gateway, *words):
        answer = gateway.chat(CHAT)
        self.assertEqual(answer.status, 502, answer.body)
        self.assertEqual(answer.header("x-gaterouter-error"), "provider_unreachable")
        for word in words:
            self.assertIn(word, answer.error()["message"])
        self.assertNotIn(PASSWORD.encode(), answer.body)
        self.assertEqual(self.upstream.calls + self.secured.calls, [])


class Connect(ProxyTest):
    """https through an HTTP proxy: a tunnel, in which TLS reaches the provider itself."""

    URL = "https://upstream.test/v1"

    def test_a_tunnel_is_asked_for(self):
        proxy = self.proxy(HttpProxy, self.secured)
        gateway = self.start(self.URL, HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
        self.assertAnswered(gateway)
        answer = gateway.chat({**CHAT, "stream": True})
        self.assertEqual(events(answer.body)[-1], "[DONE]")
        self.assertEqual(proxy.asked, ["CONNECT upstream.test:443"])  # and kept
        call = self.secured.calls[0]
        self.assertEqual(call.path, "/v1/chat/completions")
        self.assertEqual(call.header("host"), "upstream.test")
        self.assertEqual(self.secured.asked_names, ["upstream.test"])

    def test_with_user_and_password(self):
        proxy = self.proxy(HttpProxy, self.secured, LOGIN)
        self.assertAnswered(self.start(self.URL,
                                       https_proxy=f"http://{LOGIN}@127.0.0.1:{proxy.port}"))
        self.assertIsNone(self.secured.calls[0].header("proxy-authorization"))

    def test_with_an_escaped_password(self):
        proxy = self.proxy(HttpProxy, self.secured, "us@er:p:/w")
        self.assertAnswered(self.start(
            self.URL, ALL_PROXY=f"http://us%40er:p%3A%2Fw@127.0.0.1:{proxy.port}"))

    def test_with_a_wrong_password(self):
        proxy = self.proxy(HttpProxy, self.secured, "user:other")
        gateway = self.start(self.URL, HTTPS_PROXY=f"http://{LOGIN}@127.0.0.1:{proxy.port}")
        self.assertUnreachable(gateway, "proxy", "127.0.0.1", "407", "user and password")

    def test_the_provider_key_never_reaches_the_proxy(self):
        """The certificate is the provider's, whoever carries the bytes."""
        with TlsUpstream(self.authority.certificate("DNS:proxy.test")) as impostor:
            proxy = self.proxy(HttpProxy, impostor)
            gateway = self.start(self.URL, HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
            answer = gateway.chat(CHAT)
            self.assertEqual(answer.header("x-gaterouter-error"), "provider_tls")
            self.assertEqual(impostor.calls, [])

    def test_proxies_that_do_not_work(self):
        for kind, word in ((Closing, "closed"), (Nonsense, "does not answer in HTTP")):
            with self.subTest(word):
                proxy = self.proxy(kind, self.secured)
                gateway = self.start(self.URL,
                                     HTTPS_PROXY=f"http://{LOGIN}@127.0.0.1:{proxy.port}")
                self.assertUnreachable(gateway, "proxy 127.0.0.1", word)

    def test_no_proxy_names_exceptions(self):
        proxy = self.proxy(HttpProxy, self.secured)
        gateway = self.start(self.URL, HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}",
                             NO_PROXY="other.test, .upstream.test")
        self.assertUnreachable(gateway, "upstream.test", "cannot be resolved")
        self.assertEqual(proxy.connections, 0)


class Plain(ProxyTest):
    """http through an HTTP proxy: the whole address in the request line. No keys go this way."""

    URL = "http://upstream.test:8123/v1"

    def test_the_address_is_absolute(self):
        proxy = self.proxy(HttpProxy, self.upstream)
        gateway = self.start(self.URL, keys=False, HTTP_PROXY=f"http://127.0.0.1:{proxy.port}")
        self.assertAnswered(gateway)
        self.assertEqual(proxy.asked, ["POST http://upstream.test:8123/v1/chat/completions"])
        self.assertEqual(self.upstream.calls[0].header("host"), "upstream.test:8123")

    def test_with_user_and_password(self):
        proxy = self.proxy(HttpProxy, self.upstream, LOGIN)
        self.assertAnswered(self.start(self.URL, keys=False,
                                       HTTP_PROXY=f"http://{LOGIN}@127.0.0.1:{proxy.port}"))

    def test_with_a_wrong_password(self):
        proxy = self.proxy(HttpProxy, self.upstream, "user:other")
        gateway = self.start(self.URL, keys=False,
                             HTTP_PROXY=f"http://{LOGIN}@127.0.0.1:{proxy.port}")
        self.assertUnreachable(gateway, "proxy", "407", "user and password")

    def test_the_proxy_of_https_is_another(self):
        proxy = self.proxy(HttpProxy, self.upstream)
        gateway = self.start(self.URL, keys=False, HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
        self.assertUnreachable(gateway, "upstream.test")
        self.assertEqual(proxy.connections, 0)


class Socks(ProxyTest):
    def test_plain_and_secured(self):
        for target, url, asked in ((self.upstream, "http://upstream.test/v1", "upstream.test:80"),
                                   (self.secured, "https://upstream.test:444/v1",
                                    "upstream.test:444")):
            for login, given in ((None, ""), (LOGIN, LOGIN + "@"), (None, LOGIN + "@")):
                with self.subTest(url=url, login=login, given=given):
                    proxy = self.proxy(SocksProxy, target, login)
                    gateway = self.start(url, keys=url.startswith("https"),
                                         ALL_PROXY=f"socks5://{given}127.0.0.1:{proxy.port}")
                    self.assertAnswered(gateway)
                    self.assertEqual(proxy.asked, [asked])  # the name: it is the proxy who looks

    def test_addresses_are_sent_as_addresses(self):
        """By their type, not as names that look like them: some proxies resolve every name."""
        for host, asked in (("192.0.2.7", "address 192.0.2.7:80"),
                            ("255.1.0.254:8080", "address 255.1.0.254:8080"),
                            ("[2001:db8::7]", "address 2001:db8::7:80"),
                            ("[2001:db8:0:1::ffff]:444", "address 2001:db8:0:1::ffff:444"),
                            ("192.0.2.7.test", "192.0.2.7.test:80")):
            with self.subTest(host):
                proxy = self.proxy(SocksProxy, self.upstream)
                gateway = self.start(f"http://{host}/v1", keys=False,
                                     ALL_PROXY=f"socks5://127.0.0.1:{proxy.port}")
                self.assertAnswered(gateway)
                self.assertEqual(proxy.asked, [asked])

    def test_what_may_go_wrong_is_said(self):
        url = "https://upstream.test/v1"
        wrong = self.proxy(SocksProxy, self.secured, "user:other")
        self.assertUnreachable(self.start(
            url, ALL_PROXY=f"socks5h://{LOGIN}@127.0.0.1:{wrong.port}"), "user name or password")
        self.assertUnreachable(self.start(
            url, ALL_PROXY=f"socks5://127.0.0.1:{wrong.port}"), "logging in")
        refusing = self.proxy(SocksProxy, self.secured)
        refusing.verdict = 4
        self.assertUnreachable(self.start(
            url, ALL_PROXY=f"socks5://127.0.0.1:{refusing.port}"), "could not reach upstream.test")
        closing = self.proxy(Closing, self.secured)
        self.assertUnreachable(self.start(
            url, ALL_PROXY=f"socks5://127.0.0.1:{closing.port}"), "SOCKS proxy 127.0.0.1")


class Around(ProxyTest):
    def test_loopback_is_never_proxied(self):
        proxy = self.proxy(HttpProxy, self.upstream)
        address = f"http://127.0.0.1:{proxy.port}"
        for host in ("127.0.0.1", "localhost", "ollama.localhost"):
            with self.subTest(host):
                gateway = self.start(f"http://{host}:{self.upstream.port}/v1", ALL_PROXY=address,
                                     HTTP_PROXY=address, HTTPS_PROXY=address)
                self.assertAnswered(gateway)
        self.assertEqual(proxy.connections, 0)

    def test_a_proxy_that_is_none_is_named_at_the_start(self):
        for text in (f"https://{LOGIN}@proxy.test:1", f"http://{LOGIN}@proxy.test:0"):
            gateway = Gateway(configuration(), wait=False,
                              wrapper=("env", f"HTTPS_PROXY={text}"))
            self.assertEqual(gateway.exit_code(), 1, gateway.said())
            self.assertIn("HTTPS_PROXY", gateway.said())
            self.assertNotIn(PASSWORD, gateway.said())
            gateway.stop()


if __name__ == "__main__":
    unittest.main()
