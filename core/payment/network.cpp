// SPDX-License-Identifier: MIT
#include "payment/network.h"

#include <algorithm>

#include "base/embedded.h"
#include "base/text.h"
#include "payment/object_reader.h"
#include "payment/token_amount.h"

namespace gr::payment {
namespace {

constexpr std::size_t kMostName = 64;

Failure wrongEntry(const std::string& problem) {
    return fail(ErrorCode::InvalidField, "The list of networks is wrong: " + problem + ".");
}

bool optionalFlag(ObjectReader& reader, std::string_view name) {
    return reader.has(name) && reader.flag(name);
}

Result<Token> tokenFrom(std::string_view json, const std::string& place, ChainId chain) {
    const auto object = json::objectIn(json);
    if (!object)
        return wrongEntry(place + " is not an object");
    ObjectReader reader(*object, place);
    Token token;
    token.chain = chain;
    token.address = reader.address("address");
    token.symbol = reader.text("symbol", kMostName);
    token.decimals = static_cast<unsigned>(std::min<std::uint64_t>(reader.count("decimals"), 99));
    token.eip3009 = optionalFlag(reader, "eip3009");
    token.verified = optionalFlag(reader, "verified");
    token.eip2612 = optionalFlag(reader, "eip2612");
    token.approveViaZero = optionalFlag(reader, "approve_via_zero");
    token.pinned = true;
    if (const auto domain = json::objectIn(reader.optionalObject("domain"))) {
        ObjectReader parts(*domain, place + ".domain");
        token.domain = TokenDomain{parts.text("name", kMostName), parts.text("version", kMostName)};
        if (!parts.ok())
            return wrongEntry(parts.problem());
    }
    if (!reader.ok())
        return wrongEntry(reader.problem());
    return token;
}

Result<Network> networkFrom(ObjectReader& reader) {
    Network network;
    network.id = reader.count("id");
    network.name = reader.text("name", kMostName);
    network.coin = reader.text("coin", kMostName);
    network.v1Name = reader.optionalText("v1", kMostName);
    network.v1Offered = optionalFlag(reader, "v1_offered");
    network.pinned = true;
    const std::string money = reader.optionalText("money", kMostName);
    if (money == "test")
        network.money = MoneyKind::Test;
    else if (money == "play")
        network.money = MoneyKind::Play;
    else if (!money.empty())
        reader.complain("money", "is neither test nor play");
    if (!reader.ok())
        return wrongEntry(reader.problem());
    return network;
}

Failure contradicts(std::string field, std::string known) {
    return failField(ErrorCode::InvalidField, std::move(field), std::move(known));
}

std::string nameOf(const Token& token) {
    return token.symbol + " at " + token.address.toHex() +
           " on eip155:" + std::to_string(token.chain);
}

template <class Entry, class Same>
auto* findIn(Entry& entries, const Same& same) {
    const auto found = std::find_if(entries.begin(), entries.end(), same);
    return found == entries.end() ? nullptr : &*found;
}

}  // namespace

std::string_view nameOf(TransferMethod method) {
    return method == TransferMethod::Eip3009 ? "eip3009" : "permit2";
}

std::optional<ChainId> chainOf(std::string_view caip2) {
    constexpr std::string_view kFamily = "eip155:";
    if (!caip2.starts_with(kFamily) || caip2.substr(kFamily.size()).starts_with('0'))
        return std::nullopt;
    return parseUnsigned(caip2.substr(kFamily.size()));
}

NetworkList NetworkList::embedded() {
    auto list = parse(embeddedNetworks());
    return list ? std::move(*list) : NetworkList();  // a test reads it
}

Result<NetworkList> NetworkList::parse(std::string_view json) {
    const auto root = json::scanObject(json);
    if (!root)
        return fail(root.error());
    NetworkList list;
    std::size_t index = 0;
    for (const auto entry : json::elementsIn(ObjectReader(*root, {}).array("networks"))) {
        const std::string place = "networks[" + std::to_string(index++) + "]";
        const auto object = json::objectIn(entry);
        if (!object)
            return wrongEntry(place + " is not an object");
        ObjectReader reader(*object, place);
        const auto network = networkFrom(reader);
        if (!network)
            return fail(network.error());
        if (auto added = list.add(*network); !added)
            return fail(added.error());
        const std::string_view tokens = reader.has("tokens") ? reader.array("tokens") : "[]";
        for (const auto item : json::elementsIn(tokens)) {
            const auto token = tokenFrom(item, place + ".tokens", network->id);
            if (!token)
                return fail(token.error());
            if (auto added = list.add(*token); !added)
                return fail(added.error());
        }
    }
    return list;
}

const Network* NetworkList::find(ChainId id) const {
    return findIn(m_networks, [id](const Network& network) { return network.id == id; });
}

const Network* NetworkList::findV1(std::string_view name) const {
    return findIn(m_networks, [name](const Network& network) {
        return !name.empty() && network.v1Name == name;
    });
}

const Token* NetworkList::token(ChainId chain, const Address& address) const {
    return findIn(m_tokens, [&](const Token& token) {
        return token.chain == chain && token.address == address;
    });
}

std::vector<const Token*> NetworkList::tokensOf(ChainId chain) const {
    std::vector<const Token*> out;
    for (const Token& token : m_tokens) {
        if (token.chain == chain)
            out.push_back(&token);
    }
    return out;
}

Result<void> NetworkList::add(const Network& network) {
    const Network* const known = find(network.id);
    if (known == nullptr) {
        m_networks.push_back(network);
        return {};
    }
    if (known->money != network.money)
        return contradicts("test", known->name + " is known to be a network of " +
                                       (known->money == MoneyKind::Real   ? "real money"
                                        : known->money == MoneyKind::Test ? "test money"
                                                                          : "play money") +
                                       "; remove this member");
    return {};
}

Result<void> NetworkList::merge(Token& known, const Token& token) {
    if (token.decimals != known.decimals)
        return contradicts("decimals", nameOf(known) + " is known to have " +
                                           std::to_string(known.decimals) +
                                           " decimals; correct or remove the number");
    if (token.domain && known.domain && *token.domain != *known.domain)
        return contradicts("eip712", "the signatures of " + nameOf(known) +
                                         " are known to have the name \"" + known.domain->name +
                                         "\" and the version \"" + known.domain->version +
                                         "\"; correct or remove them");
    if (token.domain && token.eip3009 && !known.verified) {
        known.domain = token.domain;
        known.eip3009 = true;
        known.verified = token.verified;
    } else if (token.domain && token.eip3009 && !known.eip3009) {
        return contradicts("method",
                           nameOf(known) + " is known to be without EIP-3009; use \"permit2\"");
    }
    return {};
}

Result<void> NetworkList::add(const Token& token) {
    if (find(token.chain) == nullptr)
        return contradicts("id", "eip155:" + std::to_string(token.chain) + " is no known network");
    if (token.decimals > kMostDecimals)
        return contradicts("decimals", "must be at most " + std::to_string(kMostDecimals));
    if (token.address.isZero())
        return contradicts("address", "is the zero address; give the token's contract");
    Token* const known = findIn(m_tokens, [&](const Token& entry) {
        return entry.chain == token.chain && entry.address == token.address;
    });
    if (known != nullptr)
        return merge(*known, token);
    m_tokens.push_back(token);
    return {};
}

}  // namespace gr::payment
