// SPDX-License-Identifier: MIT
#include "payment/balances.h"

#include "payment/contracts.h"

namespace gr::payment {
namespace {

// A word of the ABI, and nothing around it.
std::optional<Uint256> wordIn(const rpc::Answer& answer) {
    const auto bytes = rpc::bytesIn(answer, Uint256::kBytes);
    if (!bytes || bytes->size() != Uint256::kBytes)
        return std::nullopt;
    Uint256::Word word{};
    for (std::size_t i = 0; i < word.size(); ++i)
        word[i] = static_cast<std::uint8_t>((*bytes)[i]);
    return Uint256::fromWord(word);
}

}  // namespace

std::vector<rpc::Call> balanceCalls(const Address& owner, const std::vector<Token>& tokens,
                                    AskFor what) {
    std::vector<rpc::Call> all{rpc::balanceOf(owner)};
    const std::string data = calls::balanceOf(owner);
    for (const Token& token : tokens)
        all.push_back(rpc::call(token.address, data));
    if (what == AskFor::Balances)
        return all;
    const std::string allowed = calls::allowance(owner, kPermit2);
    for (const Token& token : tokens)
        all.push_back(rpc::call(token.address, allowed));
    return all;
}

ChainBalance readBalances(ChainId chain, const std::vector<Token>& tokens,
                          const std::vector<rpc::Answer>& answers, AskFor what) {
    ChainBalance balance;
    balance.chain = chain;
    const bool both = what == AskFor::BalancesAndAllowances;
    if (answers.size() != tokens.size() * (both ? 2 : 1) + 1) {
        balance.problem = "The RPC server gave another number of answers than it was asked for.";
        return balance;
    }
    balance.wei = rpc::quantityIn(answers[0]);
    for (std::size_t i = 0; i < tokens.size(); ++i)
        balance.tokens.push_back({tokens[i], wordIn(answers[i + 1]),
                                  both ? wordIn(answers[tokens.size() + i + 1]) : std::nullopt});
    return balance;
}

http::Awaitable<ChainBalance> lookUpBalances(ChainClient& chain, const Address& owner,
                                             const std::vector<Token>& tokens, AskFor what,
                                             http::AbortSlot& abort) {
    const std::vector<rpc::Call> questions = balanceCalls(owner, tokens, what);
    const auto answers = co_await chain.ask(questions, abort);
    if (answers)
        co_return readBalances(chain.chain(), tokens, *answers, what);
    ChainBalance none;
    none.chain = chain.chain();
    none.problem = answers.error().message.text;
    co_return none;
}

}  // namespace gr::payment
