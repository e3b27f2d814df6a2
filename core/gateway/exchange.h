// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "gateway/event_hub.h"
#include "gateway/metrics.h"
#include "gateway/snapshot.h"
#include "http/client.h"
#include "http/server.h"
#include "ledger/ledger.h"
#include "protocol/openai_chat.h"
#include "routing/health.h"
#include "upstream/verdict.h"

namespace gr::gateway {

// What an exchange works with; all of it outlives the exchange.
struct Services {
    http::asio::io_context& io;
    http::Client& client;
    routing::Health& health;
    ledger::Ledger& ledger;
    EventHub& events;
    Metrics& metrics;
    const Clock& clock;
};

// One request on its road: understand, route, call, relay, record. Lives in the io thread for the
// time of `run()`; ends by itself. A record is made exactly once, however it ends.
class Exchange final {
  public:
    Exchange(Services& services, SnapshotPtr snapshot, const ClientEntry& client,
             http::Request& request, http::Responder responder);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    http::Awaitable<void> run();

    const std::string& id() const { return m_record.id; }
    void cancel() { m_responder.abort().fire(); }

  private:
    // How one call ended, if it did not answer the client.
    struct Attempted {
        bool answered = false;  // the client has its answer, or is gone: nothing more to try
        upstream::Verdict verdict;
    };

    http::Awaitable<void> work();
    http::Awaitable<bool> tryCandidate(const routing::Candidate& candidate, bool last);
    http::Awaitable<Attempted> attempt(const upstream::Provider& provider, std::size_t key,
                                       const protocol::SplicedBody& body);
    http::Awaitable<Attempted> unhappy(const upstream::Provider& provider, http::Answer& answer);
    http::Awaitable<Attempted> relayWhole(const upstream::Provider& provider, http::Answer& answer);
    http::Awaitable<Attempted> relayStream(const upstream::Provider& provider,
                                           http::Answer& answer);
    http::Awaitable<void> endBrokenStream(const Error& error);
    http::Awaitable<bool> pause(Milliseconds delay);
    http::Awaitable<void> refuse(const Error& error);
    http::Awaitable<void> deliver(int status, std::string_view body, std::string_view contentType,
                                  std::string_view slug);

    Attempted failed(const upstream::Provider& provider, const Error& error);
    Error interruption();
    void remember(const upstream::Provider& provider, std::size_t key,
                  const upstream::Verdict& verdict);
    void setUsage(const upstream::Provider& provider, const ledger::TokenUsage& usage);
    http::HeaderList baseHeaders(std::string_view contentType) const;
    std::string traceHeaders() const;
    std::int64_t elapsedMs() const;
    void tell(ExchangeEvent::Kind kind, bool answering = false);
    void finish();

    Services& m_services;
    SnapshotPtr m_snapshot;
    const ClientEntry& m_client;  // lies in the snapshot's policy
    http::Request& m_request;
    http::Responder m_responder;
    SteadyTime m_began;
    protocol::ChatAsk m_ask;
    std::string m_reason;
    ledger::RequestRecord m_record;
    // The last unhappy answer, should nothing better come.
    std::optional<Error> m_lastError;
    std::optional<Milliseconds> m_lastRetryAfter;
    int m_lastStatus = 0;
    std::string m_lastBody;  // of the provider, when the client should see it
};

}  // namespace gr::gateway
