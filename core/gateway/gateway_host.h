// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/events.h"
#include "gateway/held_payment.h"
#include "gateway/limit_desk.h"
#include "gateway/policy.h"
#include "ledger/budget.h"
#include "routing/experience.h"

namespace gr::ledger {
class Ledger;
}

namespace gr::gateway {

struct LimitsStatus {
    std::vector<ledger::LimitState> limits;  // in the order of the configuration
    // By how many milliseconds the wall clock leapt ahead (or back) of the time that limits go by.
    std::optional<std::int64_t> clockLeapMs;
    std::vector<LimitQuestion> questions;  // requests that wait for a person, the oldest first
};

// Owns the io threads and the gateways in them; the door between the main thread and the rest.
// All functions: main thread. The callbacks run on an io thread and must only hand the values on.
class GatewayHost final {
  public:
    struct Callbacks {
        // At most 10 times a second, in order. Not called at all while empty: then no event is
        // even built.
        std::function<void(std::vector<ExchangeEvent>)> exchanges;
        std::function<void(std::vector<ProviderStatus>)> providers;
        std::function<void(std::vector<FoundServer>)> foundServers;
        // The vault is to remember where the books of payments stand (PurchaseDesk::onMark).
        std::function<void(ledger::LedgerMark)> paymentMark;
    };

    // `responsesFile`: where answers of the Responses protocol are kept (see ResponseDesk).
    GatewayHost(ledger::Ledger& ledger, std::filesystem::path responsesFile, Callbacks callbacks);
    ~GatewayHost();  // stops

    // Claims the port and begins to answer. Fails with PortInUse or AddressUnavailable; the status
    // then says who holds the port.
    Result<void> start(PolicyPtr policy);

    // New requests follow `policy`; running ones keep theirs. A changed address or port takes
    // effect at the next start.
    void apply(PolicyPtr policy);

    // Refuses new connections, ends open streams with an error event, joins the threads. At most
    // about 300 ms.
    void stop();

    GatewayStatus status() const;

    // How the limits stand; empty while the gateway does not run.
    LimitsStatus limits() const;
    // The wall clock is right, though it leapt: limits follow it again (ledger::WindowClock).
    void believeClock();
    // See LimitDesk. Errors besides: Unreachable, the gateway does not run.
    Result<void> allowRequest(const std::string& id, std::optional<std::int64_t> more);
    Result<void> refuseRequest(const std::string& id);
    // So much more may be spent in the present window of the limit with this key (Limit::key), in
    // its unit. Errors: Unreachable; RecordNotFound, no such limit holds.
    Result<void> raiseLimit(const std::string& limit, std::int64_t more);
    // What gateways held that ended without giving it back counts as spent no more.
    void freeStranded();

    // What answers taught about models; empty while the gateway does not run.
    std::vector<routing::Experience::Row> experience() const;
    // Forgets it. Errors: Unreachable; those of replaceFile().
    Result<void> forgetExperience();

    // Payments that wait for a person, oldest first; empty while the gateway does not run.
    std::vector<HeldPayment> heldPayments() const;
    // See PurchaseDesk. Errors besides: Unreachable, the gateway does not run.
    Result<void> approvePayment(const std::string& id, Money alwaysUpTo);
    Result<void> denyPayment(const std::string& id);
    Result<void> pausePayments(bool paused);
    bool paymentsPaused() const;
    bool walletLocked() const;         // it has a key, which nobody can read at present
    bool paymentBooksDoubted() const;  // see PurchaseDesk::doubtsLedger
    // Why nothing is paid on some chain: this machine's clock differs from it. Empty: none does.
    std::string paymentClockProblem() const;
    Result<void> believePaymentBooks();

    // Whether `exchanges` and `providers` are called; they are unless this says otherwise. When it
    // begins again, what runs is told as if it had just changed.
    void listen(bool on);

    // Looks for local model servers now; the answer comes through `foundServers`.
    void lookForServers();

    // Ends a running request as if its client had hung up. Unknown ids are ignored.
    void cancel(const std::string& requestId);

  private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace gr::gateway
