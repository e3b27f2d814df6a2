// SPDX-License-Identifier: MIT
#include "protocol/chat_answer_reader.h"

#include <algorithm>
#include <deque>

#include "http/sse.h"
#include "protocol/chat_choice_reader.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

constexpr std::size_t kMaxChoices = 128;

class ChatAnswerReader final : public AnswerReader {
  public:
    ChatAnswerReader(const Dialect& dialect, const ChatRequest& request)
        : m_dialect(dialect), m_request(request), m_names(request) {}

    void event(std::string_view rawEvent, const EventSink& sink) override;
    Result<void> whole(std::string_view body, const EventSink& sink) override;
    bool complete() const override { return !m_failed && (m_done || allFinished()); }

  private:
    void chunk(const Object& object, const EventSink& sink);
    void readChoices(std::string_view raw, const EventSink& sink);
    void begin(const Object& object, const EventSink& sink);
    void done(const EventSink& sink);
    void fail(const ChatFault& fault, const EventSink& sink);
    bool allFinished() const;

    const Dialect& m_dialect;
    const ChatRequest& m_request;
    ToolNames m_names;
    std::deque<ChatChoiceReader> m_choices;
    std::string m_id;
    std::string m_scratch;
    bool m_begun = false;
    bool m_done = false;
    bool m_failed = false;
};

void ChatAnswerReader::event(std::string_view rawEvent, const EventSink& sink) {
    const std::string_view data = http::sseData(rawEvent, m_scratch);
    if (m_failed || data.empty())
        return;
    if (data == "[DONE]")
        return done(sink);
    const auto object = json::scanObject(data);
    if (!object) {
        ChatFault fault;
        fault.code = "invalid_event";
        fault.message = "The provider sent an event that is not JSON.";
        fault.status = 502;
        return fail(fault, sink);
    }
    auto fault = chatFault(*object);
    if (!fault && http::sseName(rawEvent) == "error")
        fault =
            ChatFault{"", "The provider reported an error: " + std::string(data.substr(0, 200)), 0};
    if (fault)
        return fail(*fault, sink);
    chunk(*object, sink);
}

void ChatAnswerReader::chunk(const Object& object, const EventSink& sink) {
    begin(object, sink);
    if (const auto usage = chatUsage(object, m_dialect.reasoningOutsideOutput)) {
        ChatEvent event;
        event.kind = ChatEvent::Kind::Usage;
        event.usage = *usage;
        sink(event);
    }
    readChoices(chatArray(object, "choices"), sink);  // null or absent beside the usage
}

// Every choice that was asked for began and ended.
bool ChatAnswerReader::allFinished() const {
    return m_choices.size() >= static_cast<std::size_t>(m_request.sampling.choices) &&
           std::all_of(m_choices.begin(), m_choices.end(),
                       [](const ChatChoiceReader& choice) { return choice.finished(); });
}

void ChatAnswerReader::readChoices(std::string_view raw, const EventSink& sink) {
    for (const std::string_view element : json::elementsIn(raw)) {
        const auto choice = json::objectIn(element);
        if (!choice)
            continue;
        std::size_t index = 0;
        if (const Member* member = choice->find("index"); member && member->type == Type::Number)
            index = static_cast<std::size_t>(json::integerIn(choice->raw(*member)).value_or(0));
        if (index >= kMaxChoices)
            continue;
        while (m_choices.size() <= index)
            m_choices.emplace_back(m_choices.size(), m_names, m_request, m_dialect.customTools);
        m_choices[index].read(*choice, m_id, sink);
        if (m_choices[index].fault())
            return fail(*m_choices[index].fault(), sink);
    }
}

void ChatAnswerReader::begin(const Object& object, const EventSink& sink) {
    if (m_begun)
        return;
    m_begun = true;
    m_id = plainOf(chatString(object, "id"));
    const std::string model = plainOf(chatString(object, "model"));
    ChatEvent event;
    event.kind = ChatEvent::Kind::Begin;
    event.id = m_id;
    event.model = model;
    sink(event);
}

// [DONE]: the provider's own end, also where it gave no reason.
void ChatAnswerReader::done(const EventSink& sink) {
    for (ChatChoiceReader& choice : m_choices)
        choice.close(sink);
    m_done = !m_choices.empty();
}

void ChatAnswerReader::fail(const ChatFault& fault, const EventSink& sink) {
    m_failed = true;
    ChatEvent event;
    event.kind = ChatEvent::Kind::Error;
    event.code = fault.code;
    event.message = fault.message;
    event.status = fault.status;
    sink(event);
}

Result<void> ChatAnswerReader::whole(std::string_view body, const EventSink& sink) {
    const auto object = json::scanObject(body);
    if (!object)
        return gr::fail(ErrorCode::ProviderAnswerInvalid, "The provider's answer is not JSON.",
                        std::string(body.substr(0, 200)));
    if (const auto fault = chatFault(*object)) {
        fail(*fault, sink);
        return {};
    }
    if (json::elementsIn(chatArray(*object, "choices")).empty())
        return gr::fail(ErrorCode::ProviderAnswerInvalid,
                        "The provider's answer has no \"choices\".",
                        std::string(body.substr(0, 200)));
    chunk(*object, sink);
    if (!m_failed)
        done(sink);
    return {};
}

}  // namespace

std::unique_ptr<AnswerReader> makeChatReader(const Target& target, const ChatRequest& request) {
    return std::make_unique<ChatAnswerReader>(*target.dialect, request);
}

}  // namespace gr::protocol
