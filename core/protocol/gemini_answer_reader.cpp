// SPDX-License-Identifier: MIT
#include "protocol/gemini_answer_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "http/sse.h"
#include "json/scan.h"
#include "protocol/gemini_citations.h"
#include "protocol/gemini_logprobs.h"
#include "protocol/gemini_words.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;
using Kind = ChatEvent::Kind;

// A tool whose name or form on the wire is not the client's.
struct ChangedTool {
    std::string wire;
    std::string name;
    bool custom = false;
};

// Where one candidate stands.
struct Candidate {
    enum class Run : std::uint8_t { None, Text, Thought };
    Run run = Run::None;     // the block that is open
    std::size_t blocks = 0;  // begun so far
    bool called = false;
    bool finished = false;
    SurrogateJoiner surrogates;  // of the open block
};

std::string_view rawOf(const Object& object, std::string_view key, Type type) {
    const Member* member = object.find(key);
    return member != nullptr && member->type == type ? object.raw(*member) : std::string_view();
}

std::string plainOf(const Object& object, std::string_view key) {
    return protocol::plainOf(rawOf(object, key, Type::String));
}

std::optional<std::int64_t> countIn(const Object& object, std::string_view key) {
    const std::string_view raw = rawOf(object, key, Type::Number);
    return raw.empty() ? std::nullopt : json::integerIn(raw);
}

// What a list of {"modality":…,"tokenCount":…} says of sound.
std::optional<std::int64_t> soundIn(const Object& counts, std::string_view key) {
    for (const std::string_view item : json::elementsIn(rawOf(counts, key, Type::Array))) {
        const auto detail = json::objectIn(item);
        if (detail && plainOf(*detail, "modality") == "AUDIO")
            return countIn(*detail, "tokenCount");
    }
    return std::nullopt;
}

TokenUsage usageIn(const Object& counts) {
    ReportedTokens told;
    told.input = countIn(counts, "promptTokenCount");
    const auto tools = plausible(countIn(counts, "toolUsePromptTokenCount"));
    if (plausible(told.input))
        told.input = addCapped(*told.input, tools.value_or(0));
    told.cacheRead = countIn(counts, "cachedContentTokenCount");
    told.audioInput = soundIn(counts, "promptTokensDetails");
    told.output = countIn(counts, "candidatesTokenCount");
    if (told.input && !told.output)  // left out while it is 0
        told.output = 0;
    told.audioOutput = soundIn(counts, "candidatesTokensDetails");
    told.reasoning = countIn(counts, "thoughtsTokenCount");
    told.reasoningOutside = true;
    return disjoint(told);
}

// What the ids of calls are made of: the answer's id where every protocol takes it, else a digest
// of the answer's beginning.
std::string idOfCalls(std::string_view id, std::string_view chunk) {
    const auto isWord = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    if (!id.empty() && id.size() <= 40 && std::all_of(id.begin(), id.end(), isWord))
        return std::string(id);
    const std::string digest = sha256(id.empty() ? chunk : id);
    return toHex({reinterpret_cast<const unsigned char*>(digest.data()), 10});
}

class GeminiReader final : public AnswerReader {
  public:
    explicit GeminiReader(const ChatRequest& request) {
        for (const Tool& tool : request.tools) {
            const bool custom = tool.kind == Tool::Kind::Custom;
            std::string wire = geminiToolName(tool.name);
            if (tool.kind != Tool::Kind::Hosted && (custom || wire != tool.name))
                m_changed.push_back({std::move(wire), std::string(tool.name), custom});
        }
    }

    void event(std::string_view rawEvent, const EventSink& sink) override;
    Result<void> whole(std::string_view body, const EventSink& sink) override;
    bool complete() const override { return m_complete; }

  private:
    void chunk(const Object& object, const EventSink& sink);
    void error(const Object& error, const EventSink& sink);
    void invalid(std::string_view message, const EventSink& sink) const;
    void candidate(const Object& object, const EventSink& sink);
    void citations(std::size_t choice, const Object& object, const EventSink& sink);
    void part(std::size_t choice, std::string_view text, const EventSink& sink);
    void text(std::size_t choice, const Object& part, const EventSink& sink);
    void call(std::size_t choice, const Object& part, const Object& call, const EventSink& sink);
    void image(std::size_t choice, const Object& data, const EventSink& sink);
    void piece(std::size_t choice, Candidate::Run run, JsonString text, const EventSink& sink);
    void signature(std::size_t choice, std::string_view signature, const EventSink& sink);
    void closeBlock(std::size_t choice, const EventSink& sink);
    void finish(std::size_t choice, Finish finish, const EventSink& sink);

    std::vector<ChangedTool> m_changed;
    std::map<std::size_t, Candidate> m_candidates;
    std::string m_id;
    std::string m_idOfCalls;
    std::size_t m_calls = 0;
    bool m_begun = false;
    bool m_complete = false;
    std::string m_scratch;
};

void GeminiReader::invalid(std::string_view message, const EventSink& sink) const {
    ChatEvent event;
    event.kind = Kind::Error;
    event.code = "invalid_answer";
    event.message = message;
    event.status = 502;
    sink(event);
}

void GeminiReader::event(std::string_view rawEvent, const EventSink& sink) {
    const std::string_view data = http::sseData(rawEvent, m_scratch);
    if (data.empty() || data == "[DONE]")
        return;
    const auto object = json::scanObject(data);
    if (!object)
        return invalid("The provider sent an event that is not JSON.", sink);
    chunk(*object, sink);
}

Result<void> GeminiReader::whole(std::string_view body, const EventSink& sink) {
    const auto object = json::scanObject(body);
    if (!object)
        return fail(ErrorCode::ProviderAnswerInvalid, "The provider's answer is not JSON.",
                    object.error().message.text);
    const bool known = object->find("error") != nullptr || object->find("candidates") != nullptr ||
                       object->find("promptFeedback") != nullptr;
    if (!known)
        return fail(ErrorCode::ProviderAnswerInvalid,
                    "The provider's answer has neither candidates nor a reason for it.");
    chunk(*object, sink);
    for (auto& [choice, candidate] : m_candidates) {
        if (!candidate.finished)
            finish(choice, Finish::Stop, sink);
    }
    return {};
}

void GeminiReader::chunk(const Object& object, const EventSink& sink) {
    if (const auto problem = json::objectIn(rawOf(object, "error", Type::Object)))
        return error(*problem, sink);
    if (!std::exchange(m_begun, true)) {
        const std::string model = plainOf(object, "modelVersion");
        m_id = plainOf(object, "responseId");
        m_idOfCalls = idOfCalls(m_id, object.text);
        ChatEvent begin;
        begin.id = m_id;
        begin.model = model;
        sink(begin);
    }
    if (const auto counts = json::objectIn(rawOf(object, "usageMetadata", Type::Object))) {
        ChatEvent event;
        event.kind = Kind::Usage;
        event.usage = usageIn(*counts);
        if (event.usage.known())
            sink(event);
    }
    for (const std::string_view text : json::elementsIn(rawOf(object, "candidates", Type::Array))) {
        if (const auto entry = json::objectIn(text))
            candidate(*entry, sink);
    }
    const auto feedback = json::objectIn(rawOf(object, "promptFeedback", Type::Object));
    if (feedback && !rawOf(*feedback, "blockReason", Type::String).empty())
        finish(0, Finish::ContentFilter, sink);
}

void GeminiReader::error(const Object& error, const EventSink& sink) {
    const std::string code = plainOf(error, "status");
    const std::string message = plainOf(error, "message");
    ChatEvent event;
    event.kind = Kind::Error;
    event.code = code;
    event.message = message;
    event.status = static_cast<int>(countIn(error, "code").value_or(0));
    sink(event);
}

void GeminiReader::candidate(const Object& object, const EventSink& sink) {
    const auto choice = static_cast<std::size_t>(
        std::clamp<std::int64_t>(countIn(object, "index").value_or(0), 0, 127));
    if (const auto content = json::objectIn(rawOf(object, "content", Type::Object))) {
        for (const std::string_view text : json::elementsIn(rawOf(*content, "parts", Type::Array)))
            part(choice, text, sink);
    }
    citations(choice, object, sink);
    const std::string logprobs = chatLogprobs(rawOf(object, "logprobsResult", Type::Object));
    const std::size_t blocks = m_candidates[choice].blocks;
    if (!logprobs.empty()) {
        ChatEvent event;
        event.kind = Kind::Logprobs;
        event.choice = choice;
        event.block = blocks == 0 ? 0 : blocks - 1;
        event.json = logprobs;
        sink(event);
    }
    if (const auto reason = geminiFinish(plainOf(object, "finishReason")))
        finish(choice, *reason, sink);
}

void GeminiReader::citations(std::size_t choice, const Object& object, const EventSink& sink) {
    const std::string_view grounding = rawOf(object, "groundingMetadata", Type::Object);
    const std::string_view cited = rawOf(object, "citationMetadata", Type::Object);
    if (m_candidates[choice].run != Candidate::Run::Text || (grounding.empty() && cited.empty()))
        return;
    for (const std::string& citation : citationsOfGemini(grounding, cited)) {
        ChatEvent event;
        event.kind = Kind::Citation;
        event.choice = choice;
        event.block = m_candidates[choice].blocks - 1;
        event.json = citation;
        sink(event);
    }
}

void GeminiReader::part(std::size_t choice, std::string_view text, const EventSink& sink) {
    const auto part = json::objectIn(text);
    if (!part)
        return;
    if (const auto inner = json::objectIn(rawOf(*part, "functionCall", Type::Object)))
        call(choice, *part, *inner, sink);
    else if (const auto data = json::objectIn(rawOf(*part, "inlineData", Type::Object)))
        image(choice, *data, sink);
    else
        this->text(choice, *part, sink);
}

// A signature behind thoughts is theirs; one behind text stands in a block of its own.
void GeminiReader::text(std::size_t choice, const Object& part, const EventSink& sink) {
    const Member* thought = part.find("thought");
    const bool thinks = thought != nullptr && thought->type == Type::True;
    const std::string_view text = rawOf(part, "text", Type::String);
    const std::string proof = plainOf(part, "thoughtSignature");
    if (!saysNothing(text))
        piece(choice, thinks ? Candidate::Run::Thought : Candidate::Run::Text, text, sink);
    if (proof.empty())
        return;
    if (!thinks || m_candidates[choice].run != Candidate::Run::Thought) {
        closeBlock(choice, sink);
        m_candidates[choice].run = Candidate::Run::Thought;
        ++m_candidates[choice].blocks;
    }
    signature(choice, proof, sink);
    closeBlock(choice, sink);
}

void GeminiReader::signature(std::size_t choice, std::string_view signature,
                             const EventSink& sink) {
    ChatEvent event;
    event.kind = Kind::Reasoning;
    event.choice = choice;
    event.block = m_candidates[choice].blocks - 1;
    event.signature = signature;
    event.vendor = "gemini";
    sink(event);
}

void GeminiReader::piece(std::size_t choice, Candidate::Run run, JsonString text,
                         const EventSink& sink) {
    Candidate& candidate = m_candidates[choice];
    if (candidate.run != run) {
        closeBlock(choice, sink);
        candidate.run = run;
        candidate.surrogates = SurrogateJoiner();
        ++candidate.blocks;
    }
    ChatEvent event;
    event.kind = run == Candidate::Run::Thought ? Kind::Reasoning : Kind::Text;
    event.choice = choice;
    event.block = candidate.blocks - 1;
    event.text = candidate.surrogates.join(text);
    if (!event.text.empty())
        sink(event);
}

void GeminiReader::closeBlock(std::size_t choice, const EventSink& sink) {
    Candidate& candidate = m_candidates[choice];
    if (std::exchange(candidate.run, Candidate::Run::None) == Candidate::Run::None)
        return;
    ChatEvent event;
    event.kind = Kind::BlockEnd;
    event.choice = choice;
    event.block = candidate.blocks - 1;
    sink(event);
}

void GeminiReader::call(std::size_t choice, const Object& part, const Object& call,
                        const EventSink& sink) {
    closeBlock(choice, sink);
    Candidate& candidate = m_candidates[choice];
    candidate.called = true;
    const std::string name = plainOf(call, "name");
    const std::string proof = plainOf(part, "thoughtSignature");
    std::string id = plainOf(call, "id");
    ++m_calls;
    if (id.empty())
        id = "call_" + m_idOfCalls + "_" + std::to_string(m_calls);
    const auto changed = std::find_if(m_changed.begin(), m_changed.end(),
                                      [&name](const ChangedTool& t) { return t.wire == name; });
    const bool known = changed != m_changed.end();
    ChatEvent event;
    event.kind = Kind::ToolCall;
    event.choice = choice;
    event.block = candidate.blocks++;
    event.id = id;
    event.name = known ? std::string_view(changed->name) : std::string_view(name);
    event.custom = known && changed->custom;
    event.signature = proof;
    event.vendor = proof.empty() ? std::string_view() : std::string_view("gemini");
    sink(event);
    const std::string_view args = rawOf(call, "args", Type::Object);
    const auto object = event.custom ? json::objectIn(args) : std::nullopt;
    const std::string_view input = object ? rawOf(*object, "input", Type::String) : "";
    const std::string text =
        !input.empty() ? std::string(input) : quoted(args.empty() ? "{}" : args);
    ChatEvent arguments;
    arguments.kind = Kind::Arguments;
    arguments.choice = choice;
    arguments.block = event.block;
    arguments.text = text;
    sink(arguments);
    ChatEvent end;
    end.kind = Kind::BlockEnd;
    end.choice = choice;
    end.block = event.block;
    sink(end);
}

// Other protocols have no pictures in answers: they get them as Markdown does.
void GeminiReader::image(std::size_t choice, const Object& data, const EventSink& sink) {
    const std::string type = plainOf(data, "mimeType");
    const std::string text =
        quoted("![image](data:" + type + ";base64," + plainOf(data, "data") + ")");
    if (type.starts_with("image/"))
        piece(choice, Candidate::Run::Text, text, sink);
}

// Gemini says STOP for calls too.
void GeminiReader::finish(std::size_t choice, Finish reason, const EventSink& sink) {
    closeBlock(choice, sink);
    Candidate& candidate = m_candidates[choice];
    m_complete = true;
    if (std::exchange(candidate.finished, true))
        return;
    ChatEvent event;
    event.kind = Kind::Finish;
    event.choice = choice;
    event.finish = reason == Finish::Stop && candidate.called ? Finish::ToolCalls : reason;
    sink(event);
}

}  // namespace

std::unique_ptr<AnswerReader> makeGeminiReader(const Target&, const ChatRequest& request) {
    return std::make_unique<GeminiReader>(request);
}

}  // namespace gr::protocol
