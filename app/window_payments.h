// SPDX-License-Identifier: MIT
#pragma once

#include <QThreadPool>
#include <atomic>
#include <memory>
#include <set>

#include "app/allow_desk.h"
#include "app/balance_ask.h"
#include "app/books_reader.h"
#include "app/configuration.h"
#include "app/export_file.h"
#include "app/gateway_door.h"
#include "app/play_money.h"
#include "app/wallet_lock.h"
#include "app/wallet_vault.h"
#include "ui/payments.h"

namespace gr::app {

// The part of the window's backend that has to do with payments. What it is made of outlives it.
// Main thread.
class WindowPayments final : public ui::Payments {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WindowPayments)

  public:
    // `door`: the gateway of the moment.
    WindowPayments(Configuration& configuration, std::function<GatewayDoor&()> door,
                   BooksReader& books, ledger::Location location, const Clock& clock);

    ~WindowPayments() override;

    bool canPay() const override;
    std::vector<payment::ChainId> chains() const override;
    const payment::NetworkList& networks() const override;
    const payment::SpendingPolicy& policy() const override;
    payment::PolicyChange policyChange() const override;
    void approvePolicy(QObject* context, const payment::SpendingPolicy& asked,
                       Reply<void> reply) override;
    void query(QObject* context, Reply<ui::PaymentsView> reply) override;
    void approve(QObject* context, const std::string& id, Money alwaysUpTo,
                 Reply<void> reply) override;
    void deny(QObject* context, const std::string& id, Reply<void> reply) override;
    void setPaused(QObject* context, bool paused, Reply<void> reply) override;
    void querySpending(QObject* context, const std::string& origin,
                       Reply<ledger::SpendingSums> reply) override;
    void queryPurchases(QObject* context, const ledger::PurchaseFilter& filter, std::int64_t before,
                        int limit, Reply<std::vector<ledger::Purchase>> reply) override;
    void queryPurchasesOf(QObject* context, const std::string& requestId,
                          Reply<std::vector<ledger::Purchase>> reply) override;
    void queryWallet(QObject* context, Reply<gateway::WalletFacts> reply) override;
    void lockWallet(QObject* context, Reply<void> reply) override;
    void believeBooks(QObject* context, Reply<void> reply) override;
    Keeper keeper() const override;
    void protectVault(QObject* context, Secret passphrase, Reply<void> reply) override;
    void createWallet(QObject* context, int words, Reply<Secret> reply) override;
    void importWallet(QObject* context, Secret text, Secret wordsPassphrase, std::uint32_t account,
                      Reply<void> reply) override;
    void checkBackup(QObject* context, Secret text, Reply<void> reply) override;
    void walletWords(QObject* context, Reply<Secret> reply) override;
    void queryBalances(QObject* context, const std::string& address,
                       Reply<std::vector<payment::ChainBalance>> reply) override;
    void setAllowance(QObject* context, payment::ChainId chain, const payment::Address& token,
                      const payment::Uint256& units, ui::AllowanceTalk talk,
                      Reply<void> reply) override;
    void answerAllowance(bool yes) override { m_allow.answer(yes); }
    void leaveAllowance() override { m_allow.stop(); }
    const settings::Sell& selling() const override;
    std::string sellingProblem() const override;
    std::vector<ui::SoldModel> soldModels() const override;
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
    const settings::Wallet& wallet() const { return m_configuration.settings().wallet; }

    void writeOut(QObject* context, const QString& path, ExportWriter write,
                  Reply<ledger::Exported> reply);
    using Keep = std::function<void(Result<void>)>;
    void keep(const payment::WalletRecord& record, bool fresh, Keep done);
    Result<payment::WalletRecord> stored() const;
    Result<ApprovalOrder> orderOf(payment::ChainId chain, const payment::Address& token,
                                  const payment::Uint256& units) const;
    void follow(bool locked);

    Configuration& m_configuration;
    std::function<GatewayDoor&()> m_door;
    BooksReader& m_books;
    const Clock& m_clock;
    WalletLock m_lock;  // of this process's vault, while another process pays
    const settings::Sell m_play = playTerms();
    mutable payment::SpendingPolicy m_policy;
    const ledger::Location m_location;  // of the books
    std::atomic<bool> m_stopped = false;
    AllowDesk m_allow;
    std::set<std::shared_ptr<BalanceAsk>> m_asks;  // that are out
    QThreadPool m_workers;                         // goes first, and waits for them
};

}  // namespace gr::app
