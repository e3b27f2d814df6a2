// SPDX-License-Identifier: MIT
#include "gateway/feed_line.h"

#include <array>
#include <concepts>

#include "json/scan.h"
#include "json/writer.h"

namespace gr::gateway {
namespace {

// Both directions walk the same lists of members (`members` below), so that they cannot differ.

std::string_view clipped(std::string_view text) {
    if (text.size() <= kLongest)
        return text;
    std::size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;  // not inside a character
    return text.substr(0, end);
}

class Out final {
  public:
    explicit Out(json::Writer& writer) : m_writer(writer) {}

    void operator()(std::string_view key, const std::string& text) {
        m_writer.key(key).string(clipped(text));
    }
    void operator()(std::string_view key, std::int64_t number) { m_writer.key(key).number(number); }
    void operator()(std::string_view key, int number) { m_writer.key(key).number(number); }
    void operator()(std::string_view key, std::uint64_t number) {
        m_writer.key(key).number(static_cast<std::int64_t>(number));
    }
    void operator()(std::string_view key, bool flag) { m_writer.key(key).boolean(flag); }
    void operator()(std::string_view key, UnixMs time) { m_writer.key(key).number(time.value); }
    void operator()(std::string_view key, Money amount) { m_writer.key(key).number(amount.pico()); }
    template <class T>
    void operator()(std::string_view key, const std::optional<T>& value) {
        if (value)
            (*this)(key, *value);
    }
    void operator()(std::string_view key, const std::vector<std::string>& texts) {
        m_writer.key(key).array();
        for (const std::string& text : texts)
            m_writer.string(clipped(text));
        m_writer.end();
    }
    template <class T>
    void operator()(std::string_view key, const std::vector<T>& values) {
        m_writer.key(key).array();
        for (const T& value : values) {
            m_writer.object();
            members(*this, value);
            m_writer.end();
        }
        m_writer.end();
    }
    template <class T>
    void operator()(std::string_view key, const T& value) {
        m_writer.key(key).object();
        members(*this, value);
        m_writer.end();
    }
    template <class Enum, std::size_t N>
    void named(std::string_view key, Enum value, const std::array<std::string_view, N>& names) {
        m_writer.key(key).string(names[static_cast<std::size_t>(value)]);
    }

  private:
    json::Writer& m_writer;
};

class In final {
  public:
    explicit In(const json::Object& object) : m_object(object) {}

    void operator()(std::string_view key, std::string& text) {
        if (const auto* m = typed(key, json::Type::String))
            text = json::unescape(m_object.raw(*m));
    }
    void operator()(std::string_view key, std::int64_t& number) {
        if (const auto* m = typed(key, json::Type::Number))
            number = json::integerIn(m_object.raw(*m)).value_or(0);
    }
    void operator()(std::string_view key, int& number) {
        std::int64_t wide = number;
        (*this)(key, wide);
        number = static_cast<int>(wide);
    }
    void operator()(std::string_view key, std::uint64_t& number) {
        std::int64_t wide = 0;
        (*this)(key, wide);
        number = static_cast<std::uint64_t>(wide);
    }
    void operator()(std::string_view key, bool& flag) { flag = typed(key, json::Type::True); }
    void operator()(std::string_view key, UnixMs& time) { (*this)(key, time.value); }
    void operator()(std::string_view key, Money& amount) {
        std::int64_t pico = 0;
        (*this)(key, pico);
        amount = Money::fromPico(pico);
    }
    template <class T>
    void operator()(std::string_view key, std::optional<T>& value) {
        if (m_object.find(key) != nullptr)
            (*this)(key, value.emplace());
    }
    void operator()(std::string_view key, std::vector<std::string>& texts) {
        for (const std::string_view element : elements(key)) {
            if (element.starts_with('"'))
                texts.push_back(json::unescape(element));
        }
    }
    template <class T>
    void operator()(std::string_view key, std::vector<T>& values) {
        for (const std::string_view element : elements(key)) {
            if (const auto object = json::objectIn(element)) {
                In in(*object);
                members(in, values.emplace_back());
            }
        }
    }
    template <class T>
    void operator()(std::string_view key, T& value) {
        const json::Member* m = m_object.find(key);
        const auto object = m != nullptr ? json::objectIn(m_object.raw(*m)) : std::nullopt;
        if (object) {
            In in(*object);
            members(in, value);
        }
    }
    template <class Enum, std::size_t N>
    void named(std::string_view key, Enum& value, const std::array<std::string_view, N>& names) {
        std::string name;
        (*this)(key, name);
        for (std::size_t i = 0; i < N; ++i) {
            if (names[i] == name)
                value = static_cast<Enum>(i);
        }
    }

  private:
    const json::Member* typed(std::string_view key, json::Type type) const {
        const json::Member* m = m_object.find(key);
        return m != nullptr && m->type == type ? m : nullptr;
    }
    std::vector<std::string_view> elements(std::string_view key) const {
        const json::Member* m = m_object.find(key);
        return m != nullptr ? json::elementsIn(m_object.raw(*m)) : std::vector<std::string_view>();
    }
    const json::Object& m_object;
};

using namespace std::string_view_literals;
constexpr std::array kKinds{"started"sv, "changed"sv, "finished"sv};
constexpr std::array kStates{"untried"sv,      "ready"sv,   "no_key"sv,
                             "key_rejected"sv, "cooling"sv, "down"sv};
constexpr std::array kBases{"unknown"sv, "computed"sv, "reported"sv, "estimated"sv, "free"sv};
constexpr std::array kOutcomes{"answered"sv,        "client_gone"sv,   "refused"sv,
                               "provider_failed"sv, "stream_broken"sv, "stopped"sv};

// A value of type `Named`: const when it is written, plain when it is read.
template <class Value, class Named>
concept Is = std::same_as<std::remove_const_t<Value>, Named>;

void members(auto& io, Is<RunningExchange> auto& running) {
    io("id", running.id);
    io("startedAt", running.startedAt);
    io("client", running.client);
    io("askedModel", running.askedModel);
    io("provider", running.provider);
    io("model", running.model);
    io("answering", running.answering);
}

void members(auto& io, Is<TokenUsage> auto& tokens) {
    io("input", tokens.input);
    io("cacheRead", tokens.cacheRead);
    io("cacheWrite5m", tokens.cacheWrite5m);
    io("cacheWrite1h", tokens.cacheWrite1h);
    io("audioInput", tokens.audioInput);
    io("output", tokens.output);
    io("reasoning", tokens.reasoning);
    io("audioOutput", tokens.audioOutput);
    io("webSearches", tokens.webSearches);
}

void members(auto& io, Is<ledger::Attempt> auto& attempt) {
    io("provider", attempt.provider);
    io("model", attempt.model);
    io("httpStatus", attempt.httpStatus);
    io("error", attempt.error);
    io("startedMs", attempt.startedMs);
    io("headMs", attempt.headMs);
    io("endedMs", attempt.endedMs);
    io("tokens", attempt.tokens);
    io("costPico", attempt.cost);
    io.named("basis", attempt.basis, kBases);
    io("computedPico", attempt.computed);
}

void members(auto& io, Is<ledger::RequestRecord> auto& record) {
    io("id", record.id);
    io("startedAt", record.startedAt);
    io("client", record.client);
    io("endpoint", record.endpoint);
    io("askedModel", record.askedModel);
    io("provider", record.provider);
    io("model", record.model);
    io("attempts", record.attempts);
    io("tokens", record.tokens);
    io("costPico", record.cost);
    io("streamed", record.streamed);
    io("simulated", record.simulated);
    io("reused", record.reused);
    io("status", record.status);
    io.named("outcome", record.outcome, kOutcomes);
    io("error", record.error);
    io("firstTokenMs", record.firstTokenMs);
    io("totalMs", record.totalMs);
}

void members(auto& io, Is<ExchangeEvent> auto& event) {
    io.named("kind", event.kind, kKinds);
    io("running", event.running);
    io("finished", event.finished);
}

void members(auto& io, Is<ProviderStatus> auto& status) {
    io("id", status.id);
    io.named("state", status.state, kStates);
    io("until", status.until);
    io("lastError", status.lastError);
}

void members(auto& io, Is<FoundServer> auto& server) {
    io("kind", server.kind);
    io("title", server.title);
    io("baseUrl", server.baseUrl);
    io("models", server.models);
    io("owner", server.owner);
    io("sameUser", server.sameUser);
    io("configured", server.configured);
}

void members(auto& io, Is<FeedBatch> auto& batch) {
    io("next", batch.next);
    io("fresh", batch.fresh);
    io("events", batch.events);
    io("providers", batch.providers);
    io("servers", batch.servers);
}

}  // namespace

std::string toLine(const FeedBatch& batch) {
    json::Writer writer;
    writer.object().key("ok").boolean(true);
    Out out(writer);
    members(out, batch);
    return writer.end().take();
}

Result<FeedBatch> readFeedLine(std::string_view line) {
    const auto object = json::scanObject(line);
    if (!object)
        return fail(ErrorCode::Unreachable, "The running gateway gave an answer without sense.");
    const json::Member* ok = object->find("ok");
    if (ok == nullptr || ok->type != json::Type::True) {
        const json::Member* error = object->find("error");
        return fail(ErrorCode::Unreachable, error != nullptr && error->type == json::Type::String
                                                ? json::unescape(object->raw(*error))
                                                : "The running gateway refuses to tell what runs.");
    }
    FeedBatch batch;
    In in(*object);
    members(in, batch);
    return batch;
}

}  // namespace gr::gateway
