// SPDX-License-Identifier: MIT
#include "payment/rpc.h"

#include <algorithm>
#include <array>

#include "json/scan.h"
#include "json/writer.h"
#include "payment/contracts.h"

namespace gr::payment::rpc {
namespace {

using json::Type;
using json::Writer;

constexpr std::size_t kMostWords = 300;
constexpr std::size_t kMostLogs = 1'000;
constexpr std::size_t kMostTopics = 4;

Call withOne(std::string method, std::string_view text) {
    return {std::move(method), Writer().array().string(text).end().take()};
}

Call atLatest(std::string method, const Address& address) {
    return {std::move(method),
            Writer().array().string(address.toHex()).string("latest").end().take()};
}

// A member's text; nothing unless it is a string.
std::optional<std::string> textIn(const json::Object& object, std::string_view name) {
    const json::Member* const member = object.find(name);
    if (member == nullptr || member->type != Type::String)
        return std::nullopt;
    return json::unescape(object.raw(*member));
}

template <class Read>
auto memberAs(const json::Object& object, std::string_view name, Read read)
    -> decltype(read(std::string_view())) {
    const auto text = textIn(object, name);
    return text ? read(std::string_view(*text)) : std::nullopt;
}

std::optional<std::uint64_t> countOf(std::string_view text) {
    const auto quantity = Uint256::parseHex(text);
    return quantity ? quantity->toUint64() : std::nullopt;
}

// The text of a result that is a string.
std::optional<std::string> resultText(const Answer& answer) {
    if (answer.problem || answer.result.size() < 2 || answer.result.front() != '"')
        return std::nullopt;
    return json::unescape(answer.result);
}

std::string printable(std::string text) {
    text.resize(std::min(text.size(), kMostWords));
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
    return text;
}

Answer::Problem problemIn(const json::Object& error) {
    Answer::Problem problem;
    if (const json::Member* const code = error.find("code"))
        problem.code = json::integerIn(error.raw(*code)).value_or(0);
    problem.message = printable(textIn(error, "message").value_or(std::string()));
    problem.data = bytesFromHex(textIn(error, "data").value_or("0x"), 4096).value_or(std::string());
    return problem;
}

struct Numbered {
    std::int64_t id = 0;
    Answer answer;
};

std::optional<Numbered> answerIn(std::string_view text) {
    const auto object = json::objectIn(text);
    const json::Member* const id = object ? object->find("id") : nullptr;
    if (id == nullptr || id->type != Type::Number)
        return std::nullopt;
    Numbered numbered;
    numbered.id = json::integerIn(object->raw(*id)).value_or(0);
    const json::Member* const error = object->find("error");
    if (error != nullptr && error->type == Type::Object) {
        const auto problem = json::objectIn(object->raw(*error));
        numbered.answer.problem = problemIn(*problem);
        return numbered;
    }
    const json::Member* const result = object->find("result");
    if (result == nullptr)
        return std::nullopt;
    numbered.answer.result = std::string(object->raw(*result));
    return numbered;
}

Failure senseless(std::string detail) {
    return fail(ErrorCode::ProviderAnswerInvalid,
                "The chain's RPC server answered with something that is not JSON-RPC.",
                std::move(detail));
}

std::optional<Log> logIn(std::string_view text) {
    const auto object = json::objectIn(text);
    if (!object)
        return std::nullopt;
    const auto address = memberAs(*object, "address", &Address::parse);
    const auto transaction = memberAs(*object, "transactionHash", &Bytes32::parse);
    const auto block = memberAs(*object, "blockNumber", &countOf);
    const auto data = memberAs(*object, "data",
                               [](std::string_view hex) { return bytesFromHex(hex, 64 * 1024); });
    const json::Member* const removed = object->find("removed");
    const bool undone = removed != nullptr && removed->type == Type::True;
    const json::Member* const topics = object->find("topics");
    if (!address || !transaction || !block || !data || undone || topics == nullptr)
        return std::nullopt;
    Log log{*address, {}, *data, *transaction, *block};
    for (const std::string_view topic : json::elementsIn(object->raw(*topics))) {
        const auto value =
            topic.starts_with('"') ? Bytes32::parse(json::unescape(topic)) : std::nullopt;
        if (!value || log.topics.size() == kMostTopics)
            return std::nullopt;
        log.topics.push_back(*value);
    }
    return log;
}

std::optional<std::vector<Log>> logsOfArray(std::string_view array) {
    const std::vector<std::string_view> elements = json::elementsIn(array);
    if (!array.starts_with('[') || elements.size() > kMostLogs)
        return std::nullopt;
    std::vector<Log> logs;
    for (const std::string_view element : elements) {
        auto log = logIn(element);
        if (!log)
            return std::nullopt;
        logs.push_back(std::move(*log));
    }
    return logs;
}

}  // namespace

Call chainId() {
    return {"eth_chainId", "[]"};
}

Call blockNumber() {
    return {"eth_blockNumber", "[]"};
}

Call blockByTag(std::string_view tag) {
    return {"eth_getBlockByNumber", Writer().array().string(tag).boolean(false).end().take()};
}

Call codeOf(const Address& address) {
    return atLatest("eth_getCode", address);
}

Call balanceOf(const Address& address) {
    return atLatest("eth_getBalance", address);
}

Call call(const Address& to, std::string_view data, const std::optional<Address>& from) {
    Writer params;
    params.array().object();
    if (from)
        params.key("from").string(from->toHex());
    params.key("to").string(to.toHex()).key("data").string(hexOf(data)).end();
    return {"eth_call", params.string("latest").end().take()};
}

Call estimateGas(const Address& from, const Address& to, std::string_view data) {
    Writer params;
    params.array().object().key("from").string(from.toHex()).key("to").string(to.toHex());
    return {"eth_estimateGas", params.key("data").string(hexOf(data)).end().end().take()};
}

Call transactionCount(const Address& address, std::string_view tag) {
    return {"eth_getTransactionCount",
            Writer().array().string(address.toHex()).string(tag).end().take()};
}

Call priorityFee() {
    return {"eth_maxPriorityFeePerGas", "[]"};
}

Call send(std::string_view rawTransaction) {
    return withOne("eth_sendRawTransaction", hexOf(rawTransaction));
}

Call receipt(const Bytes32& transaction) {
    return withOne("eth_getTransactionReceipt", transaction.toHex());
}

Call transaction(const Bytes32& hash) {
    return withOne("eth_getTransactionByHash", hash.toHex());
}

Call transfers(const Address& token, const Address& payer, const Address& payee,
               const BlockRange& blocks) {
    return logs(token, std::array{transferTopic(), topicOf(payer), topicOf(payee)}, blocks);
}

Call authorizationUses(const Address& token, const Address& payer, const Bytes32& nonce,
                       const BlockRange& blocks) {
    return logs(token, std::array{authorizationUsedTopic(), topicOf(payer), nonce}, blocks);
}

Call logs(const Address& contract, std::span<const Bytes32> topics, const BlockRange& blocks) {
    Writer params;
    params.array().object().key("address").string(contract.toHex()).key("topics").array();
    for (const Bytes32& topic : topics)
        params.string(topic.toHex());
    params.end();
    params.key("fromBlock").string(Uint256(blocks.from).toHex());
    params.key("toBlock").string(Uint256(blocks.to).toHex());
    return {"eth_getLogs", params.end().end().take()};
}

std::string bodyOf(std::span<const Call> calls) {
    Writer body;
    if (calls.size() != 1)
        body.array();
    for (std::size_t i = 0; i < calls.size(); ++i) {
        body.object().key("jsonrpc").string("2.0").key("id").number(
            static_cast<std::int64_t>(i + 1));
        body.key("method").string(calls[i].method).key("params").raw(calls[i].params).end();
    }
    if (calls.size() != 1)
        body.end();
    return body.take();
}

Result<std::vector<Answer>> readAnswers(std::string_view body, std::size_t calls) {
    // The reader of JSON wants an object outside; an answer to several calls is an array.
    const std::string wrapped = "{\"answers\":" + std::string(body) + "}";
    const auto whole = json::scanObject(wrapped);
    if (!whole || whole->members.size() != 1)
        return senseless(whole ? "not one value" : whole.error().message.text);
    const std::string_view value = whole->raw(whole->members.front());
    std::vector<std::string_view> texts{value};
    if (value.starts_with('['))
        texts = json::elementsIn(value);
    if (texts.size() != calls)
        return senseless("another number of answers");
    std::vector<std::optional<Answer>> placed(calls);
    for (const std::string_view text : texts) {
        auto numbered = answerIn(text);
        const auto place = numbered ? numbered->id - 1 : -1;
        if (place < 0 || place >= static_cast<std::int64_t>(calls))
            return senseless("an answer to nothing that was asked");
        std::optional<Answer>& slot = placed[static_cast<std::size_t>(place)];
        if (slot)
            return senseless("two answers to one question");
        slot = std::move(numbered->answer);
    }
    std::vector<Answer> answers;
    for (std::optional<Answer>& slot : placed)
        answers.push_back(std::move(*slot));
    return answers;
}

std::optional<Uint256> quantityIn(const Answer& answer) {
    const auto text = resultText(answer);
    return text ? Uint256::parseHex(*text) : std::nullopt;
}

std::optional<std::uint64_t> countIn(const Answer& answer) {
    const auto quantity = quantityIn(answer);
    return quantity ? quantity->toUint64() : std::nullopt;
}

std::optional<std::string> bytesIn(const Answer& answer, std::size_t most) {
    const auto text = resultText(answer);
    return text ? bytesFromHex(*text, most) : std::nullopt;
}

std::optional<Bytes32> hashIn(const Answer& answer) {
    const auto text = resultText(answer);
    return text ? Bytes32::parse(*text) : std::nullopt;
}

std::optional<Block> blockIn(const Answer& answer) {
    const auto object = answer.problem ? std::nullopt : json::objectIn(answer.result);
    if (!object)
        return std::nullopt;
    const auto number = memberAs(*object, "number", &countOf);
    const auto time = memberAs(*object, "timestamp", &countOf);
    const auto hash = memberAs(*object, "hash", &Bytes32::parse);
    if (!number || !time || !hash)
        return std::nullopt;
    const auto fee = memberAs(*object, "baseFeePerGas", &Uint256::parseHex);
    return Block{*number, *time, *hash, fee.value_or(Uint256())};
}

std::optional<std::vector<Log>> logsIn(const Answer& answer) {
    return answer.problem ? std::nullopt : logsOfArray(answer.result);
}

std::optional<ReceiptAnswer> receiptIn(const Answer& answer) {
    if (answer.problem)
        return std::nullopt;
    if (answer.result == "null")
        return ReceiptAnswer();
    const auto object = json::objectIn(answer.result);
    if (!object)
        return std::nullopt;
    const auto status = memberAs(*object, "status", &countOf);
    const auto transaction = memberAs(*object, "transactionHash", &Bytes32::parse);
    const auto block = memberAs(*object, "blockNumber", &countOf);
    const auto hash = memberAs(*object, "blockHash", &Bytes32::parse);
    const json::Member* const logs = object->find("logs");
    auto list = logs != nullptr ? logsOfArray(object->raw(*logs)) : std::nullopt;
    if (!status || *status > 1 || !transaction || !block || !hash || !list)
        return std::nullopt;
    const auto gas = memberAs(*object, "gasUsed", &countOf);
    const auto price = memberAs(*object, "effectiveGasPrice", &Uint256::parseHex);
    return ReceiptAnswer{true,
                         {*status == 1, *transaction, *block, *hash, gas.value_or(0),
                          price.value_or(Uint256()), std::move(*list)}};
}

bool hasAuthorizationUse(std::span<const Log> logs, const Address& token, const Address& payer,
                         const Bytes32& nonce) {
    const auto from = topicOf(payer);
    return std::any_of(logs.begin(), logs.end(), [&](const Log& log) {
        return log.address == token && log.topics.size() == 3 &&
               log.topics[0] == authorizationUsedTopic() && log.topics[1] == from &&
               log.topics[2] == nonce;
    });
}

std::optional<std::string> inputIn(const Answer& answer) {
    const auto object = answer.problem ? std::nullopt : json::objectIn(answer.result);
    if (!object)
        return std::nullopt;
    return memberAs(*object, "input",
                    [](std::string_view hex) { return bytesFromHex(hex, 64 * 1024); });
}

Bytes32 topicOf(const Address& address) {
    Bytes32 topic;
    std::copy(address.bytes.begin(), address.bytes.end(),
              topic.bytes.end() - static_cast<std::ptrdiff_t>(address.bytes.size()));
    return topic;
}

bool hasTransfer(std::span<const Log> logs, const Address& token, const Address& payer,
                 const Address& payee, const Uint256& value) {
    const Bytes32 from = topicOf(payer);
    const Bytes32 to = topicOf(payee);
    return std::any_of(logs.begin(), logs.end(), [&](const Log& log) {
        return log.address == token && log.topics.size() == 3 && log.topics[0] == transferTopic() &&
               log.topics[1] == from && log.topics[2] == to &&
               AbiAnswer(log.data).word(0) == value && log.data.size() == 32;
    });
}

}  // namespace gr::payment::rpc
