# SPDX-License-Identifier: MIT
"""A provider's files, batches, pictures and sounds: a script for FakeUpstream that remembers."""

import threading

SOUND = bytes(range(256)) * 40


class Relayed:
    def __init__(self):
        self.files, self.lock, self.count = {}, threading.Lock(), 0

    def __call__(self, call):
        path, _, self.query = call.path.removeprefix("/v1/").partition("?")
        segments = path.split("/")
        try:
            getattr(self, f"{call.method.lower()}_{segments[0]}")(call, *segments[1:])
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            call.answer(404, {"error": {"message": f"no such thing: {problem}", "type": "invalid_request_error",
                                        "param": None, "code": None}})

    def make(self, kind, **more):
        with self.lock:
            self.count += 1
            name = f"{'file-' if kind == 'file' else 'batch_'}{self.count}"
            self.files[name] = {"id": name, "object": kind, "created_at": 1767225600, **more}
            return self.files[name]

    def post_images(self, call, method):
        if method == "generations":
            model = call.json()["model"]
        else:
            model = call.body.split(b'name="model"\r\n\r\n')[1].split(b"\r\n")[0].decode()
        assert "/" not in model
        call.answer(200, {"created": 1767225600, "data": [{"b64_json": "aGk="}], "model": model,
                          "usage": {"input_tokens": 7, "output_tokens": 70, "total_tokens": 77}})

    def post_audio(self, call, method):
        if method == "speech":
            call.head(200, [("Transfer-Encoding", "chunked")], "audio/mpeg")
            for at in range(0, len(SOUND), 1000):
                call.piece(SOUND[at:at + 1000])
            call.end_stream()
        else:
            assert SOUND in call.body
            call.answer(200, {"text": "Hello.", "usage": {
                "type": "tokens", "input_tokens": 3, "input_token_details": {"text_tokens": 1, "audio_tokens": 2},
                "output_tokens": 2, "total_tokens": 5}})

    def post_moderations(self, call):
        call.answer(200, {"id": "modr-1", "model": call.json().get("model", "omni"), "results": []})

    def post_rerank(self, call):
        call.answer(200, {"results": [{"index": 0, "relevance_score": 0.5}], "model": call.json()["model"]})

    def post_files(self, call):
        call.answer(200, self.make("file", bytes=len(call.body), filename="x.jsonl", purpose="batch", body=""))

    def get_files(self, call, name=None, part=None):
        if part == "content":
            call.head(200, [("Content-Length", 5), ("Content-Disposition", 'attachment; filename="x.jsonl"')],
                      "application/octet-stream")
            call.write(b"\x00\xff{}\n")
        elif name:
            call.answer(200, self.files[name])
        else:
            self.answer_list(call, "file")

    def delete_files(self, call, name):
        del self.files[name]
        call.answer(200, {"id": name, "object": "file", "deleted": True})

    def post_batches(self, call, name=None, cancel=None):
        if cancel == "cancel":
            call.answer(200, {**self.files[name], "status": "cancelling"})
        else:
            call.answer(200, self.make("batch", status="completed", input_file_id=call.json()["input_file_id"],
                                       output_file_id=self.make("file")["id"], error_file_id=None))

    def get_batches(self, call, name=None):
        if name:
            call.answer(200, self.files[name])
        else:
            self.answer_list(call, "batch")

    def answer_list(self, call, kind):
        data = [entry for entry in self.files.values() if entry["object"] == kind]
        call.answer(200, {"object": "list", "data": data, "first_id": data[0]["id"], "last_id": data[-1]["id"],
                          "has_more": False})
