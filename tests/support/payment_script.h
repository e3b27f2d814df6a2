// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/purchase_book.h"
#include "ledger/relayer_book.h"
#include "ledger/sale_book.h"
#include "support/purchase_samples.h"
#include "support/sale_samples.h"

namespace gr::test {

// A day of payments as a list of steps, each one durable write, that can be gone through from the
// beginning again and again: what was done is left alone. So it stands for a gateway that was
// killed anywhere and looks at its books.
class PaymentScript final {
  public:
    // A purchase, sale, credit or relayer's transaction, and the states that it goes through.
    struct Way {
        char kind;
        std::string name;
        std::vector<std::string> states;
    };

    static const std::vector<Way>& ways() {
        static const std::vector<Way> all{
            {'p', "a", {"intended", "signed", "sent", "settled", "closed"}},
            {'p', "b", {"held", "intended", "signed", "sent", "refused", "released"}},
            {'p', "c", {"intended", "signed", "unknown", "expired", "settled"}},
            {'s', "1", {"reserved", "settling", "settled", "serving", "served"}},
            {'s', "2", {"reserved", "settling", "unknown", "settled", "credit"}},
            {'s', "3", {"reserved", "serving", "settling", "settled", "served"}},
            {'r', "r", {"prepared", "broadcast", "mined"}},
            {'c', "2", {"open", "taken", "spent"}},  // of sale 2: opened by its last step
        };
        return all;
    }

    static std::optional<PaymentScript> open(const ledger::Location& location) {
        PaymentScript script;
        auto purchases = ledger::PurchaseBook::open(location);
        auto sales = ledger::SaleBook::open(location, "one");
        auto relayers = ledger::RelayerBook::open(location);
        if (!purchases || !sales || !relayers)
            return std::nullopt;
        script.m_purchases = std::move(*purchases);
        script.m_sales = std::move(*sales);
        script.m_relayers = std::move(*relayers);
        return script;
    }

    // How many of its states each way has gone through.
    std::vector<int> look() {
        std::vector<int> found;
        for (const Way& way : ways()) {
            const std::string state = stateOf(way);
            int at = 0;
            for (std::size_t i = 0; i < way.states.size(); ++i) {
                if (way.states[i] == state)
                    at = static_cast<int>(i) + 1;
            }
            found.push_back(at);
        }
        return found;
    }

    // The next step of a way. False: it failed, or there is none.
    bool step(std::size_t number) {
        const Way& way = ways()[number];
        const int at = look()[number];
        if (at == static_cast<int>(way.states.size()))
            return false;
        const std::string& to = way.states[static_cast<std::size_t>(at)];
        switch (way.kind) {
            case 'p':
                return stepPurchase(way, to);
            case 's':
                return stepSale(way, to);
            case 'c':
                return stepCredit(to);
            default:
                return stepRelayer(to);
        }
    }

    ledger::PurchaseBook& purchases() { return *m_purchases; }
    ledger::SaleBook& sales() { return *m_sales; }
    ledger::RelayerBook& relayers() { return *m_relayers; }

    static ledger::SaleIntent saleNamed(const std::string& name) {
        auto intent =
            saleOf(std::stoull(name), Money::fromPico(Money::kPicoPerDollar),
                   name == "3" ? ledger::SaleOrder::ServedFirst : ledger::SaleOrder::PaidFirst);
        intent.paymentIdentifier = "id" + name;
        return intent;
    }

  private:
    std::optional<ledger::Sale> sale(const std::string& name) {
        const std::string digest = saleNamed(name).requestDigest;
        const auto rows = m_sales->page({}, 0, 100);
        for (const auto& row : rows.value_or(std::vector<ledger::Sale>())) {
            if (row.requestDigest == digest)
                return row;
        }
        return std::nullopt;
    }

    std::string stateOf(const Way& way) {
        if (way.kind == 'p') {
            const auto row = m_purchases->findByKey(sha256(way.name));
            if (!row || !*row)
                return {};
            if ((*row)->state == ledger::PurchaseState::Settled && !(*row)->open && way.name == "a")
                return "closed";
            return std::string(nameOf((*row)->state));
        }
        if (way.kind == 's') {
            const auto row = sale(way.name);
            return row ? std::string(nameOf(row->state)) : "";
        }
        if (way.kind == 'r') {
            const auto rows = m_relayers->of("sale_1");
            return rows && !rows->empty() ? std::string(nameOf(rows->front().state)) : "";
        }
        // Credits have no list of all: an open one is shown, a taken one can be returned or spent.
        const auto row = sale(way.name);
        if (!row || row->state != ledger::SaleState::Credit)
            return {};
        const auto open = m_sales->creditsOf(row->payer);
        if (open && !open->empty())
            return "open";
        const auto sums = m_sales->sums({0}, {1});
        return sums && sums->credits.isZero() ? "spent" : "taken";
    }

    bool stepPurchase(const Way& way, const std::string& to) {
        using enum ledger::PurchaseState;
        const auto intent = intentOf(way.name, Money::fromPico(Money::kPicoPerDollar));
        const auto found = m_purchases->findByKey(intent.key);
        if (!found)
            return false;
        if (!*found) {
            const auto made = m_purchases->intend(
                intent, to == "held" ? ledger::Decide(holdAll) : ledger::Decide(allowAll));
            return made && made->kind != ledger::IntendAnswer::Kind::Open;
        }
        const ledger::Purchase& row = **found;
        if (to == "intended") {
            const auto made = m_purchases->approve(row.id, allowAll);
            return made && made->kind == ledger::IntendAnswer::Kind::New;
        }
        ledger::PurchaseChange change;
        if (to == "signed")
            change = signedWith("0x" + way.name);
        change.delivered = to == "closed";
        const auto next = to == "closed" ? Settled : *ledger::purchaseState(to);
        const auto done = m_purchases->advance(row.id, {row.state}, next, change);
        return done && done->done;
    }

    bool stepSale(const Way& way, const std::string& to) {
        const auto row = sale(way.name);
        if (!row) {
            const auto made = m_sales->reserve(saleNamed(way.name));
            return made && made->kind == ledger::SaleReserved::Kind::New;
        }
        const auto done =
            to == "credit" ? m_sales->giveCredit(row->id, {row->state}, {INT64_MAX}, wideBounds())
                           : m_sales->advance(row->id, {row->state}, *ledger::saleState(to));
        return done && done->done;
    }

    bool stepCredit(const std::string& to) {
        const auto row = sale("2");
        if (!row || to == "open")
            return false;
        if (to == "taken") {
            const auto taken =
                m_sales->takeCredit({row->payer, row->requestDigest, "id2", false, "req_again"});
            return taken && *taken;
        }
        return m_sales->spendCredit(row->id).value_or(false);
    }

    bool stepRelayer(const std::string& to) {
        if (to == "prepared")
            return m_relayers
                ->prepare(84532, "0xf3", 0, "sale_1",
                          [](std::int64_t) {
                              ledger::RelayTransaction made;
                              made.raw = "bytes";
                              made.hash = "0xaa";
                              return Result<ledger::RelayTransaction>(made);
                          })
                .has_value();
        if (to == "broadcast")
            return m_relayers->broadcast(1).value_or(false);
        return m_relayers->mined(84532, "0xaa", 7).value_or(false);
    }

    std::unique_ptr<ledger::PurchaseBook> m_purchases;
    std::unique_ptr<ledger::SaleBook> m_sales;
    std::unique_ptr<ledger::RelayerBook> m_relayers;
};

}  // namespace gr::test
