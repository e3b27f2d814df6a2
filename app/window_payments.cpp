// SPDX-License-Identifier: MIT
#include "app/window_payments.h"

#include <QPointer>

#include "app/guarded.h"
#include "app/sold_models.h"
#include "gateway/sale_builder.h"
#include "gateway/wallet_builder.h"
#include "ledger/payment_export.h"
#include "ledger/payment_reader.h"

namespace gr::app {

WindowPayments::WindowPayments(Configuration& configuration, std::function<GatewayDoor&()> door,
                               BooksReader& books, ledger::Location location, const Clock& clock)
    : m_configuration(configuration),
      m_door(std::move(door)),
      m_books(books),
      m_clock(clock),
      m_lock(configuration, clock),
      m_location(std::move(location)) {}

WindowPayments::~WindowPayments() {
    m_stopped = true;
    for (const std::shared_ptr<BalanceAsk>& ask : m_asks) {
        ask->stop();
    }
    m_workers.waitForDone();
}

bool WindowPayments::canPay() const {
    return !wallet().networks.empty() && !wallet().watchOnly;
}

std::vector<payment::ChainId> WindowPayments::chains() const {
    std::vector<payment::ChainId> all;
    for (const settings::Wallet::Chain& chain : wallet().networks) {
        all.push_back(chain.chain);
    }
    return all;
}

const payment::NetworkList& WindowPayments::networks() const {
    return wallet().known;
}

// The file may only tighten what was approved, and words that nobody wrote down pay little.
const payment::SpendingPolicy& WindowPayments::policy() const {
    std::vector<settings::Problem> ignored;
    const auto entry = gateway::buildWallet(wallet(), m_configuration.secrets(), ignored);
    m_policy = entry ? entry->policy : wallet().policy;
    return m_policy;
}

void WindowPayments::query(QObject* context, Reply<ui::PaymentsView> reply) {
    const QPointer<WindowPayments> self(this);
    m_door().payments(guarded<ui::PaymentsView>(
        context, [self, reply = std::move(reply)](Result<ui::PaymentsView> view) {
            if (self && view) {
                self->follow(view->locked);
            }
            reply(std::move(view));
        }));
}

void WindowPayments::approve(QObject* context, const std::string& id, Money alwaysUpTo,
                             Reply<void> reply) {
    m_door().answerPayment(id, alwaysUpTo, guarded(context, std::move(reply)));
}

void WindowPayments::deny(QObject* context, const std::string& id, Reply<void> reply) {
    m_door().answerPayment(id, std::nullopt, guarded(context, std::move(reply)));
}

void WindowPayments::setPaused(QObject* context, bool paused, Reply<void> reply) {
    m_door().pausePayments(paused, guarded(context, std::move(reply)));
}

void WindowPayments::querySpending(QObject* context, const std::string& origin,
                                   Reply<ledger::SpendingSums> reply) {
    m_books.ask<ledger::SpendingSums>(
        context,
        [origin, now = m_clock.now()](ledger::Reader& reader) {
            return reader.payments().spending(now, origin);
        },
        std::move(reply));
}

void WindowPayments::queryPurchases(QObject* context, const ledger::PurchaseFilter& filter,
                                    std::int64_t before, int limit,
                                    Reply<std::vector<ledger::Purchase>> reply) {
    m_books.ask<std::vector<ledger::Purchase>>(
        context,
        [filter, before, limit](ledger::Reader& reader) {
            return reader.payments().purchases(filter, before, limit);
        },
        std::move(reply));
}

void WindowPayments::queryPurchasesOf(QObject* context, const std::string& requestId,
                                      Reply<std::vector<ledger::Purchase>> reply) {
    m_books.ask<std::vector<ledger::Purchase>>(
        context,
        [requestId](ledger::Reader& reader) { return reader.payments().purchasesOf(requestId); },
        std::move(reply));
}

// What a gateway in the background has locked, or what locks itself there, leaves the memory of
// this process, too.
void WindowPayments::follow(bool locked) {
    if (locked && m_door().background() && keeper() == Keeper::Passphrase) {
        static_cast<void>(m_lock.lock());
        m_allow.stop();
    }
}

void WindowPayments::lockWallet(QObject* context, Reply<void> reply) {
    const QPointer<WindowPayments> self(this);
    m_door().lockWallet(
        guarded<void>(context, [self, reply = std::move(reply)](Result<void> locked) {
            if (self && locked) {
                self->m_allow.stop();
                self->follow(true);
                emit self->changed();
            }
            reply(std::move(locked));
        }));
}

void WindowPayments::believeBooks(QObject* context, Reply<void> reply) {
    m_door().believeBooks(guarded(context, std::move(reply)));
}

// Whoever pays knows best; this process may have the vault open, too, or nothing but that.
void WindowPayments::queryWallet(QObject* context, Reply<gateway::WalletFacts> reply) {
    const auto background = m_door().background();
    if (!background || background->state == ui::Background::State::Attached) {
        m_door().wallet(guarded(context, std::move(reply)));
        return;
    }
    gateway::WalletFacts own = m_lock.facts();
    QMetaObject::invokeMethod(
        context, [reply = std::move(reply), own = std::move(own)] { reply(own); },
        Qt::QueuedConnection);
}

void WindowPayments::queryBalances(QObject* context, const std::string& address,
                                   Reply<std::vector<payment::ChainBalance>> reply) {
    const auto owner = payment::Address::parse(address);
    if (!owner) {
        QMetaObject::invokeMethod(
            context,
            [reply = std::move(reply)] {
                reply(fail(ErrorCode::InvalidField, "The wallet's address is none."));
            },
            Qt::QueuedConnection);
        return;
    }
    BalanceQuestion question = balanceQuestion(wallet(), *owner);
    question.what = payment::AskFor::BalancesAndAllowances;
    const auto ask = std::make_shared<BalanceAsk>(std::move(question));
    m_asks.insert(ask);
    m_workers.start([this, ask, answer = guarded(context, std::move(reply))] {
        auto balances = std::make_shared<std::vector<payment::ChainBalance>>(ask->run());
        QMetaObject::invokeMethod(
            this,
            [this, ask, answer, balances] {
                m_asks.erase(ask);
                answer(std::move(*balances));
            },
            Qt::QueuedConnection);
    });
}

// A sandbox sells for play money alone, whatever the configuration says.
const settings::Sell& WindowPayments::selling() const {
    return m_door().sandbox() ? m_play : m_configuration.settings().sell;
}

std::string WindowPayments::sellingProblem() const {
    if (!selling().enabled || m_door().sandbox()) {
        return {};
    }
    std::vector<settings::Problem> problems;
    if (gateway::buildSale(m_configuration.settings(), m_configuration.secrets(), problems)) {
        return {};
    }
    return problems.empty() ? "Nothing is offered: no network is set up to be paid on."
                            : problems.front().path + ": " + problems.front().message;
}

std::vector<ui::SoldModel> WindowPayments::soldModels() const {
    if (m_door().sandbox()) {
        return {{"sandbox", "paid", m_play.minimum}};  // its work costs nothing
    }
    return app::soldModels(m_configuration.settings(), m_configuration.catalog(), m_clock.now());
}

void WindowPayments::querySales(QObject* context, const ledger::SaleFilter& filter,
                                std::int64_t before, int limit,
                                Reply<std::vector<ledger::Sale>> reply) {
    m_books.ask<std::vector<ledger::Sale>>(
        context,
        [filter, before, limit](ledger::Reader& reader) {
            return reader.payments().sales(filter, before, limit);
        },
        std::move(reply));
}

void WindowPayments::writeOut(QObject* context, const QString& path, ExportWriter write,
                              Reply<ledger::Exported> reply) {
    m_workers.start(
        [this, path, write = std::move(write), answer = guarded(context, std::move(reply))] {
            const auto written =
                std::make_shared<const Result<ledger::Exported>>(writeExportFile(path, write));
            QMetaObject::invokeMethod(
                this, [answer, written] { answer(*written); }, Qt::QueuedConnection);
        });
}

void WindowPayments::exportPurchases(QObject* context, const ledger::PurchaseFilter& filter,
                                     ledger::ExportFormat format, const QString& path,
                                     Reply<ledger::Exported> reply) {
    writeOut(
        context, path,
        [this, filter, format](std::ostream& out) {
            return ledger::exportPurchases(m_location, format, filter, out,
                                           [this](auto, auto) { return !m_stopped.load(); });
        },
        std::move(reply));
}

void WindowPayments::exportSales(QObject* context, const ledger::SaleFilter& filter,
                                 ledger::ExportFormat format, const QString& path,
                                 Reply<ledger::Exported> reply) {
    writeOut(
        context, path,
        [this, filter, format](std::ostream& out) {
            return ledger::exportSales(m_location, format, filter, out,
                                       [this](auto, auto) { return !m_stopped.load(); });
        },
        std::move(reply));
}

void WindowPayments::queryIncome(QObject* context, UnixMs from, Reply<ledger::IncomeSums> reply) {
    m_books.ask<ledger::IncomeSums>(
        context,
        [from, now = m_clock.now()](ledger::Reader& reader) {
            return reader.payments().income(from, UnixMs{now.value + 1}, now);
        },
        std::move(reply));
}

void WindowPayments::queryIncomeSeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                                       ledger::IncomeBy by,
                                       Reply<std::vector<ledger::IncomeBucket>> reply) {
    m_books.ask<std::vector<ledger::IncomeBucket>>(
        context,
        [from, to, step, by](ledger::Reader& reader) {
            return reader.payments().incomeBars(from, to, step, by);
        },
        std::move(reply));
}

void WindowPayments::querySalesOf(QObject* context, const std::string& requestId,
                                  Reply<std::vector<ledger::SoldAnswer>> reply) {
    m_books.ask<std::vector<ledger::SoldAnswer>>(
        context,
        [requestId](ledger::Reader& reader) { return reader.payments().salesOf(requestId); },
        std::move(reply));
}

void WindowPayments::queryPayers(QObject* context, UnixMs from,
                                 Reply<std::vector<ledger::PayerSum>> reply) {
    constexpr int kMost = 200;
    m_books.ask<std::vector<ledger::PayerSum>>(
        context, [from](ledger::Reader& reader) { return reader.payments().payers(from, kMost); },
        std::move(reply));
}

}  // namespace gr::app
