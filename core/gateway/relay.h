// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "gateway/client_answer.h"
#include "gateway/endpoints.h"
#include "gateway/exchange_state.h"
#include "gateway/purse.h"
#include "gateway/relay_ask.h"
#include "http/client.h"
#include "upstream/verdict.h"

namespace gr::gateway {

// One request that passes byte for byte (relay_ask.h): asked of one provider, with another of its
// keys where one is refused, and never twice otherwise, since uploads and pictures are not
// repeatable. Lives in the io thread for the time of `run()`; makes exactly one record.
class Relay final {
  public:
    Relay(Services& services, SnapshotPtr snapshot, const ClientEntry& client,
          const EndpointMatch& match, const http::Request& request, http::Responder responder);
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    http::Awaitable<void> run();
    ExchangeState& state() { return m_state; }

  private:
    http::Awaitable<void> work();
    Result<routing::RuleEffect> heedRules(RelayAsk& ask) const;
    http::Awaitable<void> tryKeys(const upstream::Provider& provider, const RelayAsk& ask,
                                  const std::string& model);
    http::Awaitable<bool> attempt(const upstream::Provider& provider, const RelayAsk& ask,
                                  const protocol::SplicedBody& body,
                                  routing::Health::Permit& permit, bool last);
    http::Awaitable<bool> unhappy(const upstream::Provider& provider, http::Answer& answer,
                                  routing::Health::Permit& permit, bool last);
    http::Awaitable<void> whole(const RelayAsk& ask, http::Answer& answer, AttemptFacts facts);
    http::Awaitable<void> streamed(http::Answer& answer);
    http::Awaitable<Result<std::string>> bodyOf(http::Answer& answer, std::size_t most);
    http::Awaitable<void> refuse(const Error& error, std::optional<Milliseconds> retryAfter);
    http::HeaderLines headersOf(const http::Answer& answer) const;

    SnapshotPtr m_snapshot;
    const ClientEntry& m_client;   // lies in the snapshot's policy
    const EndpointMatch& m_match;  // lies in the request's admission
    ExchangeState m_state;
    ClientAnswer m_out;
    Expenses m_expenses;
    Purse m_purse;
};

}  // namespace gr::gateway
