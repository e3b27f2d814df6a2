// SPDX-License-Identifier: MIT
#include "protocol/chat_answer_writer.h"

#include "protocol/chat_whole_writer.h"
#include "protocol/chat_wire.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

class ChatStreamWriter final : public AnswerWriter {
  public:
    explicit ChatStreamWriter(const AnswerContext& context)
        : m_functions(context.request != nullptr && context.request->functionsAsked),
          m_usageAsked(context.usageAsked) {
        m_head = "data: {\"id\":";
        appendQuoted(m_head, chatAnswerId(context.id));
        m_head.append(R"(,"object":"chat.completion.chunk","created":)");
        m_head.append(std::to_string(context.created)).append(",\"model\":");
        appendQuoted(m_head, context.model);
    }

    void write(const ChatEvent& event, std::string& out) override;
    void end(std::string& out) override;

    void breakOff(const Error& error, std::string& out) override {
        if (!m_broken)
            appendEvent(out, "", chatError(error));
        m_broken = true;
    }

    // Some clients count only events, so a comment would not do.
    void keepAlive(std::string& out) override {
        if (!m_broken)
            chunk(out, 0, "", "null", "null");
    }

  private:
    struct Call {
        std::size_t block = 0;
        bool custom = false;
        bool pieces = false;  // arguments came
    };
    struct Choice {
        bool begun = false;
        std::vector<Call> calls;
        std::string logprobs;       // wait for the next chunk
        std::size_t textBlock = 0;  // for citations: where the block begins, in characters
        std::size_t blockBegin = 0;
        std::size_t characters = 0;
    };

    void chunk(std::string& out, std::size_t choice, std::string_view delta,
               std::string_view logprobs, std::string_view finish) const;
    void say(std::string& out, std::size_t choice, std::string_view delta,
             std::string_view finish = "null");
    void say(std::string& out, const ChatEvent& event, std::string_view key);
    void begin(std::string& out, std::size_t choice, bool pureCall);
    void text(const ChatEvent& event, std::string& out);
    void toolCall(const ChatEvent& event, std::string& out);
    void arguments(const ChatEvent& event, std::string& out);
    void appendArguments(std::string& out, std::size_t choice, std::size_t index, JsonString piece);
    void citation(const ChatEvent& event, std::string& out);
    void finish(const ChatEvent& event, std::string& out);

    Choice& at(std::size_t choice) {
        if (m_choices.size() <= choice)
            m_choices.resize(choice + 1);
        return m_choices[choice];
    }

    std::string m_head;  // every chunk's beginning
    std::string m_delta;
    std::vector<Choice> m_choices;
    TokenUsage m_usage;
    bool m_functions;
    bool m_usageAsked;
    bool m_broken = false;
};

void ChatStreamWriter::write(const ChatEvent& event, std::string& out) {
    using Kind = ChatEvent::Kind;
    if (m_broken)
        return;
    switch (event.kind) {
        case Kind::Text:
            text(event, out);
            break;
        case Kind::Refusal:
            say(out, event, "refusal");
            break;
        case Kind::Reasoning:
            if (!saysNothing(event.text))
                say(out, event, "reasoning_content");
            break;
        case Kind::ToolCall:
            toolCall(event, out);
            break;
        case Kind::Arguments:
            arguments(event, out);
            break;
        case Kind::Citation:
            citation(event, out);
            break;
        case Kind::Logprobs:
            at(event.choice).logprobs.assign(event.json);
            break;
        case Kind::Usage:
            m_usage = event.usage;
            break;
        case Kind::Finish:
            finish(event, out);
            break;
        case Kind::Error:
            breakOff({ErrorCode::ProviderFailed, std::string(event.message)}, out);
            break;
        case Kind::Begin:
        case Kind::BlockEnd:
            break;
    }
}

void ChatStreamWriter::chunk(std::string& out, std::size_t choice, std::string_view delta,
                             std::string_view logprobs, std::string_view finish) const {
    out.append(m_head).append(",\"choices\":[{\"index\":").append(std::to_string(choice));
    out.append(",\"delta\":{").append(delta).append("},\"logprobs\":").append(logprobs);
    out.append(",\"finish_reason\":").append(finish).append("}]");
    out.append(m_usageAsked ? ",\"usage\":null}\n\n" : "}\n\n");
}

void ChatStreamWriter::say(std::string& out, std::size_t choice, std::string_view delta,
                           std::string_view finish) {
    std::string& logprobs = at(choice).logprobs;
    chunk(out, choice, delta, logprobs.empty() ? "null" : std::string_view(logprobs), finish);
    logprobs.clear();
}

void ChatStreamWriter::say(std::string& out, const ChatEvent& event, std::string_view key) {
    begin(out, event.choice, false);
    m_delta.assign("\"").append(key).append("\":").append(event.text);
    say(out, event.choice, m_delta);
}

void ChatStreamWriter::begin(std::string& out, std::size_t choice, bool pureCall) {
    Choice& state = at(choice);
    if (state.begun)
        return;
    state.begun = true;
    chunk(out, choice,
          pureCall ? R"("role":"assistant","content":null,"refusal":null)"
                   : R"("role":"assistant","content":"","refusal":null)",
          "null", "null");
}

void ChatStreamWriter::text(const ChatEvent& event, std::string& out) {
    if (saysNothing(event.text))
        return;
    Choice& choice = at(event.choice);
    if (choice.textBlock != event.block)
        choice.blockBegin = choice.characters;
    choice.textBlock = event.block;
    choice.characters += charactersOf(event.text);
    say(out, event, "content");
}

void ChatStreamWriter::toolCall(const ChatEvent& event, std::string& out) {
    begin(out, event.choice, true);
    Choice& choice = at(event.choice);
    choice.calls.push_back({event.block, event.custom, false});
    const std::size_t index = choice.calls.size() - 1;
    if (m_functions && index > 0)
        return;  // the old form has room for one call
    m_delta.assign("\"function_call\":{\"name\":");
    if (!m_functions) {
        m_delta.assign("\"tool_calls\":[{\"index\":").append(std::to_string(index));
        m_delta.append(",\"id\":");
        appendQuoted(m_delta, event.id);
        m_delta.append(event.custom ? R"(,"type":"custom","custom":{"name":)"
                                    : R"(,"type":"function","function":{"name":)");
    }
    appendQuoted(m_delta, event.name);
    m_delta.append(event.custom ? ",\"input\":\"\"}" : ",\"arguments\":\"\"}");
    if (!m_functions && !event.signature.empty()) {
        m_delta.append(R"(,"extra_content":{"google":{"thought_signature":)");
        appendQuoted(m_delta, event.signature);
        m_delta.append("}}");
    }
    if (!m_functions)
        m_delta.append("}]");
    say(out, event.choice, m_delta);
}

void ChatStreamWriter::arguments(const ChatEvent& event, std::string& out) {
    if (saysNothing(event.text))
        return;
    std::vector<Call>& calls = at(event.choice).calls;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (calls[i].block == event.block)
            appendArguments(out, event.choice, i, event.text);
    }
}

void ChatStreamWriter::appendArguments(std::string& out, std::size_t choice, std::size_t index,
                                       JsonString piece) {
    Call& call = at(choice).calls[index];
    call.pieces = true;
    if (m_functions && index > 0)
        return;
    m_delta.assign("\"function_call\":{\"arguments\":");
    if (!m_functions) {
        m_delta.assign("\"tool_calls\":[{\"index\":").append(std::to_string(index));
        m_delta.append(call.custom ? ",\"custom\":{\"input\":" : ",\"function\":{\"arguments\":");
    }
    m_delta.append(piece).append(m_functions ? "}" : "}}]");
    say(out, choice, m_delta);
}

void ChatStreamWriter::citation(const ChatEvent& event, std::string& out) {
    const Choice& choice = at(event.choice);
    const std::string annotation = chatAnnotation(event.json, choice.blockBegin, choice.characters);
    if (annotation.empty())
        return;
    begin(out, event.choice, false);
    m_delta.assign("\"annotations\":[").append(annotation).append("]");
    say(out, event.choice, m_delta);
}

void ChatStreamWriter::finish(const ChatEvent& event, std::string& out) {
    if (event.finish == Finish::Error)
        return breakOff(unusableOutput(), out);
    begin(out, event.choice, false);
    const std::size_t calls = at(event.choice).calls.size();
    for (std::size_t i = 0; i < calls; ++i) {
        const Call& call = at(event.choice).calls[i];
        if (!call.pieces && !call.custom)  // clients parse the arguments as JSON
            appendArguments(out, event.choice, i, "\"{}\"");
    }
    std::string word = "\"";
    word.append(chatFinish(event.finish, calls > 0, m_functions)).append("\"");
    say(out, event.choice, "", word);
}

void ChatStreamWriter::end(std::string& out) {
    if (m_broken)
        return;
    if (m_usageAsked && m_usage.known()) {
        out.append(m_head).append(",\"choices\":[],\"usage\":");
        appendChatUsage(out, m_usage);
        out.append("}\n\n");
    }
    out.append("data: [DONE]\n\n");
}

}  // namespace

std::unique_ptr<AnswerWriter> makeChatWriter(AnswerContext context) {
    if (context.stream)
        return std::make_unique<ChatStreamWriter>(context);
    return std::make_unique<ChatWholeWriter>(std::move(context));
}

}  // namespace gr::protocol
