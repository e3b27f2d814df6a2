// SPDX-License-Identifier: MIT
#include "gateway/session_desk.h"

#include "base/text.h"
#include "ledger/attempt_sums.h"
#include "routing/facts_reader.h"

namespace gr::gateway {

SessionDesk::SessionDesk() : m_secret(randomBytes(32)) {}

routing::RequestFacts SessionDesk::factsOf(const protocol::Ask& ask, std::string_view body,
                                           std::string_view client, SteadyTime now) const {
    routing::RequestFacts facts =
        routing::readFacts(ask, body, {client, m_secret.reveal(), ask.wishes.session});
    if (!facts.session.empty()) {
        if (const auto session = m_memory.find(facts.session, now))
            facts.sessionSpent = session->spent;
    }
    return facts;
}

std::string SessionDesk::named(const protocol::Ask& ask, std::string_view client) const {
    return routing::namedSession(ask, {client, m_secret.reveal(), ask.wishes.session});
}

void SessionDesk::answered(std::string_view session, const ledger::RequestRecord& record,
                           SteadyTime now) {
    const TokenUsage& read = record.attempts.back().tokens;
    m_memory.answered(session, {record.provider, record.model, now, read.inputTotal().value_or(0)},
                      ledger::knownCostOf(record.attempts));
}

}  // namespace gr::gateway
