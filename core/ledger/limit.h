// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/window.h"

// What limits are and what they count. Plain values; any thread.
namespace gr::ledger {

enum class LimitUnit : std::uint8_t { Usd, Tokens, Requests };  // Usd: in pico-dollars

// What happens to a request that a limit has no room for.
enum class AtLimit : std::uint8_t { Refuse, Cheaper, Ask };

// Hard: what is reserved is a true upper bound, what has none is refused. Estimate: what is
// reserved is likely; what goes beyond is booked and shown.
enum class Guarantee : std::uint8_t { Hard, Estimate };

enum class ScopeKind : std::uint8_t { All, Client, Provider, Model, Payee };

std::string_view nameOf(LimitUnit unit);   // "usd", "tokens", "requests"
std::string_view nameOf(ScopeKind scope);  // "all", "client", …

// Who spends, on what. Views of what outlives the call.
struct Spender {
    std::string_view client;
    std::string_view provider;
    std::string_view model;  // as the provider writes it
    std::string_view payee;  // host that is paid; empty: nobody is
};

// One unit of one limit.
struct Limit {
    ScopeKind scope = ScopeKind::All;
    std::string name;    // of the client, provider, model or payee; empty for All
    std::string client;  // a limit inside a client holds for that client alone; empty: for all
    WindowKind window = WindowKind::Day;
    LimitUnit unit = LimitUnit::Usd;
    std::int64_t amount = 0;  // pico-dollars, tokens or requests
    AtLimit atLimit = AtLimit::Refuse;
    Guarantee guarantee = Guarantee::Hard;
    int twin = 0;           // how many before it count the same: each has an account of its own
    bool standard = false;  // nobody set it: the limit of a configuration without limits
    std::int64_t waitMs = 10'000;           // for open reservations to end
    std::int64_t askMs = 300'000;           // for a person's answer, where atLimit is Ask
    std::shared_ptr<const ZoneTable> zone;  // in which days begin; null: UTC

    // A model is written `provider/model` or alone, with `*` for any run of characters.
    bool matches(const Spender& spender) const;

    // Under which its account is kept, whatever the amount: "client:my-tools|day|usd", and "#2"
    // behind the second that counts the same.
    std::string key() const;

    Window windowAt(UnixMs at) const;
};

// What an attempt may take at most, or took.
struct Spend {
    std::int64_t pico = 0;    // USD
    std::int64_t tokens = 0;  // all classes together
    std::int64_t requests = 0;

    std::int64_t of(LimitUnit unit) const {
        return unit == LimitUnit::Usd ? pico : unit == LimitUnit::Tokens ? tokens : requests;
    }
    friend bool operator==(const Spend&, const Spend&) = default;
};

// What an attempt took in the end; absent: not known, so that all that was reserved counts.
struct Spent {
    std::optional<std::int64_t> pico;
    std::optional<std::int64_t> tokens;
    std::optional<std::int64_t> requests;

    std::optional<std::int64_t> of(LimitUnit unit) const {
        return unit == LimitUnit::Usd ? pico : unit == LimitUnit::Tokens ? tokens : requests;
    }
};

// What one request took from one limit. Rows of the ledger carry these, so that the sums of rows
// and the accounts of limits can be compared.
struct Charge {
    std::string account;  // Limit::key()
    std::int64_t windowMs = 0;
    std::int64_t amount = 0;  // in the limit's unit
    std::int64_t leased = 0;  // of it, what had been reserved
    friend bool operator==(const Charge&, const Charge&) = default;
};

}  // namespace gr::ledger
