// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/chat.h"

// OpenAI's /v1/embeddings, answered by Gemini's :batchEmbedContents. Pure.
namespace gr::protocol {

struct EmbeddingAsk {
    std::string model;
    std::vector<JsonString> inputs;  // spans of the body
    std::optional<std::int64_t> dimensions;
    bool base64 = false;  // encoding_format; the official SDKs ask for it
};

// Errors, each with its field: InvalidJson, DuplicateKey, MissingField, InvalidField (also for
// input in tokens, which only OpenAI can read). `body` must outlive the result.
Result<EmbeddingAsk> readEmbeddings(std::string_view body);

struct GeminiEmbeddings {
    std::string path;  // "/models/MODEL:batchEmbedContents"
    std::string body;
};

// `model`: as the provider calls it.
GeminiEmbeddings writeGeminiEmbeddings(const EmbeddingAsk& ask, std::string_view model);

// OpenAI's answer for Gemini's. `model`: as the client should read it; `tokens`: of all inputs,
// since Gemini does not count them. Numbers pass as they were written, or as little-endian float32
// in base64. Error: ProviderAnswerInvalid, also when there are more or fewer vectors than inputs.
Result<std::string> embeddingsOfGemini(std::string_view body, const EmbeddingAsk& ask,
                                       std::string_view model, std::int64_t tokens);

}  // namespace gr::protocol
