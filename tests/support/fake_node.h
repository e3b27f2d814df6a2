// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "json/scan.h"
#include "payment/contracts.h"
#include "payment/uint256.h"
#include "support/loopback.h"

// A node of a chain that is made up: one token, one account, and the time of its blocks.
namespace gr::test {

inline std::string hexWord(const std::string& digits) {
    return "0x" + std::string(64 - digits.size(), '0') + digits;
}

class FakeNode final {
  public:
    std::uint64_t chain = 84532;
    std::int64_t latest = 0;     // seconds: of the newest block
    std::int64_t finalized = 0;  // of the newest final one
    std::uint64_t units = 0;     // that the account holds
    bool used = false;           // every nonce is
    std::string separator;       // the token's DOMAIN_SEPARATOR; empty: it says nothing
    std::string receipt = "null";
    std::string logs = "[]";
    bool silent = false;  // answers nonsense
    int asked = 0;        // questions, however many calls they hold

    // As an HTTP server answers it.
    Loopback::Answer handler() {
        return
            [this](const http::RequestHead&, std::string_view body) -> std::optional<http::Reply> {
                ++asked;
                return http::Reply{200, {}, silent ? "away" : answer(body)};
            };
    }

  private:
    std::string answer(std::string_view body) {
        if (!body.starts_with("["))
            return one(body);
        std::string all;
        for (const std::string_view call : json::elementsIn(body))
            all += (all.empty() ? "[" : ",") + one(call);
        return all + "]";
    }

    std::string one(std::string_view call) {
        const auto object = json::scanObject(call);
        const std::string method = json::unescape(object->raw(*object->find("method")));
        const std::string params(object->raw(*object->find("params")));
        const std::string id(object->raw(*object->find("id")));
        const std::string result = resultOf(method, params);
        return R"({"jsonrpc":"2.0","id":)" + id +
               (result.empty() ? R"(,"error":{"code":3,"message":"no"}})"
                               : ",\"result\":" + result + "}");
    }

    static std::string selector(const std::string& data) {
        std::string hex;
        constexpr std::string_view kDigits = "0123456789abcdef";
        for (const char c : data.substr(0, 4)) {
            const auto byte = static_cast<unsigned char>(c);
            hex += {kDigits[byte >> 4U], kDigits[byte & 15U]};
        }
        return hex;
    }

    std::string resultOf(const std::string& method, const std::string& params) const {
        namespace calls = payment::calls;
        const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
        const auto asks = [&params](const std::string& data) {
            return params.find("0x" + selector(data)) != std::string::npos;
        };
        if (method == "eth_chainId")
            return quoted(payment::Uint256(chain).toHex());
        if (method == "eth_getBlockByNumber")
            return block(params);
        if (method == "eth_blockNumber")
            return quoted("0x10");
        if (method == "eth_getTransactionReceipt")
            return receipt;
        if (method == "eth_getLogs")
            return logs;
        if (method != "eth_call")
            return {};
        if (asks(calls::decimals()))
            return quoted(hexWord("6"));
        if (asks(calls::domainSeparator()))
            return separator.empty() ? separator : quoted(separator);
        if (asks(calls::balanceOf({})))
            return quoted(hexWord(payment::Uint256(units).toHex().substr(2)));
        return quoted(hexWord(used ? "1" : "0"));
    }

    // By a name, or by its number: 16 is the newest, two seconds behind each other.
    std::string block(const std::string& params) const {
        std::int64_t number = 16;
        std::int64_t time = params.find("finalized") != std::string::npos ? finalized : latest;
        if (const std::size_t at = params.find("0x"); at != std::string::npos) {
            number = std::stoll(params.substr(at), nullptr, 16);
            time = latest - 2 * (16 - number);
        }
        const auto hex = [](std::int64_t value) {
            return "\"" + payment::Uint256(static_cast<std::uint64_t>(value)).toHex() + "\"";
        };
        return "{\"number\":" + hex(number) + ",\"timestamp\":" + hex(time) + ",\"hash\":\"" +
               hexWord("cc") + "\"}";
    }
};

}  // namespace gr::test
