// SPDX-License-Identifier: MIT
#include "ledger/mark_text.h"

#include "base/text.h"

namespace gr::ledger {
namespace {

constexpr std::string_view kHead = "gaterouter-ledger 1 ";

}  // namespace

std::string textOf(const LedgerMark& mark) {
    return std::string(kHead) + std::to_string(mark.newest) + " " + mark.lineage;
}

std::optional<LedgerMark> readMark(std::string_view text) {
    if (!text.starts_with(kHead))
        return std::nullopt;
    text.remove_prefix(kHead.size());
    const std::size_t blank = text.find(' ');
    const auto newest = parseUnsigned(text.substr(0, blank));
    if (blank == text.npos || !newest || *newest > static_cast<std::uint64_t>(INT64_MAX) ||
        text.substr(blank + 1).find_first_not_of("0123456789abcdef") != text.npos)
        return std::nullopt;
    return LedgerMark{std::string(text.substr(blank + 1)), static_cast<std::int64_t>(*newest)};
}

}  // namespace gr::ledger
