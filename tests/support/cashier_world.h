// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/cashier.h"
#include "payment/sale_calls.h"
#include "payment/token_amount.h"
#include "sandbox/play_desk.h"
#include "support/ledger_fixture.h"
#include "support/loopback.h"

namespace gr::test {

// The time of this machine, moved.
class MovedClock final : public Clock {
  public:
    UnixMs now() const override { return {m_system.now().value + ahead.count()}; }
    SteadyTime steady() const override { return m_system.steady(); }
    Milliseconds ahead{0};

  private:
    SystemClock m_system;
};

// A seller on the play chain: two RPC servers and a facilitator, each of which may be replaced by
// one that misbehaves, and a payer who has signed.
class CashierWorld {
  public:
    using Server = std::function<std::optional<http::Reply>(std::string_view body)>;

    MovedClock clock;
    std::unique_ptr<sandbox::PlayChain> chain = std::make_unique<sandbox::PlayChain>(clock);
    payment::EvmKey payer = payment::EvmKey::random();
    payment::Address payTo = *payment::Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
    // By path; those of the play chain where there is none.
    std::map<std::string, Server, std::less<>> servers;
    std::vector<std::string> settled;  // bodies of /settle, as they came
    std::vector<std::string> tokens;   // of /settle: the field Authorization, where there was one
    Loopback road{[this](const http::RequestHead& head, std::string_view body) {
        return answer(head, body);
    }};
    gateway::SaleEntry sale;
    LedgerFolder folder;
    gateway::RelayDesk relays{folder.location(), clock};
    gateway::Cashier cashier = newCashier(relays);
    http::AbortSlot abort;

    // Another one of this process, or of the next.
    gateway::Cashier newCashier(gateway::RelayDesk& desk) {
        const gateway::CashierPace pace{Milliseconds(20), Milliseconds(20), {}};
        return {road.client(), road.deadlines(), clock, road.loop().executor(), desk, pace};
    }

    CashierWorld() {
        payment::Network network;
        network.id = payment::kPlayChain;
        network.name = "Play";
        network.money = payment::MoneyKind::Play;
        sale.chains.push_back({network, {road.url("/rpc/a"), road.url("/rpc/b")}});
        sale.facilitator = road.url("/f");
        sale.terms.large = *Money::parse("1.00");
        if (!chain->fill(payer.address()))
            qFatal("the faucet gives nothing");
    }

    // A payment of so many units, which the world keeps.
    struct Payment {
        payment::ReceivedPayment received;
        payment::SaleOffer offer;
        payment::Quote quote;
    };
    Payment pay(std::uint64_t units = 10'000) {
        Payment made;
        made.offer.network = sale.chains[0].network;
        made.offer.token = chain->token();
        made.offer.amount = units;
        made.offer.payTo = payTo;
        made.quote.offers.push_back(made.offer);
        made.quote.resource = "https://sold.example/v1/chat/completions";
        const auto now = static_cast<std::uint64_t>(clock.now().value / 1'000);
        const payment::TransferAuthorization transfer{
            payer.address(), payTo, units, 0, now + 60, payment::Bytes32{{1, ++m_nonces}}};
        made.received.network = made.offer.network.caip2();
        made.received.chain = made.offer.network.id;
        made.received.paid = {transfer,
                              payer.sign(payment::signedDigest(transfer, made.offer)).bytes()};
        return made;
    }
    gateway::Cashier::Paying paying(const Payment& made, std::string id = "sale_1") const {
        return {sale, made.received, made.offer, made.quote, made.offer.amount, std::move(id)};
    }
    const payment::TransferAuthorization& transferOf(const Payment& made) const {
        return std::get<payment::TransferAuthorization>(made.received.paid.authorization);
    }
    // Somebody brings it to the chain.
    std::string bring(const Payment& made) {
        return chain->settle(transferOf(made), made.received.paid.signature).transaction.toHex();
    }
    void cancel(const Payment& made) {
        const payment::TransferAuthorization& transfer = transferOf(made);
        const auto digest =
            sandbox::cancelDigest(chain->separator(), transfer.from, transfer.nonce);
        chain->cancel(transfer.from, transfer.nonce, payer.sign(digest).bytes());
    }
    std::string income() const { return chain->balanceOf(payTo).toDecimal(); }

    Result<gateway::Cashier::Checked> check(const Payment& made) {
        const auto asked = paying(made);
        return road.loop().get(cashier.check(asked, abort));
    }
    gateway::Cashier::Settlement settle(const Payment& made,
                                        Milliseconds patience = Milliseconds(400),
                                        const std::string& id = "sale_1") {
        const auto asked = paying(made, id);
        return road.loop().get(cashier.settle(asked, patience, abort));
    }
    ledger::Sale row(const Payment& made) const {
        const payment::TransferAuthorization& transfer = transferOf(made);
        ledger::Sale row;
        row.chainId = static_cast<std::int64_t>(payment::kPlayChain);
        row.token = made.offer.token.address.toHex();
        row.payer = transfer.from.toHex();
        row.nonce = transfer.nonce.toHex();
        row.payTo = payTo.toHex();
        row.amount = made.offer.amount.toDecimal();
        row.usd = *payment::dollarsOf(made.offer.amount, 6, payment::Rounding::Down);
        row.scheme = "exact-eip3009";
        row.validBefore = static_cast<std::int64_t>(*transfer.validBefore.toUint64());
        row.state = ledger::SaleState::Unknown;
        row.createdAt = clock.now();
        return row;
    }
    std::optional<payment::SaleFate> lookUp(const ledger::Sale& row) {
        return road.loop().get(cashier.lookUp(sale, row, abort));
    }

    http::Reply honest(std::string_view path, std::string_view body) {
        return sandbox::answerPlay(*chain, path, body);
    }
    static http::Reply json(std::string text, int status = 200) {
        std::replace(text.begin(), text.end(), '\'', '"');
        return {status, {{"Content-Type", "application/json"}}, std::move(text)};
    }

  private:
    std::optional<http::Reply> answer(const http::RequestHead& head, std::string_view body) {
        const std::string path(head.path());
        if (path == "/f/settle")
            settled.emplace_back(body);
        const auto token = head.fields.find("Authorization");
        if (token && path == "/f/settle")
            tokens.emplace_back(*token);
        if (const auto bent = servers.find(path); bent != servers.end())
            return bent->second(body);
        if (path.starts_with("/rpc/"))
            return honest("/rpc", body);
        return honest(std::string_view(path).substr(2), body);
    }

    std::uint8_t m_nonces = 0;
};

}  // namespace gr::test
