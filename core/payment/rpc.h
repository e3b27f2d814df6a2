// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "payment/evm_types.h"

// Questions to a node of a chain and their answers (JSON-RPC 2.0, Ethereum's "Execution API").
// What a node says is outside input: checked for type and size, never believed beyond that. Pure;
// any thread.
namespace gr::payment::rpc {

struct Call {
    std::string method;
    std::string params;  // a JSON array
};

Call chainId();
Call blockNumber();
Call blockByTag(std::string_view tag);  // "latest", "finalized"; without its transactions
Call codeOf(const Address& address);
Call balanceOf(const Address& address);  // in wei
// Runs `data` (bytes) at `to` without a trace. `from` counts for contracts that look at it.
Call call(const Address& to, std::string_view data, const std::optional<Address>& from = {});
Call estimateGas(const Address& from, const Address& to, std::string_view data);
// "pending": with those that wait; "latest": those in blocks.
Call transactionCount(const Address& address, std::string_view tag = "pending");
Call priorityFee();
Call send(std::string_view rawTransaction);
Call receipt(const Bytes32& transaction);
Call transaction(const Bytes32& hash);
// Transfer events of a token from one to another, in blocks [from, to].
struct BlockRange {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
};
Call transfers(const Address& token, const Address& payer, const Address& payee,
               const BlockRange& blocks);
// The event that a nonce of EIP-3009 was used.
Call authorizationUses(const Address& token, const Address& payer, const Bytes32& nonce,
                       const BlockRange& blocks);
// Events of a contract whose first topics are these.
Call logs(const Address& contract, std::span<const Bytes32> topics, const BlockRange& blocks);

// One call as an object, several as an array; numbered from 1.
std::string bodyOf(std::span<const Call> calls);

struct Answer {
    std::string result;  // JSON; empty where there is an error
    // What the node or the contract objects to.
    struct Problem {
        std::int64_t code = 0;
        std::string message;  // at most 300 bytes, printable
        std::string data;     // bytes of a revert; may be empty
    };
    std::optional<Problem> problem;
};

// The answers in the order of the calls. ProviderAnswerInvalid: not JSON-RPC, another number of
// answers, numbers that were not asked.
Result<std::vector<Answer>> readAnswers(std::string_view body, std::size_t calls);

// What a result holds; nothing for another type, or an Answer with a problem.
std::optional<Uint256> quantityIn(const Answer& answer);
std::optional<std::uint64_t> countIn(const Answer& answer);
std::optional<std::string> bytesIn(const Answer& answer, std::size_t most = 64 * 1024);
std::optional<Bytes32> hashIn(const Answer& answer);

struct Block {
    std::uint64_t number = 0;
    std::uint64_t time = 0;  // seconds since 1970
    Bytes32 hash;
    Uint256 baseFee;  // wei; 0 on chains without
};
std::optional<Block> blockIn(const Answer& answer);

struct Log {
    Address address;
    std::vector<Bytes32> topics;  // at most 4
    std::string data;             // bytes
    Bytes32 transaction;
    std::uint64_t block = 0;
};
std::optional<std::vector<Log>> logsIn(const Answer& answer);

struct Receipt {
    bool succeeded = false;
    Bytes32 transaction;
    std::uint64_t block = 0;
    Bytes32 blockHash;
    std::uint64_t gasUsed = 0;
    Uint256 gasPrice;  // wei, what was paid for each
    std::vector<Log> logs;
};
// Has three ends: no answer, a transaction that is not mined, and its receipt.
struct ReceiptAnswer {
    bool mined = false;
    Receipt receipt;
};
std::optional<ReceiptAnswer> receiptIn(const Answer& answer);

// Whether one of the logs says that the token took or cancelled this authorization (EIP-3009).
bool hasAuthorizationUse(std::span<const Log> logs, const Address& token, const Address& payer,
                         const Bytes32& nonce);

// The data that a transaction calls its receiver with, mined or not. Nothing also where the node
// does not know it.
std::optional<std::string> inputIn(const Answer& answer);

// An address as a topic, or as a word of a call's data.
Bytes32 topicOf(const Address& address);

// Whether one of the logs is the token's Transfer of exactly `value` from payer to payee.
bool hasTransfer(std::span<const Log> logs, const Address& token, const Address& payer,
                 const Address& payee, const Uint256& value);

}  // namespace gr::payment::rpc
