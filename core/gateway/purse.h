// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "catalog/price.h"
#include "gateway/cheaper.h"
#include "gateway/errand.h"
#include "gateway/exchange_state.h"
#include "gateway/snapshot.h"
#include "ledger/budget.h"
#include "protocol/bound.h"
#include "tokens/rule.h"

namespace gr::gateway {

// What the purses of one request share.
struct Expenses {
    std::optional<protocol::Bound> bound;  // of the request, once it was asked for
    std::int64_t used = 0;                 // by attempts that are over, at most, in pico-dollars
    std::int64_t held = 0;                 // by those that run
    struct Cheapest {
        std::int64_t pico = 0;
        std::string model;
    };
    std::optional<Cheapest> cheapest;  // of those that the request's own maximum refused
    struct Sold {
        Money cost;                  // no attempt may cost more
        std::int64_t outputCap = 0;  // tokens of one choice, where the request names none
    };
    std::optional<Sold> sold;  // for a price that was named before
};

// The money of one lane of a request: how much each candidate may take at most, its reservation
// before each attempt, and its settlement after. Lives in the io thread, as long as its exchange.
class Purse final {
  public:
    Purse(ExchangeState& state, Lane& lane, Expenses& expenses, const SnapshotPtr& snapshot,
          const ClientEntry& client)
        : m_state(state),
          m_lane(lane),
          m_expenses(expenses),
          m_snapshot(snapshot),
          m_client(client) {}

    // Works out what an attempt at the lane's candidate may take, and the output maximum that is
    // asked for where the request names none (Lane::outputCap). `ceiling`: it may be no more than
    // this. Errors: CostUnbounded, where a limit that the user set, the request's own maximum
    // (x-gaterouter-max-cost) or the ceiling needs a bound that there is not: an unknown price, a
    // field without a maximum.
    Result<void> prepare(std::optional<Money> ceiling = {});

    // The same for what passes unread: it has no bound beforehand, so only requests are reserved,
    // and what it took is charged where it is known.
    void prepareUnread();

    // The candidate reads so much besides what the client sent.
    void addInput(std::size_t bytes);

    // Money for one attempt at what was prepared last. Waits for the ledger, and for others'
    // reservations as long as the limit allows, or for no longer than `most`. Errors: LimitReached,
    // Overloaded, Cancelled; NoCandidate, it may cost more than the ceiling, or than the request's
    // own maximum leaves.
    http::Awaitable<Result<ledger::Reservation>> reserve(std::optional<Milliseconds> most = {});
    // The same for an attempt that a payment of so much goes with.
    http::Awaitable<Result<ledger::Reservation>> reservePayment(Money usd);
    // The most that the request should cost at this candidate, by our own prices; absent: unknown.
    std::optional<Money> fairBound();
    // Why there was none the last time; absent: there was.
    const std::optional<ledger::Refusal>& refusal() const { return m_refusal; }

    // Where the last reservation failed because every byte of the prompt counts as a token: counts
    // the tokens, here if that can be done exactly, else by asking the provider with one of its
    // keys. Once for each candidate. True: there is less to reserve now.
    http::Awaitable<bool> countExactly(const Errand& errand, std::size_t key);

    // Waits until a person has allowed what `refusal` lacks. Errors: LimitReached (refused, or
    // nobody answered in time), Overloaded, Cancelled.
    http::Awaitable<Result<void>> askPerson(const ledger::Refusal& refusal);

    // What the prompt is, roughly: what another model must be able to read.
    TooDear tooDear(const routing::Candidate& candidate);

    // Nothing was sent.
    void giveBack(ledger::Reservation& money);

    // The lane's attempt took what the record says. One of these two follows each reserve()
    // that gave something.
    void settle(ledger::Reservation& money);

  private:
    const protocol::Bound& bound();
    catalog::Bounds boundsOf(std::int64_t input, std::int64_t output);
    std::optional<std::int64_t> picoFor(const catalog::Bounds& bounds) const;
    std::optional<std::int64_t> picoOf(const TokenUsage& tokens) const;
    ledger::Spend worstOf(std::int64_t input);
    bool hasRoomFor(std::int64_t input);
    http::Awaitable<std::optional<std::int64_t>> countThere(const Errand& errand, std::size_t key,
                                                            const protocol::ChatRequest& request);
    Result<void> weigh(const ledger::Budget::Demand& demand);
    void take();
    std::optional<std::int64_t> context() const;
    bool isHard(const ledger::Budget::Demand& demand) const;
    std::int64_t capFor(const protocol::Target& target);
    Result<void> checkBounded(const ledger::Budget::Demand& demand);
    std::string unpricedMode();
    std::string because() const;
    std::string wayOut() const;
    bool fitsMaximum(std::int64_t pico) const;
    Error aboveMaximum();
    ledger::Spender spender() const;

    ExchangeState& m_state;
    Lane& m_lane;
    Expenses& m_expenses;
    const SnapshotPtr& m_snapshot;
    const ClientEntry& m_client;
    std::string m_provider;
    std::string m_model;
    std::shared_ptr<const catalog::Price> m_price;  // what counts here; null: nothing is charged
    bool m_guessed = false;                         // it is not this model's own
    std::int64_t m_input = 0;                       // tokens that it can read at most …
    std::int64_t m_most = 0;                        // … and write
    tokens::Rule m_rule;                            // how its tokens are counted
    bool m_counted = false;                         // `m_input` is no longer that of the bytes
    ledger::Spend m_worst;
    ledger::Spend m_likely;
    bool m_limited = false;
    std::optional<ledger::Refusal> m_refusal;

    // The request's own maximum; absent: it has none, or this candidate costs nothing.
    std::optional<Money> m_maximum;
    bool m_aboveMaximum = false;  // so the last reservation was refused
    std::optional<Money> m_ceiling;
    std::int64_t m_held = 0;  // by the attempt that runs, in pico-dollars
};

}  // namespace gr::gateway
