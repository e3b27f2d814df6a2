// SPDX-License-Identifier: MIT
#include "ledger/row.h"

#include <array>
#include <charconv>

namespace gr::ledger {
namespace {

constexpr std::size_t kFields = 7;

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
        appendNumber(out, attempt.endedMs, ';');
        out.pop_back();
    }
    return out;
}

std::optional<std::vector<Attempt>> unpackAttempts(
    std::string_view packed, const std::function<std::string(std::int64_t)>& nameOf) {
    std::vector<Attempt> attempts;
    while (!packed.empty()) {
        std::string_view rest = takeUntil(packed, ';');
        std::array<std::optional<std::int64_t>, kFields> fields;
        for (std::size_t i = 0; i < kFields; ++i) {
            const std::string_view field = takeUntil(rest, ',');
            const bool unknownHead = i == 5 && field == "-";
            if (!unknownHead && !(fields[i] = parseNumber(field)))
                return std::nullopt;
        }
        if (!rest.empty())
            return std::nullopt;
        Attempt& attempt = attempts.emplace_back();
        attempt.provider = nameOf(*fields[0]);
        attempt.model = nameOf(*fields[1]);
        attempt.httpStatus = static_cast<int>(*fields[2]);
        attempt.error = nameOf(*fields[3]);
        attempt.startedMs = *fields[4];
        attempt.headMs = fields[5];
        attempt.endedMs = *fields[6];
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
