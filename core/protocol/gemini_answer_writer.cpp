// SPDX-License-Identifier: MIT
#include "protocol/gemini_answer_writer.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/log.h"
#include "json/scan.h"
#include "json/writer.h"
#include "protocol/gemini_citations.h"
#include "protocol/gemini_logprobs.h"
#include "protocol/gemini_words.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

// A call on its way in: Gemini's clients take calls whole only.
struct OpenCall {
    std::size_t block = 0;
    std::string id;
    std::string name;
    std::string signature;
    std::string arguments;  // the inside of the JSON string
    bool custom = false;
    bool whole = false;
};

// What is known of one candidate.
struct Candidate {
    std::vector<OpenCall> calls;  // in order; those before the first that is not whole are written
    std::set<std::size_t> thoughts;  // blocks that had text of thoughts
    SurrogateJoiner text;
    std::optional<Finish> finish;
    // Of a whole answer: its parts, and the run of text that is still growing.
    std::string parts;
    std::string growing;
    bool growingThought = false;
    std::string sources;   // groundingChunks, parted by commas
    std::string logprobs;  // chat's tokens, parted by commas
};

std::string callPart(const OpenCall& call) {
    json::Writer out;
    out.object().key("functionCall").object();
    if (!call.id.empty())
        out.key("id").string(call.id);
    out.key("name").string(call.name).key("args");
    if (call.custom)
        out.object().key("input").raw("\"" + call.arguments + "\"").end();
    else
        out.raw(argumentsObject("\"" + call.arguments + "\""));
    out.end();
    if (!call.signature.empty())
        out.key("thoughtSignature").string(call.signature);
    return out.end().take();
}

std::string textPart(std::string_view inner, bool thought, std::string_view signature = {}) {
    std::string out = "{\"text\":\"";
    out.append(inner).append("\"");
    if (thought)
        out.append(",\"thought\":true");
    if (!signature.empty()) {
        out.append(",\"thoughtSignature\":");
        appendQuoted(out, signature);
    }
    return out.append("}");
}

std::string usageText(const TokenUsage& usage) {
    json::Writer out;
    out.object().key("promptTokenCount").number(usage.inputTotal().value_or(0));
    if (usage.cacheRead)
        out.key("cachedContentTokenCount").number(*usage.cacheRead);
    out.key("candidatesTokenCount")
        .number(addCapped(usage.output.value_or(0), usage.audioOutput.value_or(0)));
    if (usage.reasoning)
        out.key("thoughtsTokenCount").number(*usage.reasoning);
    out.key("totalTokenCount").number(usage.total().value_or(0));
    return out.end().take();
}

class GeminiWriter final : public AnswerWriter {
  public:
    explicit GeminiWriter(AnswerContext context)
        : m_context(std::move(context)),
          m_showThoughts(m_context.request == nullptr ||
                         m_context.request->thinking.includeThoughts) {}

    void write(const ChatEvent& event, std::string& out) override;
    void end(std::string& out) override;
    void breakOff(const Error& error, std::string& out) override;
    void keepAlive(std::string& out) override;

  private:
    void reasoning(const ChatEvent& event, Candidate& candidate, std::string& out);
    void text(std::size_t choice, JsonString piece, bool thought, std::string& out);
    void argumentsPiece(const ChatEvent& event, Candidate& candidate);
    void callEnds(const ChatEvent& event, Candidate& candidate, std::string& out);
    void releaseCalls(std::size_t choice, bool all, std::string& out);
    void part(std::size_t choice, const std::string& json, std::string& out);
    static void closeGrowing(Candidate& candidate);
    static void logprobs(JsonText json, Candidate& candidate);
    static void source(JsonText citation, Candidate& candidate);
    void lastCandidate(std::size_t choice, Candidate& candidate, json::Writer& out) const;
    void tail(json::Writer& out) const;
    void chunk(std::string_view json, std::string& out);

    const AnswerContext m_context;
    const bool m_showThoughts;
    std::map<std::size_t, Candidate> m_candidates;
    std::string m_usage;
    bool m_begun = false;  // the array is open, or a chunk was written
};

void GeminiWriter::write(const ChatEvent& event, std::string& out) {
    using enum ChatEvent::Kind;
    if (event.kind == Begin || event.kind == Error)
        return;
    if (event.kind == Usage) {
        m_usage = usageText(event.usage);
        return;
    }
    Candidate& candidate = m_candidates[event.choice];
    switch (event.kind) {
        case Text:
        case Refusal:
            return text(event.choice, candidate.text.join(event.text), false, out);
        case Reasoning:
            return reasoning(event, candidate, out);
        case ToolCall:
            candidate.calls.push_back({event.block, std::string(event.id), std::string(event.name),
                                       std::string(event.signature), "", event.custom, false});
            return;
        case Arguments:
            return argumentsPiece(event, candidate);
        case BlockEnd:
            return callEnds(event, candidate, out);
        case Citation:
            return source(event.json, candidate);
        case Logprobs:
            return logprobs(event.json, candidate);
        case Finish:
            candidate.finish = event.finish;
            return releaseCalls(event.choice, true, out);
        default:
            return;
    }
}

// A signature behind thoughts is theirs; one of Google's own without thoughts belongs to the text
// before it.
void GeminiWriter::reasoning(const ChatEvent& event, Candidate& candidate, std::string& out) {
    if (!saysNothing(event.text) && m_showThoughts) {
        candidate.thoughts.insert(event.block);
        text(event.choice, event.text, true, out);
    }
    if (event.signature.empty())
        return;
    const bool own = event.vendor == "gemini";
    if (!own && !m_context.seal)
        return;
    const std::string signature =
        own ? std::string(event.signature)
            : packedSeal(
                  m_context.seal(std::string(event.vendor) + (event.redacted ? ":redacted" : ""),
                                 event.signature));
    const bool thought = !own || candidate.thoughts.contains(event.block);
    std::string grown;
    if (thought && candidate.growingThought)
        grown = std::exchange(candidate.growing, "");
    part(event.choice, textPart(grown, thought, signature), out);
}

void GeminiWriter::text(std::size_t choice, JsonString piece, bool thought, std::string& out) {
    if (saysNothing(piece))
        return;
    Candidate& candidate = m_candidates[choice];
    if (m_context.stream)
        return part(choice, textPart(inside(piece), thought), out);
    if (candidate.growingThought != thought)
        closeGrowing(candidate);
    candidate.growingThought = thought;
    candidate.growing.append(inside(piece));
}

void GeminiWriter::argumentsPiece(const ChatEvent& event, Candidate& candidate) {
    for (auto call = candidate.calls.rbegin(); call != candidate.calls.rend(); ++call) {
        if (call->block == event.block) {
            call->arguments.append(inside(event.text));
            return;
        }
    }
}

void GeminiWriter::callEnds(const ChatEvent& event, Candidate& candidate, std::string& out) {
    for (OpenCall& call : candidate.calls)
        call.whole = call.whole || call.block == event.block;
    releaseCalls(event.choice, false, out);
}

// Calls leave in the order in which they began.
void GeminiWriter::releaseCalls(std::size_t choice, bool all, std::string& out) {
    auto& calls = m_candidates[choice].calls;
    auto next = calls.begin();
    for (; next != calls.end() && (all || next->whole); ++next)
        part(choice, callPart(*next), out);
    calls.erase(calls.begin(), next);
}

void GeminiWriter::closeGrowing(Candidate& candidate) {
    if (candidate.growing.empty())
        return;
    if (!candidate.parts.empty())
        candidate.parts.push_back(',');
    candidate.parts.append(textPart(candidate.growing, candidate.growingThought));
    candidate.growing.clear();
}

void GeminiWriter::logprobs(JsonText json, Candidate& candidate) {
    const auto object = json::objectIn(json);
    const json::Member* content = object ? object->find("content") : nullptr;
    if (content == nullptr)
        return;
    for (const std::string_view token : json::elementsIn(object->raw(*content)))
        candidate.logprobs.append(candidate.logprobs.empty() ? "" : ",").append(token);
}

void GeminiWriter::source(JsonText citation, Candidate& candidate) {
    const std::string chunk = groundingChunk(citation);
    if (!chunk.empty())
        candidate.sources.append(candidate.sources.empty() ? "" : ",").append(chunk);
}

void GeminiWriter::part(std::size_t choice, const std::string& json, std::string& out) {
    if (!m_context.stream) {
        Candidate& candidate = m_candidates[choice];
        closeGrowing(candidate);
        if (!candidate.parts.empty())
            candidate.parts.push_back(',');
        candidate.parts.append(json);
        return;
    }
    json::Writer body;
    body.object().key("candidates").array().object();
    body.key("content").object().key("parts").array().raw(json).end();
    body.key("role").string("model").end();
    body.key("index").number(static_cast<std::int64_t>(choice)).end().end();
    tail(body);
    chunk(body.text(), out);
}

// Google's last chunk has an empty text too; its SDK keeps no history of a chunk without a part.
void GeminiWriter::lastCandidate(std::size_t choice, Candidate& candidate,
                                 json::Writer& out) const {
    closeGrowing(candidate);
    out.object().key("content").object().key("parts").array();
    out.raw(candidate.parts.empty() ? textPart("", false) : candidate.parts).end();
    out.key("role").string("model").end();
    out.key("finishReason").string(geminiFinishWord(candidate.finish.value_or(Finish::Stop)));
    out.key("index").number(static_cast<std::int64_t>(choice));
    if (!candidate.sources.empty())
        out.key("groundingMetadata")
            .object()
            .key("groundingChunks")
            .raw("[" + candidate.sources + "]")
            .end();
    const std::string logprobs = geminiLogprobs("{\"content\":[" + candidate.logprobs + "]}");
    if (!logprobs.empty())
        out.key("logprobsResult").raw(logprobs);
    out.end();
}

void GeminiWriter::tail(json::Writer& out) const {
    if (!m_usage.empty())
        out.key("usageMetadata").raw(m_usage);
    out.key("modelVersion").string(m_context.model);
    out.key("responseId").string(m_context.id).end();
}

void GeminiWriter::end(std::string& out) {
    if (m_candidates.empty())
        m_candidates[0];
    for (auto& [choice, candidate] : m_candidates)
        releaseCalls(choice, true, out);
    json::Writer body;
    body.object().key("candidates").array();
    for (auto& [choice, candidate] : m_candidates)
        lastCandidate(choice, candidate, body);
    body.end();
    tail(body);
    if (!m_context.stream) {
        out.append(body.text());
        return;
    }
    chunk(body.text(), out);
    if (m_context.sseArray)
        out.append("\r\n]");
}

void GeminiWriter::chunk(std::string_view json, std::string& out) {
    if (m_context.sseArray)
        out.append(m_begun ? ",\r\n" : "[").append(json);
    else
        out.append("data: ").append(json).append("\r\n\r\n");
    m_begun = true;
}

// The array stays open: a reader of it must not take it for whole.
void GeminiWriter::breakOff(const Error& error, std::string& out) {
    const std::string body = geminiErrorBody(error);
    if (m_context.stream)
        chunk(body, out);
    else
        out.append(body);
}

// Not a comment: Google's SDK for Python tries to read it. Not a chunk without content: that one
// for JavaScript forgets the turn.
void GeminiWriter::keepAlive(std::string& out) {
    if (m_context.stream)
        part(0, textPart("", false), out);
}

}  // namespace

std::unique_ptr<AnswerWriter> makeGeminiWriter(AnswerContext context) {
    return std::make_unique<GeminiWriter>(std::move(context));
}

std::string geminiTokenCount(std::int64_t tokens) {
    json::Writer out;
    return out.object().key("totalTokens").number(tokens).end().take();
}

std::string geminiErrorBody(const Error& error) {
    const int status = errorInfo(error.code).status;
    json::Writer out;
    out.object().key("error").object().key("code").number(status);
    out.key("message").string(log::redacted(error.message.text));
    return out.key("status").string(googleStatus(status)).end().end().take();
}

}  // namespace gr::protocol
