# SPDX-License-Identifier: MIT
"""Streams: each chunk when it comes, an upstream that is left when the client leaves, and a broken
stream that never looks finished."""

import signal
import socket
import threading
import unittest

from fake_upstream import FakeUpstream, completion, delta, hang
from gateway import KEY, Gateway, GatewayTest, configuration, provider
from wire import PATIENCE, Client, events, request

STREAM = {"model": "fake/m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}


class Streams(GatewayTest):
    def test_each_chunk_passes_before_the_next_is_written(self):
        """The upstream waits for the test, which waits for the chunk: held back, nothing moves."""
        seen = threading.Semaphore(0)

        def script(call):
            call.begin_stream()
            for i in range(5):
                call.piece(delta(f"part {i}"))
                if not seen.acquire(timeout=PATIENCE):
                    raise ConnectionResetError
            call.piece(delta(finish="stop") + b"data: [DONE]\n\n")
            call.end_stream()
        self.upstream.script = script
        with self.gateway.client() as client:
            client.send(request(body=STREAM, key=KEY))
            answer = client.head()
            for i in range(5):
                while f"part {i}".encode() not in answer.body:
                    self.assertTrue(client.chunk(answer), "the stream ended early")
                seen.release()
            while client.chunk(answer):
                pass
            self.assertTrue(answer.whole)
        self.assertEqual(events(answer.body)[-1], "[DONE]")

    def leave(self, script, body, until):
        """Sends `body`, reads until `until(client)` and leaves; the upstream must notice."""
        self.upstream.script = script
        client = self.gateway.client()
        client.send(request(body=body, key=KEY))
        call = self.upstream.wait_calls(1)[0]
        until(client)
        client.close()
        self.assertTrue(call.left.wait(PATIENCE), "the upstream was not left")

    def test_the_upstream_is_left_before_the_first_byte_of_a_stream(self):
        self.leave(hang, STREAM, lambda client: None)

    def test_the_upstream_is_left_before_a_whole_answer(self):
        self.leave(hang, {**STREAM, "stream": False}, lambda client: None)

    def test_the_upstream_is_left_in_mid_stream(self):
        def script(call):
            call.begin_stream()
            call.piece(delta("first"))
            call.wait_left()

        def until(client):
            answer = client.head()
            while b"first" not in answer.body:
                client.chunk(answer)
        self.leave(script, STREAM, until)

    def test_the_upstream_is_left_in_the_middle_of_a_whole_answer(self):
        half = threading.Event()

        def script(call):
            call.head(200, [("Content-Length", 1000)])
            call.write(b'{"id":')
            half.set()
            call.wait_left()
        self.leave(script, {**STREAM, "stream": False}, lambda client: half.wait(PATIENCE))

    def test_a_client_that_is_reset_counts_as_gone(self):
        def reset(client):
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.leave(hang, STREAM, reset)

    def broken(self, script):
        self.upstream.script = script
        answer = self.gateway.chat(STREAM)
        self.assertEqual(answer.status, 200)
        said = events(answer.body)
        self.assertNotIn("[DONE]", said)
        self.assertEqual(said[0]["choices"][0]["delta"]["content"], "first")
        self.assertFalse([e for e in said if e.get("choices")
                          and e["choices"][0]["finish_reason"]], "a made-up end")
        self.assertTrue(said[-1]["error"]["message"], "no error event")

    def test_a_stream_cut_off_ends_with_an_error_event(self):
        def cut(call):
            call.begin_stream()
            call.piece(delta("first"))
            raise ConnectionResetError
        self.broken(cut)

    def test_a_stream_with_broken_framing_ends_with_an_error_event(self):
        def garble(call):
            call.begin_stream()
            call.piece(delta("first"))
            call.write(b"not a chunk size\r\n")
            call.wait_left()
        self.broken(garble)

    def test_a_stream_that_ends_without_its_end_is_not_whole(self):
        def short(call):
            call.begin_stream()
            call.piece(delta("first"))
            call.end_stream()
        self.broken(short)

    def test_a_stream_of_two_answers_needs_both_ends(self):
        def one_end(call):
            call.begin_stream()
            call.piece(delta("first"))
            call.piece(delta(finish="stop"))
            call.end_stream()  # cleanly, but without [DONE]
        self.upstream.script = one_end
        for count, whole in [(None, True), (1, True), (2, False)]:
            said = events(self.gateway.chat({**STREAM, "n": count}).body)
            self.assertEqual("error" not in said[-1], whole, count)

    def test_an_error_event_of_the_provider_passes(self):
        def script(call):
            call.begin_stream()
            call.piece(delta("first"))
            call.piece(b'data: {"error":{"message":"too hot","type":"server_error","code":null,'
                       b'"param":null}}\n\n')
            call.end_stream()
        self.broken(script)
        self.upstream.script = script
        self.assertIn(b"too hot", self.gateway.chat(STREAM).body)

    def test_a_whole_answer_cut_off_is_no_answer(self):
        def cut(call):
            call.head(200, [("Content-Length", 1000)])
            call.write(b'{"id":"chatcmpl-1",')
            raise ConnectionResetError
        self.upstream.script = cut
        answer = self.gateway.chat({**STREAM, "stream": False})
        self.assertTrue(answer is None or not answer.whole or answer.status >= 500)

    def test_a_client_that_does_not_read_slows_the_upstream_down(self):
        """Back-pressure: what nobody reads must not pile up in the gateway."""
        stalled = threading.Event()
        written = 0
        piece = delta("x" * 60_000)

        def flood(call):
            nonlocal written
            call.begin_stream()
            call.connection.settimeout(2)
            try:
                while written < 200_000_000:
                    call.piece(piece)
                    written += len(piece)
            except TimeoutError:
                stalled.set()
                raise
        self.upstream.script = flood
        with self.gateway.client() as client:
            client.send(request(body=STREAM, key=KEY))
            self.assertTrue(stalled.wait(PATIENCE), f"{written} bytes were taken")
        self.assertLess(written, 50_000_000)

    def test_many_streams_at_once(self):
        clients = [self.gateway.client() for _ in range(100)]
        for client in clients:
            client.send(request(body=STREAM, key=KEY))
        for client in clients:
            answer = client.read()
            self.assertTrue(answer.whole)
            self.assertEqual(events(answer.body)[-1], "[DONE]")
            client.close()

    def test_an_overload_in_mid_stream_is_told_as_one_across_protocols(self):
        def script(call):
            call.begin_stream()
            call.piece(delta("half"))
            call.piece(b'data: {"error":{"message":"Too busy.","code":503}}\n\n')
            call.end_stream()
        self.upstream.script = script
        body = {**STREAM, "max_tokens": 9}
        answer = self.gateway.exchange(request("POST", "/v1/messages", body=body, key=KEY))
        last = events(answer.body)[-1]
        self.assertEqual(last["error"]["type"], "overloaded_error")
        self.assertIn("Too busy.", last["error"]["message"])


class Shutdown(unittest.TestCase):
    def test_open_streams_end_with_an_error_event_and_the_last_chunk(self):
        def script(call):
            call.begin_stream()
            call.piece(delta("first"))
            call.wait_left()
        with FakeUpstream(script) as upstream, \
                Gateway(configuration([provider(upstream)])) as gateway:
            with gateway.client() as client, gateway.client() as idle, gateway.client() as waiting:
                client.send(request(body=STREAM, key=KEY))
                answer = client.head()
                while b"first" not in answer.body:
                    client.chunk(answer)
                upstream.scripts = [hang]
                waiting.send(request(body={**STREAM, "stream": False}, key=KEY))
                upstream.wait_calls(2)
                gateway.process.send_signal(signal.SIGTERM)
                while client.chunk(answer):
                    pass
                self.assertTrue(answer.whole, "no last chunk")
                self.assertTrue(events(answer.body)[-1]["error"]["message"])
                self.assertNotIn("[DONE]", events(answer.body))
                refused = waiting.read()
                self.assertEqual(refused.status, 503)
                self.assertTrue(idle.ends())
                self.assertEqual(gateway.process.wait(PATIENCE), 0, gateway.said())

    def test_a_new_connection_is_refused_while_stopping(self):
        with FakeUpstream() as upstream:
            gateway = Gateway(configuration([provider(upstream)]))
            self.assertEqual(gateway.chat().json()["choices"], completion()["choices"])
            gateway.stop()
            with self.assertRaises(OSError):
                Client(gateway.port)


if __name__ == "__main__":
    unittest.main()
