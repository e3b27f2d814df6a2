// SPDX-License-Identifier: MIT
#include "gateway/purchase_desk.h"

#include <algorithm>
#include <utility>

#include "base/cipher.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time_text.h"
#include "gateway/wakeup.h"
#include "gateway/wallet_builder.h"
#include "http/offload.h"
#include "payment/signer.h"
#include "payment/token_amount.h"

namespace gr::gateway {
namespace {

using ledger::IntendAnswer;
using ledger::Purchase;
using ledger::PurchaseState;

constexpr std::size_t kMostJobs = 256;
constexpr Milliseconds kForsaken{3'600'000};

Secret sealKey(const payment::EvmKey& key) {
    return deriveKey(key.bytes(), "gaterouter purchases");
}

Failure lockedNow() {
    return refused(std::string(kWalletLocked));
}

template <class T>
void logFailure(const std::string& id, const Result<T>& done) {
    if (!done)
        log::write(LogLevel::Error, "payment.not_noted",
                   {{"id", id}, {"why", done.error().message.text}});
}

// Names of different lengths cannot be taken for one another. Nothing while the wallet is locked.
std::optional<std::string> purchaseKey(const WalletPtr& wallet, const PurchaseAsk& ask) {
    const auto key = wallet && wallet->key ? wallet->key->borrow() : nullptr;
    if (!key)
        return std::nullopt;
    std::string text;
    for (const std::string* part : {&ask.client, &ask.origin, &ask.idempotencyKey, &ask.bodyDigest})
        text.append(std::to_string(part->size())).append(":").append(*part);
    return hmacSha256(sealKey(*key).reveal(), text);
}

std::string headerLine(std::string_view name, std::string_view value) {
    return std::string(name).append(": ").append(value).append("\r\n");
}

}  // namespace

// What the thread needs of one payment.
struct PurchaseDesk::Job {
    PurchaseAsk ask;
    Deal deal;
    WalletPtr wallet;
    std::string key;
};

PurchaseDesk::PurchaseDesk(ledger::Location location, std::filesystem::path pauseFile,
                           const Clock& clock, Milliseconds patience)
    : m_location(std::move(location)),
      m_pauseFile(std::move(pauseFile)),
      m_clock(clock),
      m_patience(patience),
      m_checks(clock),
      m_allowances(clock),
      m_paused(!m_pauseFile.empty() && std::filesystem::exists(m_pauseFile)),
      m_thread("payments", kMostJobs) {}

PurchaseDesk::~PurchaseDesk() {
    m_thread.drain();
}

void PurchaseDesk::apply(WalletPtr wallet) {
    {
        const std::lock_guard lock(m_mutex);
        m_wallet = wallet;
    }
    if (wallet)
        m_checks.applied(*wallet);
    // Whether these are the books that the vault remembers is told before anybody wants to pay.
    if (wallet && wallet->mark) {
        m_thread.post([this, wallet] {
            if (book())
                static_cast<void>(recall(*wallet));
        });
    }
    // A key or a server that came can tell what became of what is out.
    tellNews();
}

WalletPtr PurchaseDesk::wallet() const {
    const std::lock_guard lock(m_mutex);
    return m_wallet;
}

Result<ledger::PurchaseBook*> PurchaseDesk::book() {
    if (!m_book) {
        auto opened = ledger::PurchaseBook::open(m_location);
        if (!opened)
            return fail(std::move(opened.error()));
        m_book = std::move(*opened);
        // Whoever waited for these is gone. Others may wait at another gateway.
        if (const auto held = m_book->held()) {
            for (const Purchase& purchase : *held) {
                if (isStale(purchase))
                    dropHeld(purchase.id);
            }
        }
    }
    return m_book.get();
}

// Books that forgot payments would let them be made once more.
Result<void> PurchaseDesk::recall(const WalletEntry& wallet) {
    if (m_recalled || !wallet.mark)
        return {};
    const auto mark = m_book->mark();
    if (!mark)
        return fail(mark.error());
    m_doubted = !mark->reaches(*wallet.mark);
    if (m_doubted)
        return refused(
            "The books of payments are not those that the vault remembers: they are empty, were "
            "put back to an older state, or are another ledger's, so what was paid is not known. "
            "Put the right ledger back, or say that these are right: gaterouterd payments "
            "believe.");
    m_recalled = true;
    return {};
}

void PurchaseDesk::remember(const WalletEntry& wallet) {
    const auto mark = wallet.mark && m_onMark ? m_book->mark() : ledger::LedgerMark();
    if (!mark)
        log::write(LogLevel::Error, "payment.not_remembered", {{"why", mark.error().message.text}});
    else if (!mark->lineage.empty())
        m_onMark(*mark);
}

void PurchaseDesk::believeLedger() {
    const WalletPtr wallet = this->wallet();
    if (!wallet)
        return;
    m_thread.post([this, wallet] {
        if (!book())
            return;
        m_recalled = true;
        m_doubted = false;
        remember(*wallet);
    });
}

// Signing is this process's from now on.
Result<void> PurchaseDesk::claim(const WalletEntry& wallet) {
    if (m_lock && m_lock->held())
        return recall(wallet);
    m_lock.reset();
    auto taken = ledger::SignerLock::take(m_location);
    if (!taken)
        return taken.error().code == ErrorCode::LedgerBusy
                   ? Result<void>(refused(taken.error().message.text))
                   : fail(std::move(taken.error()));
    m_lock = std::move(*taken);
    if (auto freed = freeUnsigned(); !freed)
        return freed;
    return recall(wallet);
}

// Whoever set these aside is gone, and signed nothing: they need not count.
Result<void> PurchaseDesk::freeUnsigned() {
    constexpr int kMost = 1'000;
    const auto rows = m_book->page({.states = {PurchaseState::Intended}}, 0, kMost);
    if (!rows)
        return fail(rows.error());
    for (const Purchase& row : *rows) {
        if (const auto done =
                m_book->advance(row.id, {PurchaseState::Intended}, PurchaseState::Released);
            !done)
            return fail(done.error());
    }
    return {};
}

auto PurchaseDesk::openPayment(const PurchaseAsk& ask, Caller caller)
    -> Answer<std::optional<ReadyPayment>> {
    using Ready = std::optional<ReadyPayment>;
    const WalletPtr wallet = this->wallet();
    const std::optional<std::string> key = purchaseKey(wallet, ask);
    if (!key)
        co_return Ready();
    std::function<Result<Ready>()> work = [this, wallet, key = *key]() -> Result<Ready> {
        const auto book = this->book();
        if (!book)
            return fail(book.error());
        const auto found = (*book)->findByKey(key);
        if (!found)
            return fail(found.error());
        const bool isOut = *found && (*found)->open && !(*found)->sealedHeader.empty();
        if (!isOut)
            return Ready();
        // Whoever has the answer and asks once more buys once more, though the chain has not shown
        // the first payment yet. Where the answer was lost nothing more can come of it behind its
        // end; the same request is another purchase then, but not before somebody may look.
        if ((*found)->delivered || isForsaken(**found)) {
            const auto closed = (*book)->close((*found)->id);
            if (!closed)
                return fail(closed.error());
            if (*closed)
                return Ready();
        }
        auto ready = sendAgain(*wallet, **found);
        if (!ready)
            return fail(std::move(ready.error()));
        return Ready(std::move(*ready));
    };
    auto answer = co_await http::offload<Ready>(m_thread, caller.io, caller.abort, std::move(work));
    co_return answer;
}

Result<payment::ChosenOffer> PurchaseDesk::choose(std::string_view host,
                                                  const payment::Terms& terms,
                                                  std::optional<Money> bound,
                                                  const KnownUnits& known) const {
    const WalletPtr wallet = this->wallet();
    if (!wallet || !wallet->key) {
        return refused(std::string(host) + " asks for payment. " +
                       (wallet ? wallet->noKey : "There is no wallet."));
    }
    payment::OfferChoice choice = choiceOf(*wallet, terms, bound, known);
    if (!choice.chosen)
        return refused(choice.reason());
    return std::move(*choice.chosen);
}

auto PurchaseDesk::pay(PurchaseAsk ask, Deal deal, Caller caller) -> Answer<ReadyPayment> {
    const auto job = std::make_shared<Job>();
    job->wallet = wallet();
    std::optional<std::string> key = purchaseKey(job->wallet, ask);
    if (!key)
        co_return lockedNow();
    job->key = std::move(*key);
    job->ask = std::move(ask);
    job->deal = std::move(deal);
    std::function<Result<Intent>()> work = [this, job] { return intend(*job); };
    auto intent =
        co_await http::offload<Intent>(m_thread, caller.io, caller.abort, std::move(work));
    if (!intent)
        co_return fail(std::move(intent.error()));
    if (intent->ready)
        co_return std::move(*intent->ready);
    auto answer = co_await waitForPerson(job, std::move(*intent->waiting), caller);
    co_return answer;
}

Result<PurchaseDesk::Intent> PurchaseDesk::intend(const Job& job) {
    const auto book = this->book();
    if (!book)
        return fail(book.error());
    if (auto mine = claim(*job.wallet); !mine)
        return fail(std::move(mine.error()));
    const payment::Offer& offer = job.deal.chosen.offer;
    if (auto problem = m_checks.clockProblem(offer.chain); !problem.empty())
        return refused(std::move(problem));
    const std::string payTo = offer.payTo.toHex();
    if (const auto seen = (*book)->seePayee(job.ask.origin, payTo); !seen)
        return fail(seen.error());
    ledger::PurchaseIntent intent;
    intent.key = job.key;
    intent.client = job.ask.client;
    intent.requestId = job.ask.requestId;
    intent.origin = job.ask.origin;
    intent.payee = payTo;
    intent.chainId = static_cast<std::int64_t>(offer.chain);
    intent.token = job.deal.chosen.token.address.toHex();
    intent.amount = offer.amount.toDecimal();
    intent.usd = job.deal.chosen.usd;
    intent.scheme = payment::schemeOf(offer);
    intent.quote = job.deal.chosen.usd;
    intent.bound = job.deal.bound.value_or(Money());
    const payment::PaymentAsk asked =
        paymentAsk(job.ask.host, job.deal.chosen, job.deal.bound, m_paused);
    const ledger::Decide decide = [&](const ledger::SpendingSums& sums) {
        return decisionOf(payment::decideSpending(job.wallet->policy, asked, sums));
    };
    auto answer = (*book)->intend(intent, decide);
    if (answer && answer->kind == IntendAnswer::Kind::Open) {
        const auto gone = makeWay(answer->purchase);
        if (!gone)
            return fail(gone.error());
        if (*gone)
            answer = (*book)->intend(intent, decide);
    }
    if (!answer)
        return fail(std::move(answer.error()));
    Result<ReadyPayment> ready = fail(ErrorCode::Internal, "");
    switch (answer->kind) {
        case IntendAnswer::Kind::Refused:
            return refused(answer->reason);
        case IntendAnswer::Kind::Held:
            return Intent{std::nullopt, std::move(answer->purchase)};
        case IntendAnswer::Kind::New:
            ready = signAndBook(job, answer->purchase);
            break;
        case IntendAnswer::Kind::Open:
            if (answer->purchase.state == PurchaseState::Held)
                return refused("A payment for the same request waits for a person already, until " +
                               isoTime({answer->purchase.createdAt.value + m_patience.count()}) +
                               " at most.");
            ready = sendAgain(*job.wallet, answer->purchase);
            break;
    }
    if (!ready)
        return fail(std::move(ready.error()));
    return Intent{std::move(*ready), std::nullopt};
}

// The wallet may have been locked since the request began, and unlocked again. Null: it is locked,
// or another one.
std::shared_ptr<const payment::EvmKey> PurchaseDesk::signer(const WalletEntry& wallet) const {
    const WalletPtr now = this->wallet();
    const bool same = now && now->key && wallet.key && now->key->address() == wallet.key->address();
    return same ? now->key->borrow() : nullptr;
}

// The signature is in the book before anybody else sees it.
Result<ReadyPayment> PurchaseDesk::signAndBook(const Job& job, const Purchase& purchase) {
    if (auto mine = claim(*job.wallet); !mine)  // a server's lock may be lost at any time
        return fail(std::move(mine.error()));
    const auto key = signer(*job.wallet);
    if (!key) {
        // Nothing is out, so it need not count.
        logFailure(purchase.id, m_book->advance(purchase.id, {PurchaseState::Intended},
                                                PurchaseState::Released));
        return lockedNow();
    }
    auto paid =
        payment::signPurchase(*key, job.deal.terms, job.deal.chosen, purchase.id, m_clock.now());
    if (!paid)
        return fail(std::move(paid.error()));
    ledger::PurchaseChange change;
    change.nonce = paid->nonce;
    change.validBefore = paid->validBefore;
    change.headerName = std::string(paid->header.name);
    change.sealedHeader = encrypt(sealKey(*key), purchase.id, paid->header.value);
    auto booked =
        m_book->advance(purchase.id, {PurchaseState::Intended}, PurchaseState::Signed, change);
    if (!booked)
        return fail(std::move(booked.error()));
    remember(*job.wallet);
    // Another one signed in between: that signature counts, this one goes nowhere.
    return sendAgain(*job.wallet, booked->purchase);
}

bool PurchaseDesk::isOver(const Purchase& purchase) const {
    return purchase.validBefore * 1'000 <= m_clock.now().value;
}

bool PurchaseDesk::isForsaken(const Purchase& purchase) const {
    return isOver(purchase) && m_clock.now().value - purchase.createdAt.value > kForsaken.count();
}

// Nobody waits for it any more: its request ended, and could not say so. A clock that leapt tells
// nothing about it.
bool PurchaseDesk::isStale(const Purchase& held) const {
    const std::int64_t age = m_clock.now().value - held.createdAt.value;
    return held.state == PurchaseState::Held &&
           (age > m_patience.count() || age < -m_patience.count());
}

// True: the open purchase stands in nobody's way any more. One that was set aside and never signed
// (the disk refused, a process ended) was for other terms and under another policy, perhaps; this
// thread alone signs, so nobody is about to.
Result<bool> PurchaseDesk::makeWay(const Purchase& open) {
    if (isStale(open)) {
        dropHeld(open.id);
        return true;
    }
    if (open.state != PurchaseState::Intended)
        return false;
    const auto done = m_book->advance(open.id, {PurchaseState::Intended}, PurchaseState::Released);
    return done ? Result<bool>(done->done) : fail(done.error());
}

// What is signed goes out, for the first time or once more.
Result<ReadyPayment> PurchaseDesk::sendAgain(const WalletEntry& wallet, const Purchase& purchase) {
    const auto key = signer(wallet);
    if (isOver(purchase) || purchase.sealedHeader.empty() || !key)
        return unconfirmed(wallet, purchase);
    const auto header = decrypt(sealKey(*key), purchase.id, purchase.sealedHeader);
    if (!header)
        return unconfirmed(wallet, purchase);
    const bool first = purchase.state == PurchaseState::Signed;
    if (first) {
        const auto sent =
            m_book->advance(purchase.id, {PurchaseState::Signed}, PurchaseState::Sent);
        if (!sent)
            return fail(sent.error());
    }
    return ReadyPayment{purchase.id, headerLine(purchase.headerName, *header), purchase.usd,
                        !first};
}

auto PurchaseDesk::waitForPerson(std::shared_ptr<const Job> job, Purchase held, Caller caller)
    -> Answer<ReadyPayment> {
    const std::string id = held.id;
    const std::string why = held.note;
    Wakeup wakeup(caller.io);
    const UnixMs last{m_clock.now().value + m_patience.count()};
    HoldDesk::Seat seat(m_holds, {std::move(held), last}, wakeup.caller());
    const SteadyTime until = m_clock.steady() + m_patience;
    while (seat.taken() && !seat.said() && !caller.abort.fired() && m_clock.steady() < until)
        co_await wakeup.wait(caller.abort, until);
    seat.leave();
    const std::optional<HoldDesk::Said> said = seat.said();
    if (!said || !said->allowed) {
        m_thread.post([this, id] { dropHeld(id); });
        if (caller.abort.fired())
            co_return fail(ErrorCode::Cancelled, "The client hung up.");
        co_return refused(why + (said            ? " A person refused it."
                                 : !seat.taken() ? " Too many payments wait for a person already."
                                                 : " Nobody approved it in time."));
    }
    std::function<Result<ReadyPayment>()> work = [this, job, id, said] {
        return goOn(*job, id, said->by, said->alwaysUpTo);
    };
    auto answer =
        co_await http::offload<ReadyPayment>(m_thread, caller.io, caller.abort, std::move(work));
    // Whatever kept it from going on: nobody waits any more, so it must not stay held.
    if (!answer)
        m_thread.post([this, id] { dropHeld(id); });
    co_return answer;
}

// By the wallet as it is now: it may have become stricter, or another, while a person was asked.
Result<ReadyPayment> PurchaseDesk::goOn(const Job& asked, const std::string& id, std::string by,
                                        Money alwaysUpTo) {
    Job job = asked;
    job.wallet = wallet();
    if (!job.wallet || !job.wallet->key)
        return refused(job.wallet ? job.wallet->noKey : "The wallet is gone.");
    if (!mayGoOn(*job.wallet, *asked.wallet, job.deal.chosen.token))
        return refused("The wallet was changed while the payment waited; ask again.");
    if (auto problem = m_checks.clockProblem(job.deal.chosen.offer.chain); !problem.empty())
        return refused(std::move(problem));
    const payment::PaymentAsk question =
        paymentAsk(job.ask.host, job.deal.chosen, job.deal.bound, m_paused);
    auto answer = m_book->approve(id, [&](const ledger::SpendingSums& sums) {
        return decisionOf(payment::decideApproved(job.wallet->policy, question, sums));
    });
    if (!answer)
        return fail(std::move(answer.error()));
    if (answer->kind == IntendAnswer::Kind::Refused)
        return refused(answer->reason);
    const Purchase& purchase = answer->purchase;
    if (purchase.state == PurchaseState::Denied)
        return refused("It waited too long for a person; ask again.");
    if (const auto known = m_book->allowPayee(purchase.origin, purchase.payee, by, alwaysUpTo);
        !known)
        return fail(known.error());
    return signAndBook(job, purchase);
}

void PurchaseDesk::dropHeld(const std::string& id) {
    if (const auto done = m_book->advance(id, {PurchaseState::Held}, PurchaseState::Denied); !done)
        log::write(LogLevel::Error, "payment.not_denied",
                   {{"id", id}, {"why", done.error().message.text}});
}

void PurchaseDesk::tellNews() {
    m_news = true;
    const std::lock_guard lock(m_mutex);
    if (m_onNews)
        m_onNews();
}

void PurchaseDesk::onNews(std::function<void()> news) {
    const std::lock_guard lock(m_mutex);
    m_onNews = std::move(news);
}

auto PurchaseDesk::unresolved(Caller caller) -> Answer<std::vector<Purchase>> {
    using Rows = std::vector<Purchase>;
    std::function<Result<Rows>()> work = [this]() -> Result<Rows> {
        const auto book = this->book();
        return book ? (*book)->unresolved() : fail(book.error());
    };
    auto rows = co_await http::offload<Rows>(m_thread, caller.io, caller.abort, std::move(work));
    co_return rows;
}

void PurchaseDesk::learn(const Purchase& purchase, const payment::Fate& fate) {
    using enum PurchaseState;
    // Where nobody looked in between, a payment ends and is dead at once.
    const bool ends = fate.state == Released && ledger::mayFollow(purchase.state, Expired);
    const bool follows = ends || ledger::mayFollow(purchase.state, fate.state);
    if (purchase.state == fate.state || !follows)
        return;
    ledger::PurchaseChange change;
    if (!fate.transaction.empty())
        change.transaction = fate.transaction;
    if (purchase.state == Released)
        log::write(LogLevel::Warning, "payment.taken_after_release",
                   {{"id", purchase.id},
                    {"origin", purchase.origin},
                    {"usd", purchase.usd.toDecimal()},
                    {"transaction", fate.transaction}});
    if (const WalletPtr wallet = this->wallet())
        change.taken = takenPart(*wallet, purchase, fate);
    const auto job = [this, id = purchase.id, from = purchase.state, fate, change, ends] {
        if (ends)
            logFailure(id, m_book->advance(id, {from}, Expired));
        logFailure(id, m_book->advance(id, {ends ? Expired : from}, fate.state, change));
    };
    m_thread.post(job);
}

Result<void> PurchaseDesk::approve(std::string_view id, std::string by, Money alwaysUpTo) {
    if (m_paused)
        return fail(ErrorCode::PaymentRefused,
                    "Payments are paused. Let them go on first (gaterouterd resume).");
    if (const WalletPtr now = wallet(); now && !now->key)
        return fail(ErrorCode::PaymentRefused, now->noKey);
    return m_holds.answer(id, {true, std::move(by), alwaysUpTo});
}

Result<void> PurchaseDesk::pause(bool paused) {
    std::error_code ignored;
    if (!paused && !m_pauseFile.empty())
        std::filesystem::remove(m_pauseFile, ignored);
    // Paused at once, whatever becomes of the file.
    m_paused = paused;
    if (paused && !m_pauseFile.empty())
        return replaceFile(m_pauseFile, "Payments are paused; gaterouterd resume ends it.\n");
    return {};
}

void PurchaseDesk::note(const ReadyPayment& payment, const PaidOutcome& outcome) {
    const auto job = [this, id = payment.id, outcome] { write(id, outcome); };
    if (!m_thread.post(job))
        log::write(LogLevel::Error, "payment.not_noted", {{"id", payment.id}});
    tellNews();
}

void PurchaseDesk::noteDelivered(const std::string& id) {
    PaidOutcome outcome;
    outcome.answered = true;
    m_thread.post([this, id, outcome] { write(id, outcome); });
}

// The chain, or the clock under a long answer, may have been quicker.
Result<ledger::PurchaseAdvanced> PurchaseDesk::writeAnswer(const std::string& id,
                                                           ledger::PurchaseChange change) {
    using enum PurchaseState;
    auto done = m_book->advance(id, {Sent, Unknown, Refused}, Sent, change);
    if (!done || done->done)
        return done;
    if (done->purchase.state == Expired)
        return m_book->advance(id, {Expired}, Unknown, change);
    change.transaction.reset();  // the chain told it
    return m_book->advance(id, {Settled}, Settled, change);
}

// What a seller says is a hint: that money moved is for the chain to say.
void PurchaseDesk::write(const std::string& id, const PaidOutcome& outcome) {
    ledger::PurchaseChange change;
    if (!outcome.transaction.empty())
        change.transaction = outcome.transaction;
    if (!outcome.receipt.empty())
        change.receipt = outcome.receipt;
    if (!outcome.answerDigest.empty())
        change.answerDigest = outcome.answerDigest;
    change.delivered = outcome.answered;
    using enum PurchaseState;
    Result<ledger::PurchaseAdvanced> done = fail(ErrorCode::Internal, "");
    if (outcome.answered || outcome.settled)
        done = writeAnswer(id, std::move(change));
    else if (outcome.refused)
        done = m_book->advance(id, {Sent, Unknown}, Refused, change);
    else
        done = m_book->advance(id, {Sent, Unknown, Refused}, Unknown, change);
    logFailure(id, done);
}

}  // namespace gr::gateway
