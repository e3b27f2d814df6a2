// SPDX-License-Identifier: MIT
#include "payment/purchase_fate.h"

#include "payment/contracts.h"

namespace gr::payment {
namespace {

using ledger::PurchaseState;

struct Row {
    Address token;
    Address payee;
    Uint256 amount;
    bool permit2 = false;
    Bytes32 nonce;         // of EIP-3009
    Uint256 permit2Nonce;  // of Permit2
};

std::optional<Row> rowOf(const ledger::Purchase& purchase) {
    const auto token = Address::parse(purchase.token);
    const auto payee = Address::parse(purchase.payee);
    const auto amount = Uint256::parse(purchase.amount);
    if (!token || !payee || !amount)
        return std::nullopt;
    Row row{*token, *payee, *amount, purchase.scheme != "exact-eip3009", {}, {}};
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

// Of what was charged at most: an upto payment takes what the work took. An equal transfer of
// before proves nothing: the token must say in the same transaction that it took our nonce.
bool isPaid(const Row& row, const Address& payer, const ledger::Purchase& purchase,
            const rpc::Receipt& receipt) {
    if (!receipt.succeeded)
        return false;
    if (!row.permit2 && !rpc::hasAuthorizationUse(receipt.logs, row.token, payer, row.nonce))
        return false;
    if (purchase.scheme != "upto")
        return rpc::hasTransfer(receipt.logs, row.token, payer, row.payee, row.amount);
    for (const rpc::Log& log : receipt.logs) {
        const auto value = AbiAnswer(log.data).word(0);
        if (value && *value <= row.amount &&
            rpc::hasTransfer(receipt.logs, row.token, payer, row.payee, *value))
            return true;
    }
    return false;
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
    }
    return question;
}

std::optional<Fate> readFate(const ledger::Purchase& purchase, const Address& payer,
                             const FateQuestion& question, const std::vector<rpc::Answer>& answers,
                             UnixMs now) {
    const auto row = rowOf(purchase);
    if (!row || answers.size() != question.calls.size())
        return std::nullopt;
    const auto used = usedIn(*row, answers[0]);
    if (!used)
        return std::nullopt;
    if (*used) {  // paid or cancelled: only its transaction tells
        const auto receipt = question.hasReceipt ? rpc::receiptIn(answers.back()) : std::nullopt;
        if (receipt && receipt->mined && isPaid(*row, payer, purchase, receipt->receipt))
            return Fate{PurchaseState::Settled, purchase.transaction};
        return std::nullopt;
    }
    const auto final = rpc::blockIn(answers[1]);
    const std::int64_t end = purchase.validBefore;
    if (final && final->time >= static_cast<std::uint64_t>(end))
        return Fate{PurchaseState::Released, {}};
    if (now.value > end * 1'000)
        return Fate{PurchaseState::Expired, {}};
    return std::nullopt;
}

bool isUsed(const ledger::Purchase& purchase, const std::vector<rpc::Answer>& answers) {
    const auto row = rowOf(purchase);
    return row && !answers.empty() && usedIn(*row, answers.front()).value_or(false);
}

}  // namespace gr::payment
