// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/event_hub.h"
#include "gateway/id_book.h"
#include "gateway/metrics.h"
#include "gateway/reasoning_desk.h"
#include "gateway/snapshot.h"
#include "gateway/token_desk.h"
#include "http/client.h"
#include "http/handler.h"
#include "ledger/ledger.h"
#include "protocol/ask.h"
#include "routing/health.h"

namespace gr::gateway {

// What exchanges work with; all of it outlives them.
struct Services {
    http::asio::io_context& io;
    http::Client& client;
    routing::Health& health;
    ledger::Ledger& ledger;
    EventHub& events;
    Metrics& metrics;
    ReasoningDesk& reasoning;
    TokenDesk& tokens;
    IdBook& ids;
    const Clock& clock;
};

// What the stations of one request share: the request, what was understood of it, and the record
// that they fill in. Lives in the io thread, as long as its exchange.
struct ExchangeState {
    Services& services;
    const http::Request& request;
    http::Responder responder;
    SteadyTime began;
    protocol::Ask ask;
    std::string reason;  // why this candidate: short, for the header
    ledger::RequestRecord record;
    // The request in no provider's words, once a candidate speaks another protocol.
    std::unique_ptr<protocol::ChatRequest> chat;
    std::vector<std::string> dropped;  // fields that this candidate does not take
    // How many tokens the request is, where the gateway had to estimate it: the answer says so.
    std::optional<std::int64_t> estimate;

    std::int64_t elapsedMs() const;  // since the request began

    // Books why the work was interrupted (the client hung up, or the gateway stops), and says it.
    Error interruption();

    // Tells the listeners how far the request is. `answering`: the client sees its first bytes.
    void tell(ExchangeEvent::Kind kind, bool answering = false) const;
    void tellNow() const { tell(ExchangeEvent::Kind::Changed, record.firstTokenMs.has_value()); }

    void cancel() { responder.abort().fire(); }

    // The request is over: its record goes to the metrics, the listeners and the ledger. Once.
    void book();
};

}  // namespace gr::gateway
