// SPDX-License-Identifier: MIT
#include "payment/token_proof.h"

#include <string>

#include "payment/abi.h"
#include "payment/contracts.h"
#include "payment/eip712.h"

namespace gr::payment {
namespace {

bool signsUnderDomain(const Token& token) {
    return token.method() == TransferMethod::Eip3009;
}

Failure refused(const Token& token, const std::string& what) {
    return fail(
        ErrorCode::PaymentRefused,
        "Nothing was paid. The contract of " + token.symbol + " at " + token.address.toHex() +
            " on eip155:" + std::to_string(token.chain) + " " + what +
            ". Look whether the RPC server of wallet.networks is the right one, and whether "
            "the token changed.");
}

}  // namespace

std::vector<rpc::Call> askProof(const Token& token) {
    std::vector<rpc::Call> calls{rpc::call(token.address, calls::decimals())};
    if (signsUnderDomain(token))
        calls.push_back(rpc::call(token.address, calls::domainSeparator()));
    return calls;
}

Result<bool> readProof(const Token& token, const std::vector<rpc::Answer>& answers) {
    if (answers.size() != askProof(token).size())
        return false;
    const auto wordIn = [&answers](std::size_t index) {
        const auto bytes = rpc::bytesIn(answers[index]);
        return bytes && bytes->size() == 32 ? AbiAnswer(*bytes).word(0) : std::nullopt;
    };
    const auto decimals = wordIn(0);
    if (!decimals)
        return false;
    if (*decimals != Uint256(token.decimals))
        return refused(token, "counts with " + decimals->toDecimal() + " decimals, not " +
                                  std::to_string(token.decimals));
    if (!signsUnderDomain(token))
        return true;
    const auto separator = wordIn(1);
    if (!separator)
        return false;
    const Bytes32 ours =
        domainSeparator({token.domain->name, token.domain->version, token.chain, token.address});
    if (*separator != Uint256::fromWord(ours.bytes))
        return refused(token, "signs under another EIP-712 domain than \"" + token.domain->name +
                                  "\", version \"" + token.domain->version + "\"");
    return true;
}

}  // namespace gr::payment
