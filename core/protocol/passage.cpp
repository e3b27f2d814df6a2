// SPDX-License-Identifier: MIT
#include "protocol/passage.h"

#include "http/sse.h"
#include "json/scan.h"
#include "protocol/adapters.h"
#include "protocol/chat_answer_shapes.h"
#include "protocol/openai_chat.h"

namespace gr::protocol {
namespace {

bool isContent(const ChatEvent& event) {
    switch (event.kind) {
        case ChatEvent::Kind::Text:
        case ChatEvent::Kind::Refusal:
            return event.text.size() > 2;
        case ChatEvent::Kind::Reasoning:
            return event.text.size() > 2 || !event.signature.empty();
        case ChatEvent::Kind::ToolCall:
        case ChatEvent::Kind::Finish:
            return true;
        default:
            return false;
    }
}

// What every passage notes of the steps that go by.
struct Notes {
    TokenUsage usage;
    std::string errorText;
    int errorStatus = 0;
    bool content = false;
    bool failed = false;

    void take(const ChatEvent& event) {
        content = content || isContent(event);
        if (event.kind == ChatEvent::Kind::Usage)
            usage = event.usage;
        if (event.kind == ChatEvent::Kind::Error) {
            failed = true;
            errorText = event.message;
            errorStatus = event.status;
        }
    }
    Passage::Verdict verdict() const {
        if (failed)
            return Passage::Verdict::Error;
        return content ? Passage::Verdict::Content : Passage::Verdict::Hold;
    }
};

Failure saidError(std::string_view words) {
    return fail(ErrorCode::ProviderFailed, std::string(words));
}

// OpenAI's chat: the hot one, watched without taking events apart that cannot matter.
class ChatPassThrough final : public Passage {
  public:
    ChatPassThrough(const Target& target, bool dropUsageChunk, std::size_t choices,
                    AnswerContext context, EventSink observer)
        : m_reasoningOutside(target.dialect->reasoningOutsideOutput),
          m_stream(dropUsageChunk, choices, m_reasoningOutside),
          m_context(std::move(context)),
          m_observer(std::move(observer)) {
        if (m_observer)
            m_reader = adapter(Protocol::OpenAiChat).makeReader(target, m_nothing);
    }

    Verdict event(std::string_view raw, std::string& out) override {
        if (m_reader)
            m_reader->event(raw, m_observer);
        const auto seen = m_stream.see(raw);
        if (seen != ChatStream::Verdict::Drop)
            out.append(raw);
        if (seen == ChatStream::Verdict::Error)
            return Verdict::Error;
        return seen == ChatStream::Verdict::Content ? Verdict::Content : Verdict::Hold;
    }

    Result<std::string_view> whole(std::string_view body) override {
        const auto object = json::scanObject(body);
        if (!object)
            return fail(ErrorCode::ProviderAnswerInvalid, "something that is not JSON");
        const json::Member* error = object->find("error");
        if (error != nullptr && error->type == json::Type::Object &&
            object->find("choices") == nullptr)
            return saidError(body);
        m_usage = chatUsage(*object, m_reasoningOutside);
        if (m_reader && !m_reader->whole(body, m_observer))
            m_reader.reset();  // the client has to make of it what it can
        return body;
    }

    void end(std::string&) override {}
    void breakOff(const Error& error, std::string& out) override { words().breakOff(error, out); }
    void keepAlive(std::string& out) override { out.append(m_stream.emptyChunk()); }
    bool complete() const override { return m_stream.complete(); }
    TokenUsage usage() const override { return m_usage ? *m_usage : m_stream.usage(); }
    std::string errorText() const override { return m_stream.errorText(); }
    bool passesErrorsOn() const override { return true; }

  private:
    AnswerWriter& words() {
        if (!m_writer)
            m_writer = adapter(Protocol::OpenAiChat).makeWriter(m_context);
        return *m_writer;
    }

    bool m_reasoningOutside;
    ChatStream m_stream;
    AnswerContext m_context;
    EventSink m_observer;
    ChatRequest m_nothing;
    std::unique_ptr<AnswerReader> m_reader;
    std::unique_ptr<AnswerWriter> m_writer;
    std::optional<TokenUsage> m_usage;
};

// The other protocols: the bytes pass, and their steps are read beside.
class WatchedPassThrough final : public Passage {
  public:
    WatchedPassThrough(Protocol protocol, const Target& target, AnswerContext context)
        : m_protocol(protocol),
          m_context(std::move(context)),
          m_reader(adapter(protocol).makeReader(target, m_nothing)) {}

    Verdict event(std::string_view raw, std::string& out) override {
        m_reader->event(raw, m_sink);
        out.append(raw);
        return m_notes.verdict();
    }

    Result<std::string_view> whole(std::string_view body) override {
        if (auto read = m_reader->whole(body, m_sink); !read)
            return fail(read.error());
        if (m_notes.failed)
            return saidError(body);
        return body;
    }

    void end(std::string&) override {}
    void breakOff(const Error& error, std::string& out) override { words().breakOff(error, out); }
    // A writer of Responses would begin an answer of its own.
    void keepAlive(std::string& out) override {
        if (m_protocol == Protocol::OpenAiResponses)
            out.append(": keep-alive\n\n");
        else
            words().keepAlive(out);
    }
    bool complete() const override { return m_reader->complete(); }
    TokenUsage usage() const override { return m_notes.usage; }
    std::string errorText() const override { return m_notes.errorText; }
    bool passesErrorsOn() const override { return true; }

  private:
    AnswerWriter& words() {
        if (!m_writer)
            m_writer = adapter(m_protocol).makeWriter(m_context);
        return *m_writer;
    }

    Protocol m_protocol;
    AnswerContext m_context;
    ChatRequest m_nothing;
    std::unique_ptr<AnswerReader> m_reader;
    std::unique_ptr<AnswerWriter> m_writer;
    Notes m_notes;
    EventSink m_sink = [this](const ChatEvent& event) { m_notes.take(event); };
};

class Translation final : public Passage {
  public:
    Translation(Protocol provider, const Target& target, const ChatRequest& request,
                std::shared_ptr<AnswerWriter> writer, EventSink observer)
        : m_reader(adapter(provider).makeReader(target, request)),
          m_writer(std::move(writer)),
          m_observer(std::move(observer)) {}

    Verdict event(std::string_view raw, std::string& out) override {
        m_out = &out;
        m_reader->event(raw, m_sink);
        return m_notes.verdict();
    }

    Result<std::string_view> whole(std::string_view body) override {
        m_out = &m_body;
        if (auto read = m_reader->whole(body, m_sink); !read)
            return fail(read.error());
        if (m_notes.failed)
            return saidError(m_notes.errorText);
        m_writer->end(m_body);
        return m_body;
    }

    void end(std::string& out) override { m_writer->end(out); }
    void breakOff(const Error& error, std::string& out) override { m_writer->breakOff(error, out); }
    void keepAlive(std::string& out) override { m_writer->keepAlive(out); }
    std::shared_ptr<AnswerWriter> writer() const override { return m_writer; }
    bool complete() const override { return m_reader->complete(); }
    TokenUsage usage() const override { return m_notes.usage; }
    std::string errorText() const override { return m_notes.errorText; }
    int errorStatus() const override { return m_notes.errorStatus; }
    bool passesErrorsOn() const override { return false; }

  private:
    std::unique_ptr<AnswerReader> m_reader;
    std::shared_ptr<AnswerWriter> m_writer;
    EventSink m_observer;
    Notes m_notes;
    std::string m_body;
    std::string* m_out = &m_body;
    EventSink m_sink = [this](const ChatEvent& event) {
        m_notes.take(event);
        if (m_observer)
            m_observer(event);
        if (event.kind != ChatEvent::Kind::Error)
            m_writer->write(event, *m_out);
    };
};

}  // namespace

std::unique_ptr<Passage> passThrough(Protocol protocol, const Target& target, bool dropUsageChunk,
                                     std::size_t choices, AnswerContext context,
                                     EventSink observer) {
    if (protocol == Protocol::OpenAiChat) {
        return std::make_unique<ChatPassThrough>(target, dropUsageChunk, choices,
                                                 std::move(context), std::move(observer));
    }
    return std::make_unique<WatchedPassThrough>(protocol, target, std::move(context));
}

std::unique_ptr<Passage> translation(Protocol provider, const Target& target,
                                     const ChatRequest& request,
                                     std::shared_ptr<AnswerWriter> writer, EventSink observer) {
    return std::make_unique<Translation>(provider, target, request, std::move(writer),
                                         std::move(observer));
}

}  // namespace gr::protocol
