// SPDX-License-Identifier: MIT
#pragma once

#include <QStringList>
#include <optional>

#include "base/clock.h"
#include "payments.h"

namespace gr::ui {

// Payments with a voice, as FakeBackend: answers from values that a test sets, later.
class FakePayments final : public Payments {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FakePayments)

  public:
    explicit FakePayments(QStringList& said, const Clock& clock) : m_said(said), m_clock(clock) {}

    // A payment that waits for five minutes from now; `number` tells them apart.
    gateway::HeldPayment& hold(int number);
    void emitChanged() { emit changed(); }

    // A wallet with payments and sales in every state.
    void fill();
    void addPurchases(int count);
    void addSales(int count);

    bool pays = false;
    std::vector<payment::ChainId> payChains;
    gateway::WalletFacts facts;
    std::vector<ledger::Purchase> purchases;                     // newest first
    std::vector<ledger::Sale> sales;                             // newest first
    std::optional<std::vector<payment::ChainBalance>> balances;  // absent: no answer comes
    int balancesAsked = 0;
    Keeper vaultKeeper = Keeper::Passphrase;
    QString walletText;  // its words
    // The allowance that is being changed: a test plays the chain.
    AllowanceTalk talk;
    Reply<void> allowed;
    settings::Sell sell;
    std::string sellProblem;
    std::vector<SoldModel> sold;
    ledger::IncomeSums income;
    std::vector<ledger::PayerSum> payerList;
    std::vector<ledger::Credit> credits;
    PaymentsView view;
    payment::NetworkList list = payment::NetworkList::embedded();
    payment::SpendingPolicy rules;
    payment::PolicyChange change;
    ledger::SpendingSums sums;
    std::optional<Error> nextError;  // the next command fails with it
    int asked = 0;                   // how often how payments stand

    bool canPay() const override { return pays; }
    const payment::NetworkList& networks() const override { return list; }
    const payment::SpendingPolicy& policy() const override { return rules; }
    payment::PolicyChange policyChange() const override { return change; }
    void approvePolicy(QObject* context, const payment::SpendingPolicy& wanted,
                       Reply<void> reply) override;
    void query(QObject* context, Reply<PaymentsView> reply) override;
    void approve(QObject* context, const std::string& id, Money alwaysUpTo,
                 Reply<void> reply) override;
    void deny(QObject* context, const std::string& id, Reply<void> reply) override;
    void setPaused(QObject* context, bool paused, Reply<void> reply) override;
    void querySpending(QObject* context, const std::string& origin,
                       Reply<ledger::SpendingSums> reply) override;
    std::vector<payment::ChainId> chains() const override { return payChains; }
    void queryPurchases(QObject* context, const ledger::PurchaseFilter& filter, std::int64_t before,
                        int limit, Reply<std::vector<ledger::Purchase>> reply) override;
    void queryPurchasesOf(QObject* context, const std::string& requestId,
                          Reply<std::vector<ledger::Purchase>> reply) override;
    void queryWallet(QObject* context, Reply<gateway::WalletFacts> reply) override;
    void lockWallet(QObject* context, Reply<void> reply) override;
    void believeBooks(QObject* context, Reply<void> reply) override;
    Keeper keeper() const override { return vaultKeeper; }
    void protectVault(QObject* context, Secret passphrase, Reply<void> reply) override;
    void createWallet(QObject* context, int words, Reply<Secret> reply) override;
    void importWallet(QObject* context, Secret text, Secret wordsPassphrase, std::uint32_t account,
                      Reply<void> reply) override;
    void checkBackup(QObject* context, Secret text, Reply<void> reply) override;
    void walletWords(QObject* context, Reply<Secret> reply) override;
    void queryBalances(QObject* context, const std::string& address,
                       Reply<std::vector<payment::ChainBalance>> reply) override;
    void setAllowance(QObject* context, payment::ChainId chain, const payment::Address& token,
                      const payment::Uint256& units, AllowanceTalk talk,
                      Reply<void> reply) override;
    void answerAllowance(bool yes) override;
    void leaveAllowance() override { m_said << QStringLiteral("leave allowance"); }
    const settings::Sell& selling() const override { return sell; }
    std::string sellingProblem() const override { return sellProblem; }
    std::vector<SoldModel> soldModels() const override { return sold; }
    void querySales(QObject* context, const ledger::SaleFilter& filter, std::int64_t before,
                    int limit, Reply<std::vector<ledger::Sale>> reply) override;
    void exportPurchases(QObject* context, const ledger::PurchaseFilter& filter,
                         ledger::ExportFormat format, const QString& path,
                         Reply<ledger::Exported> reply) override;
    void exportSales(QObject* context, const ledger::SaleFilter& filter,
                     ledger::ExportFormat format, const QString& path,
                     Reply<ledger::Exported> reply) override;
    void queryIncome(QObject* context, UnixMs from, Reply<ledger::IncomeSums> reply) override;
    void queryIncomeSeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                           ledger::IncomeBy by,
                           Reply<std::vector<ledger::IncomeBucket>> reply) override;
    void querySalesOf(QObject* context, const std::string& requestId,
                      Reply<std::vector<ledger::SoldAnswer>> reply) override;
    void queryPayers(QObject* context, UnixMs from,
                     Reply<std::vector<ledger::PayerSum>> reply) override;

  private:
    void answer(QObject* context, Reply<void> reply, const std::function<void()>& done);
    void drop(const std::string& id);

    QStringList& m_said;
    const Clock& m_clock;
};

}  // namespace gr::ui
