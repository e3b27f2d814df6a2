// SPDX-License-Identifier: MIT
#include "gateway/errand.h"

#include "gateway/conversation.h"
#include "protocol/adapters.h"
#include "protocol/bound.h"
#include "protocol/responses_memory.h"
#include "protocol/token_count.h"

namespace gr::gateway {
namespace {

using protocol::Part;
using protocol::Protocol;
using protocol::ThinkingForm;

// Models that refuse tools together with reasoning on chat completions are reached by Responses.
bool callsForResponses(const protocol::Ask& ask, const protocol::ModelRules& rules) {
    if (!rules.toolsNeedResponses)
        return false;
    const json::Member* tools = ask.body.find("tools");
    if (tools == nullptr || tools->type != json::Type::Array || ask.body.raw(*tools) == "[]")
        return false;
    const json::Member* effort = ask.body.find("reasoning_effort");
    return effort == nullptr || ask.body.raw(*effort) != "\"none\"";
}

Protocol spokenTo(const Lane& lane, const ExchangeState& state, const protocol::ModelRules& rules) {
    const protocol::Dialect& dialect = *lane.provider->dialect;
    const Protocol protocol = dialect.protocol;
    if (protocol != Protocol::OpenAiChat || !dialect.responses || lane.chatOnly)
        return protocol;
    const bool responses =
        state.ask.protocol == Protocol::OpenAiResponses || callsForResponses(state.ask, rules);
    return responses ? Protocol::OpenAiResponses : protocol;
}

std::string pathOf(Protocol protocol, std::string_view model, bool stream) {
    switch (protocol) {
        case Protocol::OpenAiChat:
            return "/chat/completions";
        case Protocol::OpenAiResponses:
            return "/responses";
        case Protocol::Anthropic:
            return "/messages";
        case Protocol::Gemini:
            return "/models/" + std::string(model) +
                   (stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
    }
    return {};
}

// Later versions of Anthropic's API refuse these, also where the model takes them, and its SDKs ask
// for such a version by themselves.
bool asksForSampling(const protocol::Ask& ask) {
    return ask.body.find("temperature") != nullptr || ask.body.find("top_p") != nullptr ||
           ask.body.find("top_k") != nullptr;
}

}  // namespace

std::string ownHeaders(const protocol::Ask& ask, const http::Fields& fields) {
    constexpr std::string_view kFirstVersion = "2023-06-01";
    if (ask.protocol != Protocol::Anthropic)
        return {};
    const auto version = fields.find("anthropic-version");
    std::string lines = "anthropic-version: ";
    lines.append(version && !asksForSampling(ask) ? *version : kFirstVersion).append("\r\n");
    if (const auto beta = fields.find("anthropic-beta"))
        lines.append("anthropic-beta: ").append(*beta).append("\r\n");
    return lines;
}

Result<std::unique_ptr<Errand>> Errand::write(ExchangeState& state, Lane& lane,
                                              const protocol::Dialects& dialects) {
    if (state.opened.writer && !state.opened.chat)
        state.opened.chat = std::move(lane.chat);
    lane.chat.reset();
    lane.dropped.clear();
    std::unique_ptr<Errand> errand(new Errand(state, lane));
    protocol::Target& target = errand->m_target;
    target.model = errand->m_model;
    target.dialect = lane.provider->dialect;
    target.rules = dialects.rulesOf(*target.dialect, target.model);
    errand->m_protocol = spokenTo(lane, state, target.rules);
    errand->m_translated = errand->m_protocol != state.ask.protocol ||
                           !state.conversation.previousId.empty() ||
                           protocol::carriesSeals(state.ask) || state.opened.writer ||
                           state.ask.sseArray ||  // providers are asked for events
                           (state.effort && target.rules.thinking != ThinkingForm::None) ||
                           (target.dialect->protocol == errand->m_protocol &&
                            protocol::needsRewriting(state.ask, *target.dialect));
    if (!errand->m_translated) {
        errand->passOn();
    } else if (auto ok = errand->translate(); !ok) {
        return fail(ok.error());
    }
    return errand;
}

void Errand::passOn() {
    m_path = pathOf(m_protocol, m_model, m_state.ask.stream);
    m_headerLines = ownHeaders(m_state.ask, m_state.request.head.fields);
    std::vector<protocol::Splice> splices = protocol::splicesFor(m_state.ask, m_target);
    addCap(splices);
    m_spliced.emplace(m_state.request.body, std::move(splices));
}

Result<void> Errand::translate() {
    auto chat = protocol::adapter(m_state.ask.protocol).readRequest(m_state.body());
    if (!chat)
        return fail(chat.error());
    m_lane.chat = std::make_unique<protocol::ChatRequest>(std::move(*chat));
    protocol::ChatRequest& request = *m_lane.chat;
    request.model = m_state.ask.model;
    request.stream = m_state.ask.stream;
    if (m_state.effort) {
        // Under its own name a model would get what the client says, effort and all.
        request.model.clear();
        protocol::Thinking& thinking = request.thinking;
        thinking.effort = m_state.effort;
        thinking.on = *m_state.effort != protocol::Effort::None;
        thinking.adaptive = false;
        thinking.budget.reset();
    }
    if (m_lane.outputCap && !request.maxOutput)
        request.maxOutput = m_lane.outputCap;
    m_restoredBytes = m_state.services.reasoning.prepare(
        request, {m_state.record.client, m_provider.id, m_model});
    auto written = protocol::adapter(m_protocol).writeRequest(request, m_target);
    if (!written)
        return fail(written.error());
    take(std::move(*written));
    return {};
}

// Under a limit every answer has a maximum: the one exception to byte-exactness.
void Errand::addCap(std::vector<protocol::Splice>& splices) const {
    if (!m_lane.outputCap)
        return;
    if (auto cap = protocol::capSplice(m_state.ask, m_target, *m_lane.outputCap))
        splices.push_back(std::move(*cap));
}

void Errand::take(protocol::WrittenRequest written) {
    m_path = std::move(written.path);
    if (m_protocol == m_state.ask.protocol) {
        m_headerLines = ownHeaders(m_state.ask, m_state.request.head.fields);
    } else {
        for (const auto& [name, value] : written.headers)
            m_headerLines.append(name).append(": ").append(value).append("\r\n");
    }
    m_body = std::move(written.body);
    m_bodyView = m_body;
    m_lane.dropped = std::move(written.dropped);
}

std::span<const std::string_view> Errand::pieces() const {
    return m_spliced ? m_spliced->pieces() : std::span<const std::string_view>(&m_bodyView, 1);
}

std::size_t Errand::size() const {
    return m_spliced ? m_spliced->size() : m_body.size();
}

std::optional<protocol::WrittenRequest> Errand::asCount() const {
    if (!m_target.rules.counted)
        return std::nullopt;
    std::string body;
    body.reserve(size());
    for (const std::string_view piece : pieces())
        body.append(piece);
    return protocol::countOf(m_protocol, m_model, body);
}

std::unique_ptr<protocol::Passage> Errand::passage(protocol::EventSink observer) const {
    protocol::AnswerContext context = m_state.answerContext(m_model, m_lane.chat.get());
    context.previous = m_state.conversation.previousId;
    context.keep = keeperOf(m_state);
    if (m_translated) {
        std::shared_ptr<protocol::AnswerWriter> writer = m_state.opened.writer;
        if (!writer)
            writer = protocol::adapter(m_state.ask.protocol).makeWriter(std::move(context));
        return protocol::translation(m_protocol, m_target, *m_lane.chat, std::move(writer),
                                     std::move(observer));
    }
    const bool dropUsage =
        !m_state.ask.usageAsked && !m_state.ask.costAsked && m_provider.dialect->streamUsageOption;
    auto passage = protocol::passThrough(m_protocol, m_target, dropUsage, m_state.ask.choices,
                                         std::move(context), std::move(observer));
    if (auto keep = keeperOf(m_state))
        return protocol::keeping(std::move(passage), std::move(keep));
    return passage;
}

// Chat has no field for the proofs that others want back, and the other clients see thoughts only
// where they asked for them.
bool Errand::needsReasoningKept() const {
    return m_translated || m_provider.dialect->reasoningMustReturn;
}

}  // namespace gr::gateway
