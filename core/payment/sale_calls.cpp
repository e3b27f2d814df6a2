// SPDX-License-Identifier: MIT
#include "payment/sale_calls.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "payment/contracts.h"
#include "payment/signature.h"

namespace gr::payment {
namespace {

// A selector, as the word that a good answer of EIP-1271 begins with.
constexpr std::string_view kMagic("\x16\x26\xba\x7e", 4);
constexpr std::size_t kMostCode = 64 * 1024;  // bytes; EIP-170 allows 24,576

bool endsAs6492(std::string_view signature) {
    constexpr std::size_t kSuffix = 32;
    if (signature.size() < kSuffix)
        return false;
    const std::string_view end = signature.substr(signature.size() - kSuffix);
    for (std::size_t i = 0; i < kSuffix; i += 2) {
        if (end.substr(i, 2) != "\x64\x92")
            return false;
    }
    return true;
}

// EIP-2098: r, then s whose highest bit is the parity.
Signature unfold(std::string_view bytes) {
    std::string whole(bytes.substr(0, 64));
    const bool odd = (static_cast<unsigned char>(whole[32]) & 0x80U) != 0;
    whole[32] = static_cast<char>(static_cast<unsigned char>(whole[32]) & 0x7fU);
    whole.push_back(static_cast<char>(odd ? 28 : 27));
    return *Signature::fromBytes(whole);
}

bool isPermit2(const SignedAuthorization& paid) {
    return std::holds_alternative<Permit2Authorization>(paid.authorization);
}

SaleCheck refused(std::string_view reason, std::string message, int status = 402) {
    return {SaleCheck::Kind::Refused, {status, std::string(reason), std::move(message)}, {}};
}

SaleCheck badSignature(const SignedAuthorization& paid) {
    return refused(isPermit2(paid) ? "invalid_permit2_signature" : "invalid_exact_evm_signature",
                   "The signature is not the payer's.");
}

struct RevertWords {
    std::string_view words;  // of the contract (FiatTokenV2_2), in small letters
    std::string_view reason;
    std::string_view message;
};
constexpr std::array kReverts{
    RevertWords{"not yet valid", "invalid_exact_evm_payload_authorization_valid_after",
                "The authorization is not valid yet."},
    RevertWords{"expired", "invalid_exact_evm_payload_authorization_valid_before",
                "The authorization is over."},
    RevertWords{"used or canceled", "invalid_exact_evm_nonce_already_used",
                "The authorization was used or cancelled."},
    RevertWords{"invalid signature", "invalid_exact_evm_signature",
                "The token does not take the signature."},
    RevertWords{"exceeds balance", "invalid_exact_evm_insufficient_balance",
                "The payer has not enough of the token."},
};

SaleCheck reverted(const SignedAuthorization& paid, const rpc::Answer::Problem& problem) {
    if (isPermit2(paid))
        return refused("permit2_simulation_failed", "The payment would fail on the chain.");
    // Nodes put the reason in their sentence, or leave it encoded among the bytes.
    const std::string words = toLower(problem.message + " " + problem.data);
    for (const RevertWords& one : kReverts) {
        if (words.find(one.words) != std::string::npos)
            return refused(one.reason, std::string(one.message));
    }
    return refused("invalid_exact_evm_transaction_simulation_failed",
                   "The payment would fail on the chain.");
}

// Places in askSettleable().
enum Place : std::size_t { kCode, kNonce, kBalance, kRun, kLatest, kProxy, kAllowance };

std::optional<bool> usedAt(const SignedAuthorization& paid, const rpc::Answer& answer) {
    const auto bytes = rpc::bytesIn(answer);
    if (!bytes)
        return std::nullopt;
    const auto* const permit = std::get_if<Permit2Authorization>(&paid.authorization);
    if (permit == nullptr)
        return AbiAnswer(*bytes).flag(0);
    const auto bitmap = AbiAnswer(*bytes).word(0);
    return bitmap ? std::optional(calls::usedIn(*bitmap, permit->nonce)) : std::nullopt;
}

std::optional<Uint256> wordAt(const rpc::Answer& answer) {
    const auto bytes = rpc::bytesIn(answer);
    return bytes ? AbiAnswer(*bytes).word(0) : std::nullopt;
}

// What only Permit2 needs; nothing: all of it is there.
std::optional<SaleCheck> lacksForPermit2(const Uint256& amount,
                                         const std::vector<rpc::Answer>& answers) {
    const auto proxy = rpc::bytesIn(answers[kProxy], kMostCode);
    const auto allowance = wordAt(answers[kAllowance]);
    if (!proxy || !allowance)
        return SaleCheck();
    if (proxy->empty())
        return refused("permit2_proxy_not_deployed", "x402's proxy is not on this chain.");
    if (*allowance < amount)
        return refused("permit2_allowance_required",
                       "The payer must approve Permit2 for this token first.", 412);
    return std::nullopt;
}

}  // namespace

bool isRevert(const rpc::Answer& answer) {
    if (!answer.problem)
        return false;
    const rpc::Answer::Problem& problem = *answer.problem;
    constexpr int kReverted = 3;  // "execution error" of the Execution API
    if (problem.code == kReverted || !problem.data.empty())
        return true;
    const std::string words = toLower(problem.message);
    constexpr std::array<std::string_view, 4> kWords{"revert", "vm execution error", "out of gas",
                                                     "invalid opcode"};
    return std::any_of(kWords.begin(), kWords.end(), [&words](std::string_view word) {
        return words.find(word) != std::string::npos;
    });
}

Bytes32 signedDigest(const Authorization& authorization, const SaleOffer& offer) {
    if (const auto* const permit = std::get_if<Permit2Authorization>(&authorization))
        return digestOf(permit2Separator(offer.network.id), *permit);
    const TokenDomain domain = offer.token.domain.value_or(TokenDomain());
    return digestOf(
        domainSeparator({domain.name, domain.version, offer.network.id, offer.token.address}),
        std::get<TransferAuthorization>(authorization));
}

std::optional<Address> signerOf(const SignedAuthorization& paid, const SaleOffer& offer) {
    constexpr std::size_t kCompact = 64;
    auto signature = Signature::fromBytes(paid.signature);
    if (!signature && isPermit2(paid) && paid.signature.size() == kCompact)
        signature = unfold(paid.signature);
    return signature ? recover(signedDigest(paid.authorization, offer), *signature) : std::nullopt;
}

SaleCall settlementCall(const SignedAuthorization& paid, const SaleOffer& offer,
                        const Uint256& amount) {
    if (const auto* const permit = std::get_if<Permit2Authorization>(&paid.authorization)) {
        if (offer.scheme == Scheme::Upto)
            return {kUptoProxy, calls::settleUpto(*permit, amount, permit->from, paid.signature)};
        return {kExactProxy, calls::settleExact(*permit, permit->from, paid.signature)};
    }
    const auto& transfer = std::get<TransferAuthorization>(paid.authorization);
    if (const auto signature = Signature::fromBytes(paid.signature))
        return {offer.token.address, calls::transferWithAuthorization(transfer, *signature)};
    return {offer.token.address,
            calls::transferWithAuthorization(transfer, std::string_view(paid.signature))};
}

std::vector<rpc::Call> askWallet(const SignedAuthorization& paid, const SaleOffer& offer) {
    const Address& payer = payerOf(paid.authorization);
    const Bytes32 digest = signedDigest(paid.authorization, offer);
    return {rpc::codeOf(payer), rpc::call(payer, calls::isValidSignature(digest, paid.signature))};
}

SaleCheck readWallet(const SignedAuthorization& paid, const std::vector<rpc::Answer>& answers) {
    if (endsAs6492(paid.signature)) {
        return refused("eip6492_factory_not_allowed",
                       "The wallet's contract must be on the chain before it can pay here.");
    }
    const auto code = rpc::bytesIn(answers[0], kMostCode);
    if (!code)
        return {};
    if (code->empty() && paid.signature.size() > Signature::kBytes) {
        return refused("invalid_exact_evm_payload_undeployed_smart_wallet",
                       "The payer is no contract, and the signature is no key's.");
    }
    if (code->empty())
        return badSignature(paid);
    if (answers[1].problem)
        return isRevert(answers[1]) ? badSignature(paid) : SaleCheck();
    const auto word = rpc::bytesIn(answers[1]);
    if (!word)
        return {};
    if (!word->starts_with(kMagic))
        return badSignature(paid);
    return {SaleCheck::Kind::Good, {}, {}};
}

std::vector<rpc::Call> askSettleable(const SignedAuthorization& paid, const SaleOffer& offer,
                                     const Uint256& amount, const std::optional<Address>& sender) {
    const Address& token = offer.token.address;
    const Address& payer = payerOf(paid.authorization);
    const SaleCall call = settlementCall(paid, offer, amount);
    // The proxy of upto takes it from that one alone.
    const auto from = offer.facilitator ? offer.facilitator : sender;
    const auto* const permit = std::get_if<Permit2Authorization>(&paid.authorization);
    std::vector<rpc::Call> asked{rpc::codeOf(token)};
    if (permit != nullptr) {
        asked.push_back(rpc::call(kPermit2, calls::nonceBitmap(payer, permit->nonce)));
    } else {
        const auto& transfer = std::get<TransferAuthorization>(paid.authorization);
        asked.push_back(rpc::call(token, calls::authorizationState(payer, transfer.nonce)));
    }
    asked.push_back(rpc::call(token, calls::balanceOf(payer)));
    asked.push_back(rpc::call(call.to, call.data, from));
    asked.push_back(rpc::blockByTag("latest"));
    if (permit != nullptr) {
        asked.push_back(rpc::codeOf(call.to));
        asked.push_back(rpc::call(token, calls::allowance(payer, kPermit2)));
    }
    return asked;
}

SaleCheck readSettleable(const SignedAuthorization& paid, const SaleOffer& offer,
                         const Uint256& amount, const std::vector<rpc::Answer>& answers) {
    const auto code = rpc::bytesIn(answers[kCode], kMostCode);
    const auto latest = rpc::blockIn(answers[kLatest]);
    // A call to an address without code goes well and says nothing.
    if (code && code->empty())
        return refused("asset_not_deployed_contract",
                       "There is no contract at the address of " + offer.token.symbol + ".");
    const auto used = usedAt(paid, answers[kNonce]);
    if (!code || !latest || !used)
        return {};
    if (*used)
        return {SaleCheck::Kind::Used, {}, *latest};
    const auto balance = wordAt(answers[kBalance]);
    if (!balance)
        return {};
    if (*balance < amount) {
        return refused(isPermit2(paid) ? "permit2_insufficient_balance"
                                       : "invalid_exact_evm_insufficient_balance",
                       "The payer has not enough " + offer.token.symbol + ".");
    }
    if (isPermit2(paid)) {
        if (auto lack = lacksForPermit2(amount, answers))
            return *lack;
    }
    const rpc::Answer& run = answers[kRun];
    if (run.problem)
        return isRevert(run) ? reverted(paid, *run.problem) : SaleCheck();
    if (!rpc::bytesIn(run))
        return {};
    return {SaleCheck::Kind::Good, {}, *latest};
}

}  // namespace gr::payment
