// SPDX-License-Identifier: MIT
#include "gateway/gateway_host.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <cstdlib>
#include <list>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/thread.h"
#include "gateway/discovery.h"
#include "gateway/gateway.h"
#include "gateway/port_holder.h"
#include "gateway/purchase_watch.h"
#include "gateway/quote_desk.h"
#include "gateway/relay_desk.h"
#include "gateway/sale_watch.h"
#include "gateway/tidier.h"
#include "ledger/lease_keeper.h"
#include "ledger/ledger.h"

namespace gr::gateway {
namespace {

namespace asio = http::asio;
constexpr Milliseconds kBatch{100};
constexpr Milliseconds kGrace{300};

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, http::Executor>;

std::vector<ProviderStatus> statusesOf(const Snapshot& snapshot, const routing::Health& health) {
    using State = ProviderStatus::State;
    const auto now = std::chrono::steady_clock::now();
    const auto seen = health.snapshot(now);
    std::vector<ProviderStatus> out;
    for (const upstream::Provider& provider : snapshot.providers) {
        ProviderStatus status;
        status.id = provider.id;
        status.state = provider.usable() ? State::Untried : State::NoKey;
        const auto it = std::find_if(seen.begin(), seen.end(),
                                     [&](const auto& s) { return s.provider == provider.id; });
        if (it != seen.end() && provider.usable()) {
            constexpr std::array kStates{State::Untried, State::Ready, State::KeyRejected,
                                         State::Cooling, State::Down};
            status.state = kStates[static_cast<std::size_t>(it->state)];
            status.lastError = log::redacted(it->lastError);
            if (it->until) {
                const auto left = std::chrono::duration_cast<Milliseconds>(*it->until - now);
                status.until = UnixMs{SystemClock().now().value + left.count()};
            }
        }
        out.push_back(std::move(status));
    }
    return out;
}

// One io thread with everything that lives in it.
class Worker final {
  public:
    Worker(const SharedServices& shared, BookDesk& books, RelayDesk& relays, SnapshotPtr snapshot,
           const http::ProxyTable& proxies)
        : m_deadlines(m_io.get_executor()),
          m_client(m_io, m_deadlines, proxies, {}, &shared.metrics.pool()),
          m_cashier(m_client, m_deadlines, shared.clock, m_io.get_executor(), relays),
          m_gateway({shared, m_io, m_client, m_deadlines, m_cashier}, books, m_tidier,
                    std::move(snapshot)),
          m_server(m_io, m_deadlines, m_gateway, m_unpacker, http::ServerLimits()) {}

    asio::io_context& io() { return m_io; }
    Gateway& gateway() { return m_gateway; }
    http::Client& client() { return m_client; }

    // Before start(): this worker looks after payments that are out, and sales that are open.
    void watch(PurchaseDesk& purchases, SaleDesk& sales, const Clock& clock) {
        m_watch.emplace(purchases, m_client, m_deadlines, clock, m_io.get_executor());
        asio::co_spawn(m_io, m_watch->run(), asio::detached);
        m_saleWatch.emplace(sales, m_cashier, clock, m_io.get_executor());
        asio::co_spawn(m_io, m_saleWatch->run(), asio::detached);
    }

    void start(const http::ListeningSockets& sockets) {
        m_server.listen(sockets);
        m_thread = std::jthread([this] {
            const auto work = asio::make_work_guard(m_io);
            m_io.run();
        });
    }

    // Ends requests within the grace, then cuts what is left. Any thread but the worker's.
    void shutdown() {
        asio::post(m_io, [this] {
            if (m_watch)
                m_watch->stop();
            if (m_saleWatch)
                m_saleWatch->stop();
            m_graceTimer.expires_after(kGrace);
            m_graceTimer.async_wait([this](http::error_code error) {
                if (error)
                    return;
                m_server.forceStop();
                // One more turn, so that cut connections unwind.
                m_graceTimer.expires_after(Milliseconds(20));
                m_graceTimer.async_wait([this](http::error_code) { m_io.stop(); });
            });
            m_server.shutdown([this] { asio::post(m_io, [this] { m_io.stop(); }); });
        });
    }
    void join() {
        if (m_thread.joinable())
            m_thread.join();
    }
    // Behind join(): what was cancelled still holds its connection, which goes before the server
    // does.
    void unwind() {
        m_io.restart();
        m_io.poll();
    }

  private:
    bool release() {
        m_server.releaseSpare();
        return m_client.closeOld() > 0;
    }

    // The context goes last: what waits in it refers to the rest.
    asio::io_context m_io{1};
    Timer m_graceTimer{m_io.get_executor()};
    http::Deadlines m_deadlines;
    http::Client m_client;
    Tidier m_tidier{m_io.get_executor(), m_unpacker, [this] { return release(); }};
    JobThread m_unpacker{"unpack", 64};
    Cashier m_cashier;
    std::optional<PurchaseWatch> m_watch;
    std::optional<SaleWatch> m_saleWatch;
    Gateway m_gateway;
    http::Server m_server;
    std::jthread m_thread;
};

}  // namespace

static Failure notRunning() {
    return fail(ErrorCode::Unreachable, "The gateway does not run.");
}

class GatewayHost::Impl final {
  public:
    Impl(ledger::Ledger& ledger, std::filesystem::path responsesFile, Callbacks callbacks)
        : m_ledger(ledger),
          m_callbacks(std::move(callbacks)),
          m_folder(responsesFile.parent_path()),
          m_responses(std::move(responsesFile), m_clock),
          m_events(m_callbacks.exchanges) {}

    Result<void> start(PolicyPtr policy) {
        const settings::Listen& listen = policy->listen;
        m_status = {GatewayStatus::State::Starting, listen.address, listen.port, {}, {}};
        auto proxies = http::ProxyTable::read([](const char* name) {
            const char* value = std::getenv(name);
            return std::string(value != nullptr ? value : "");
        });
        if (!proxies)
            return failed(proxies.error());
        auto sockets = http::ListeningSockets::bind(listen.address, listen.port);
        if (!sockets) {
            Error error = sockets.error();
            if (error.code == ErrorCode::PortInUse) {
                m_status.portHolder = portHolder(listen.port);
                if (!m_status.portHolder.empty()) {
                    error.message.text = "Port " + std::to_string(listen.port) + " is used by " +
                                         m_status.portHolder + ".";
                }
            }
            return failed(error);
        }
        m_status.port = sockets->port;
        auto leases = m_ledger.leases();
        if (!leases)
            return failed(leases.error());
        m_budget = std::make_unique<ledger::Budget>(ledger::Moment::now());
        m_questions = std::make_unique<LimitDesk>(*m_budget);
        m_leases = std::make_unique<ledger::LeaseKeeper>(*m_budget, std::move(*leases));
        useState(*policy);
        // An hour, 64 MB; only what a client left behind takes room.
        m_bought.apply({.exact = true, .singleFlight = true});
        m_snapshot = makeSnapshot(std::move(policy));
        const BlockedSignals blocked;
        m_books = std::make_unique<BookDesk>(m_ledger);
        m_tokens = std::make_unique<TokenDesk>();
        const ledger::Location& books = m_ledger.location();
        const std::filesystem::path home =
            books.isPostgres() ? m_folder : books.file().parent_path();
        m_ids = std::make_unique<IdBook>(home / "owned_ids");
        m_experience = std::make_unique<ExperienceKeeper>(home / "experience.json");
        m_keys = std::make_unique<KeyWatch>(m_ledger, m_clock);
        m_purchases = std::make_unique<PurchaseDesk>(books, home / "payments_paused", m_clock);
        m_purchases->onMark(m_callbacks.paymentMark);
        m_purchases->apply(m_snapshot->policy->wallet);
        m_sales = std::make_unique<SaleDesk>(m_ledger, home / "sale_key");
        m_relays = std::make_unique<RelayDesk>(books, m_clock);
        m_sales->apply(m_snapshot->policy->sale);
        const SharedServices shared{m_health,     m_ledger,    m_events,     m_metrics,
                                    m_reasoning,  m_responses, *m_tokens,    *m_ids,
                                    m_sessions,   m_answers,   m_bought,     *m_keys,
                                    m_requestLog, *m_budget,   *m_questions, *m_experience,
                                    *m_purchases, *m_sales,    m_quotes,     m_clock};
        const unsigned threads = std::max(1U, listen.threads);
        for (unsigned i = 0; i < threads; ++i) {
            Worker& worker =
                m_workers.emplace_back(shared, *m_books, *m_relays, m_snapshot, *proxies);
            if (i == 0) {
                m_ticker = std::make_unique<Timer>(worker.io().get_executor());
                m_ticking = false;
                startTicking();
                worker.watch(*m_purchases, *m_sales, m_clock);
            }
            worker.start(*sockets);
        }
        m_status.state = GatewayStatus::State::Running;
        tellProviders();
        return {};
    }

    void apply(PolicyPtr policy) {
        useState(*policy);
        if (m_purchases)
            m_purchases->apply(policy->wallet);
        if (m_sales)
            m_sales->apply(policy->sale);
        m_quotes.forget();
        m_snapshot = makeSnapshot(std::move(policy));
        for (Worker& worker : m_workers) {
            asio::post(worker.io(),
                       [&worker, snapshot = m_snapshot] { worker.gateway().apply(snapshot); });
        }
        tellProviders();
    }

    void stop() {
        if (m_workers.empty())
            return;
        m_status.state = GatewayStatus::State::Stopping;
        m_scout = std::jthread();  // joins: it posts to a worker
        for (Worker& worker : m_workers)
            worker.shutdown();
        for (Worker& worker : m_workers)
            worker.join();
        m_purchases->drain();  // somebody may wait for its answer
        m_sales->drain();
        m_relays->drain();
        for (Worker& worker : m_workers)
            worker.unwind();
        m_books.reset();  // joins: it posts to the workers
        m_tokens.reset();
        m_ids.reset();
        m_keys.reset();
        m_experience.reset();
        m_purchases.reset();
        m_sales.reset();
        m_relays.reset();
        m_responses.drain();
        m_ticker.reset();
        m_workers.clear();
        m_ledger.flush();  // what was charged goes before what is given back
        m_leases.reset();
        m_questions.reset();
        m_budget.reset();
        m_events.flush();
        m_status.state = GatewayStatus::State::Stopped;
    }

    void lookForServers() {
        if (m_workers.empty())
            return;
        Worker& worker = m_workers.front();
        const BlockedSignals blocked;
        m_scout = std::jthread([this, &worker, snapshot = m_snapshot] {
            asio::post(worker.io(), [this, &worker, snapshot, listeners = localListeners()] {
                asio::co_spawn(worker.io().get_executor(),
                               discover(worker.client(), listeners, snapshot), asio::detached);
            });
        });
    }

    void cancel(const std::string& requestId) {
        for (Worker& worker : m_workers) {
            asio::post(worker.io(), [&worker, requestId] { worker.gateway().cancel(requestId); });
        }
    }

    GatewayStatus status() const { return m_status; }

    LimitsStatus limits() const {
        if (!m_budget)
            return {};
        return {m_budget->states(ledger::Moment::now()), m_budget->disbelieved(),
                m_questions->open()};
    }
    Result<LimitDesk*> questions() {
        if (!m_questions)
            return notRunning();
        return m_questions.get();
    }
    Result<void> raiseLimit(const std::string& limit, std::int64_t more) {
        if (!m_budget)
            return notRunning();
        if (!m_budget->allow(limit, more, ledger::Moment::now()))
            return fail(ErrorCode::RecordNotFound,
                        "There is no limit \"" + limit +
                            "\"; `gaterouterd limits` names each in brackets.");
        return {};
    }
    // Null while nothing runs.
    PurchaseDesk* purchases() const { return m_purchases.get(); }

    std::vector<routing::Experience::Row> experience() const {
        return m_experience ? m_experience->experience().rows()
                            : std::vector<routing::Experience::Row>();
    }
    Result<void> forgetExperience() {
        if (!m_experience)
            return notRunning();
        return m_experience->forget();
    }
    void freeStranded() {
        if (m_budget)
            m_budget->freeDead();
    }
    void believeClock() {
        if (m_budget)
            m_budget->believeClock();
    }

    void listen(bool on) {
        m_events.setListening(on);
        if (!m_events.listening() || m_workers.empty())
            return;
        for (Worker& worker : m_workers)
            asio::post(worker.io(), [&worker] { worker.gateway().tellRunning(); });
        asio::post(m_workers.front().io(), [this] { startTicking(); });
        tellProviders();
    }

  private:
    // What outlives requests follows the policy, too.
    void useState(const Policy& policy) {
        m_requestLog.turn(policy.logRequests);
        m_reasoning.use(policy.stateKey);
        m_answers.apply(policy.locked ? settings::AnswerCache() : policy.routing.cache);
        m_responses.apply(policy.responses, policy.stateKey, policy.stateLocked);
        if (m_budget)
            m_budget->apply(policy.limits, ledger::Moment::now());
        if (m_questions)
            m_questions->tryAgain();
    }

    Failure failed(Error error) {
        m_status.state = GatewayStatus::State::Failed;
        m_status.error = error;
        return fail(std::move(error));
    }

    http::Awaitable<void> discover(http::Client& client, std::vector<LocalListener> listeners,
                                   SnapshotPtr snapshot) {
        std::vector<std::string> configured;
        for (const ProviderEntry& provider : snapshot->policy->providers)
            configured.push_back(provider.baseUrl);
        std::vector<FoundServer> found = co_await findServers(client, listeners, configured);
        if (m_callbacks.foundServers)
            m_callbacks.foundServers(std::move(found));
    }

    // The first worker hands events up while somebody listens.
    void startTicking() {
        if (!std::exchange(m_ticking, true))
            tick();
    }
    void tick() {
        m_ticking = m_events.listening();
        if (!m_ticking)
            return;
        m_ticker->expires_after(kBatch);
        m_ticker->async_wait([this](http::error_code error) {
            if (error)
                return;
            m_events.flush();
            if (m_health.revision() != m_toldRevision)
                tellTold();
            tick();
        });
    }
    // Main thread; while workers run it is the first of them that tells, in the order of changes.
    void tellProviders() {
        if (m_workers.empty()) {
            m_told = m_snapshot;
            tellTold();
            return;
        }
        asio::post(m_workers.front().io(), [this, snapshot = m_snapshot] {
            m_told = snapshot;
            tellTold();
        });
    }
    void tellTold() {
        m_toldRevision = m_health.revision();
        if (m_callbacks.providers && m_told && m_events.listening())
            m_callbacks.providers(statusesOf(*m_told, m_health));
    }

    ledger::Ledger& m_ledger;
    Callbacks m_callbacks;
    SystemClock m_clock;
    routing::Health m_health;
    Metrics m_metrics;
    RequestLog m_requestLog;
    ReasoningDesk m_reasoning{Secret(randomBytes(32)), m_clock};
    SessionDesk m_sessions;
    AnswerDesk m_answers;
    AnswerDesk m_bought;
    std::filesystem::path m_folder;  // of this gateway alone
    ResponseDesk m_responses;
    EventHub m_events;
    std::unique_ptr<ledger::Budget> m_budget;
    std::unique_ptr<ledger::LeaseKeeper> m_leases;
    std::unique_ptr<LimitDesk> m_questions;
    SnapshotPtr m_snapshot;
    GatewayStatus m_status;
    std::list<Worker> m_workers;
    std::unique_ptr<BookDesk> m_books;
    std::unique_ptr<TokenDesk> m_tokens;
    std::unique_ptr<IdBook> m_ids;
    std::unique_ptr<KeyWatch> m_keys;
    std::unique_ptr<ExperienceKeeper> m_experience;
    std::unique_ptr<PurchaseDesk> m_purchases;
    std::unique_ptr<SaleDesk> m_sales;
    std::unique_ptr<RelayDesk> m_relays;
    QuoteDesk m_quotes;
    std::unique_ptr<Timer> m_ticker;
    bool m_ticking = false;  // of the first worker
    std::jthread m_scout;    // looks for local servers
    // Of the first worker's thread while there is one.
    SnapshotPtr m_told;
    unsigned m_toldRevision = 0;
};

GatewayHost::GatewayHost(ledger::Ledger& ledger, std::filesystem::path responsesFile,
                         Callbacks callbacks)
    : m_impl(std::make_unique<Impl>(ledger, std::move(responsesFile), std::move(callbacks))) {}

GatewayHost::~GatewayHost() {
    m_impl->stop();
}

Result<void> GatewayHost::start(PolicyPtr policy) {
    return m_impl->start(std::move(policy));
}

void GatewayHost::apply(PolicyPtr policy) {
    m_impl->apply(std::move(policy));
}

void GatewayHost::stop() {
    m_impl->stop();
}

GatewayStatus GatewayHost::status() const {
    return m_impl->status();
}

LimitsStatus GatewayHost::limits() const {
    return m_impl->limits();
}

void GatewayHost::believeClock() {
    m_impl->believeClock();
}

Result<void> GatewayHost::allowRequest(const std::string& id, std::optional<std::int64_t> more) {
    const auto desk = m_impl->questions();
    return desk ? (*desk)->allow(id, more) : fail(desk.error());
}

Result<void> GatewayHost::refuseRequest(const std::string& id) {
    const auto desk = m_impl->questions();
    return desk ? (*desk)->refuse(id) : fail(desk.error());
}

Result<void> GatewayHost::raiseLimit(const std::string& limit, std::int64_t more) {
    return m_impl->raiseLimit(limit, more);
}

std::vector<HeldPayment> GatewayHost::heldPayments() const {
    const PurchaseDesk* const desk = m_impl->purchases();
    return desk != nullptr ? desk->held() : std::vector<HeldPayment>();
}

Result<void> GatewayHost::approvePayment(const std::string& id, Money alwaysUpTo) {
    PurchaseDesk* const desk = m_impl->purchases();
    return desk != nullptr ? desk->approve(id, "a person here", alwaysUpTo) : notRunning();
}

Result<void> GatewayHost::denyPayment(const std::string& id) {
    PurchaseDesk* const desk = m_impl->purchases();
    return desk != nullptr ? desk->deny(id) : notRunning();
}

Result<void> GatewayHost::pausePayments(bool paused) {
    PurchaseDesk* const desk = m_impl->purchases();
    return desk != nullptr ? desk->pause(paused) : notRunning();
}

Result<void> GatewayHost::believePaymentBooks() {
    PurchaseDesk* const desk = m_impl->purchases();
    if (desk == nullptr)
        return notRunning();
    desk->believeLedger();
    return {};
}

bool GatewayHost::paymentsPaused() const {
    const PurchaseDesk* const desk = m_impl->purchases();
    return desk != nullptr && desk->paused();
}

bool GatewayHost::walletLocked() const {
    const PurchaseDesk* const desk = m_impl->purchases();
    const WalletPtr wallet = desk != nullptr ? desk->wallet() : nullptr;
    return wallet && wallet->locked;
}

bool GatewayHost::paymentBooksDoubted() const {
    const PurchaseDesk* const desk = m_impl->purchases();
    return desk != nullptr && desk->doubtsLedger();
}

std::string GatewayHost::paymentClockProblem() const {
    const PurchaseDesk* const desk = m_impl->purchases();
    return desk != nullptr ? desk->checks().clockProblem() : std::string();
}

std::vector<routing::Experience::Row> GatewayHost::experience() const {
    return m_impl->experience();
}

Result<void> GatewayHost::forgetExperience() {
    return m_impl->forgetExperience();
}

void GatewayHost::freeStranded() {
    m_impl->freeStranded();
}

void GatewayHost::listen(bool on) {
    m_impl->listen(on);
}

void GatewayHost::lookForServers() {
    m_impl->lookForServers();
}

void GatewayHost::cancel(const std::string& requestId) {
    m_impl->cancel(requestId);
}

}  // namespace gr::gateway
