// SPDX-License-Identifier: MIT
#include "protocol/embeddings.h"

#include <bit>
#include <charconv>

#include "base/text.h"
#include "json/scan.h"
#include "json/writer.h"
#include "protocol/field_reader.h"
#include "protocol/gemini_words.h"

namespace gr::protocol {
namespace {

constexpr std::size_t kMostInputs = 2048;  // OpenAI's own bound

void readInputs(const FieldReader& fields, EmbeddingAsk& ask) {
    const json::Member* input = fields.find("input");
    if (input == nullptr)
        return fields.missing("input");
    if (input->type == json::Type::String) {
        ask.inputs.push_back(fields.string("input"));
        return;
    }
    for (const std::string_view element : fields.list("input")) {
        if (!element.starts_with('"'))
            return fields.wrong("input", "a string or a list of strings for this provider");
        ask.inputs.push_back(element);
    }
    if (ask.inputs.empty() || ask.inputs.size() > kMostInputs)
        fields.wrong("input", "a string or a list of 1 to 2048 strings");
}

// The numbers of a vector as little-endian float32; nothing when one of them is no number.
std::optional<std::string> packed(std::string_view values) {
    std::string bytes;
    for (const std::string_view number : json::elementsIn(values)) {
        float value = 0;
        const char* end = number.data() + number.size();
        const auto [stop, error] = std::from_chars(number.data(), end, value);
        // Too small for a float is 0, as any reader of the text would have it.
        if (stop != end || (error != std::errc() && error != std::errc::result_out_of_range))
            return std::nullopt;
        const auto bits = std::bit_cast<std::uint32_t>(value);
        for (int shift = 0; shift < 32; shift += 8)
            bytes.push_back(static_cast<char>(bits >> shift & 0xff));
    }
    return bytes;
}

bool writeVector(json::Writer& out, std::string_view embedding, bool base64) {
    const auto object = json::objectIn(embedding);
    const json::Member* values = object ? object->find("values") : nullptr;
    if (values == nullptr || values->type != json::Type::Array)
        return false;
    if (!base64) {
        out.raw(object->raw(*values));
        return true;
    }
    const auto bytes = packed(object->raw(*values));
    if (bytes)
        out.string(toBase64(*bytes));
    return bytes.has_value();
}

}  // namespace

Result<EmbeddingAsk> readEmbeddings(std::string_view body) {
    const auto object = json::scanObject(body);
    if (!object)
        return fail(object.error());
    TextArena arena;
    std::optional<Error> problem;
    const FieldReader fields(*object, "", arena, problem);
    EmbeddingAsk ask;
    ask.model = fields.neededPlain("model");
    readInputs(fields, ask);
    ask.dimensions = fields.integer("dimensions");
    if (ask.dimensions.value_or(1) < 1)
        fields.wrong("dimensions", "at least 1");
    const std::string_view format = fields.plain("encoding_format");
    ask.base64 = format == "base64";
    if (!format.empty() && format != "float" && !ask.base64)
        fields.wrong("encoding_format", "\"float\" or \"base64\"");
    if (problem)
        return fail(std::move(*problem));
    return ask;
}

GeminiEmbeddings writeGeminiEmbeddings(const EmbeddingAsk& ask, std::string_view model) {
    const std::string path = geminiModelPath(model);
    json::Writer out;
    out.object().key("requests").array();
    for (const JsonString input : ask.inputs) {
        out.object().key("model").string(std::string_view(path).substr(1));
        out.key("content").object().key("parts").array();
        out.object().key("text").raw(input).end().end().end();
        if (ask.dimensions)
            out.key("outputDimensionality").number(*ask.dimensions);
        out.end();
    }
    return {path + ":batchEmbedContents", out.end().end().take()};
}

Result<std::string> embeddingsOfGemini(std::string_view body, const EmbeddingAsk& ask,
                                       std::string_view model, std::int64_t tokens) {
    const auto object = json::scanObject(body);
    const json::Member* list = object ? object->find("embeddings") : nullptr;
    const auto embeddings =
        list != nullptr ? json::elementsIn(object->raw(*list)) : std::vector<std::string_view>();
    if (embeddings.size() != ask.inputs.size())
        return fail(ErrorCode::ProviderAnswerInvalid,
                    "The provider's answer has not one embedding for each input.");
    json::Writer out;
    out.object().key("object").string("list").key("data").array();
    for (std::size_t i = 0; i < embeddings.size(); ++i) {
        out.object().key("object").string("embedding");
        out.key("index").number(static_cast<std::int64_t>(i)).key("embedding");
        if (!writeVector(out, embeddings[i], ask.base64))
            return fail(ErrorCode::ProviderAnswerInvalid,
                        "The provider's answer has an embedding without numbers.");
        out.end();
    }
    out.end().key("model").string(model);
    out.key("usage").object().key("prompt_tokens").number(tokens);
    return out.key("total_tokens").number(tokens).end().end().take();
}

}  // namespace gr::protocol
