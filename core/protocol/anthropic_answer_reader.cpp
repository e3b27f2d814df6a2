// SPDX-License-Identifier: MIT
#include "protocol/anthropic_answer_reader.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "http/sse.h"
#include "json/scan.h"
#include "protocol/anthropic_names.h"
#include "protocol/anthropic_terms.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;
using EventKind = ChatEvent::Kind;

JsonString stringIn(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    return member != nullptr && member->type == Type::String ? object.raw(*member) : JsonString();
}

std::optional<Object> objectAt(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    return member != nullptr && member->type == Type::Object ? json::objectIn(object.raw(*member))
                                                             : std::nullopt;
}

class AnthropicReader final : public AnswerReader {
  public:
    explicit AnthropicReader(const ChatRequest& request) {
        for (const Tool& tool : request.tools) {
            std::string written = anthropicToolName(tool.name);
            std::string name(tool.name);
            const bool custom = tool.kind == Tool::Kind::Custom;
            if (custom || written != name)
                m_names.push_back({std::move(written), std::move(name), custom});
        }
    }

    void event(std::string_view rawEvent, const EventSink& sink) override {
        const std::string_view data = http::sseData(rawEvent, m_scratch);
        if (data.empty())
            return;
        const auto scanned = json::scanObject(data);
        if (!scanned)
            return unreadable(sink);
        step(*scanned, sink);
    }

    Result<void> whole(std::string_view body, const EventSink& sink) override {
        const auto message = json::scanObject(body);
        const Member* content = message ? message->find("content") : nullptr;
        if (content == nullptr || content->type != Type::Array) {
            return fail(ErrorCode::ProviderAnswerInvalid,
                        "The provider's answer is not a message of Anthropic's format.",
                        std::string(body.substr(0, 200)));
        }
        begin(*message, sink);
        std::int64_t index = 0;
        for (const std::string_view element : json::elementsIn(message->raw(*content))) {
            if (const auto block = json::objectIn(element)) {
                startBlock(index, *block, sink);
                stopBlock(index++, sink);
            }
        }
        finish(*message, sink);
        m_complete = true;
        return {};
    }

    bool complete() const override { return m_complete; }

  private:
    struct Name {
        std::string written, name;
        bool custom;
    };

    struct Block {
        std::int64_t index = 0;  // the provider's
        std::size_t number = 0;  // ours
        bool custom = false;     // a custom tool: its arguments are kept until they are whole
        bool toldInput = false;  // a piece of its arguments came
        std::string input;       // of a call: what its start said, or a custom tool's arguments
        SurrogateJoiner surrogates;
    };

    void step(const Object& event, const EventSink& sink) {
        const std::string_view type = inside(stringIn(event, "type"));
        if (type == "content_block_delta") {
            if (const auto delta = objectAt(event, "delta"))
                deltaOf(indexIn(event), *delta, sink);
        } else if (type == "content_block_start") {
            if (const auto block = objectAt(event, "content_block"))
                startBlock(indexIn(event), *block, sink);
        } else if (type == "content_block_stop") {
            stopBlock(indexIn(event), sink);
        } else if (type == "message_start") {
            if (const auto message = objectAt(event, "message"))
                begin(*message, sink);
        } else if (type == "message_delta") {
            readAnthropicUsage(event, m_usage);
            if (const auto delta = objectAt(event, "delta"))
                finish(*delta, sink);
        } else if (type == "message_stop") {
            m_complete = true;
        } else if (type == "error") {
            errorOf(event, sink);
        }
    }

    static std::int64_t indexIn(const Object& event) {
        const Member* member = event.find("index");
        return member == nullptr ? 0 : json::integerIn(event.raw(*member)).value_or(0);
    }

    void unreadable(const EventSink& sink) const {
        ChatEvent event;
        event.kind = EventKind::Error;
        event.code = "provider_answer_invalid";
        event.message = "The provider sent an event that is not JSON.";
        event.status = 502;
        sink(event);
    }

    void errorOf(const Object& event, const EventSink& sink) const {
        const auto error = objectAt(event, "error");
        const std::string type = error ? plainOf(stringIn(*error, "type")) : std::string();
        const std::string message = error ? plainOf(stringIn(*error, "message")) : std::string();
        ChatEvent out;
        out.kind = EventKind::Error;
        out.code = type;
        // A view of each: the two together would be a temporary string.
        out.message = message;
        if (message.empty())
            out.message = "The provider reported an error without words.";
        out.status = anthropicStatus(type);
        sink(out);
    }

    void begin(const Object& message, const EventSink& sink) {
        const std::string id = plainOf(stringIn(message, "id"));
        const std::string model = plainOf(stringIn(message, "model"));
        ChatEvent event;
        event.id = id;
        event.model = model;
        sink(event);
        readAnthropicUsage(message, m_usage);
        tellUsage(sink);
    }

    void tellUsage(const EventSink& sink) const {
        ChatEvent event;
        event.kind = EventKind::Usage;
        event.usage = m_usage;
        if (m_usage.known())
            sink(event);
    }

    void finish(const Object& end, const EventSink& sink) const {
        tellUsage(sink);
        const JsonString reason = stringIn(end, "stop_reason");
        if (reason.empty())
            return;
        ChatEvent event;
        event.kind = EventKind::Finish;
        event.finish = anthropicFinish(inside(reason));
        event.text = stringIn(end, "stop_sequence");
        sink(event);
    }

    Block* blockAt(std::int64_t index) {
        const auto known = std::find_if(m_open.begin(), m_open.end(),
                                        [index](const Block& b) { return b.index == index; });
        return known == m_open.end() ? nullptr : &*known;
    }

    void startBlock(std::int64_t index, const Object& content, const EventSink& sink) {
        const std::string_view type = inside(stringIn(content, "type"));
        if (type != "text" && type != "thinking" && type != "redacted_thinking" &&
            type != "tool_use")
            return;
        Block& block = m_open.emplace_back();
        block.index = index;
        block.number = m_blocks++;
        if (type == "tool_use")
            return startCall(block, content, sink);
        if (type == "redacted_thinking")
            return sign(block, stringIn(content, "data"), true, sink);
        if (type == "thinking") {
            text(block, EventKind::Reasoning, stringIn(content, "thinking"), sink);
            return sign(block, stringIn(content, "signature"), false, sink);
        }
        text(block, EventKind::Text, stringIn(content, "text"), sink);
        const Member* citations = content.find("citations");
        if (citations != nullptr && citations->type == Type::Array) {
            for (const std::string_view citation : json::elementsIn(content.raw(*citations)))
                cite(block, citation, sink);
        }
    }

    void startCall(Block& block, const Object& content, const EventSink& sink) const {
        const std::string id = plainOf(stringIn(content, "id"));
        std::string name = plainOf(stringIn(content, "name"));
        const auto known = std::find_if(m_names.begin(), m_names.end(),
                                        [&name](const Name& n) { return n.written == name; });
        if (known != m_names.end()) {
            name = known->name;
            block.custom = known->custom;
        }
        const Member* input = content.find("input");
        if (input != nullptr && input->type == Type::Object && !isEmpty(content.raw(*input)))
            block.input = content.raw(*input);
        ChatEvent event;
        event.kind = EventKind::ToolCall;
        event.block = block.number;
        event.id = id;
        event.name = name;
        event.custom = block.custom;
        sink(event);
    }

    static bool isEmpty(std::string_view object) {
        return object.find_first_not_of("{} \t\r\n") == std::string_view::npos;
    }

    void deltaOf(std::int64_t index, const Object& delta, const EventSink& sink) {
        Block* block = blockAt(index);
        if (block == nullptr)
            return;
        const std::string_view type = inside(stringIn(delta, "type"));
        if (type == "text_delta") {
            text(*block, EventKind::Text, stringIn(delta, "text"), sink);
        } else if (type == "thinking_delta") {
            text(*block, EventKind::Reasoning, stringIn(delta, "thinking"), sink);
        } else if (type == "signature_delta") {
            sign(*block, stringIn(delta, "signature"), false, sink);
        } else if (type == "input_json_delta") {
            arguments(*block, stringIn(delta, "partial_json"), sink);
        } else if (type == "citations_delta") {
            if (const Member* citation = delta.find("citation"))
                cite(*block, delta.raw(*citation), sink);
        }
    }

    void text(Block& block, EventKind kind, JsonString piece, const EventSink& sink) const {
        if (saysNothing(piece))
            return;
        ChatEvent event;
        event.kind = kind;
        event.block = block.number;
        event.text = block.surrogates.join(piece);
        if (!event.text.empty())
            sink(event);
    }

    void sign(const Block& block, JsonString signature, bool redacted,
              const EventSink& sink) const {
        if (saysNothing(signature))
            return;
        const std::string plain = plainOf(signature);
        ChatEvent event;
        event.kind = EventKind::Reasoning;
        event.block = block.number;
        event.signature = plain;
        event.vendor = "anthropic";
        event.redacted = redacted;
        sink(event);
    }

    void cite(const Block& block, JsonText citation, const EventSink& sink) const {
        ChatEvent event;
        event.kind = EventKind::Citation;
        event.block = block.number;
        event.json = citation;
        sink(event);
    }

    void arguments(Block& block, JsonString piece, const EventSink& sink) const {
        if (saysNothing(piece))
            return;
        if (!block.toldInput)
            block.input.clear();  // what the start said was a placeholder
        block.toldInput = true;
        if (block.custom)
            block.input.append(inside(piece));
        else
            text(block, EventKind::Arguments, piece, sink);
    }

    void stopBlock(std::int64_t index, const EventSink& sink) {
        const Block* block = blockAt(index);
        if (block == nullptr)
            return;
        ChatEvent event;
        event.block = block->number;
        const std::string input = wholeInput(*block);
        if (!saysNothing(input)) {
            event.kind = EventKind::Arguments;
            event.text = input;
            sink(event);
        }
        event.kind = EventKind::BlockEnd;
        event.text = {};
        sink(event);
        m_open.erase(m_open.begin() + (block - m_open.data()));
    }

    // What is still to be told of a call at its end, as a JSON string; empty for nothing.
    static std::string wholeInput(const Block& block) {
        if (block.input.empty())
            return {};
        if (!block.custom)
            return quoted(block.input);
        // A custom tool is described as a function with one string: `input`.
        const std::string object =
            block.toldInput ? plainOf("\"" + block.input + "\"") : block.input;
        const auto scanned = json::scanObject(object);
        const JsonString input = scanned ? stringIn(*scanned, "input") : JsonString();
        return input.empty() ? quoted(object) : std::string(input);
    }

    std::vector<Name> m_names;  // of the tools that are called something else on the wire
    std::vector<Block> m_open;
    std::size_t m_blocks = 0;
    TokenUsage m_usage;
    std::string m_scratch;
    bool m_complete = false;
};

}  // namespace

std::unique_ptr<AnswerReader> makeAnthropicReader(const Target& /*target*/,
                                                  const ChatRequest& request) {
    return std::make_unique<AnthropicReader>(request);
}

}  // namespace gr::protocol
