// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/answer_desk.h"
#include "gateway/client_answer.h"
#include "gateway/exchange_state.h"
#include "gateway/snapshot.h"
#include "gateway/wakeup.h"
#include "routing/router.h"

namespace gr::gateway {

// Of one exchange: the answer of an equal request in its place, and its own answer for others.
// Nothing is asked, reserved or paid for an answer that is given again. Lives in the io thread, as
// long as its exchange.
class Reuse final {
  public:
    Reuse(ExchangeState& state, ClientAnswer& out) : m_state(state), m_out(out) {}
    Reuse(const Reuse&) = delete;
    Reuse& operator=(const Reuse&) = delete;

    // Waits for an equal request that is under way, if there is one. True: the client has its
    // answer or is gone. An answer is given again only if one of `candidates` gave it: who may
    // answer now may be another than then.
    http::Awaitable<bool> serve(const std::vector<routing::Candidate>& candidates,
                                const Snapshot& snapshot);

    // Before a seller is asked: the answer of the same purchase (client, seller, body and
    // Idempotency-Key), which is on its way or whose client left before it came. True: the client
    // has its answer or is gone. Once for each seller.
    http::Awaitable<bool> servePurchase(const upstream::Provider& seller);
    // A payment went along with the request to that seller.
    void paid(std::string purchase) { m_purchaseId = std::move(purchase); }

    // The exchange is over.
    void end();

  private:
    http::Awaitable<bool> begin(AnswerDesk& desk, const std::string& key, bool fresh,
                                std::optional<AnswerDesk::Turn>& turn);
    http::Awaitable<void> wait(AnswerDesk::Ticket& ticket, Wakeup& wakeup,
                               std::optional<AnswerDesk::Turn>& turn);
    http::Awaitable<void> give(const KeptAnswer& answer);
    void take(std::optional<AnswerDesk::Lead>& place, const AnswerDesk& desk,
              AnswerDesk::Turn& turn);
    bool canGive(const KeptAnswer& answer) const { return answer.stream || !m_out.opened(); }
    bool isWhole() const;
    KeptAnswerPtr wholeAnswer();
    void end(std::optional<AnswerDesk::Lead>& lead, const KeptAnswerPtr& answer, bool keep);

    ExchangeState& m_state;
    ClientAnswer& m_out;
    std::optional<AnswerDesk::Lead> m_lead;
    std::optional<AnswerDesk::Lead> m_purchase;  // of what is bought from m_seller
    std::string m_seller;
    std::string m_purchaseId;  // empty: nothing was paid
    std::optional<AnswerCopy> m_copy;
};

}  // namespace gr::gateway
