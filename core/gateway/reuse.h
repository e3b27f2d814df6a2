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

    // The exchange is over.
    void end();

  private:
    http::Awaitable<void> wait(AnswerDesk::Ticket& ticket, Wakeup& wakeup,
                               std::optional<AnswerDesk::Turn>& turn);
    http::Awaitable<void> give(const KeptAnswer& answer, bool waited);
    bool isWhole() const;

    ExchangeState& m_state;
    ClientAnswer& m_out;
    std::optional<AnswerDesk::Lead> m_lead;
    std::optional<AnswerCopy> m_copy;
};

}  // namespace gr::gateway
