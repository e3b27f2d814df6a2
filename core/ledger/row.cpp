// SPDX-License-Identifier: MIT
#include "ledger/row.h"

#include <array>
#include <charconv>

namespace gr::ledger {
namespace {

constexpr std::size_t kFirstFields = 7;  // what every row has
constexpr std::size_t kFields = 19;

constexpr std::array kCounts{
    &TokenUsage::input,        &TokenUsage::cacheRead,   &TokenUsage::cacheWrite5m,
    &TokenUsage::cacheWrite1h, &TokenUsage::audioInput,  &TokenUsage::output,
    &TokenUsage::reasoning,    &TokenUsage::audioOutput, &TokenUsage::webSearches};
constexpr std::size_t kFirstCount = 10;
constexpr auto kLastBasis = static_cast<std::int64_t>(CostBasis::Free);

void appendNumber(std::string& out, std::int64_t value, char after) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
    out.push_back(after);
}

// Takes the text up to `mark` (or the end) off the front of `rest`.
std::string_view takeUntil(std::string_view& rest, char mark) {
    const std::size_t at = rest.find(mark);
    const std::string_view part = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return part;
}

void appendCost(std::string& out, const Attempt& attempt) {
    std::array<std::optional<std::int64_t>, kFields - kFirstFields> fields;
    if (attempt.basis != CostBasis::Unknown)
        fields[0] = static_cast<std::int64_t>(attempt.basis);
    if (attempt.cost)
        fields[1] = attempt.cost->pico();
    if (attempt.computed)
        fields[2] = attempt.computed->pico();
    for (std::size_t i = 0; i < kCounts.size(); ++i)
        fields[kFirstCount - kFirstFields + i] = plausible(attempt.tokens.*kCounts[i]);
    std::size_t told = fields.size();
    while (told > 0 && !fields[told - 1])
        --told;
    for (std::size_t i = 0; i < told; ++i) {
        out.push_back(',');
        if (fields[i]) {
            appendNumber(out, *fields[i], ',');
            out.pop_back();
        } else {
            out.push_back('-');
        }
    }
}

std::optional<std::int64_t> parseNumber(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end)
        return std::nullopt;
    return value;
}

}  // namespace

std::string_view cutName(std::string_view name) {
    if (name.size() <= kMaxNameBytes)
        return name;
    std::size_t size = kMaxNameBytes;
    while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xc0) == 0x80)
        --size;
    return name.substr(0, size);
}

std::string packAttempts(const std::vector<Attempt>& attempts,
                         const std::function<std::int64_t(std::string_view)>& numberOf) {
    std::string out;
    for (const Attempt& attempt : attempts) {
        if (!out.empty())
            out.push_back(';');
        appendNumber(out, numberOf(attempt.provider), ',');
        appendNumber(out, numberOf(attempt.model), ',');
        appendNumber(out, attempt.httpStatus, ',');
        appendNumber(out, numberOf(attempt.error), ',');
        appendNumber(out, attempt.startedMs, ',');
        if (attempt.headMs)
            appendNumber(out, *attempt.headMs, ',');
        else
            out += "-,";
        appendNumber(out, attempt.endedMs, ',');
        out.pop_back();
        appendCost(out, attempt);
    }
    return out;
}

std::optional<std::vector<Attempt>> unpackAttempts(
    std::string_view packed, const std::function<std::string(std::int64_t)>& nameOf) {
    std::vector<Attempt> attempts;
    while (!packed.empty()) {
        std::string_view rest = takeUntil(packed, ';');
        std::array<std::optional<std::int64_t>, kFields> fields;
        for (std::size_t i = 0; i < kFields && (i < kFirstFields || !rest.empty()); ++i) {
            const std::string_view field = takeUntil(rest, ',');
            const bool unknown = (i == 5 || i >= kFirstFields) && field == "-";
            if (!unknown && !(fields[i] = parseNumber(field)))
                return std::nullopt;
        }
        if (!rest.empty() || fields[7].value_or(0) < 0 || fields[7].value_or(0) > kLastBasis)
            return std::nullopt;
        Attempt& attempt = attempts.emplace_back();
        attempt.provider = nameOf(*fields[0]);
        attempt.model = nameOf(*fields[1]);
        attempt.httpStatus = static_cast<int>(*fields[2]);
        attempt.error = nameOf(*fields[3]);
        attempt.startedMs = *fields[4];
        attempt.headMs = fields[5];
        attempt.endedMs = *fields[6];
        attempt.basis = static_cast<CostBasis>(fields[7].value_or(0));
        if (fields[8])
            attempt.cost = Money::fromPico(*fields[8]);
        if (fields[9])
            attempt.computed = Money::fromPico(*fields[9]);
        for (std::size_t n = 0; n < kCounts.size(); ++n)
            attempt.tokens.*kCounts[n] = fields[kFirstCount + n];
    }
    return attempts;
}

std::string packCharges(const std::vector<Charge>& charges,
                        const std::function<std::int64_t(std::string_view)>& numberOf) {
    std::string out;
    for (const Charge& charge : charges) {
        if (!out.empty())
            out.push_back(';');
        appendNumber(out, numberOf(charge.account), ',');
        appendNumber(out, charge.windowMs, ',');
        appendNumber(out, charge.amount, ',');
        appendNumber(out, charge.leased, ';');
        out.pop_back();
    }
    return out;
}

std::optional<std::vector<Charge>> unpackCharges(
    std::string_view packed, const std::function<std::string(std::int64_t)>& nameOf) {
    std::vector<Charge> charges;
    while (!packed.empty()) {
        std::string_view rest = takeUntil(packed, ';');
        std::array<std::int64_t, 4> fields{};
        for (std::int64_t& field : fields) {
            const auto number = parseNumber(takeUntil(rest, ','));
            if (!number)
                return std::nullopt;
            field = *number;
        }
        if (!rest.empty())
            return std::nullopt;
        charges.push_back({nameOf(fields[0]), fields[1], fields[2], fields[3]});
    }
    return charges;
}

}  // namespace gr::ledger
