// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/chat.h"
#include "protocol/field_reader.h"

// The words of Google's Gemini API (v1beta) that its four faces share. Pure.
namespace gr::protocol {

// Stands in for the signature of a call that was made elsewhere; models from Gemini 3 on refuse the
// first call of a step without one.
constexpr std::string_view kSkipSignature = "skip_thought_signature_validator";

// Google reads camelCase and snake_case alike: is `key` one of the two spellings of `camel`?
bool isSpelled(std::string_view key, std::string_view camel);

// The key under which `fields` holds `camel`. Both at
// once is a fault. Gives `camel` when there is neither.
std::string_view spelled(const FieldReader& fields, std::string_view camel);

// A finish reason in our words; nothing for "unspecified". What is not known is an error: it must
// not look finished.
std::optional<Finish> geminiFinish(std::string_view reason);
// The other way: "STOP", …
std::string_view geminiFinishWord(Finish finish);

// google.rpc.Code of an HTTP status: "INVALID_ARGUMENT", …
std::string_view googleStatus(int status);

// The name that Gemini takes for a tool: `name` itself where it fits
// ([a-zA-Z_][a-zA-Z0-9_.:-]{0,63}), else one made of it, always the same and different for
// different names.
std::string geminiToolName(std::string_view name);

// "/models/MODEL", whatever a client calls a model: nothing in the name reaches beyond the name.
std::string geminiModelPath(std::string_view model);

// Google's bytes fields take both alphabets of base64, with padding or without (Python's SDK sends
// the one for URLs); everybody else takes the plain one. `text` itself where it is plain.
std::string_view plainBase64(TextArena& arena, std::string_view text);

// A seal (`gr1.…`) in a thoughtSignature. SDKs decode that field to bytes, so it must be base64.
std::string packedSeal(std::string_view seal);
// The seal in it, or `signature` itself when it holds none.
std::string_view unpackedSeal(TextArena& arena, std::string_view signature);
bool isSeal(std::string_view signature);

}  // namespace gr::protocol
