// SPDX-License-Identifier: MIT
#include "protocol/responses_answer_reader.h"

#include "http/sse.h"
#include "protocol/billing.h"
#include "protocol/json_member.h"
#include "protocol/json_text.h"
#include "protocol/responses_steps.h"
#include "protocol/responses_usage.h"

namespace gr::protocol {
namespace {

using json::Object;

// The HTTP status that an error in a stream stands for.
int statusOf(std::string_view code) {
    if (code == "rate_limit_exceeded" || code == "insufficient_quota")
        return 429;
    if (code == "context_length_exceeded" || code == "invalid_prompt")
        return 400;
    return code == "server_error" ? 500 : 0;
}

// Searches that OpenAI made and bills one by one; absent when there were none.
std::optional<std::int64_t> searchesIn(const Object& response) {
    std::int64_t searches = 0;
    for (const std::string_view text : listOf(response, "output")) {
        if (text.find("web_search_call") == std::string_view::npos)
            continue;
        const auto item = json::objectIn(text);
        if (item && plainOf(*item, "type") == "web_search_call")
            ++searches;
    }
    return searches > 0 ? std::optional(searches) : std::nullopt;
}

class ResponsesReader final : public AnswerReader {
  public:
    ResponsesReader(const Target& target, const ChatRequest& request)
        : m_reasoningOutside(target.dialect->reasoningOutsideOutput), m_steps(request) {}

    void event(std::string_view rawEvent, const EventSink& sink) override {
        const std::string_view data = http::sseData(rawEvent, m_scratch);
        if (data.empty() || data == "[DONE]")
            return;
        const auto object = json::scanObject(data);
        if (!object) {
            sendError({}, "The provider sent an event that is not readable.", 502, sink);
            return;
        }
        const std::string_view type = inside(stringOf(*object, "type"));
        if (type == "error" || (type.empty() && !rawOf(*object, "error").empty()))
            errorEvent(*object, sink);
        else if (type.starts_with("response."))
            response(*object, type.substr(std::string_view("response.").size()), sink);
    }

    Result<void> whole(std::string_view body, const EventSink& sink) override {
        const auto object = json::scanObject(body);
        if (!object)
            return fail(ErrorCode::ProviderAnswerInvalid, "The provider's answer is not JSON.",
                        object.error().message.text);
        const std::string status = plainOf(*object, "status");
        if (rawOf(*object, "output").empty() && rawOf(*object, "error").empty())
            return fail(ErrorCode::ProviderAnswerInvalid,
                        "The provider's answer has no \"output\".");
        m_steps.begin(*object, sink);
        if (status == "failed" || status == "cancelled" || rawOf(*object, "output").empty())
            failed(*object, sink);
        else
            finished(*object, sink);
        return {};
    }

    bool complete() const override { return m_complete; }

  private:
    // The events of a response, by the rest of their name; the most frequent ones first.
    void response(const Object& event, std::string_view type, const EventSink& sink) {
        if (type == "created" || type == "in_progress" || type == "queued") {
            if (const auto object = childOf(event, "response"))
                m_steps.begin(*object, sink);
            return;
        }
        if (!m_steps.begun() && type != "completed" && type != "incomplete")
            m_steps.begin(Object(), sink);
        if (type.ends_with(".delta")) {
            m_steps.delta(event, type, sink);
        } else if (type == "output_item.added") {
            m_steps.itemAdded(event, sink);
        } else if (type == "output_item.done") {
            if (const auto item = childOf(event, "item"))
                m_steps.itemDone(*item, integerOf(event, "output_index").value_or(0), sink);
        } else if (type == "reasoning_summary_part.added") {
            m_steps.summaryAdded(event, sink);
        } else if (type == "output_text.annotation.added") {
            m_steps.annotation(event, sink);
        } else if (type == "completed" || type == "incomplete") {
            if (const auto object = childOf(event, "response"))
                finished(*object, sink);
        } else if (type == "failed" || type == "cancelled") {
            if (const auto object = childOf(event, "response"))
                failed(*object, sink);
        }
    }

    void finished(const Object& response, const EventSink& sink) {
        m_steps.begin(response, sink);
        const auto output = listOf(response, "output");
        for (std::size_t i = 0; i < output.size(); ++i) {
            if (const auto item = json::objectIn(output[i]))
                m_steps.itemDone(*item, static_cast<std::int64_t>(i), sink);
        }
        m_steps.passHeld(sink);
        if (const auto usage = childOf(response, "usage"))
            sendUsage(response, *usage, sink);
        m_steps.finish(finishOf(response), sink);
        m_complete = true;
    }

    Finish finishOf(const Object& response) const {
        if (plainOf(response, "status") == "incomplete") {
            const auto details = childOf(response, "incomplete_details");
            const bool filter = details && plainOf(*details, "reason") == "content_filter";
            return filter ? Finish::ContentFilter : Finish::Length;
        }
        return m_steps.calls() ? Finish::ToolCalls : Finish::Stop;
    }

    void sendUsage(const Object& response, const Object& usage, const EventSink& sink) {
        ChatEvent event;
        event.kind = ChatEvent::Kind::Usage;
        event.usage = responsesUsage(usage, m_reasoningOutside);
        event.usage.tier = servedAs(response);
        event.usage.webSearches = searchesIn(response);
        if (event.usage.known())
            sink(event);
    }

    void failed(const Object& response, const EventSink& sink) {
        const auto error = childOf(response, "error");
        const std::string code = error ? plainOf(*error, "code") : std::string();
        const std::string message = error ? plainOf(*error, "message") : std::string();
        sendError(code, message, statusOf(code), sink);
    }

    // {"type":"error","code":…,"message":…}, or the members inside an object `error`.
    void errorEvent(const Object& event, const EventSink& sink) {
        const auto nested = childOf(event, "error");
        const Object& error = nested ? *nested : event;
        std::string code = plainOf(error, "code");
        if (code.empty() && nested)
            code = plainOf(error, "type");
        sendError(code, plainOf(error, "message"), statusOf(code), sink);
    }

    void sendError(std::string_view code, std::string_view message, int status,
                   const EventSink& sink) {
        ChatEvent event;
        event.kind = ChatEvent::Kind::Error;
        event.code = code;
        event.message = message.empty() ? "The provider says that it failed." : message;
        event.status = status;
        sink(event);
    }

    bool m_reasoningOutside;
    bool m_complete = false;
    ResponsesSteps m_steps;
    std::string m_scratch;
};

}  // namespace

std::unique_ptr<AnswerReader> makeResponsesReader(const Target& target,
                                                  const ChatRequest& request) {
    return std::make_unique<ResponsesReader>(target, request);
}

}  // namespace gr::protocol
