// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/job_thread.h"
#include "gateway/allowance_view.h"
#include "gateway/hold_desk.h"
#include "gateway/payer_check.h"
#include "gateway/purchase_words.h"
#include "gateway/ready_payment.h"
#include "gateway/wallet_entry.h"
#include "http/net.h"
#include "ledger/purchase_book.h"
#include "ledger/signer_lock.h"
#include "payment/offer_choice.h"
#include "payment/purchase_fate.h"

namespace gr::gateway {

// One purchase is a client, a seller and a body: whoever asks again for the same gets the same
// authorization sent again, never a second one.
struct PurchaseAsk {
    std::string client;
    std::string requestId;
    std::string origin;  // of the seller, with its port (Url::origin)
    std::string host;
    std::string bodyDigest;      // SHA-256 of what is sent
    std::string idempotencyKey;  // of the client; may be empty
};

// Pays sellers: the one place that signs, and the book behind it. One process at a time signs for a
// ledger (SignerLock): the first that pays, as long as it runs. Its work is done on a thread of
// its own, whose commits wait for the disk; nothing leaves before it is durable. Shared by the io
// threads; outlives them.
class PurchaseDesk final {
  public:
    // How long a payment waits for a person. Tools give up on a silent answer after five to ten
    // minutes.
    static constexpr Milliseconds kPatience{300'000};

    // `location`: of the ledger, where the book is opened at the first use. `pauseFile` is there
    // while payments are paused, so that a restart does not let them go on; empty: in memory.
    PurchaseDesk(ledger::Location location, std::filesystem::path pauseFile, const Clock& clock,
                 Milliseconds patience = kPatience);
    ~PurchaseDesk();
    PurchaseDesk(const PurchaseDesk&) = delete;
    PurchaseDesk& operator=(const PurchaseDesk&) = delete;

    void apply(WalletPtr wallet);  // any thread; null: there is none
    WalletPtr wallet() const;

    template <class T>
    using Answer = http::Awaitable<Result<T>>;
    struct Caller {
        http::Executor io;
        http::AbortSlot& abort;
    };

    // The payment of the same purchase that is still open, to be sent again; nothing where there is
    // none. Errors: those of the ledger, Overloaded, Cancelled.
    Answer<std::optional<ReadyPayment>> openPayment(const PurchaseAsk& ask, Caller caller);

    // What a chain says before something is paid on it.
    PayerCheck& checks() { return m_checks; }
    const PayerCheck& checks() const { return m_checks; }
    // What Permit2 may move of it.
    AllowanceView& allowances() { return m_allowances; }

    // What of these terms the wallet would take. `bound`: our own estimate of the most that the
    // request may cost. PaymentRefused, with the reason: nothing, or there is no key.
    Result<payment::ChosenOffer> choose(std::string_view host, const payment::Terms& terms,
                                        std::optional<Money> bound,
                                        const KnownUnits& known = {}) const;

    // Decides by the policy, signs and books. Waits for a person where the policy says so. Errors:
    // PaymentRefused (nothing was signed; the sentence says why), PaymentUnconfirmed (an earlier
    // payment for the same may still be taken), Overloaded, Cancelled, those of the ledger.
    struct Deal {
        payment::Terms terms;
        payment::ChosenOffer chosen;
        std::optional<Money> bound;
    };
    Answer<ReadyPayment> pay(PurchaseAsk ask, Deal deal, Caller caller);

    // Notes what became of it. Does not wait.
    void note(const ReadyPayment& payment, const PaidOutcome& outcome);
    // The answer to it, kept while its client was away, was given.
    void noteDelivered(const std::string& id);

    // What the chain has to tell about. Errors: those of the ledger, Overloaded, Cancelled.
    Answer<std::vector<ledger::Purchase>> unresolved(Caller caller);
    // `news` is called, by any thread, when something was noted, and when another wallet was
    // applied; empty: by nobody any more.
    void onNews(std::function<void()> news);
    bool takeNews() { return m_news.exchange(false); }  // since it was asked last
    // `keep` is called on the desk's thread when the books of a wallet in the vault went on: the
    // vault is to remember it. Before the first payment; it must only hand the value on.
    void onMark(std::function<void(ledger::LedgerMark)> keep) { m_onMark = std::move(keep); }
    // Notes what the chain told. Does not wait for the disk.
    void learn(const ledger::Purchase& purchase, const payment::Fate& fate);

    // --- For people. Any thread.
    std::vector<HeldPayment> held() const { return m_holds.held(); }  // oldest first
    // Lets a held payment go on, if the caps allow it by now. `alwaysUpTo`: payments to this payee
    // up to so much wait for nobody any more. RecordNotFound: none waits; PaymentRefused: paused,
    // or the wallet is locked.
    Result<void> approve(std::string_view id, std::string by, Money alwaysUpTo = {});
    Result<void> deny(std::string_view id) { return m_holds.answer(id, {false, {}, {}}); }
    // The vault remembers other books of payments, so nothing is paid.
    bool doubtsLedger() const { return m_doubted; }
    // These books are right, though the vault remembers others.
    void believeLedger();
    // Nothing more is signed; what is signed may still be taken. Errors: those of replaceFile().
    Result<void> pause(bool paused);
    bool paused() const { return m_paused; }

    // Waits until everything asked so far is done.
    void drain() { m_thread.drain(); }

  private:
    struct Job;
    struct Intent {
        std::optional<ReadyPayment> ready;        // absent: held
        std::optional<ledger::Purchase> waiting;  // by a person
    };

    // These on the thread.
    Result<ledger::PurchaseBook*> book();
    Result<void> claim(const WalletEntry& wallet);
    Result<void> freeUnsigned();
    Result<void> recall(const WalletEntry& wallet);
    void remember(const WalletEntry& wallet);
    Result<Intent> intend(const Job& job);
    std::shared_ptr<const payment::EvmKey> signer(const WalletEntry& wallet) const;
    Result<ReadyPayment> signAndBook(const Job& job, const ledger::Purchase& purchase);
    Result<ReadyPayment> sendAgain(const WalletEntry& wallet, const ledger::Purchase& purchase);
    Result<ReadyPayment> goOn(const Job& asked, const std::string& id, std::string by,
                              Money alwaysUpTo);
    bool isOver(const ledger::Purchase& purchase) const;
    bool isForsaken(const ledger::Purchase& purchase) const;
    bool isStale(const ledger::Purchase& held) const;
    Result<bool> makeWay(const ledger::Purchase& open);
    void dropHeld(const std::string& id);
    void tellNews();
    void write(const std::string& id, const PaidOutcome& outcome);
    Result<ledger::PurchaseAdvanced> writeAnswer(const std::string& id,
                                                 ledger::PurchaseChange change);

    Answer<ReadyPayment> waitForPerson(std::shared_ptr<const Job> job, ledger::Purchase held,
                                       Caller caller);

    const ledger::Location m_location;
    const std::filesystem::path m_pauseFile;
    const Clock& m_clock;
    const Milliseconds m_patience;
    PayerCheck m_checks;
    AllowanceView m_allowances;
    std::atomic<bool> m_paused;
    std::atomic<bool> m_doubted = false;
    std::atomic<bool> m_news = false;
    std::function<void()> m_onNews;
    std::function<void(ledger::LedgerMark)> m_onMark;
    mutable std::mutex m_mutex;
    WalletPtr m_wallet;
    HoldDesk m_holds;
    std::unique_ptr<ledger::PurchaseBook> m_book;  // of the thread
    std::unique_ptr<ledger::SignerLock> m_lock;    // of the thread
    bool m_recalled = false;  // of the thread: these are the books that the vault remembers
    JobThread m_thread;       // goes first
};

}  // namespace gr::gateway
