// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "gateway/client_answer.h"
#include "gateway/cutoff.h"
#include "gateway/errand.h"
#include "gateway/exchange_state.h"
#include "gateway/race.h"
#include "http/client.h"
#include "payment/settle_answer.h"
#include "payment/terms.h"
#include "upstream/verdict.h"

namespace gr::gateway {

// How one call to a provider ended.
struct AttemptResult {
    bool answered = false;      // the client has its answer, or is gone: nothing more to try
    bool outrun = false;        // another candidate, asked side by side, gives the answer
    upstream::Verdict verdict;  // otherwise: why not, and what to try next
    // The provider's own error body, where the request itself was at fault and it is JSON: the
    // client sees it should nothing better come.
    int rejectedStatus = 0;
    std::string rejection;
    // A provider that the wallet may pay asks for payment.
    std::unique_ptr<payment::Terms> terms;
    // What the provider says of the payment that went along.
    std::optional<payment::SettleAnswer> receipt;
};

// One call to the provider of a lane with one of its keys, and the relay of its answer. Books
// itself in the record's list of attempts, and tells the health of the provider what became of it.
// Lives in the io thread for the time of `run()`.
class Attempt final : private KeepAliveSource {
  public:
    Attempt(ExchangeState& state, Lane& lane, ClientAnswer& out, const Errand& errand,
            routing::Health::Permit& permit, std::optional<Milliseconds> patience)
        : m_state(state),
          m_lane(lane),
          m_out(out),
          m_provider(*lane.provider),
          m_errand(errand),
          m_permit(permit),
          m_patience(patience),
          m_cutoff(state.services.deadlines, *lane.abort) {}
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    http::Awaitable<AttemptResult> run();

  private:
    http::Awaitable<AttemptResult> unhappy(http::Answer& answer);
    Result<std::unique_ptr<payment::Terms>> termsIn(const http::ResponseHead& head,
                                                    std::string_view body) const;
    http::Awaitable<AttemptResult> relayWhole(http::Answer& answer);
    http::Awaitable<AttemptResult> relayStream(http::Answer& answer);
    http::Awaitable<void> endStream(std::optional<Error> problem, bool providerError);

    AttemptResult failed(const Error& error);
    AttemptResult tooSlow();
    AttemptResult outrun();
    bool claim();
    void fillSilence();
    bool lost() const { return m_lane.race != nullptr && m_lane.race->lost(m_lane); }
    void began();
    void ended();
    void settle(AttemptFacts facts);
    bool costAsked() const;
    void tellCost(std::string& events, std::size_t begin);
    std::unique_ptr<protocol::Passage> passage();
    void noteWhole();
    std::string extraHeaders() const;
    void keepAlive(std::string& out) override;

    ExchangeState& m_state;
    Lane& m_lane;
    ClientAnswer& m_out;
    const upstream::Provider& m_provider;
    const Errand& m_errand;
    routing::Health::Permit& m_permit;
    std::optional<Milliseconds> m_patience;  // until the first token; then the next one may answer
    Cutoff m_cutoff;
    protocol::ReasoningGatherer m_gathered;
    std::optional<ShapeWatch> m_shape;
    std::unique_ptr<protocol::Passage> m_way;
    UnixMs m_sentAt;
    SteadyTime m_began;
    std::optional<SteadyTime> m_firstToken;
    std::optional<SilenceScope> m_silence;
    std::string* m_held = nullptr;  // what waits for the first content of a stream
};

}  // namespace gr::gateway
