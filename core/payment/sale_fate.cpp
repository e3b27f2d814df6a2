// SPDX-License-Identifier: MIT
#include "payment/sale_fate.h"

#include <array>

#include "payment/contracts.h"

namespace gr::payment {
namespace {

constexpr std::size_t kMostUses = 8;

// Places in askMoney() and askUses().
enum Place : std::size_t { kNonce, kLatest, kFinal, kReceipt, kTransaction };
enum UsePlace : std::size_t { kUses, kCancels, kFirstBlock };

std::optional<bool> usedAt(const SaleMoney& money, const rpc::Answer& answer) {
    const auto bytes = rpc::bytesIn(answer);
    if (!bytes)
        return std::nullopt;
    if (!money.permit2)
        return AbiAnswer(*bytes).flag(0);
    const auto bitmap = AbiAnswer(*bytes).word(0);
    return bitmap ? std::optional(calls::usedIn(*bitmap, money.permitNonce)) : std::nullopt;
}

bool isEnough(const SaleMoney& money, const Uint256& units) {
    return money.atMost ? !units.isZero() && units <= money.amount : units == money.amount;
}

// The units of the transfer from payer to payTo that is the money.
std::optional<Uint256> transferIn(const SaleMoney& money, const std::vector<rpc::Log>& logs) {
    for (const rpc::Log& log : logs) {
        const auto units = AbiAnswer(log.data).word(0);
        if (units && isEnough(money, *units) &&
            rpc::hasTransfer(std::span(&log, 1), money.token, money.payer, money.payTo, *units))
            return units;
    }
    return std::nullopt;
}

bool carriesPermit(const SaleMoney& money, const rpc::Answer& transaction) {
    const auto input = rpc::inputIn(transaction);
    return input &&
           input->find(calls::permitWords(money.token, money.permitAmount, money.permitNonce,
                                          Uint256(money.end))) != std::string::npos;
}

std::uint64_t secondsOf(const Uint256& time) {
    return time.toUint64().value_or(UINT64_MAX);
}

// Permit2's event has the place of the word and the bits that are taken.
bool cancels(const SaleMoney& money, const rpc::Log& log) {
    if (!money.permit2)
        return true;  // its topics name the nonce
    const AbiAnswer data(log.data);
    const auto place = data.word(0);
    const auto mask = data.word(1);
    return place == calls::bitmapPlace(money.permitNonce) && mask &&
           calls::usedIn(*mask, money.permitNonce);
}

}  // namespace

SaleMoney moneyOf(const SignedAuthorization& paid, const SaleOffer& offer, const Uint256& amount) {
    SaleMoney money;
    money.token = offer.token.address;
    money.payer = payerOf(paid.authorization);
    money.payTo = offer.payTo;
    money.amount = amount;
    money.end = secondsOf(endOf(paid.authorization));
    if (const auto* const permit = std::get_if<Permit2Authorization>(&paid.authorization)) {
        money.permit2 = true;
        money.permitNonce = permit->nonce;
        money.permitAmount = permit->amount;
    } else {
        money.nonce = std::get<TransferAuthorization>(paid.authorization).nonce;
    }
    return money;
}

std::optional<SaleMoney> moneyOf(const ledger::Sale& sale) {
    const auto token = Address::parse(sale.token);
    const auto payer = Address::parse(sale.payer);
    const auto payTo = Address::parse(sale.payTo);
    const auto amount = Uint256::parse(sale.amount);
    const auto hash = Bytes32::parse(sale.nonce);
    const auto number = Uint256::parse(sale.nonce);
    if (!token || !payer || !payTo || !amount || sale.validBefore < 0 || (!hash && !number))
        return std::nullopt;
    SaleMoney money{*token, *payer, *payTo, *amount};
    money.atMost = sale.scheme == "upto";
    money.end = static_cast<std::uint64_t>(sale.validBefore);
    money.permit2 = number.has_value();
    money.permitAmount = *amount;
    if (hash)
        money.nonce = *hash;
    else
        money.permitNonce = *number;
    return money;
}

std::vector<rpc::Call> askMoney(const SaleMoney& money, const std::optional<Bytes32>& transaction) {
    std::vector<rpc::Call> asked;
    asked.push_back(
        money.permit2
            ? rpc::call(kPermit2, calls::nonceBitmap(money.payer, money.permitNonce))
            : rpc::call(money.token, calls::authorizationState(money.payer, money.nonce)));
    asked.push_back(rpc::blockByTag("latest"));
    asked.push_back(rpc::blockByTag("finalized"));
    if (transaction)
        asked.push_back(rpc::receipt(*transaction));
    if (transaction && money.permit2)
        asked.push_back(rpc::transaction(*transaction));
    return asked;
}

std::optional<MoneySight> readMoney(const SaleMoney& money, const std::vector<rpc::Answer>& answers,
                                    const std::optional<Bytes32>& transaction) {
    const auto used = usedAt(money, answers[kNonce]);
    const auto latest = rpc::blockIn(answers[kLatest]);
    if (!used || !latest)
        return std::nullopt;
    MoneySight sight;
    sight.used = *used;
    sight.latest = *latest;
    sight.final = rpc::blockIn(answers[kFinal]);
    const auto answer = transaction ? rpc::receiptIn(answers[kReceipt]) : std::nullopt;
    if (!answer || !answer->mined || answer->receipt.transaction != *transaction)
        return sight;
    const rpc::Receipt& receipt = answer->receipt;
    sight.failed = !receipt.succeeded;
    const auto units = transferIn(money, receipt.logs);
    const bool ours = money.permit2 ? carriesPermit(money, answers[kTransaction])
                                    : rpc::hasAuthorizationUse(receipt.logs, money.token,
                                                               money.payer, money.nonce);
    if (receipt.succeeded && sight.used && units && ours)
        sight.seen = SeenMoney{*transaction, receipt.block, *units};
    return sight;
}

std::vector<rpc::Call> askUses(const SaleMoney& money, const rpc::BlockRange& blocks) {
    const Bytes32 payer = rpc::topicOf(money.payer);
    std::vector<rpc::Call> asked;
    if (money.permit2) {
        asked.push_back(rpc::transfers(money.token, money.payer, money.payTo, blocks));
        asked.push_back(rpc::logs(kPermit2, std::array{nonceInvalidationTopic(), payer}, blocks));
    } else {
        asked.push_back(rpc::authorizationUses(money.token, money.payer, money.nonce, blocks));
        asked.push_back(rpc::logs(
            money.token, std::array{authorizationCanceledTopic(), payer, money.nonce}, blocks));
    }
    asked.push_back(rpc::blockByTag(Uint256(blocks.from).toHex()));
    return asked;
}

std::optional<NonceUses> readUses(const SaleMoney& money, const std::vector<rpc::Answer>& answers) {
    const auto uses = rpc::logsIn(answers[kUses]);
    const auto cancellations = rpc::logsIn(answers[kCancels]);
    const auto first = rpc::blockIn(answers[kFirstBlock]);
    if (!uses || !cancellations || !first)
        return std::nullopt;
    NonceUses found;
    found.begin = first->time;
    for (auto log = uses->rbegin(); log != uses->rend(); ++log) {
        const auto units = AbiAnswer(log->data).word(0);
        const bool may = !money.permit2 || (units && isEnough(money, *units));
        if (may && found.transactions.size() < kMostUses)
            found.transactions.push_back(log->transaction);
    }
    for (const rpc::Log& log : *cancellations) {
        if (cancels(money, log))
            found.cancelledIn = log.block;
    }
    return found;
}

std::optional<SaleFate> fateOf(const ledger::Sale& sale, const SaleMoney& money,
                               const MoneySight& sight) {
    using Kind = SaleFate::Kind;
    if (sight.seen) {
        return SaleFate{Kind::Settled, sight.isFinal(), sight.seen->transaction.toHex(),
                        static_cast<std::int64_t>(sight.seen->block), sight.seen->units};
    }
    if (sight.used)
        return std::nullopt;  // paid or cancelled: only its transaction tells
    if (sale.paidAt) {
        const bool beyond = static_cast<std::int64_t>(sight.latest.number) >= sale.block;
        return beyond ? std::optional(SaleFate{Kind::Reorged}) : std::nullopt;
    }
    if (sight.final && sight.final->time >= money.end)
        return SaleFate{Kind::NotTaken};
    return std::nullopt;
}

}  // namespace gr::payment
