// SPDX-License-Identifier: MIT
#include "payment/token_approval.h"

#include <string>

#include "payment/abi.h"
#include "payment/contracts.h"
#include "payment/eip712.h"
#include "payment/relay_calls.h"
#include "payment/token_amount.h"
#include "payment/token_proof.h"

namespace gr::payment {
namespace {

constexpr std::uint64_t kMostGas = 300'000;  // approvals of dollar tokens take 25,000 to 80,000
constexpr std::size_t kMostCode = 512 * 1024;
constexpr unsigned kWeiDecimals = 18;

// Places in askApproval(), before those of askProof().
enum Place : std::size_t {
    kCode,
    kAllowance,
    kBalance,
    kCoins,
    kLatest,
    kTip,
    kMined,
    kCounted,
    kGas,
    kGasToNone,
    kProof,
};

std::optional<Uint256> wordIn(const rpc::Answer& answer) {
    const auto bytes = rpc::bytesIn(answer);
    return bytes ? AbiAnswer(*bytes).word(0) : std::nullopt;
}

std::string nameOf(const ApprovalWish& wish) {
    return wish.token.symbol + " (" + wish.token.address.toHex() + ") on " + wish.network.name;
}

std::string coinOf(const Network& network) {
    return network.coin.empty() ? std::string("of the chain's coin") : network.coin;
}

Failure refusedFor(std::string why) {
    return fail(ErrorCode::PaymentRefused, "Nothing was signed. " + std::move(why));
}

}  // namespace

std::vector<rpc::Call> askApproval(const ApprovalWish& wish) {
    const Address& token = wish.token.address;
    std::vector<rpc::Call> asked{
        rpc::codeOf(kPermit2),
        rpc::call(token, calls::allowance(wish.owner, kPermit2)),
        rpc::call(token, calls::balanceOf(wish.owner)),
        rpc::balanceOf(wish.owner),
        rpc::blockByTag("latest"),
        rpc::priorityFee(),
        rpc::transactionCount(wish.owner, "latest"),
        rpc::transactionCount(wish.owner),
        rpc::estimateGas(wish.owner, token, calls::approve(kPermit2, wish.units)),
        rpc::estimateGas(wish.owner, token, calls::approve(kPermit2, Uint256())),
    };
    for (rpc::Call& call : askProof(wish.token))
        asked.push_back(std::move(call));
    return asked;
}

Result<ApprovalSight> readApproval(const ApprovalWish& wish,
                                   const std::vector<rpc::Answer>& answers) {
    const Failure unclear =
        fail(ErrorCode::Unreachable,
             "The RPC server of " + wish.network.name +
                 " does not say all that has to be known of " + nameOf(wish) +
                 ". Nothing was signed; try again, or name another server (wallet.networks, rpc).");
    if (answers.size() != askApproval(wish).size())
        return unclear;
    const auto agrees = readProof(wish.token, {answers.begin() + kProof, answers.end()});
    if (!agrees)
        return fail(agrees.error());
    const auto code = rpc::bytesIn(answers[kCode], kMostCode);
    if (code && code->empty())
        return refusedFor("Permit2 is not on " + wish.network.name +
                          ", so nobody can be paid through it there.");
    const auto allowance = wordIn(answers[kAllowance]);
    const auto balance = wordIn(answers[kBalance]);
    const auto coins = rpc::quantityIn(answers[kCoins]);
    const auto latest = rpc::blockIn(answers[kLatest]);
    const auto fees = feesIn(answers[kLatest], answers[kTip]);
    const auto mined = rpc::countIn(answers[kMined]);
    const auto counted = rpc::countIn(answers[kCounted]);
    if (!*agrees || !code || !allowance || !balance || !coins || !latest || !fees || !mined ||
        !counted)
        return unclear;
    ApprovalSight sight;
    sight.block = latest->number;
    sight.allowance = *allowance;
    sight.balance = *balance;
    sight.coins = *coins;
    sight.fees = *fees;
    sight.mined = *mined;
    sight.counted = *counted;
    sight.gas = rpc::countIn(answers[kGas]);
    sight.gasToNone = rpc::countIn(answers[kGasToNone]);
    return sight;
}

Result<ApprovalStep> nextApproval(const ApprovalWish& wish, const ApprovalSight& sight) {
    const bool changes = !sight.allowance.isZero() && !wish.units.isZero();
    ApprovalStep step;
    step.toNone = changes && (wish.token.approveViaZero || !sight.gas);
    const auto gas = step.toNone ? sight.gasToNone : sight.gas;
    if (!gas || *gas > kMostGas) {
        return refusedFor("The contract of " + nameOf(wish) +
                          (gas ? " wants " + std::to_string(*gas) + " gas for an approval."
                               : std::string(" would not take the approval."
                                             " Has this address some coin for gas?")));
    }
    step.transaction.chainId = wish.network.id;
    step.transaction.maxFeePerGas = sight.fees.most;
    step.transaction.maxPriorityFeePerGas = sight.fees.tip;
    step.transaction.gasLimit = gasLimitFor(*gas);
    step.transaction.to = wish.token.address;
    step.transaction.data = calls::approve(kPermit2, step.toNone ? Uint256() : wish.units);
    // The second one cannot be tried before the first is there; setting takes more than clearing.
    const std::uint64_t all = step.transaction.gasLimit + (step.toNone ? gasLimitFor(*gas * 2) : 0);
    const auto most = sight.fees.most.times(all);
    if (!most)
        return refusedFor("The RPC server names fees that cannot be.");
    step.most = *most;
    if (sight.coins < step.most) {
        const Uint256 lacking = *step.most.minus(sight.coins);
        return refusedFor("The gas may cost up to " + decimalOf(step.most, kWeiDecimals) + " " +
                          coinOf(wish.network) + ", and " + wish.owner.toHex() + " lacks " +
                          decimalOf(lacking, kWeiDecimals) + " of it. Send it some.");
    }
    return step;
}

std::optional<Uint256> approvedBy(const Transaction& transaction) {
    const std::string head = calls::approve(kPermit2, Uint256()).substr(0, 36);
    if (transaction.data.size() != 68 || !transaction.data.starts_with(head))
        return std::nullopt;
    return AbiAnswer(std::string_view(transaction.data).substr(36)).word(0);
}

}  // namespace gr::payment
