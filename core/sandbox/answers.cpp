// SPDX-License-Identifier: MIT
#include "sandbox/answers.h"

#include <algorithm>
#include <optional>

#include "json/scan.h"
#include "json/writer.h"

namespace gr::sandbox {
namespace {

using json::Member;
using json::Object;
using json::Type;

constexpr std::string_view kStory =
    "This is a simulated story. A small router stood at the edge of a village and sent every "
    "letter on its way. One evening a traveller asked it for the cheapest road, the next for the "
    "fastest, and a third for the one with the best view. The router knew them all by heart. It "
    "wrote down what each road had cost, to the last coin, and nailed the list to its door. When "
    "the villagers read it, they stopped guessing and began to choose. And when a road was "
    "flooded, nobody noticed, for the letters had already taken another. That is the whole story; "
    "no model was asked to write it.";

std::string textOf(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    return member != nullptr && member->type == Type::String ? json::unescape(object.raw(*member))
                                                             : std::string();
}

// The text of a message: a string, or its text parts one after the other.
std::string contentOf(const Object& message) {
    const Member* content = message.find("content");
    if (content == nullptr)
        return {};
    if (content->type == Type::String)
        return json::unescape(message.raw(*content));
    std::string text;
    for (const std::string_view part : json::elementsIn(message.raw(*content))) {
        if (const auto object = json::objectIn(part))
            text += textOf(*object, "text");
    }
    return text;
}

std::optional<Object> child(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    return member != nullptr ? json::objectIn(object.raw(*member)) : std::nullopt;
}

std::vector<Object> objects(const Object& object, std::string_view key) {
    std::vector<Object> out;
    const Member* member = object.find(key);
    if (member == nullptr || member->type != Type::Array)
        return out;
    for (const std::string_view element : json::elementsIn(object.raw(*member))) {
        if (auto item = json::objectIn(element))
            out.push_back(std::move(*item));
    }
    return out;
}

// Words with the space before them: what a person sees appear.
std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> out;
    std::size_t begin = 0;
    while (begin < text.size()) {
        std::size_t end = text.find_first_of(" \n", begin + 1);
        end = std::min(end, text.size());
        out.emplace_back(text.substr(begin, end - begin));
        begin = end;
    }
    return out;
}

std::int64_t tokens(std::size_t bytes) {
    return static_cast<std::int64_t>((bytes + 3) / 4);
}

void writeObject(json::Writer& out, const Object& schema);

// A value that fits a property's schema.
void writeSample(json::Writer& out, const Object& schema) {
    if (const Member* choices = schema.find("enum")) {
        const auto values = json::elementsIn(schema.raw(*choices));
        if (!values.empty()) {
            out.raw(values.front());
            return;
        }
    }
    const std::string type = textOf(schema, "type");
    if (type == "integer" || type == "number")
        out.number(1);
    else if (type == "boolean")
        out.boolean(true);
    else if (type == "array")
        out.array().end();
    else if (type == "object")
        writeObject(out, schema);
    else
        out.string("simulated");
}

// An object with every property of its schema. As deep as the request, which is bounded.
void writeObject(json::Writer& out, const Object& schema) {
    out.object();
    if (const auto properties = child(schema, "properties")) {
        for (const Member& property : properties->members) {
            const auto inner = json::objectIn(properties->raw(property));
            if (!inner)
                continue;
            out.key(property.key);
            writeSample(out, *inner);
        }
    }
    out.end();
}

std::string sampleArguments(const Object& function) {
    const auto parameters = child(function, "parameters");
    if (!parameters)
        return "{}";
    json::Writer out;
    writeObject(out, *parameters);
    return out.take();
}

void callTool(const Object& request, SimulatedAnswer& answer) {
    std::string wanted;
    if (const auto choice = child(request, "tool_choice")) {
        if (const auto function = child(*choice, "function"))
            wanted = textOf(*function, "name");
    }
    for (const Object& tool : objects(request, "tools")) {
        const auto function = child(tool, "function");
        const std::string name = function ? textOf(*function, "name") : std::string();
        if (name.empty() || (!wanted.empty() && name != wanted))
            continue;
        answer.toolName = name;
        answer.toolArguments = sampleArguments(*function);
        return;
    }
}

void cutAtLimit(const Object& request, SimulatedAnswer& answer) {
    std::optional<std::int64_t> limit;
    for (const char* key : {"max_completion_tokens", "max_tokens"}) {
        const Member* member = request.find(key);
        if (!limit && member != nullptr && member->type == Type::Number)
            limit = json::integerIn(request.raw(*member));
    }
    if (!limit || *limit < 0 || answer.completionTokens <= *limit)
        return;
    std::size_t bytes = 0;
    std::size_t kept = 0;
    while (kept < answer.pieces.size() && tokens(bytes + answer.pieces[kept].size()) <= *limit)
        bytes += answer.pieces[kept++].size();
    answer.pieces.resize(kept);
    answer.completionTokens = tokens(bytes);
    answer.finishReason = "length";
}

void writeUsage(json::Writer& out, const SimulatedAnswer& answer) {
    out.key("usage").object();
    out.key("prompt_tokens").number(answer.promptTokens);
    out.key("completion_tokens").number(answer.completionTokens);
    out.key("total_tokens").number(answer.promptTokens + answer.completionTokens);
    out.key("prompt_tokens_details").object().key("cached_tokens").number(0);
    out.key("audio_tokens").number(0).end();
    out.key("completion_tokens_details").object().key("reasoning_tokens").number(0);
    out.key("audio_tokens").number(0).key("accepted_prediction_tokens").number(0);
    out.key("rejected_prediction_tokens").number(0).end().end();
}

void writeHead(json::Writer& out, const SimulatedAnswer& answer, std::string_view object,
               std::string_view id, std::int64_t created) {
    out.object().key("id").string(id).key("object").string(object);
    out.key("created").number(created).key("model").string(answer.model);
    out.key("system_fingerprint").string("simulated");
}

std::string event(const std::string& json) {
    return "data: " + json + "\n\n";
}

}  // namespace

Result<SimulatedAnswer> answer(std::string_view body) {
    const auto request = json::scanObject(body);
    if (!request)
        return fail(request.error());
    SimulatedAnswer out;
    out.model = textOf(*request, "model");
    if (std::find(std::begin(kModels), std::end(kModels), out.model) == std::end(kModels))
        return failField(ErrorCode::ModelNotFound, "model",
                         "The sandbox has the models echo, story, tools and paid.");
    const auto messages = objects(*request, "messages");
    if (messages.empty())
        return failField(ErrorCode::InvalidField, "messages", "\"messages\" must not be empty.");
    const Member* stream = request->find("stream");
    out.stream = stream != nullptr && stream->type == Type::True;
    if (const auto options = child(*request, "stream_options")) {
        const Member* include = options->find("include_usage");
        out.includeUsage = include != nullptr && include->type == Type::True;
    }
    std::string lastUser;
    for (const Object& message : messages) {
        const std::string content = contentOf(message);
        out.promptTokens += tokens(content.size());
        if (textOf(message, "role") == "user")
            lastUser = content;
    }
    out.finishReason = "stop";
    std::string text;
    if (out.model == "echo") {
        text = lastUser;
    } else if (out.model == "paid") {
        text = "This answer was paid for with play money. You said: " + lastUser;
    } else if (out.model == "story") {
        text = kStory;
    } else if (textOf(messages.back(), "role") == "tool") {
        text = "The tool answered: " + contentOf(messages.back()) + " (simulated)";
    } else {
        callTool(*request, out);
        if (out.toolName.empty())
            text = "This simulated model calls tools, but the request offers none.";
    }
    if (!out.toolName.empty()) {
        out.finishReason = "tool_calls";
        out.completionTokens = tokens(out.toolName.size() + out.toolArguments.size());
        return out;
    }
    out.pieces = words(text);
    out.completionTokens = tokens(text.size());
    cutAtLimit(*request, out);
    return out;
}

std::string wholeAnswer(const SimulatedAnswer& answer, std::string_view id, std::int64_t created) {
    json::Writer out;
    writeHead(out, answer, "chat.completion", id, created);
    out.key("choices").array().object().key("index").number(0);
    out.key("message").object().key("role").string("assistant").key("content");
    if (answer.toolName.empty()) {
        std::string text;
        for (const std::string& piece : answer.pieces)
            text += piece;
        out.string(text);
    } else {
        out.null().key("tool_calls").array().object();
        out.key("id").string("call_simulated_1").key("type").string("function");
        out.key("function").object().key("name").string(answer.toolName);
        out.key("arguments").string(answer.toolArguments).end().end().end();
    }
    out.key("refusal").null().end();
    out.key("logprobs").null().key("finish_reason").string(answer.finishReason).end().end();
    writeUsage(out, answer);
    return out.end().take();
}

std::vector<std::string> streamedAnswer(const SimulatedAnswer& answer, std::string_view id,
                                        std::int64_t created) {
    std::vector<std::string> events;
    const auto chunk = [&](const auto& writeDelta, std::string_view finishReason) {
        json::Writer out;
        writeHead(out, answer, "chat.completion.chunk", id, created);
        out.key("choices").array().object().key("index").number(0).key("delta").object();
        writeDelta(out);
        out.end().key("logprobs").null().key("finish_reason");
        if (finishReason.empty())
            out.null();
        else
            out.string(finishReason);
        out.end().end();
        if (answer.includeUsage)
            out.key("usage").null();
        events.push_back(event(out.end().take()));
    };
    const bool calls = !answer.toolName.empty();
    chunk(
        [calls](json::Writer& out) {
            out.key("role").string("assistant").key("content");
            if (calls)
                out.null();
            else
                out.string("");
            out.key("refusal").null();
        },
        {});
    if (calls) {
        chunk(
            [&answer](json::Writer& out) {
                out.key("tool_calls").array().object().key("index").number(0);
                out.key("id").string("call_simulated_1").key("type").string("function");
                out.key("function").object().key("name").string(answer.toolName);
                out.key("arguments").string("").end().end().end();
            },
            {});
        chunk(
            [&answer](json::Writer& out) {
                out.key("tool_calls").array().object().key("index").number(0);
                out.key("function").object().key("arguments").string(answer.toolArguments);
                out.end().end().end();
            },
            {});
    }
    for (const std::string& piece : answer.pieces)
        chunk([&piece](json::Writer& out) { out.key("content").string(piece); }, {});
    chunk([](json::Writer&) {}, answer.finishReason);
    if (answer.includeUsage) {
        json::Writer out;
        writeHead(out, answer, "chat.completion.chunk", id, created);
        out.key("choices").array().end();
        writeUsage(out, answer);
        events.push_back(event(out.end().take()));
    }
    events.push_back(event("[DONE]"));
    return events;
}

}  // namespace gr::sandbox
