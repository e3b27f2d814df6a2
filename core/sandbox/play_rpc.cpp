// SPDX-License-Identifier: MIT
#include "sandbox/play_rpc.h"

#include <algorithm>
#include <map>

#include "json/scan.h"
#include "json/writer.h"
#include "payment/network.h"
#include "sandbox/play_logs.h"
#include "sandbox/play_token.h"

namespace gr::sandbox {
namespace {

using json::Writer;
using payment::Address;
using payment::Bytes32;
using payment::Uint256;

constexpr std::size_t kMostCalls = 100;
constexpr std::size_t kMostInput = 8 * 1024;     // bytes of a call's data
constexpr std::uint64_t kTransferGas = 102'828;  // what Circle's takes, at most
constexpr int kInvalidRequest = -32600;
constexpr int kUnknownMethod = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kReverted = 3;

using Params = std::vector<std::string_view>;  // each a whole JSON value

// The value is JSON, without the envelope.
struct RpcAnswer {
    std::string result;
    int code = 0;  // of a problem, where it is not 0
    std::string message;
    std::string data;  // bytes of a revert
};

RpcAnswer problem(int code, std::string message) {
    return {{}, code, std::move(message), {}};
}

RpcAnswer badParams(std::string message) {
    return problem(kInvalidParams, std::move(message));
}

RpcAnswer text(std::string_view value) {
    return {Writer().string(value).take(), 0, {}, {}};
}

RpcAnswer quantity(const Uint256& value) {
    return text(value.toHex());
}

std::string textAt(const Params& params, std::size_t index) {
    if (index >= params.size() || !params[index].starts_with('"'))
        return {};
    return json::unescape(params[index]);
}

RpcAnswer blockByNumber(PlayChain& chain, const Params& params) {
    const auto number = blockNamed(chain, textAt(params, 0));
    if (!number)
        return badParams("The first parameter is a block's number or its tag.");
    return {blockJson(chain.block(*number)), 0, {}, {}};
}

RpcAnswer blockByHash(PlayChain& chain, const Params& params) {
    const auto hash = Bytes32::parse(textAt(params, 0));
    if (!hash)
        return badParams("The first parameter is a block's hash.");
    return {blockJson(chain.block(*hash)), 0, {}, {}};
}

RpcAnswer receipt(PlayChain& chain, const Params& params) {
    const auto hash = Bytes32::parse(textAt(params, 0));
    if (!hash)
        return badParams("The first parameter is a transaction's hash.");
    return {receiptJson(chain, chain.transaction(*hash)), 0, {}, {}};
}

RpcAnswer code(PlayChain& chain, const Params& params) {
    const auto address = Address::parse(textAt(params, 0));
    if (!address)
        return badParams("The first parameter is an address.");
    // There are no instructions to show: one byte that says "here is a contract".
    return text(*address == chain.token().address ? "0xfe" : "0x");
}

// The call that the first parameter describes, run.
RpcAnswer run(PlayChain& chain, const Params& params) {
    const auto call = params.empty() ? std::nullopt : json::objectIn(params[0]);
    if (!call)
        return badParams("The first parameter is an object with to and data.");
    const auto member = [&call](std::string_view name) {
        const json::Member* const found = call->find(name);
        return found != nullptr ? textAt({call->raw(*found)}, 0) : std::string();
    };
    const auto to = Address::parse(member("to"));
    const std::string input = member("data");
    const auto data = payment::bytesFromHex(input.empty() ? member("input") : input, kMostInput);
    if (!to || !data)
        return badParams("to is an address, data its bytes in hexadecimal digits.");
    if (*to != chain.token().address)
        return text("0x");  // as an account without code answers
    const PlayAnswer answer = callToken(chain, *data);
    if (answer.revert.empty())
        return text(payment::hexOf(answer.data));
    return {{}, kReverted, "execution reverted: " + answer.revert, answer.revertData()};
}

RpcAnswer call(PlayChain& chain, const Params& params) {
    const auto number = blockNamed(chain, textAt(params, 1));
    if (!number || *number != chain.head().number)
        return badParams("The sandbox's chain keeps no states of the past; ask for latest.");
    return run(chain, params);
}

RpcAnswer estimate(PlayChain& chain, const Params& params) {
    RpcAnswer answer = run(chain, params);
    return answer.code != 0 ? answer : quantity(kTransferGas);
}

RpcAnswer logs(PlayChain& chain, const Params& params) {
    const auto filter = params.empty() ? std::nullopt : json::objectIn(params[0]);
    if (!filter)
        return badParams("The first parameter is an object with what to look for.");
    const auto found = logsJson(chain, *filter);
    if (!found)
        return badParams(found.error().message.text);
    return {*found, 0, {}, {}};
}

RpcAnswer feeHistory(PlayChain& chain, const Params&) {
    Writer out;
    out.object().key("oldestBlock").string(Uint256(chain.head().number).toHex());
    out.key("baseFeePerGas").array().string("0x0").string("0x0").end();
    out.key("gasUsedRatio").array().number(0).end().key("reward").array().end();
    return {out.end().take(), 0, {}, {}};
}

RpcAnswer nothing(PlayChain&, const Params&) {
    return text("0x0");
}

RpcAnswer send(PlayChain&, const Params&) {
    return problem(kUnknownMethod,
                   "The sandbox's chain takes no transactions: hand the payer's authorization to "
                   "its facilitator (POST /settle).");
}

using Method = RpcAnswer (*)(PlayChain&, const Params&);
const std::map<std::string_view, Method> kMethods{
    {"eth_chainId", [](PlayChain&, const Params&) { return quantity(payment::kPlayChain); }},
    {"net_version",
     [](PlayChain&, const Params&) { return text(Uint256(payment::kPlayChain).toDecimal()); }},
    {"web3_clientVersion",
     [](PlayChain&, const Params&) { return text("GateRouter play money/" GR_VERSION); }},
    {"eth_blockNumber",
     [](PlayChain& chain, const Params&) { return quantity(chain.head().number); }},
    {"eth_getBlockByNumber", &blockByNumber},
    {"eth_getBlockByHash", &blockByHash},
    {"eth_getCode", &code},
    {"eth_call", &call},
    {"eth_estimateGas", &estimate},
    {"eth_getTransactionReceipt", &receipt},
    {"eth_getLogs", &logs},
    {"eth_feeHistory", &feeHistory},
    {"eth_getBalance", &nothing},  // fees cost nothing here, so nobody needs the coin
    {"eth_getTransactionCount", &nothing},
    {"eth_gasPrice", &nothing},
    {"eth_maxPriorityFeePerGas", &nothing},
    {"eth_sendRawTransaction", &send},
};

RpcAnswer answerCall(PlayChain& chain, const json::Object& question) {
    const json::Member* const method = question.find("method");
    if (method == nullptr || method->type != json::Type::String)
        return problem(kInvalidRequest, "method is missing.");
    const json::Member* const params = question.find("params");
    if (params != nullptr && params->type != json::Type::Array)
        return badParams("params is not an array.");
    const auto known = kMethods.find(json::unescape(question.raw(*method)));
    if (known == kMethods.end())
        return problem(kUnknownMethod, "The sandbox's chain does not know this method.");
    return known->second(chain,
                         params != nullptr ? json::elementsIn(question.raw(*params)) : Params());
}

void writeAnswer(Writer& out, std::string_view id, const RpcAnswer& answer) {
    out.object().key("jsonrpc").string("2.0").key("id").raw(id);
    if (answer.code == 0) {
        out.key("result").raw(answer.result).end();
        return;
    }
    out.key("error").object().key("code").number(answer.code);
    out.key("message").string(answer.message);
    if (!answer.data.empty())
        out.key("data").string(payment::hexOf(answer.data));
    out.end().end();
}

void answerOne(PlayChain& chain, std::string_view text, Writer& out) {
    const auto question = json::objectIn(text);
    if (!question)
        return writeAnswer(out, "null", problem(kInvalidRequest, "A call is an object."));
    const json::Member* const id = question->find("id");
    const bool scalar =
        id != nullptr && id->type != json::Type::Object && id->type != json::Type::Array;
    writeAnswer(out, scalar ? question->raw(*id) : "null", answerCall(chain, *question));
}

}  // namespace

std::string answerRpc(PlayChain& chain, std::string_view body) {
    // The reader of JSON wants an object outside; several calls are an array.
    const std::string wrapped = "{\"calls\":" + std::string(body) + "}";
    const auto whole = json::scanObject(wrapped);
    Writer out;
    if (!whole || whole->members.size() != 1) {
        writeAnswer(out, "null", problem(-32700, "This is not sound JSON."));
        return out.take();
    }
    const std::string_view value = whole->raw(whole->members.front());
    if (!value.starts_with('[')) {
        answerOne(chain, value, out);
        return out.take();
    }
    const auto calls = json::elementsIn(value);
    if (calls.empty() || calls.size() > kMostCalls) {
        writeAnswer(out, "null", problem(kInvalidRequest, "Ask 1 to 100 things at a time."));
        return out.take();
    }
    out.array();
    for (const std::string_view one : calls)
        answerOne(chain, one, out);
    return out.end().take();
}

}  // namespace gr::sandbox
