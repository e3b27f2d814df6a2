// SPDX-License-Identifier: MIT
#include "routing/trace.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace gr::routing {
namespace {

constexpr char kForm = 1;
constexpr std::size_t kSession = 8;
constexpr std::size_t kLanguage = 2;
constexpr std::size_t kMostKnown = 160;  // models of the scorer
constexpr std::size_t kMostName = 40;

constexpr std::array kFlags{
    &RequestFacts::hasImage,  &RequestFacts::hasFile,   &RequestFacts::hasAudio,
    &RequestFacts::hasVideo,  &RequestFacts::hasTools,  &RequestFacts::structured,
    &RequestFacts::reasoning, &RequestFacts::hasSecret, &RequestFacts::hasCode};

constexpr std::array kSought{&Trace::secretsSought, &Trace::codeSought, &Trace::languageSought};

void putNumber(std::string& out, std::uint64_t value) {  // LEB128
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
}

void putCount(std::string& out, std::int64_t value) {
    putNumber(out, static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0)));
}

void putShare(std::string& out, float share) {
    const float clamped = std::clamp(share, 0.0F, 1.0F);
    out.push_back(static_cast<char>(static_cast<unsigned char>(std::lround(clamped * 255))));
}

// Texts of a fixed size, zeros behind them.
void putFixed(std::string& out, std::string_view text, std::size_t size) {
    out.append(text.substr(0, size));
    out.append(size - std::min(size, text.size()), '\0');
}

class Source final {
  public:
    explicit Source(std::string_view bytes) : m_rest(bytes) {}

    bool good() const { return m_good; }
    bool atEnd() const { return m_rest.empty(); }

    std::string_view bytes(std::uint64_t count) {
        m_good = m_good && count <= m_rest.size();
        if (!m_good)
            return {};
        const std::string_view part = m_rest.substr(0, count);
        m_rest.remove_prefix(count);
        return part;
    }
    std::string fixed(std::size_t size) {
        const std::string_view part = bytes(size);
        return std::string(part.substr(0, part.find('\0')));
    }
    std::uint8_t byte() {
        const std::string_view one = bytes(1);
        return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
    }
    float share() { return static_cast<float>(byte()) / 255; }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            value |= std::uint64_t{next & 0x7FU} << shift;
            if ((next & 0x80) == 0)
                return value;
        }
        m_good = false;
        return 0;
    }
    std::int64_t count() {
        const std::uint64_t value = number();
        m_good = m_good && value <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
        return static_cast<std::int64_t>(value);
    }

  private:
    std::string_view m_rest;
    bool m_good = true;
};

void putPrediction(std::string& out, const Prediction& prediction) {
    putShare(out, prediction.difficulty);
    putShare(out, prediction.confidence);
    for (const float share : prediction.domains)
        putShare(out, share);
    const std::size_t known = std::min(prediction.known.size(), kMostKnown);
    putNumber(out, known);
    for (std::size_t i = 0; i < known; ++i)
        putShare(out, prediction.known[i]);
}

void readPrediction(Source& source, Prediction& prediction) {
    prediction.difficulty = source.share();
    prediction.confidence = source.share();
    for (float& share : prediction.domains)
        share = source.share();
    prediction.known.resize(std::min<std::size_t>(source.number(), kMostKnown));
    for (float& share : prediction.known)
        share = source.share();
}

}  // namespace

std::string packTrace(const Trace& trace) {
    const RequestFacts& facts = trace.facts;
    std::string out;
    out.reserve(kMostTraceBytes);
    out.push_back(kForm);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kSought.size(); ++i)
        bits |= std::uint64_t{trace.*kSought[i]} << i;
    for (std::size_t i = 0; i < kFlags.size(); ++i)
        bits |= std::uint64_t{facts.*kFlags[i]} << (kSought.size() + i);
    bits |= static_cast<std::uint64_t>(facts.cacheMarks) << (kSought.size() + kFlags.size());
    putNumber(out, bits);
    putCount(out, facts.promptTokens);
    putCount(out, facts.prefixTokens);
    putCount(out, facts.turns);
    putNumber(out, facts.toolCount);
    putNumber(out, facts.bodyBytes);
    putCount(out, facts.maxOutput ? std::max<std::int64_t>(*facts.maxOutput, 0) + 1 : 0);
    putFixed(out, facts.session, kSession);
    putFixed(out, facts.language, kLanguage);
    const std::string_view keeper = std::string_view(facts.stateOf).substr(0, kMostName);
    putNumber(out, keeper.size());
    out += keeper;
    putPrediction(out, facts.prediction);
    return out;
}

std::optional<Trace> unpackTrace(std::string_view bytes) {
    Source source(bytes);
    if (source.byte() != kForm)
        return std::nullopt;
    Trace trace;
    RequestFacts& facts = trace.facts;
    const std::uint64_t bits = source.number();
    for (std::size_t i = 0; i < kSought.size(); ++i)
        trace.*kSought[i] = (bits >> i & 1) != 0;
    for (std::size_t i = 0; i < kFlags.size(); ++i)
        facts.*kFlags[i] = (bits >> (kSought.size() + i) & 1) != 0;
    const std::uint64_t marks = bits >> (kSought.size() + kFlags.size());
    if (marks > static_cast<std::uint64_t>(CacheMarks::OneHour))
        return std::nullopt;
    facts.cacheMarks = static_cast<CacheMarks>(marks);
    facts.promptTokens = source.count();
    facts.prefixTokens = source.count();
    facts.turns = source.count();
    facts.toolCount = source.number();
    facts.bodyBytes = source.number();
    if (const std::int64_t most = source.count(); most > 0)
        facts.maxOutput = most - 1;
    const std::string_view session = source.bytes(kSession);
    if (session != std::string(kSession, '\0'))
        facts.session = session;
    facts.language = source.fixed(kLanguage);
    facts.stateOf = source.bytes(source.number());
    readPrediction(source, facts.prediction);
    if (!source.good() || !source.atEnd())
        return std::nullopt;
    return trace;
}

}  // namespace gr::routing
