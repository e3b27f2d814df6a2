// SPDX-License-Identifier: MIT
#include "gateway/side_errand.h"

#include "protocol/gemini_words.h"
#include "protocol/json_member.h"
#include "protocol/token_count.h"
#include "protocol/whole_passage.h"

namespace gr::gateway {
namespace {

using protocol::Protocol;
using protocol::Task;
using protocol::WholeAnswer;

// The protocol in which a provider counts; chat completions stand for none.
Protocol countingProtocol(const upstream::Provider& provider) {
    const protocol::Dialect& dialect = *provider.dialect;
    const bool responses = dialect.protocol == Protocol::OpenAiChat && dialect.responses;
    return responses ? Protocol::OpenAiResponses : dialect.protocol;
}

TokenUsage inputOf(std::optional<std::int64_t> tokens) {
    TokenUsage usage;
    usage.input = tokens;
    return usage;
}

// Gemini's embeddings as they are; some of its models tell their usage.
Result<WholeAnswer> geminiVectors(std::string_view body) {
    const auto object = json::scanObject(body);
    if (!object)
        return fail(object.error());
    const auto usage = protocol::childOf(*object, "usageMetadata");
    return WholeAnswer{
        std::string(body),
        inputOf(usage ? protocol::integerOf(*usage, "promptTokenCount") : std::nullopt)};
}

}  // namespace

bool countsEmbeddingsHere(const protocol::Ask& ask, const upstream::Provider& provider) {
    return ask.task == Task::Embed && ask.protocol == Protocol::OpenAiChat &&
           provider.dialect->protocol == Protocol::Gemini;
}

Result<std::unique_ptr<Errand>> SideErrand::write(ExchangeState& state, Lane& lane,
                                                  const protocol::Dialects& dialects) {
    lane.chat.reset();
    lane.dropped.clear();
    std::unique_ptr<SideErrand> errand(new SideErrand(state, lane));
    errand->m_target.model = errand->m_model;
    errand->m_target.dialect = lane.provider->dialect;
    errand->m_target.rules = dialects.rulesOf(*lane.provider->dialect, lane.model);
    errand->m_protocol = lane.provider->dialect->protocol;
    if (auto ok = errand->fill(); !ok)
        return fail(ok.error());
    return errand;
}

Result<void> SideErrand::fill() {
    switch (m_state.ask.task) {
        case Task::Count:
            return count();
        case Task::Embed:
            return embed();
        default:
            return complete();
    }
}

Failure SideErrand::unserved(std::string_view what) const {
    return failField(ErrorCode::NoCandidate, "model",
                     m_provider.id + " has no " + std::string(what) +
                         " of this form; name a model of another provider.");
}

void SideErrand::passOn(std::string path) {
    const protocol::Ask& ask = m_state.ask;
    m_path = std::move(path);
    m_headerLines = ownHeaders(m_state.ask, m_state.request.head.fields);
    std::vector<protocol::Splice> splices = m_protocol == Protocol::Gemini
                                                ? protocol::geminiSplicesFor(ask, m_model)
                                                : protocol::splicesFor(ask, m_target);
    if (ask.task == Task::Complete)
        addCap(splices);
    m_spliced.emplace(m_state.request.body, std::move(splices));
}

Result<void> SideErrand::count() {
    m_protocol = countingProtocol(m_provider);
    if (m_protocol == Protocol::OpenAiChat)
        return unserved("count of tokens");
    m_translated = m_protocol != m_state.ask.protocol || !m_state.conversation.previousId.empty() ||
                   protocol::carriesSeals(m_state.ask);
    if (!m_translated) {
        passOn(protocol::countPath(m_protocol, m_model));
        return {};
    }
    auto chat = protocol::readCount(m_state.ask.protocol, m_state.body());
    if (!chat)
        return fail(chat.error());
    m_lane.chat = std::make_unique<protocol::ChatRequest>(std::move(*chat));
    m_lane.chat->model = m_state.ask.model;
    m_state.services.reasoning.prepare(*m_lane.chat,
                                       {m_state.record.client, m_provider.id, m_model});
    auto written = protocol::writeCount(m_protocol, *m_lane.chat, m_target);
    if (!written)
        return fail(written.error());
    take(std::move(*written));
    return {};
}

Result<void> SideErrand::embed() {
    const protocol::Ask& ask = m_state.ask;
    if (m_protocol == ask.protocol) {
        passOn(m_protocol == Protocol::Gemini
                   ? protocol::geminiModelPath(m_model) + ":" + std::string(ask.method)
                   : "/embeddings");
        return {};
    }
    if (!countsEmbeddingsHere(ask, m_provider))
        return unserved("embeddings");
    auto embedding = protocol::readEmbeddings(m_state.request.body);
    if (!embedding)
        return fail(embedding.error());
    m_embedding = std::move(*embedding);
    m_translated = true;
    auto written = protocol::writeGeminiEmbeddings(*m_embedding, m_model);
    protocol::WrittenRequest request;
    request.path = std::move(written.path);
    request.body = std::move(written.body);
    take(std::move(request));
    return {};
}

Result<void> SideErrand::complete() {
    if (m_protocol != Protocol::OpenAiChat)
        return unserved("legacy completions");
    passOn("/completions");
    return {};
}

std::unique_ptr<protocol::Passage> SideErrand::passage(protocol::EventSink) const {
    const protocol::Ask& ask = m_state.ask;
    if (ask.task == Task::Count) {
        return protocol::wholePassage(
            !m_translated, [this](std::string_view body) -> Result<WholeAnswer> {
                const auto tokens = protocol::countIn(m_protocol, body);
                if (!tokens)
                    return fail(tokens.error());
                return WholeAnswer{m_translated
                                       ? protocol::countAnswer(m_state.ask.protocol, *tokens)
                                       : std::string(body),
                                   {}};
            });
    }
    if (m_embedding) {
        return protocol::wholePassage(false, [this](std::string_view body) -> Result<WholeAnswer> {
            const std::int64_t tokens = m_lane.estimate.value_or(0);
            auto answer = protocol::embeddingsOfGemini(body, *m_embedding, m_model, tokens);
            if (!answer)
                return fail(answer.error());
            return WholeAnswer{std::move(*answer), inputOf(tokens)};
        });
    }
    if (m_protocol == Protocol::Gemini)
        return protocol::wholePassage(true, geminiVectors);
    const bool dropUsage =
        !ask.usageAsked && !ask.costAsked && m_lane.provider->dialect->streamUsageOption;
    return protocol::passThrough(m_protocol, m_target, dropUsage, ask.choices,
                                 m_state.answerContext(m_model, m_lane.chat.get()), {});
}

}  // namespace gr::gateway
