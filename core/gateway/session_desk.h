// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "ledger/entry.h"
#include "protocol/ask.h"
#include "routing/request_facts.h"
#include "routing/session_memory.h"

namespace gr::gateway {

// Which conversation a request belongs to, and what became of its earlier ones: in memory alone,
// under digests with a secret of this process. Shared by the io threads.
//
// A session is known where the client names it (x-gaterouter-session) or its tool does
// (prompt_cache_key, metadata.user_id), and of requests whose body is read for the choice anyway
// (`auto`, several candidates). For one named model without such a name no body is read: its
// answers are nobody's session. What a session has spent is what its answered requests cost, all
// attempts together, as far as it is known; what is unknown counts as nothing here (limits count it
// in full).
class SessionDesk final {
  public:
    SessionDesk();

    // All that the choice asks about a request, from one walk over its body (readFacts), with what
    // its session has spent. Without `headers`, `stateOf` and the prediction.
    routing::RequestFacts factsOf(const protocol::Ask& ask, std::string_view body,
                                  std::string_view client, SteadyTime now) const;
    // The session, where that costs nothing to find; else empty.
    std::string named(const protocol::Ask& ask, std::string_view client) const;

    const routing::SessionMemory& memory() const { return m_memory; }

    // An attempt of a request of this session is over. `record`: of the request, with that attempt
    // last.
    void answered(std::string_view session, const ledger::RequestRecord& record, SteadyTime now);
    void failed(std::string_view session, SteadyTime now) { m_memory.failed(session, now); }

  private:
    Secret m_secret;
    routing::SessionMemory m_memory;
};

}  // namespace gr::gateway
