# SPDX-License-Identifier: MIT
"""Who may talk to the endpoint: route x Host x Origin x Sec-Fetch-Site x content type x key."""

import itertools
import unittest

from gateway import KEY, Gateway, GatewayTest, configuration, provider
from wire import request

CHAT = {"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}]}
# (method, path, whether it needs a key)
ROUTES = [("POST", "/v1/chat/completions", True), ("POST", "/chat/completions", True),
          ("GET", "/v1/models", True), ("GET", "/v1/models/fake/m", True),
          ("GET", "/healthz", False), ("GET", "/readyz", False), ("GET", "/metrics", True)]
HOSTS = [("127.0.0.1", True), ("localhost:{port}", True), ("[::1]:{port}", True),
         ("LOCALHOST", True), ("evil.example", False), ("127.0.0.1.evil.example", False),
         ("localhost.evil.example:{port}", False)]
ORIGINS = [(None, True), ("null", False), ("https://evil.example", False),
           ("chrome-extension://abcdefgh", False)]
SITES = [(None, True), ("same-origin", True), ("none", True), ("cross-site", False)]
KEYS = [([("Authorization", f"Bearer {KEY}")], True), ([("x-api-key", KEY)], True),
        ([("x-goog-api-key", KEY)], True), ([], False),
        ([("Authorization", "Bearer wrong")], False), ([("Authorization", "Bearer x402")], False)]


class Perimeter(GatewayTest):
    def test_the_whole_table(self):
        """200 only where every rule is kept; otherwise the code of a rule that is broken."""
        port = self.gateway.port
        reached = 0
        for (method, path, needs_key), (host, host_ok), (origin, origin_ok), (site, site_ok), \
                (keys, key_ok) in itertools.product(ROUTES, HOSTS, ORIGINS, SITES, KEYS):
            headers = list(keys)
            headers += [("Origin", origin)] if origin else []
            headers += [("Sec-Fetch-Site", site)] if site else []
            data = request(method, path, CHAT if method == "POST" else b"",
                           host=host.format(port=port), headers=headers)
            answer = self.gateway.exchange(data)
            broken = set()
            if not (host_ok and origin_ok and site_ok):
                broken.add(403)
            if needs_key and not key_ok:
                broken.add(401)
            case = (method, path, host, origin, site, keys)
            self.assertIsNotNone(answer, case)
            self.assertIn(answer.status, broken or {200}, case)
            self.assertIsNone(answer.header("access-control-allow-origin"), case)
            reached += method == "POST" and not broken
        self.assertEqual(len(self.upstream.calls), reached)
        self.assertGreater(reached, 0)

    def test_content_types(self):
        for content_type, status in [("application/json", 200), ("application/JSON", 200),
                                     ("application/json; charset=utf-8", 200), ("text/plain", 415),
                                     ("application/x-www-form-urlencoded", 415),
                                     ("multipart/form-data; boundary=x", 415), (None, 415)]:
            answer = self.gateway.chat(CHAT, content_type=content_type)
            self.assertEqual(answer.status, status, content_type)
        self.assertEqual(len(self.upstream.calls), 3)

    def test_methods_and_paths(self):
        for method, path, status in [("GET", "/v1/chat/completions", 405),
                                     ("DELETE", "/v1/models", 405), ("GET", "/", 404),
                                     ("GET", "/v1/nothing", 404), ("POST", "/v1/nothing", 404)]:
            body = b"{}" if method == "POST" else b""
            self.assertEqual(
                self.gateway.exchange(request(method, path, body, key=KEY)).status, status, path)

    def test_every_form_of_path_is_served(self):
        for path in ("/v1/chat/completions", "/chat/completions", "/v1/v1/chat/completions",
                     "/v1/chat/completions?beta=true"):
            self.assertEqual(self.gateway.chat(CHAT, path=path).status, 200, path)

    def test_a_key_in_the_address_does_not_count(self):
        for path in (f"/v1/models?key={KEY}", f"/v1/models?api_key={KEY}"):
            self.assertRefused(self.gateway.get(path, key=None), 401)

    def test_no_host_or_two_hosts(self):
        for head in (b"GET /healthz HTTP/1.1\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n\r\n"):
            answer = self.gateway.exchange(head)
            self.assertIn(answer.status, (400, 403))

    def test_an_absolute_target_names_a_host_too(self):
        answer = self.gateway.exchange(
            b"GET http://evil.example/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self.assertIn(answer.status, (400, 401, 403, 404))

    def test_a_preflight_gets_no_permission(self):
        answer = self.gateway.exchange(request("OPTIONS", "/v1/chat/completions", headers=[
            ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")]))
        self.assertGreaterEqual(answer.status, 400)
        self.assertFalse([h for h, _ in answer.headers if h.startswith("access-control-")])

    def test_the_key_is_asked_for_before_the_body_is_read(self):
        head = request(body=b"x", key="wrong", headers=[]).replace(
            b"Content-Length: 1", b"Content-Length: 60000000").removesuffix(b"x")
        with self.gateway.client() as client:
            answer = client.send(head).read()
            self.assertRefused(answer, 401)
            self.assertTrue(client.ends())

    def test_refusals_speak_the_format_of_the_caller(self):
        self.assertRefused(self.gateway.chat(CHAT, key="wrong"), 401)
        self.assertRefused(self.gateway.chat(CHAT, key=KEY, host="evil.example"), 403)
        self.assertEqual(self.gateway.chat(CHAT, key="wrong").error()["code"], "invalid_api_key")


class Allowed(unittest.TestCase):
    def test_listed_hosts_and_origins(self):
        from fake_upstream import FakeUpstream
        with FakeUpstream() as upstream:
            config = configuration([provider(upstream)])
            config["listen"] |= {"allowed_hosts": ["box.lan"],
                                 "allowed_origins": ["https://app.example"]}
            with Gateway(config) as gateway:
                answer = gateway.chat(CHAT, host="box.lan", headers=[
                    ("Origin", "https://app.example"), ("Sec-Fetch-Site", "cross-site")])
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.header("access-control-allow-origin"),
                                 "https://app.example")
                self.assertEqual(answer.header("vary"), "Origin")
                self.assertIn("PAYMENT-REQUIRED", answer.header("access-control-expose-headers"))
                self.assertEqual(gateway.chat(CHAT, host="other.lan").status, 403)
                self.assertEqual(gateway.chat(CHAT, headers=[
                    ("Origin", "https://app.example.evil")]).status, 403)

    def gateway_for_pages(self):
        config = configuration()
        config["listen"]["allowed_origins"] = ["https://app.example"]
        return Gateway(config)

    def test_pages_may_read_why_they_are_turned_away(self):
        with self.gateway_for_pages() as gateway:
            page = ("Origin", "https://app.example")
            length = ("Content-Length", "99999999999")
            for status, sent in (
                    (401, request(body=CHAT, key="wrong", headers=[page])),
                    (415, request(body=b"x", key=KEY, headers=[page], content_type="text/plain")),
                    (404, request("GET", "/v1/nothing", key=KEY, headers=[page])),
                    (413, request(key=KEY, headers=[
                        page, length, ("Content-Type", "application/json")])),
                    (400, request(body={}, key=KEY, headers=[page]))):
                answer = gateway.exchange(sent)
                self.assertEqual(answer.status, status, answer.body)
                self.assertEqual(answer.header("access-control-allow-origin"),
                                 "https://app.example", status)
                self.assertEqual(answer.header("vary"), "Origin")

    def test_a_preflight_allows_what_sdks_and_payers_send(self):
        with self.gateway_for_pages() as gateway:
            asked = ["authorization", "content-type", "x-stainless-os", "x-stainless-retry-count",
                     "anthropic-version", "x-goog-api-key", "PAYMENT-SIGNATURE", "X-PAYMENT"]
            answer = gateway.exchange(request("OPTIONS", "/v1/chat/completions", headers=[
                ("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", ",".join(asked + ["x-forwarded-for", "a b"]))]))
            self.assertEqual(answer.status, 204)
            self.assertEqual(answer.header("access-control-allow-headers"), ", ".join(asked))


if __name__ == "__main__":
    unittest.main()
