// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "gateway/reasoning_desk.h"
#include "http/sse.h"
#include "json/scan.h"
#include "protocol/adapters.h"
#include "protocol/ask.h"
#include "protocol/passage.h"

// The road of one request through the adapters, without a socket: what the daemon does between the
// client's body and the provider's, and back. Ids, times and keys are fixed.
namespace gr::test {

// Whom the transcripts talk to. The name stands in the names of their files.
struct TranscriptProvider {
    std::string_view name;
    protocol::Protocol protocol;  // that it is spoken to in
    std::string_view dialect;
    std::string_view model;
    // How its proof of reasoning is called, and reads on its own wire and inside a seal.
    std::string_view vendor = "";
    std::string_view proof = "";
    std::string_view sealedProof = "";
    std::string_view call = "call_up1";  // the id of the first call in its answers
};

inline constexpr std::array kTranscriptProviders{
    TranscriptProvider{"chat", protocol::Protocol::OpenAiChat, "openai", "gpt-4o"},
    TranscriptProvider{"responses", protocol::Protocol::OpenAiResponses, "openai", "gpt-5.6",
                       "openai", "enc-openai", "rs_9:enc-openai"},
    TranscriptProvider{"messages", protocol::Protocol::Anthropic, "anthropic", "claude-sonnet-4-5",
                       "anthropic", "c2ln+/==", "c2ln+/==", "toolu_up1"},
    TranscriptProvider{"gemini", protocol::Protocol::Gemini, "gemini", "gemini-3-flash", "gemini",
                       "c2lnLWdlbWluaQ==", "c2lnLWdlbWluaQ=="},
    TranscriptProvider{"deepseek", protocol::Protocol::OpenAiChat, "deepseek", "deepseek-v4-pro"},
    TranscriptProvider{"mistral", protocol::Protocol::OpenAiChat, "mistral", "magistral-medium", "",
                       "", "", "aB3dE5gH7"},
    TranscriptProvider{"opus", protocol::Protocol::Anthropic, "anthropic", "claude-opus-5-5",
                       "anthropic", "c2ln+/==", "c2ln+/==", "toolu_up1"},
};

inline constexpr std::array kTranscriptClients{
    protocol::Protocol::OpenAiChat, protocol::Protocol::OpenAiResponses,
    protocol::Protocol::Anthropic, protocol::Protocol::Gemini};

class FixedClock final : public Clock {
  public:
    UnixMs now() const override { return {1'767'225'600'000}; }
    SteadyTime steady() const override { return SteadyTime(std::chrono::hours(1)); }
};

// Seals in transcripts are told open, as `gr1.{anthropic c2ln}`: what is in them matters. Gemini's
// clients get them in base64; that is told as `base64.{anthropic c2ln}`.
class Seals final {
  public:
    Seals() : m_sealer(Secret(kKey)), m_desk(Secret(kKey), m_clock) {}

    gateway::ReasoningDesk& desk() { return m_desk; }
    std::string seal(std::string_view vendor, std::string_view proof) const {
        return m_sealer.seal("client", vendor, proof);
    }

    // `gr1.{…}` becomes the seal; in base64, if `inBase64`.
    std::string closed(std::string text, bool inBase64 = false) const {
        return replaced(std::move(text), "gr1.", [&](std::string_view rest, std::string& out) {
            const std::size_t end = rest.starts_with('{') ? rest.find('}') : rest.npos;
            const std::size_t space = rest.substr(0, end).find(' ');
            if (end == rest.npos || space == rest.npos)
                return std::size_t(0);
            out = seal(rest.substr(1, space - 1), rest.substr(space + 1, end - space - 1));
            if (inBase64)
                out = toBase64(out);
            return end + 1;
        });
    }

    // The other way round.
    std::string opened(std::string text) const {
        text = replaced(std::move(text), "gr1.", [this](std::string_view rest, std::string& out) {
            rest = base64At(rest);
            out = told("gr1.", "gr1." + std::string(rest));
            return out.empty() ? std::size_t(0) : rest.size();
        });
        return replaced(std::move(text), "Z3IxL", [this](std::string_view rest, std::string& out) {
            rest = base64At(rest);
            out = told("base64.", fromBase64("Z3IxL" + std::string(rest)).value_or(""));
            return out.empty() ? std::size_t(0) : rest.size();
        });
    }

  private:
    static std::string_view base64At(std::string_view text) {
        const auto isBase64 = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '+' || c == '/' || c == '=';
        };
        const auto end = std::find_if_not(text.begin(), text.end(), isBase64);
        return text.substr(0, static_cast<std::size_t>(end - text.begin()));
    }

    // Empty when it is no seal.
    std::string told(std::string_view mark, std::string_view sealed) const {
        const auto found = m_sealer.open("client", sealed);
        return found ? std::string(mark) + "{" + found->vendor + " " + found->signature + "}"
                     : std::string();
    }

    // `change` gets what stands behind `mark` and says how much of it its result replaces.
    template <class Change>
    static std::string replaced(std::string text, std::string_view mark, Change change) {
        for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
            std::string out;
            const auto rest = std::string_view(text).substr(at + mark.size());
            const std::size_t length = change(rest, out);
            if (length > 0)
                text.replace(at, mark.size() + length, out);
            at += std::max(out.size(), mark.size());
        }
        return text;
    }

    static constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";

    FixedClock m_clock;
    protocol::Sealer m_sealer;  // seals as the desk does
    gateway::ReasoningDesk m_desk;
};

inline const protocol::Dialects& dialects() {
    static const protocol::Dialects data = protocol::Dialects::embedded();
    return data;
}

class TranscriptRoad final {
  public:
    // How the client wants its answer. Array: a stream as one JSON array, which only Gemini has.
    enum class Form { Whole, Stream, Array };

    // `body` as the client sends it when it streams; a whole answer is asked for by the same body
    // without the members that say so.
    TranscriptRoad(Seals& seals, protocol::Protocol client, const TranscriptProvider& provider,
                   std::string body, Form form)
        : m_seals(seals),
          m_client(client),
          m_provider(provider),
          m_body(form == Form::Whole ? wholeForm(body) : std::move(body)),
          m_dialect(dialects().find(provider.dialect, provider.protocol)) {
        m_target.model = provider.model;
        m_target.dialect = &m_dialect;
        m_target.rules = dialects().rulesOf(m_dialect, provider.model);
        m_path.model = "some/model";
        m_path.stream = form != Form::Whole;
        m_path.sse = form == Form::Stream;
    }
    TranscriptRoad(const TranscriptRoad&) = delete;
    TranscriptRoad& operator=(const TranscriptRoad&) = delete;

    Result<void> open() {
        auto ask = protocol::readAsk(m_client, m_body, m_path);
        if (!ask)
            return fail(ask.error());
        m_ask = std::move(*ask);
        m_translated = m_provider.protocol != m_client || protocol::carriesSeals(m_ask) ||
                       m_ask.sseArray || protocol::needsRewriting(m_ask, m_dialect);
        return m_translated ? translate() : passOn();
    }

    bool translated() const { return m_translated; }
    const std::string& clientBody() const { return m_body; }
    const protocol::WrittenRequest& written() const { return m_written; }
    std::unique_ptr<protocol::Passage> passage(protocol::EventSink observer = {}) const {
        protocol::AnswerContext context;
        context.id = "req_01";
        context.model = m_provider.model;
        context.created = 1'767'225'600;
        context.stream = m_ask.stream;
        context.sseArray = m_ask.sseArray;
        context.usageAsked = m_ask.usageAsked;
        context.request = m_request ? &*m_request : nullptr;
        context.seal = [this](std::string_view vendor, std::string_view proof) {
            return m_seals.seal(vendor, proof);
        };
        if (m_translated)
            return protocol::translation(m_provider.protocol, m_target, *m_request,
                                         protocol::adapter(m_client).makeWriter(std::move(context)),
                                         std::move(observer));
        const bool dropUsage = !m_ask.usageAsked && m_dialect.streamUsageOption;
        return protocol::passThrough(m_provider.protocol, m_target, dropUsage, m_ask.choices,
                                     std::move(context), std::move(observer));
    }

    protocol::ReasoningOwner owner() const { return {"client", m_provider.name, m_provider.model}; }

  private:
    static std::string wholeForm(const std::string& body) {
        const auto object = json::scanObject(body);
        if (!object)
            return body;
        std::vector<const json::Member*> members;
        for (const std::string_view key : {"stream", "stream_options"}) {
            if (const json::Member* member = object->find(key))
                members.push_back(member);
        }
        return joined(protocol::SplicedBody(body, protocol::removeMembers(*object, members)));
    }

    static std::string joined(const protocol::SplicedBody& body) {
        std::string text;
        for (const std::string_view piece : body.pieces())
            text.append(piece);
        return text;
    }

    Result<void> passOn() {
        m_written.body =
            joined(protocol::SplicedBody(m_body, protocol::splicesFor(m_ask, m_target)));
        return {};
    }

    Result<void> translate() {
        auto request = protocol::adapter(m_client).readRequest(m_body);
        if (!request)
            return fail(request.error());
        m_request.emplace(std::move(*request));
        m_request->model = m_ask.model;
        m_request->stream = m_ask.stream;
        m_seals.desk().prepare(*m_request, owner());
        auto written = protocol::adapter(m_provider.protocol).writeRequest(*m_request, m_target);
        if (!written)
            return fail(written.error());
        m_written = std::move(*written);
        return {};
    }

    Seals& m_seals;
    protocol::Protocol m_client;
    const TranscriptProvider& m_provider;
    std::string m_body;
    const protocol::Dialect& m_dialect;
    protocol::Target m_target;
    protocol::PathAsk m_path;
    protocol::Ask m_ask;
    std::optional<protocol::ChatRequest> m_request;
    protocol::WrittenRequest m_written;
    bool m_translated = false;
};

// What the client gets of a stream that arrives in the pieces that `next` measures (bytes, of those
// left). `ended`: whether it came to a good end.
template <class Next>
std::string playStream(protocol::Passage& passage, std::string_view stream, Next next,
                       bool* ended = nullptr) {
    using Verdict = protocol::Passage::Verdict;
    std::string out;
    bool failed = false;
    const std::function<void(std::string_view)> take = [&](std::string_view event) {
        if (failed)
            return;
        const std::size_t before = out.size();
        failed = passage.event(event, out) == Verdict::Error;
        if (failed && !passage.passesErrorsOn())
            out.resize(before);
    };
    http::SseSplitter splitter;
    while (!stream.empty()) {
        const std::size_t length = next(stream.size());
        (void)splitter.feed(stream.substr(0, length), take);
        stream.remove_prefix(length);
    }
    if (!splitter.rest().empty())
        take(splitter.rest());
    const bool good = !failed && passage.complete();
    if (good)
        passage.end(out);
    else if (!failed || !passage.passesErrorsOn())
        passage.breakOff(
            Error(ErrorCode::StreamBroken,
                  failed ? "It failed while it answered. It says: " + passage.errorText()
                         : "It closed the connection before its answer was complete."),
            out);
    if (ended != nullptr)
        *ended = good;
    return out;
}

inline std::string playStream(protocol::Passage& passage, std::string_view stream) {
    return playStream(passage, stream, [](std::size_t left) { return left; });
}

}  // namespace gr::test
