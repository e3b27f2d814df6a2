// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/answer_desk.h"
#include "gateway/attempt_cost.h"
#include "gateway/event_hub.h"
#include "gateway/experience_keeper.h"
#include "gateway/id_book.h"
#include "gateway/key_watch.h"
#include "gateway/limit_desk.h"
#include "gateway/metrics.h"
#include "gateway/purchase_desk.h"
#include "gateway/reasoning_desk.h"
#include "gateway/request_log.h"
#include "gateway/response_desk.h"
#include "gateway/session_desk.h"
#include "gateway/shape_watch.h"
#include "gateway/snapshot.h"
#include "gateway/token_desk.h"
#include "http/client.h"
#include "http/deadlines.h"
#include "http/handler.h"
#include "ledger/budget.h"
#include "ledger/ledger.h"
#include "protocol/adapter.h"
#include "protocol/ask.h"
#include "routing/health.h"
#include "upstream/provider.h"

namespace gr::gateway {

class Cashier;
class PaidWork;
class QuoteDesk;
class SaleDesk;

// What all io threads share; all of it outlives them.
struct SharedServices {
    routing::Health& health;
    ledger::Ledger& ledger;
    EventHub& events;
    Metrics& metrics;
    ReasoningDesk& reasoning;
    ResponseDesk& responses;
    TokenDesk& tokens;
    IdBook& ids;
    SessionDesk& sessions;
    AnswerDesk& answers;
    AnswerDesk& bought;  // answers that were paid for
    KeyWatch& keys;
    RequestLog& requestLog;
    ledger::Budget& budget;
    LimitDesk& questions;
    ExperienceKeeper& experience;
    PurchaseDesk& purchases;
    SaleDesk& sales;
    QuoteDesk& quotes;
    const Clock& clock;
};

// What exchanges work with: the shared, and what their io thread has.
struct Services : SharedServices {
    http::asio::io_context& io;
    http::Client& client;
    http::Deadlines& deadlines;
    Cashier& cashier;
};

// Of a request of the Responses protocol: what it goes on from, and whether its answer is kept.
struct Conversation {
    bool keeps = false;
    std::string previousId;  // previous_response_id; empty: it begins a conversation
    std::int64_t place = 0;  // KeptResponse::previous
    std::shared_ptr<const std::string> history;    // the items before its own
    std::string body;                              // of the request, with them in front
    std::shared_ptr<const KeptResponse> finished;  // the answer, to be filed before its last bytes
};

class Race;

// One candidate that is asked, and what is known of it. Two may be asked side by side (race.h).
struct Lane {
    explicit Lane(http::AbortSlot& slot) : abort(&slot) {}

    const upstream::Provider* provider = nullptr;
    std::string model;   // as the provider calls it
    std::string reason;  // why this candidate: short, for the header
    Quote quote;
    bool chatOnly = false;  // it has no /responses
    // The output maximum of one choice that is asked for where the request names none and a limit
    // holds, in tokens.
    std::optional<std::int64_t> outputCap;
    // The request in no provider's words, where this one speaks another protocol.
    std::unique_ptr<protocol::ChatRequest> chat;
    http::HeaderLines limits;          // what the provider says of its limits
    std::vector<std::string> dropped;  // fields that it does not take
    // How many tokens the request is, where the gateway had to estimate it: the answer says so.
    std::optional<std::int64_t> estimate;
    std::optional<ReadyPayment> payment;  // goes with the request
    std::size_t attempt = 0;              // place of its last call in the record
    AttemptFacts facts;                   // of that call
    http::AbortSlot* abort;               // ends what is done for this candidate
    Race* race = nullptr;                 // with another one
};

// What the stations of one request share: the request, what was understood of it, and the record
// that they fill in. Lives in the io thread, as long as its exchange.
struct ExchangeState {
    ExchangeState(Services& all, const http::Request& asked, http::Responder way)
        : services(all),
          request(asked),
          responder(way),
          began(all.clock.steady()),
          own(way.abort()) {}

    Services& services;
    const http::Request& request;
    http::Responder responder;
    SteadyTime began;
    protocol::Ask ask;
    std::string session;  // see SessionDesk; empty: none is known
    ledger::RequestRecord record;
    std::optional<protocol::Effort> effort;  // that a rule wants; else as the request has it
    Lane own;                                // of the candidates that are tried one after another
    Lane* lane = &own;                       // that the client's answer comes on, if any does
    Conversation conversation;
    bool forSale = false;          // asked by somebody without a key, who pays for it
    PaidWork* paidWork = nullptr;  // once it is paid

    // The request as it is meant: with what it goes on from.
    std::string_view body() const {
        return conversation.body.empty() ? request.body : std::string_view(conversation.body);
    }
    // What the answer has to look like, where that teaches something; and whether it did not.
    std::unique_ptr<const WantedShape> wantedShape;
    bool misshapen = false;

    // Set once the client heard keep-alives of a translated answer that has not begun: whatever
    // follows is written by the same, in the words of that request.
    struct Opened {
        std::shared_ptr<protocol::AnswerWriter> writer;
        std::unique_ptr<protocol::ChatRequest> chat;
    } opened;

    std::int64_t elapsedMs() const;  // since the request began

    // What a writer of this answer has to know. `model`: as the client reads it; `chat`: see Lane.
    protocol::AnswerContext answerContext(std::string_view model,
                                          const protocol::ChatRequest* chat) const;

    // The client's answer comes on this lane, as far as is known.
    void show(Lane& shown);

    // Books why the work was interrupted (the client hung up, or the gateway stops), and says it.
    Error interruption();

    // Tells the listeners how far the request is. `answering`: the client sees its first bytes.
    void tell(ExchangeEvent::Kind kind, bool answering = false) const;
    void tellNow() const { tell(ExchangeEvent::Kind::Changed, record.firstTokenMs.has_value()); }

    // One more call to the lane's candidate, in the record.
    void beginAttempt(Lane& of);

    // Books what the attempt of this lane cost, by what is known of it so far, and with it the
    // request.
    void settle(Lane& of, const AttemptFacts& known);

    void cancel() { responder.abort().fire(); }

    // The request is over: its record goes to the metrics, the listeners and the ledger. Once.
    void book();
    // Nobody paid for it, and nothing was done: it leaves a count and no record.
    void bookUnpaid();
};

}  // namespace gr::gateway
