// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/attempt.h"
#include "gateway/checkout.h"
#include "gateway/client_answer.h"
#include "gateway/endpoints.h"
#include "gateway/exchange_state.h"
#include "gateway/paid_call.h"
#include "gateway/purse.h"
#include "gateway/reuse.h"
#include "gateway/snapshot.h"
#include "routing/patience.h"
#include "routing/tries.h"

namespace gr::gateway {

// One request on its road: understand, route, call, relay, record. Lives in the io thread for the
// time of `run()`; ends by itself. A record is made exactly once, however it ends.
class Exchange final {
  public:
    Exchange(Services& services, SnapshotPtr snapshot, const ClientEntry& client,
             const EndpointMatch& match, const http::Request& request, http::Responder responder);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    http::Awaitable<void> run();

    ExchangeState& state() { return m_state; }

  private:
    // What the last attempt left behind, should nothing better come.
    struct Leftover {
        std::optional<Error> error;
        std::optional<Milliseconds> retryAfter;
        int status = 0;
        std::string body;  // of the provider, when the client should see it
    };

    // Candidates on their way: who they are, and how far.
    struct Trial {
        const std::vector<routing::Candidate>& candidates;
        routing::Tries tries;
    };

    // Another candidate, asked beside the one that is slow.
    struct Beside {
        explicit Beside(Exchange& of)
            : lane(of.m_state.responder.abort()),
              purse(of.m_state, lane, of.m_expenses, of.m_snapshot, of.m_client) {}
        Lane lane;
        Purse purse;
        std::unique_ptr<Errand> errand;
        std::optional<std::size_t> candidate;  // once it was asked
        AttemptResult result{};
    };

    http::Awaitable<void> work();
    http::Awaitable<Result<void>> recall();
    Result<std::optional<protocol::ChatRequest>> soundShape() const;
    http::Awaitable<bool> sell(std::vector<routing::Candidate>& candidates);
    http::Awaitable<void> turnAway(const Error& why);
    http::Awaitable<Result<void>> tryOut(const std::vector<routing::Candidate>& candidates,
                                         bool reserving);
    Result<std::vector<routing::Candidate>> decide();
    routing::RequestFacts& facts();
    std::optional<routing::AutoPicks> chooseAuto(std::string_view name);
    std::function<double()> chance() const;
    Result<void> heedRules();
    http::Awaitable<void> tryInOrder(std::vector<routing::Candidate> candidates);
    http::Awaitable<bool> tryEach(const std::vector<routing::Candidate>& candidates);
    http::Awaitable<bool> goOnAtLimit();
    routing::Tries triesOf(const std::vector<routing::Candidate>& candidates) const;
    http::Awaitable<Result<std::unique_ptr<Errand>>> takeUp(Lane& lane, Purse& purse,
                                                            const routing::Candidate& candidate,
                                                            std::optional<Money> ceiling = {});
    Result<std::unique_ptr<Errand>> write(Lane& lane);
    http::Awaitable<bool> call(const Errand& errand, routing::Tries::Call& call, Trial& trial);
    http::Awaitable<AttemptResult> runRace(const Errand& errand, routing::Tries::Call& call,
                                           Trial& trial, Milliseconds delay);
    http::Awaitable<void> askBeside(Trial& trial, Milliseconds delay);
    void conclude(const Errand& errand, AttemptResult result, std::size_t candidate, Trial& trial);
    routing::Waiting waiting(const Lane& lane) const;
    std::optional<Milliseconds> patience(const Lane& lane, const routing::Tries::Call& call) const;
    std::optional<Milliseconds> hedgeDelay(const routing::Tries::Call& call) const;
    bool mayStandIn(const routing::Candidate& candidate) const;
    PurchaseAsk purchaseOf(const Errand& errand) const;
    PurchaseDesk::Caller payer();
    http::Awaitable<Result<void>> takeOpenPayment(const Errand& errand);
    http::Awaitable<AttemptResult> callPaid(const Errand& errand, routing::Tries::Call& call);
    http::Awaitable<bool> payAsAsked(const Errand& errand, routing::Tries::Call& call,
                                     AttemptResult& result, ledger::Reservation& money);
    http::Awaitable<Result<ReadyPayment>> makePayment(const Errand& errand, payment::Terms terms,
                                                      ledger::Reservation& money);
    http::Awaitable<Result<payment::ChosenOffer>> chooseOffer(const payment::Terms& terms,
                                                              std::optional<Money> bound);
    void notePayment(const AttemptResult& result);
    http::Awaitable<bool> waitForPerson(const ledger::Refusal& refusal);
    http::Awaitable<void> countHere(const std::string& model);
    http::Awaitable<void> estimateEmbedding(Lane& lane);
    http::Awaitable<bool> pause(Milliseconds delay, http::AbortSlot& abort);
    http::Awaitable<void> refuse(const Error& error);
    void leave(const Error& error);
    void nobodyFree(const routing::Tries::End& end);
    void noteLimit(const routing::Candidate& candidate);
    void remember(AttemptResult result);
    void noteSession(bool answered);

    // The first candidate that a limit refused which does not just refuse.
    struct AtLimit {
        routing::Candidate candidate;
        ledger::Refusal refusal;
    };

    SnapshotPtr m_snapshot;
    const ClientEntry& m_client;   // lies in the snapshot's policy
    const EndpointMatch& m_match;  // lies in the request's admission
    ExchangeState m_state;
    ClientAnswer m_out;
    Expenses m_expenses;
    Purse m_purse;
    std::unique_ptr<Checkout> m_checkout;  // of a request that is sold
    std::optional<PaidCall> m_goesOn;      // whatever its payer does
    std::unique_ptr<Beside> m_beside;
    Reuse m_reuse;
    std::optional<routing::RequestFacts> m_request;
    routing::RuleEffect m_rules;
    Leftover m_leftover;
    std::string m_paidSeller;  // to whom a payment went; empty: to nobody
    std::optional<AtLimit> m_atLimit;
    bool m_wentCheaper = false;
};

}  // namespace gr::gateway
