// SPDX-License-Identifier: MIT
#include "sandbox/play_logs.h"

#include <algorithm>
#include <array>

#include "json/writer.h"

namespace gr::sandbox {
namespace {

using json::Type;
using json::Writer;
using payment::Address;
using payment::Bytes32;
using payment::Uint256;

constexpr std::size_t kMostLogs = 1'000;
constexpr std::size_t kMostTopics = 4;
constexpr std::size_t kMostChoices = 64;
constexpr std::string_view kGas = "0x1919c";

std::string hexOf(std::uint64_t number) {
    return Uint256(number).toHex();
}

std::string noBloom() {
    return "0x" + std::string(512, '0');
}

void writeLog(Writer& out, const Address& token, const PlayTransaction& transaction,
              std::size_t index) {
    const PlayLog& log = transaction.logs[index];
    out.object().key("address").string(token.toHex()).key("topics").array();
    for (const Bytes32& topic : log.topics)
        out.string(topic.toHex());
    out.end().key("data").string(payment::hexOf(log.data));
    out.key("blockNumber").string(hexOf(transaction.block));
    out.key("blockHash").string(transaction.blockHash.toHex());
    out.key("transactionHash").string(transaction.hash.toHex());
    out.key("transactionIndex").string("0x0").key("logIndex").string(hexOf(index));
    out.key("removed").boolean(false).end();
}

// What a filter asks for: empty lists ask for anything.
struct Filter {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    bool otherContracts = false;  // none of the addresses is the token's
    std::array<std::vector<Bytes32>, kMostTopics> topics;

    bool takes(const PlayLog& log) const {
        for (std::size_t i = 0; i < kMostTopics; ++i) {
            if (topics[i].empty())
                continue;
            if (i >= log.topics.size() ||
                std::ranges::find(topics[i], log.topics[i]) == topics[i].end())
                return false;
        }
        return true;
    }
};

// A text or an array of texts, each read by `Value::parse`; nothing when one is not such.
template <class Value>
std::optional<std::vector<Value>> listIn(std::string_view json) {
    std::vector<std::string_view> texts{json};
    if (json.starts_with('['))
        texts = json::elementsIn(json);
    std::vector<Value> values;
    for (const std::string_view text : texts) {
        const auto value =
            text.starts_with('"') ? Value::parse(json::unescape(text)) : std::nullopt;
        if (!value || values.size() == kMostChoices)
            return std::nullopt;
        values.push_back(*value);
    }
    return values;
}

Failure senseless(std::string_view member, std::string_view what) {
    return failField(ErrorCode::InvalidField, std::string(member),
                     std::string(member) + " " + std::string(what) + ".");
}

Result<std::uint64_t> blockIn(PlayChain& chain, const json::Object& filter, std::string_view name) {
    const json::Member* const member = filter.find(name);
    if (member == nullptr || member->type == Type::Null)
        return chain.head().number;
    const auto number = member->type == Type::String
                            ? blockNamed(chain, json::unescape(filter.raw(*member)))
                            : std::nullopt;
    if (number)
        return *number;
    return senseless(name, "is neither a block's number nor its tag");
}

Result<void> readTopics(Filter& filter, std::string_view json) {
    const auto topics = json::elementsIn(json);
    if (!json.starts_with('[') || topics.size() > kMostTopics)
        return senseless("topics", "is not an array of at most 4");
    for (std::size_t i = 0; i < topics.size(); ++i) {
        if (topics[i] == "null")
            continue;
        auto choices = listIn<Bytes32>(topics[i]);
        if (!choices)
            return senseless("topics", "holds what is no topic");
        filter.topics[i] = std::move(*choices);
    }
    return {};
}

Result<Filter> readFilter(PlayChain& chain, const json::Object& object) {
    Filter filter;
    const auto from = blockIn(chain, object, "fromBlock");
    const auto to = blockIn(chain, object, "toBlock");
    if (!from || !to)
        return fail(from ? to.error() : from.error());
    filter.from = *from;
    filter.to = *to;
    const auto given = [&object](std::string_view name) {
        const json::Member* const member = object.find(name);
        return member != nullptr && member->type != Type::Null ? member : nullptr;
    };
    if (const json::Member* const hash = given("blockHash")) {
        const auto named = listIn<Bytes32>(object.raw(*hash));
        const auto block = named && named->size() == 1 ? chain.block(named->front()) : std::nullopt;
        if (!block)
            return senseless("blockHash", "is of no block that this chain has");
        filter.from = filter.to = block->number;
    }
    if (const json::Member* const address = given("address")) {
        const auto wanted = listIn<Address>(object.raw(*address));
        if (!wanted)
            return senseless("address", "is neither an address nor an array of some");
        filter.otherContracts =
            !wanted->empty() && std::ranges::find(*wanted, chain.token().address) == wanted->end();
    }
    if (const json::Member* const topics = given("topics")) {
        if (auto read = readTopics(filter, object.raw(*topics)); !read)
            return fail(read.error());
    }
    return filter;
}

}  // namespace

std::optional<std::uint64_t> blockNamed(PlayChain& chain, std::string_view name) {
    constexpr std::array<std::string_view, 5> kLast{"", "latest", "pending", "finalized", "safe"};
    if (std::ranges::find(kLast, name) != kLast.end())
        return chain.head().number;
    if (name == "earliest")
        return 0;
    const auto number = Uint256::parseHex(name);
    return number ? number->toUint64() : std::nullopt;
}

std::string blockJson(const std::optional<PlayBlock>& block) {
    if (!block)
        return "null";
    const std::string zero = Bytes32().toHex();
    Writer out;
    out.object().key("number").string(hexOf(block->number));
    out.key("hash").string(block->hash.toHex()).key("parentHash").string(block->parent.toHex());
    out.key("timestamp").string(hexOf(block->time)).key("baseFeePerGas").string("0x0");
    out.key("gasLimit").string("0x1c9c380").key("gasUsed");
    out.string(block->transaction ? kGas : "0x0").key("size").string("0x0");
    out.key("miner").string(kPlayBroker.toHex()).key("extraData").string("0x");
    out.key("difficulty").string("0x0").key("nonce").string("0x0000000000000000");
    out.key("logsBloom").string(noBloom()).key("mixHash").string(zero);
    for (const std::string_view root : {"stateRoot", "transactionsRoot", "receiptsRoot"})
        out.key(root).string(zero);
    out.key("sha3Uncles").string(zero).key("uncles").array().end().key("transactions").array();
    if (block->transaction)
        out.string(block->transaction->toHex());
    return out.end().end().take();
}

std::string receiptJson(const PlayChain& chain, const std::optional<PlayTransaction>& transaction) {
    if (!transaction)
        return "null";
    Writer out;
    out.object().key("transactionHash").string(transaction->hash.toHex());
    out.key("transactionIndex").string("0x0").key("status").string("0x1");
    out.key("blockHash").string(transaction->blockHash.toHex());
    out.key("blockNumber").string(hexOf(transaction->block));
    out.key("from").string(kPlayBroker.toHex());
    out.key("to").string(chain.token().address.toHex()).key("contractAddress").null();
    out.key("gasUsed").string(kGas).key("cumulativeGasUsed").string(kGas);
    out.key("effectiveGasPrice").string("0x0").key("type").string("0x2");
    out.key("logsBloom").string(noBloom()).key("logs").array();
    for (std::size_t i = 0; i < transaction->logs.size(); ++i)
        writeLog(out, chain.token().address, *transaction, i);
    return out.end().end().take();
}

Result<std::string> logsJson(PlayChain& chain, const json::Object& object) {
    const auto filter = readFilter(chain, object);
    if (!filter)
        return fail(filter.error());
    Writer out;
    out.array();
    std::size_t found = 0;
    chain.transactions(filter->from, filter->to, [&](const PlayTransaction& transaction) {
        for (std::size_t i = 0; i < transaction.logs.size() && !filter->otherContracts; ++i) {
            if (filter->takes(transaction.logs[i]) && ++found <= kMostLogs)
                writeLog(out, chain.token().address, transaction, i);
        }
        return found <= kMostLogs && !filter->otherContracts;
    });
    if (found > kMostLogs)
        return senseless("fromBlock", "lies too far back: there are more than 1000 such logs");
    return out.end().take();
}

}  // namespace gr::sandbox
