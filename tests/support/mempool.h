// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "payment/abi.h"
#include "payment/keccak.h"
#include "payment/transaction.h"
#include "support/cashier_world.h"

namespace gr::test {

// A node that takes transactions of one sender for the play chain: it keeps them until a block has
// room, and wants fees. The token's transfers are done there as the sandbox's facilitator does
// them.
class Mempool {
  public:
    explicit Mempool(CashierWorld& world) : m_world(&world) {}

    payment::Uint256 balance = *payment::Uint256::parse("1000000000000000000");
    std::uint64_t baseFee = 1'000'000'000;
    std::uint64_t tip = 1'000'000;
    std::uint64_t least = 0;     // a block takes transactions that pay so much a gas
    bool refuses = false;        // transactions, for reasons of its own
    std::set<std::string> sent;  // raw bytes, each once
    std::vector<payment::Transaction> mined;

    std::optional<http::Reply> answer(std::string_view body) {
        const auto asked =
            QJsonDocument::fromJson(QByteArray(body.data(), static_cast<qsizetype>(body.size())));
        std::string text;
        for (const QJsonValue call : asked.isArray() ? asked.array() : QJsonArray{asked.object()})
            text += (text.empty() ? "" : ",") + answerOne(call.toObject());
        return CashierWorld::json(asked.isArray() ? "[" + text + "]" : text);
    }
    // Blocks are made until nobody is left who pays enough.
    void mine() {
        for (auto next = m_waiting.find(mined.size());
             next != m_waiting.end() && next->second.maxFeePerGas >= payment::Uint256(least);
             next = m_waiting.find(mined.size()))
            run(next->second);
    }
    // Somebody else sends with the same key.
    void useNonce() { mined.emplace_back(); }
    const std::map<std::uint64_t, payment::Transaction>& waiting() const { return m_waiting; }

  private:
    static std::string texts(const QJsonValue& value) { return value.toString().toStdString(); }

    std::string answerOne(const QJsonObject& call) {
        const std::string method = texts(call[u"method"]);
        const QJsonArray params = call[u"params"].toArray();
        const std::string id = std::to_string(call[u"id"].toInt());
        const auto result = [&id](const std::string& json) {
            return "{\"id\":" + id + ",\"result\":" + json + "}";
        };
        const auto quantity = [&result](const payment::Uint256& value) {
            return result("\"" + value.toHex() + "\"");
        };
        if (method == "eth_sendRawTransaction") {
            const auto raw = payment::bytesFromHex(texts(params[0]), 100'000);
            const std::string problem = take(*raw);
            return problem.empty()
                       ? result("\"" + payment::keccak256(*raw).toHex() + "\"")
                       : "{\"id\":" + id + ",\"error\":{\"code\":-32000,\"message\":\"" + problem +
                             "\"}}";
        }
        if (method == "eth_getTransactionCount")
            return quantity(texts(params[1]) == "latest" ? mined.size() : pendingCount());
        if (method == "eth_getBalance")
            return quantity(balance);
        if (method == "eth_maxPriorityFeePerGas")
            return quantity(tip);
        std::string text = QJsonDocument(call).toJson(QJsonDocument::Compact).toStdString();
        for (const auto& [ours, theirs] : m_hashes)
            replaceAll(text, ours, theirs);
        text = m_world->honest("/rpc", text).body;
        for (const auto& [ours, theirs] : m_hashes)
            replaceAll(text, theirs, ours);
        replaceAll(text, "\"baseFeePerGas\":\"0x0\"",
                   "\"baseFeePerGas\":\"" + payment::Uint256(baseFee).toHex() + "\"");
        const std::string failed = texts(params[0]);
        if (method == "eth_getTransactionReceipt" && m_failed.contains(failed))
            return result("{\"transactionHash\":\"" + failed + "\",\"blockNumber\":\"0x1\"," +
                          "\"blockHash\":\"" + failed + "\",\"status\":\"0x0\",\"logs\":[]}");
        return text;
    }

    std::string take(const std::string& raw) {
        const auto transaction = payment::readTransaction(raw);
        if (!transaction || refuses)
            return "not now";
        if (transaction->nonce < mined.size())
            return "nonce too low";
        if (sent.contains(raw))
            return "already known";
        const auto old = m_waiting.find(transaction->nonce);
        if (old != m_waiting.end() &&
            *transaction->maxFeePerGas.times(10) < *old->second.maxFeePerGas.times(11))
            return "replacement transaction underpriced";
        sent.insert(raw);
        m_waiting[transaction->nonce] = *transaction;
        m_names[transaction->nonce] = payment::keccak256(raw).toHex();
        mine();
        return {};
    }

    void run(const payment::Transaction& transaction) {
        const std::string name = m_names[transaction.nonce];
        const payment::AbiAnswer words(std::string_view(transaction.data).substr(4));
        const payment::TransferAuthorization transfer{*words.address(0), *words.address(1),
                                                      *words.word(2),    *words.word(3),
                                                      *words.word(4),    *words.bytes32(5)};
        const payment::Signature signature{*words.bytes32(7), *words.bytes32(8),
                                           static_cast<std::uint8_t>(*words.word(6)->toUint64())};
        const auto done = m_world->chain->settle(transfer, signature.bytes());
        if (done.refusal == sandbox::Refusal::None)
            m_hashes.emplace_back(name, done.transaction.toHex());
        else
            m_failed.insert(name);
        mined.push_back(transaction);
        m_waiting.erase(transaction.nonce);
    }

    std::uint64_t pendingCount() const {
        std::uint64_t count = mined.size();
        while (m_waiting.contains(count))
            ++count;
        return count;
    }
    static void replaceAll(std::string& text, const std::string& from, const std::string& to) {
        for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
            text.replace(at, from.size(), to);
    }

    CashierWorld* m_world;
    std::map<std::uint64_t, payment::Transaction> m_waiting;  // by nonce
    std::map<std::uint64_t, std::string> m_names;
    std::vector<std::pair<std::string, std::string>> m_hashes;  // of a transaction; at the chain
    std::set<std::string> m_failed;
};

}  // namespace gr::test
