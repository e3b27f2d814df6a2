// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "payment/token.h"

// The chains and tokens that can be paid with: those of resources/networks.json, and what the user
// added.
namespace gr::payment {

// Three kinds that never share a sum, a limit, a key or a data directory.
enum class MoneyKind : std::uint8_t {
    Real,
    Test,  // public test networks and chains on one's own machine
    Play,  // the sandbox's own, which is no chain at all
};

// The chain of the sandbox: the letters "GRplay" as a number. No list of chains has it; it lies
// above the 32 bits that ids drawn by chance or by hash come from, and below 4503599627370476,
// where wallets in JavaScript stop counting exactly.
constexpr ChainId kPlayChain = 0x4752'706c'6179;

struct Network {
    ChainId id = 0;
    std::string name;  // for people
    MoneyKind money = MoneyKind::Real;
    std::string coin;    // symbol of what fees are paid in
    std::string v1Name;  // what version 1 of x402 calls it; may be empty
    // The official client of version 1 knows that name. One name it does not know, anywhere in a
    // list of offers, and it refuses them all.
    bool v1Offered = false;
    bool pinned = false;  // from the program's list

    std::string caip2() const { return "eip155:" + std::to_string(id); }
};

// "eip155:8453" → 8453 (CAIP-2). Nothing for other families, leading zeros, 0 and what does not
// fit.
std::optional<ChainId> chainOf(std::string_view caip2);

// Plain value; reading from any thread.
class NetworkList final {
  public:
    // The list that travels inside the program.
    static NetworkList embedded();
    // From the text of such a list. Fails with the entry's place: for tests of the data.
    static Result<NetworkList> parse(std::string_view json);

    const Network* find(ChainId id) const;
    const Network* findV1(std::string_view name) const;
    const Token* token(ChainId chain, const Address& address) const;
    std::vector<const Token*> tokensOf(ChainId chain) const;
    const std::vector<Network>& networks() const { return m_networks; }
    const std::vector<Token>& tokens() const { return m_tokens; }

    // What a user adds. Saying again what the list says is fine; contradicting what it pins fails
    // with InvalidField, whose `field` names the member and whose sentence says what is known.
    // The kind of money of a pinned network, and decimals and domain of a pinned token, never
    // change; a domain that the list has not, or has unverified, is taken from the user.
    Result<void> add(const Network& network);
    Result<void> add(const Token& token);  // its network must be there

  private:
    Result<void> merge(Token& known, const Token& token);

    std::vector<Network> m_networks;
    std::vector<Token> m_tokens;
};

}  // namespace gr::payment
