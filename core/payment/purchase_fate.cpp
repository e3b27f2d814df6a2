// SPDX-License-Identifier: MIT
#include "payment/purchase_fate.h"

#include "payment/contracts.h"
#include "payment/settlement_search.h"

namespace gr::payment {
namespace {

using ledger::PurchaseState;

struct Row {
    Address token;
    Address payee;
    Uint256 amount;
    bool permit2 = false;
    bool upto = false;
    Bytes32 nonce;         // of EIP-3009
    Uint256 permit2Nonce;  // of Permit2
    std::string permitWords;
};

// Places in askFate().
enum Place : std::size_t { kNonce, kFinal, kReceipt, kTransaction };

std::optional<Row> rowOf(const ledger::Purchase& purchase) {
    const auto token = Address::parse(purchase.token);
    const auto payee = Address::parse(purchase.payee);
    const auto amount = Uint256::parse(purchase.amount);
    if (!token || !payee || !amount)
        return std::nullopt;
    Row row;
    row.token = *token;
    row.payee = *payee;
    row.amount = *amount;
    row.permit2 = purchase.scheme != "exact-eip3009";
    row.upto = purchase.scheme == "upto";
    row.permitWords = permitWordsOf(purchase);
    const auto nonce = Bytes32::parse(purchase.nonce);
    const auto number = Uint256::parse(purchase.nonce);
    if (row.permit2 ? !number.has_value() : !nonce.has_value())
        return std::nullopt;
    if (nonce)
        row.nonce = *nonce;
    if (number)
        row.permit2Nonce = *number;
    return row;
}

std::optional<bool> usedIn(const Row& row, const rpc::Answer& answer) {
    const auto bytes = rpc::bytesIn(answer);
    if (!bytes)
        return std::nullopt;
    if (!row.permit2)
        return AbiAnswer(*bytes).flag(0);
    const auto bitmap = AbiAnswer(*bytes).word(0);
    return bitmap ? std::optional(calls::usedIn(*bitmap, row.permit2Nonce)) : std::nullopt;
}

// The units that a transaction moved for the payment; nothing: it is another one's. An upto payment
// takes what the work took. An equal transfer of before proves nothing.
std::optional<Uint256> paidIn(const Row& row, const Address& payer, const rpc::Receipt& receipt) {
    if (!receipt.succeeded)
        return std::nullopt;
    if (!row.permit2 && !rpc::hasAuthorizationUse(receipt.logs, row.token, payer, row.nonce))
        return std::nullopt;
    std::optional<Uint256> most;
    for (const rpc::Log& log : receipt.logs) {
        const auto units = transferredIn(log, row.token, payer, row.payee);
        const bool fits = units && (row.upto ? *units <= row.amount : *units == row.amount);
        if (fits && (!most || *units > *most))
            most = units;
    }
    return most;
}

// What was taken, where the answers behind the first two show it.
std::optional<Uint256> takenIn(const Row& row, const Address& payer,
                               const std::vector<rpc::Answer>& answers) {
    const auto receipt = rpc::receiptIn(answers[kReceipt]);
    if (!receipt || !receipt->mined ||
        (row.permit2 && !carriesPermit(answers[kTransaction], row.permitWords)))
        return std::nullopt;
    return paidIn(row, payer, receipt->receipt);
}

}  // namespace

std::optional<FateQuestion> askFate(const ledger::Purchase& purchase, const Address& payer) {
    const auto row = rowOf(purchase);
    if (!row)
        return std::nullopt;
    FateQuestion question;
    question.calls.push_back(
        row->permit2 ? rpc::call(kPermit2, calls::nonceBitmap(payer, row->permit2Nonce))
                     : rpc::call(row->token, calls::authorizationState(payer, row->nonce)));
    question.calls.push_back(rpc::blockByTag("finalized"));
    if (const auto hash = Bytes32::parse(purchase.transaction)) {
        question.calls.push_back(rpc::receipt(*hash));
        question.hasReceipt = true;
        if (row->permit2)
            question.calls.push_back(rpc::transaction(*hash));
    }
    return question;
}

std::optional<Fate> readFate(const ledger::Purchase& purchase, const Address& payer,
                             const FateQuestion& question, const std::vector<rpc::Answer>& answers,
                             UnixMs now) {
    const auto row = rowOf(purchase);
    if (!row || answers.size() != question.calls.size())
        return std::nullopt;
    const auto used = usedIn(*row, answers[kNonce]);
    if (!used)
        return std::nullopt;
    if (*used) {  // paid or cancelled: only its transaction tells
        const auto taken = question.hasReceipt ? takenIn(*row, payer, answers) : std::nullopt;
        if (!taken)
            return std::nullopt;
        return Fate{PurchaseState::Settled, purchase.transaction, row->upto ? taken : std::nullopt};
    }
    const auto final = rpc::blockIn(answers[kFinal]);
    const std::int64_t end = purchase.validBefore;
    if (now.value <= end * 1'000)
        return std::nullopt;  // whatever time the server says it is
    const bool dead = final && final->time >= static_cast<std::uint64_t>(end);
    return Fate{dead ? PurchaseState::Released : PurchaseState::Expired, {}};
}

bool isUsed(const ledger::Purchase& purchase, const std::vector<rpc::Answer>& answers) {
    const auto row = rowOf(purchase);
    return row && !answers.empty() && usedIn(*row, answers.front()).value_or(false);
}

}  // namespace gr::payment
