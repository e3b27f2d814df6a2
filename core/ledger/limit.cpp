// SPDX-License-Identifier: MIT
#include "ledger/limit.h"

#include <array>

#include "base/text.h"

namespace gr::ledger {

std::string_view nameOf(LimitUnit unit) {
    constexpr std::array<std::string_view, 3> kNames{"usd", "tokens", "requests"};
    return kNames[static_cast<std::size_t>(unit)];
}

std::string_view nameOf(ScopeKind scope) {
    constexpr std::array<std::string_view, 5> kNames{"all", "client", "provider", "model", "payee"};
    return kNames[static_cast<std::size_t>(scope)];
}

bool Limit::matches(const Spender& spender) const {
    if (!client.empty() && client != spender.client)
        return false;
    switch (scope) {
        case ScopeKind::All:
            return true;
        case ScopeKind::Client:
            return name == spender.client;
        case ScopeKind::Provider:
            return name == spender.provider;
        case ScopeKind::Payee:
            return !spender.payee.empty() && equalsIgnoreCase(name, spender.payee);
        case ScopeKind::Model:
            break;
    }
    if (matchesPattern(name, spender.model))
        return true;
    std::string whole(spender.provider);
    whole.append("/").append(spender.model);
    return matchesPattern(name, whole);
}

Window Limit::windowAt(UnixMs at) const {
    static const ZoneTable kUtc;
    return ledger::windowAt(window, at, zone ? *zone : kUtc);
}

std::string Limit::key() const {
    std::string out;
    if (!client.empty() && scope != ScopeKind::Client)
        out.append("client:").append(client).append("/");
    out.append(nameOf(scope));
    if (!name.empty())
        out.append(":").append(name);
    out.append("|").append(nameOf(window)).append("|").append(nameOf(unit));
    if (twin > 0)
        out.append("#").append(std::to_string(twin + 1));
    return out;
}

}  // namespace gr::ledger
