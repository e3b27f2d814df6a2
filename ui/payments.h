// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/held_payment.h"
#include "gateway/wallet_facts.h"
#include "ledger/export.h"
#include "ledger/payment_reader.h"
#include "payment/balances.h"
#include "payment/network.h"
#include "payment/policy_change.h"
#include "payment/spending_policy.h"
#include "payment/token_approval.h"
#include "settings/settings.h"

namespace gr::ui {

// How the gateway's payments stand.
struct PaymentsView {
    bool paused = false;
    bool locked = false;   // the wallet is, so nothing is paid
    bool doubted = false;  // the vault remembers other books of payments, so nothing is paid
    std::vector<gateway::HeldPayment> held;  // that wait for a person, oldest first
};

// A model that strangers may buy, and what a request of a thousand tokens in and a thousand out
// costs them.
struct SoldModel {
    std::string provider;
    std::string model;
    Money price;
};

// What a person says yes to before Permit2 is let move a token, as the chain says it.
struct AllowanceOffer {
    payment::ApprovalWish wish;
    payment::ApprovalSight sight;
    payment::ApprovalStep step;
};
// What is told and asked while an allowance is changed; all must be there.
struct AllowanceTalk {
    // Both go on with Payments::answerAllowance().
    std::function<void(const AllowanceOffer&)> offered;
    std::function<void(const payment::Uint256& wei)> dearer;  // higher fees, so much in all
    std::function<void(const std::string& sentence)> told;
    std::function<void(Milliseconds)> waited;  // for a block, so far
};

// What the window knows of payments and asks of them: the second half of the door that Backend is,
// for the few places that have to do with money that leaves. Main thread; replies as Backend's.
class Payments : public QObject {
    Q_OBJECT

  public:
    template <class T>
    using Reply = std::function<void(Result<T>)>;

    using QObject::QObject;

    // The configuration has a wallet that may pay sellers.
    virtual bool canPay() const = 0;
    // Those that the wallet pays on, in the order of the configuration.
    virtual std::vector<payment::ChainId> chains() const = 0;
    // The chains and tokens that are known.
    virtual const payment::NetworkList& networks() const = 0;
    // What may be paid, as far as this process can see it; until the next call.
    virtual const payment::SpendingPolicy& policy() const = 0;

    // What the configuration allows beyond what was approved, which counts until it is.
    virtual payment::PolicyChange policyChange() const = 0;
    // From now on this is approved, as a person saw it in policyChange(). Its vault must be open.
    virtual void approvePolicy(QObject* context, const payment::SpendingPolicy& asked,
                               Reply<void> reply) = 0;

    // Unreachable while no gateway runs.
    virtual void query(QObject* context, Reply<PaymentsView> reply) = 0;
    // Lets a held payment go on if the caps allow it by now; payments to this payee up to
    // `alwaysUpTo` wait for nobody any more (0: every one goes on as before). RecordNotFound: it
    // does not wait any more.
    virtual void approve(QObject* context, const std::string& id, Money alwaysUpTo,
                         Reply<void> reply) = 0;
    virtual void deny(QObject* context, const std::string& id, Reply<void> reply) = 0;
    // Nothing is paid until told otherwise, also after a restart.
    virtual void setPaused(QObject* context, bool paused, Reply<void> reply) = 0;

    // From the books: what is spent by now, and what is known of the seller at this origin.
    virtual void querySpending(QObject* context, const std::string& origin,
                               Reply<ledger::SpendingSums> reply) = 0;
    // Newest first, from before the sequence `before` (0: from the newest).
    virtual void queryPurchases(QObject* context, const ledger::PurchaseFilter& filter,
                                std::int64_t before, int limit,
                                Reply<std::vector<ledger::Purchase>> reply) = 0;
    virtual void queryPurchasesOf(QObject* context, const std::string& requestId,
                                  Reply<std::vector<ledger::Purchase>> reply) = 0;

    // The wallet, as this process or the gateway can see it.
    virtual void queryWallet(QObject* context, Reply<gateway::WalletFacts> reply) = 0;
    // Takes its key out of the memory of this process and of the gateway; the vault's passphrase
    // (Backend::openVault) unlocks it. InvalidField: that would protect nothing.
    virtual void lockWallet(QObject* context, Reply<void> reply) = 0;
    // The books of payments are right, though the vault remembers others.
    virtual void believeBooks(QObject* context, Reply<void> reply) = 0;
    // How the vault that keeps the wallet opens, as far as this process is concerned.
    enum class Keeper : std::uint8_t { NoVault, Locked, Keychain, Passphrase };
    virtual Keeper keeper() const = 0;
    // The vault that the keychain opened opens with this passphrase alone from now on.
    virtual void protectVault(QObject* context, Secret passphrase, Reply<void> reply) = 0;
    // Makes a wallet of 12 or 24 words in the vault, and gives them; its backup is not checked. The
    // vault is there and open, or made with the keychain. InvalidField: there is one already.
    virtual void createWallet(QObject* context, int words, Reply<Secret> reply) = 0;
    // Puts words, with the passphrase they may have, or a private key into the vault, as above.
    virtual void importWallet(QObject* context, Secret text, Secret wordsPassphrase,
                              std::uint32_t account, Reply<void> reply) = 0;
    // Notes that the backup is good, if these are its words or its key.
    virtual void checkBackup(QObject* context, Secret text, Reply<void> reply) = 0;
    // To be shown to a person who wants to write them down; empty: it has a private key alone.
    virtual void walletWords(QObject* context, Reply<Secret> reply) = 0;

    // What this address holds on each of chains(), and what Permit2 may move of it, asked of their
    // RPC servers; at most ten seconds for each server. InvalidField: it is none.
    virtual void queryBalances(QObject* context, const std::string& address,
                               Reply<std::vector<payment::ChainBalance>> reply) = 0;

    // Lets Permit2 move up to so many units of a token of the wallet, whatever it was before: as
    // `gaterouterd wallet allow`. One at a time; its key must be open. PaymentRefused,
    // PaymentUnconfirmed and the rest as gateway::Approver::run.
    virtual void setAllowance(QObject* context, payment::ChainId chain,
                              const payment::Address& token, const payment::Uint256& units,
                              AllowanceTalk talk, Reply<void> reply) = 0;
    virtual void answerAllowance(bool yes) = 0;  // to what was offered or asked last
    // Signs nothing more for it, and waits for no block. What is signed goes on with the next one.
    virtual void leaveAllowance() = 0;

    // What is offered to strangers, as the configuration says, and why it is not although it is
    // (empty: nothing is wrong).
    virtual const settings::Sell& selling() const = 0;
    virtual std::string sellingProblem() const = 0;
    virtual std::vector<SoldModel> soldModels() const = 0;
    virtual void querySales(QObject* context, const ledger::SaleFilter& filter, std::int64_t before,
                            int limit, Reply<std::vector<ledger::Sale>> reply) = 0;
    // Writes what fits to a file, on a thread of its own, for bookkeeping
    // (ledger/payment_export.h). Without success no file is left, and one that was there stays as
    // it was.
    virtual void exportPurchases(QObject* context, const ledger::PurchaseFilter& filter,
                                 ledger::ExportFormat format, const QString& path,
                                 Reply<ledger::Exported> reply) = 0;
    virtual void exportSales(QObject* context, const ledger::SaleFilter& filter,
                             ledger::ExportFormat format, const QString& path,
                             Reply<ledger::Exported> reply) = 0;
    // Income since `from`.
    virtual void queryIncome(QObject* context, UnixMs from, Reply<ledger::IncomeSums> reply) = 0;
    // The same as bars of a chart; `to` exclusive, steps counted from `from`.
    virtual void queryIncomeSeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                                   ledger::IncomeBy by,
                                   Reply<std::vector<ledger::IncomeBucket>> reply) = 0;
    // What a request was sold for, and the sale whose credit it used.
    virtual void querySalesOf(QObject* context, const std::string& requestId,
                              Reply<std::vector<ledger::SoldAnswer>> reply) = 0;
    // Who paid since `from`, those that paid most first.
    virtual void queryPayers(QObject* context, UnixMs from,
                             Reply<std::vector<ledger::PayerSum>> reply) = 0;

  signals:
    void changed();  // what is said without a reply
};

}  // namespace gr::ui
