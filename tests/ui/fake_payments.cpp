// SPDX-License-Identifier: MIT
#include "fake_payments.h"

#include <QTimer>
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "format.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

gateway::HeldPayment& FakePayments::hold(int number) {
    gateway::HeldPayment& held = view.held.emplace_back();
    ledger::Purchase& purchase = held.purchase;
    const std::string digits = std::to_string(number);
    purchase.id = "pay_01K" + std::string(23 - digits.size(), '0') + digits;
    purchase.state = ledger::PurchaseState::Held;
    purchase.client = "editor";
    purchase.requestId = "req_live1";
    purchase.origin = "https://api.example.com:443";
    purchase.payee = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc";
    purchase.chainId = 8453;
    purchase.token = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913";
    purchase.amount = std::to_string(50'000 + number);
    purchase.usd = Money::fromPico(50'000'000'000 + number * 1'000'000LL);
    purchase.quote = purchase.usd;
    purchase.bound = Money::fromPico(40'000'000'000);
    purchase.scheme = "exact-eip3009";
    purchase.note = "It is the first payment to api.example.com.";
    purchase.createdAt = m_clock.now();
    held.until = UnixMs{m_clock.now().value + 300'000};
    return held;
}

void FakePayments::query(QObject* context, Reply<PaymentsView> reply) {
    ++asked;
    QTimer::singleShot(0, context, [this, reply = std::move(reply)] { reply(view); });
}

void FakePayments::answer(QObject* context, Reply<void> reply, const std::function<void()>& done) {
    Result<void> result;
    if (nextError) {
        result = fail(*std::exchange(nextError, {}));
    } else {
        done();
    }
    QTimer::singleShot(0, context, [reply = std::move(reply), result] { reply(result); });
}

void FakePayments::drop(const std::string& id) {
    std::erase_if(view.held, [&](const auto& held) { return held.purchase.id == id; });
}

void FakePayments::approve(QObject* context, const std::string& id, Money alwaysUpTo,
                           Reply<void> reply) {
    m_said << u"approve %1 %2"_s.arg(text(id), text(alwaysUpTo.toDecimal()));
    answer(context, std::move(reply), [&] { drop(id); });
}

void FakePayments::deny(QObject* context, const std::string& id, Reply<void> reply) {
    m_said << u"deny "_s + text(id);
    answer(context, std::move(reply), [&] { drop(id); });
}

void FakePayments::setPaused(QObject* context, bool paused, Reply<void> reply) {
    m_said << (paused ? u"pause"_s : u"resume"_s);
    answer(context, std::move(reply), [&] { view.paused = paused; });
}

void FakePayments::lockWallet(QObject* context, Reply<void> reply) {
    m_said << u"lock wallet"_s;
    answer(context, std::move(reply), [&] {
        view.locked = true;
        facts.state = gateway::WalletFacts::State::Locked;
        QTimer::singleShot(0, this, &Payments::changed);
    });
}

void FakePayments::believeBooks(QObject* context, Reply<void> reply) {
    m_said << u"believe books"_s;
    answer(context, std::move(reply), [&] { view.doubted = false; });
}

void FakePayments::querySpending(QObject* context, const std::string&,
                                 Reply<ledger::SpendingSums> reply) {
    QTimer::singleShot(0, context, [this, reply = std::move(reply)] { reply(sums); });
}

namespace {

template <class T>
void later(QObject* context, Payments::Reply<T> reply, T value) {
    QTimer::singleShot(0, context,
                       [reply = std::move(reply), value = std::move(value)] { reply(value); });
}

// A page of rows that `fits`, as the books give it.
template <class Row, class Fits>
std::vector<Row> pageOf(const std::vector<Row>& all, std::int64_t before, int limit, Fits fits) {
    std::vector<Row> page;
    for (const Row& row : all) {
        if (static_cast<int>(page.size()) < limit && (before == 0 || row.sequence < before) &&
            fits(row)) {
            page.push_back(row);
        }
    }
    return page;
}

template <class Row, class States>
bool isWithin(const Row& row, const States& states, const std::optional<UnixMs>& from) {
    return (states.empty() || std::ranges::find(states, row.state) != states.end()) &&
           (!from || row.createdAt >= *from);
}

}  // namespace

void FakePayments::addPurchases(int number) {
    for (int i = 0; i < number; ++i) {
        ledger::Purchase& row = purchases.emplace_back();
        const auto state = static_cast<std::size_t>(i) % ledger::kPurchaseStates.size();
        row.sequence = number - i;
        row.id = "pay_" + std::to_string(row.sequence);
        row.state = ledger::kPurchaseStates[state];
        row.open = row.state != ledger::PurchaseState::Settled;
        row.createdAt = UnixMs{m_clock.now().value - i * 600'000LL};
        row.updatedAt = UnixMs{row.createdAt.value + 4'000};
        row.client = i % 3 == 0 ? "editor" : "my-tools";
        row.requestId = "req_" + std::to_string(i);
        row.origin = i % 4 == 0 ? "https://models.example.net:443" : "https://api.example.com:443";
        row.payee = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc";
        row.chainId = 8453;
        row.token = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913";
        row.amount = std::to_string(4'000 + i);
        row.usd = row.quote = Money::fromPico(4'000'000'000 + i * 1'000'000LL);
        row.bound = i % 5 == 4 ? Money() : Money::fromPico(5'200'000'000);
        row.validBefore = row.createdAt.value / 1000 + 600;
        if (row.state == ledger::PurchaseState::Settled) {
            row.transaction = "0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";
        }
    }
}

void FakePayments::addSales(int number) {
    for (int i = 0; i < number; ++i) {
        ledger::Sale& row = sales.emplace_back();
        const auto state = static_cast<std::size_t>(i) % ledger::kSaleStates.size();
        row.sequence = number - i;
        row.id = "sale_" + std::to_string(row.sequence);
        row.state = ledger::kSaleStates[state];
        row.createdAt = UnixMs{m_clock.now().value - i * 900'000LL};
        row.updatedAt = row.createdAt;
        row.chainId = 8453;
        row.token = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913";
        row.payer = i % 2 == 0 ? "0x857b06519e91e3a54538791bdbb0e22373e36b66"
                               : "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
        row.payTo = "0x209693bc6afc0c5328ba36faf03c514ef312287c";
        row.amount = "3000";
        row.usd = Money::fromPico(3'000'000'000);
        row.model = "openai/gpt-5.4-mini";
        row.requestId = "req_" + std::to_string(i);
        row.validBefore = row.createdAt.value / 1000 + 60;
        const bool paid = row.state == ledger::SaleState::Served ||
                          row.state == ledger::SaleState::Settled ||
                          row.state == ledger::SaleState::Credit;
        if (paid) {
            row.paidAt = row.createdAt;
            row.charged = row.amount;
            row.chargedUsd = row.usd;
            row.transaction = "0x7a504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22061";
        }
    }
}

void FakePayments::fill() {
    pays = true;
    payChains = {8453, 137};
    facts.state = gateway::WalletFacts::State::Ready;
    facts.address = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
    facts.backedUp = true;
    facts.words = true;
    walletText = QStringList(11, u"abandon"_s).join(u' ') + u" about"_s;
    addPurchases(412);
    addSales(120);
    sums.day = Money::fromPico(412'000'000'000);
    sums.total = Money::fromPico(3'204'000'000'000);
    sums.outstanding = Money::fromPico(12'000'000'000);
    balances.emplace();
    for (const payment::ChainId chain : payChains) {
        payment::ChainBalance& one = balances->emplace_back();
        one.chain = chain;
        if (chain == 137) {
            one.problem = "The RPC server at polygon.example gave no answer.";
            continue;
        }
        for (const payment::Token* token : list.tokensOf(chain)) {
            const bool needs = token->method() == payment::TransferMethod::Permit2;
            one.tokens.push_back(
                {*token, payment::Uint256(12'340'000), payment::Uint256(needs ? 2'500'000 : 0)});
        }
        one.wei = payment::Uint256(2'500'000'000'000'000);
    }
    sell.enabled = true;
    sell.payTo = payment::Address::parse(facts.address);
    sell.networks = {"eip155:8453"};
    sell.settlement.facilitator = "https://facilitator.example/v2";
    sold = {{"openai", "gpt-5.4", Money::fromPico(21'000'000'000)},
            {"openai", "gpt-5.4-mini", Money::fromPico(2'700'000'000)},
            {"openai", "gpt-5.4-nano", Money::fromPico(1'000'000'000)}};
    income.sales = 42;
    income.income = Money::fromPico(1'260'000'000'000);
    income.unfinal = Money::fromPico(9'000'000'000);
    income.credits = Money::fromPico(6'000'000'000);
    payerList = {{"0x857b06519e91e3a54538791bdbb0e22373e36b66", 30,
                  Money::fromPico(900'000'000'000), m_clock.now()},
                 {"0x70997970c51812dc3a010c7d01b50e0d17dc79c8", 12,
                  Money::fromPico(360'000'000'000), m_clock.now()}};
}

void FakePayments::approvePolicy(QObject* context, const payment::SpendingPolicy& wanted,
                                 Reply<void> reply) {
    m_said << u"approve policy"_s;
    answer(context, std::move(reply), [&] {
        change.approved = wanted;
        change.loosened.clear();
        QTimer::singleShot(0, this, &Payments::changed);
    });
}

void FakePayments::setAllowance(QObject*, payment::ChainId chain, const payment::Address& token,
                                const payment::Uint256& units, AllowanceTalk told,
                                Reply<void> reply) {
    m_said
        << u"allow %1 of %2 on %3"_s.arg(text(units.toDecimal()), text(token.toHex())).arg(chain);
    talk = std::move(told);
    allowed = std::move(reply);
}

void FakePayments::answerAllowance(bool yes) {
    m_said << (yes ? u"allowance yes"_s : u"allowance no"_s);
}

void FakePayments::queryPurchases(QObject* context, const ledger::PurchaseFilter& filter,
                                  std::int64_t before, int limit,
                                  Reply<std::vector<ledger::Purchase>> reply) {
    later(context, std::move(reply),
          pageOf(purchases, before, limit, [&filter](const ledger::Purchase& row) {
              return isWithin(row, filter.states, filter.from);
          }));
}

void FakePayments::queryPurchasesOf(QObject* context, const std::string& requestId,
                                    Reply<std::vector<ledger::Purchase>> reply) {
    later(context, std::move(reply),
          pageOf(purchases, 0, 10,
                 [&requestId](const ledger::Purchase& row) { return row.requestId == requestId; }));
}

void FakePayments::queryWallet(QObject* context, Reply<gateway::WalletFacts> reply) {
    later(context, std::move(reply), facts);
}

void FakePayments::queryBalances(QObject* context, const std::string&,
                                 Reply<std::vector<payment::ChainBalance>> reply) {
    ++balancesAsked;
    if (balances) {
        later(context, std::move(reply), *balances);
    }
}

void FakePayments::querySales(QObject* context, const ledger::SaleFilter& filter,
                              std::int64_t before, int limit,
                              Reply<std::vector<ledger::Sale>> reply) {
    later(context, std::move(reply),
          pageOf(sales, before, limit, [&filter](const ledger::Sale& row) {
              return isWithin(row, filter.states, filter.from);
          }));
}

void FakePayments::queryIncome(QObject* context, UnixMs, Reply<ledger::IncomeSums> reply) {
    later(context, std::move(reply), income);
}

// Of the sales that were paid, as the books do it.
void FakePayments::queryIncomeSeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                                     ledger::IncomeBy by,
                                     Reply<std::vector<ledger::IncomeBucket>> reply) {
    const std::int64_t size = step == ledger::Step::Day ? 86'400'000 : 3'600'000;
    std::map<std::tuple<std::int64_t, std::string, std::int64_t>, ledger::IncomeBucket> bars;
    for (const ledger::Sale& sale : sales) {
        if (!sale.paidAt || *sale.paidAt < from || *sale.paidAt >= to) {
            continue;
        }
        const std::int64_t start = from.value + (sale.paidAt->value - from.value) / size * size;
        const std::string& group = by == ledger::IncomeBy::Payer ? sale.payer : sale.model;
        ledger::IncomeBucket& bar = bars[{start, group, sale.chainId}];
        bar.start = {start};
        bar.group = group;
        bar.chainId = sale.chainId;
        ++bar.sales;
        bar.income = bar.income.plus(sale.chargedUsd).value_or(bar.income);
    }
    std::vector<ledger::IncomeBucket> all;
    for (const auto& [place, bar] : bars) {
        all.push_back(bar);
    }
    later(context, std::move(reply), all);
}

void FakePayments::querySalesOf(QObject* context, const std::string& requestId,
                                Reply<std::vector<ledger::SoldAnswer>> reply) {
    std::vector<ledger::SoldAnswer> found;
    for (const ledger::Sale& sale : sales) {
        if (sale.requestId != requestId) {
            continue;
        }
        ledger::SoldAnswer& answer = found.emplace_back();
        answer.sale = sale;
        const auto credit = std::ranges::find(credits, sale.id, &ledger::Credit::id);
        if (credit != credits.end()) {
            answer.credit = *credit;
        }
    }
    later(context, std::move(reply), found);
}

void FakePayments::queryPayers(QObject* context, UnixMs,
                               Reply<std::vector<ledger::PayerSum>> reply) {
    later(context, std::move(reply), payerList);
}

void FakePayments::protectVault(QObject* context, Secret, Reply<void> reply) {
    m_said << u"protect vault"_s;
    answer(context, std::move(reply), [&] { vaultKeeper = Keeper::Passphrase; });
}

void FakePayments::createWallet(QObject* context, int words, Reply<Secret> reply) {
    m_said << u"create wallet %1"_s.arg(words);
    walletText = QStringList(11, u"abandon"_s).join(u' ') + u" about"_s;
    facts.state = gateway::WalletFacts::State::Ready;
    facts.address = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94";
    facts.words = true;
    facts.backedUp = false;
    QTimer::singleShot(0, context, [this, reply = std::move(reply)] {
        reply(Secret(utf8(walletText)));
        emit changed();
    });
}

void FakePayments::importWallet(QObject* context, Secret secret, Secret, std::uint32_t account,
                                Reply<void> reply) {
    m_said << u"import wallet \"%1\" %2"_s.arg(text(secret.reveal())).arg(account);
    answer(context, std::move(reply), [&] {
        facts.state = gateway::WalletFacts::State::Ready;
        facts.backedUp = true;
    });
}

void FakePayments::checkBackup(QObject* context, Secret secret, Reply<void> reply) {
    m_said << u"check backup"_s;
    if (text(secret.reveal()) != walletText) {
        nextError = Error(ErrorCode::InvalidField, "That is not the backup of this wallet.");
    }
    answer(context, std::move(reply), [&] { facts.backedUp = true; });
}

void FakePayments::walletWords(QObject* context, Reply<Secret> reply) {
    QTimer::singleShot(0, context,
                       [this, reply = std::move(reply)] { reply(Secret(utf8(walletText))); });
}

void FakePayments::exportPurchases(QObject* context, const ledger::PurchaseFilter& filter,
                                   ledger::ExportFormat format, const QString& path,
                                   Reply<ledger::Exported> reply) {
    m_said << u"export %1 states to %2%3"_s.arg(filter.states.size())
                  .arg(path, format == ledger::ExportFormat::Json ? u" as json"_s : u""_s);
    ledger::Exported written;
    written.requests = static_cast<std::int64_t>(purchases.size());
    later(context, std::move(reply), written);
}

void FakePayments::exportSales(QObject* context, const ledger::SaleFilter&, ledger::ExportFormat,
                               const QString& path, Reply<ledger::Exported> reply) {
    m_said << u"export sales to "_s + path;
    if (nextError) {
        const Error error = *std::exchange(nextError, {});
        QTimer::singleShot(0, context, [reply = std::move(reply), error] { reply(fail(error)); });
        return;
    }
    later(context, std::move(reply), ledger::Exported());
}

}  // namespace gr::ui
