// SPDX-License-Identifier: MIT
#include "sandbox/play_desk.h"

#include <algorithm>
#include <array>

#include "base/url.h"
#include "http/origin.h"
#include "json/scan.h"
#include "json/writer.h"
#include "payment/object_reader.h"
#include "payment/token_amount.h"
#include "sandbox/play_facilitator.h"
#include "sandbox/play_rpc.h"
#include "sandbox/replies.h"

namespace gr::sandbox {
namespace {

constexpr std::size_t kMostBody = 256 * 1024;  // bytes
constexpr std::array<std::string_view, 6> kPaths{"/rpc",       "/verify", "/settle",
                                                 "/supported", "/faucet", "/cancel"};

http::Reply senseless(const payment::ObjectReader& reader) {
    return errorReply(Error(ErrorCode::InvalidField, reader.problem() + "."));
}

http::Reply fill(PlayChain& chain, const json::Object& question) {
    payment::ObjectReader reader(question, {});
    const payment::Address address = reader.address("address");
    if (!reader.ok())
        return senseless(reader);
    const auto transaction = chain.fill(address);
    if (!transaction)
        return errorReply(transaction.error());
    const auto dollars = [&chain](const payment::Uint256& units) {
        return payment::decimalOf(units, chain.token().decimals);
    };
    json::Writer out;
    out.object().key("transaction").string(transaction->toHex());
    out.key("gave").string(dollars(kFill));
    out.key("balance").string(dollars(chain.balanceOf(address)));
    out.key("note").string("Play money: worth nothing anywhere.");
    return jsonReply(200, out.end().take());
}

http::Reply cancel(PlayChain& chain, const json::Object& question) {
    constexpr std::size_t kMostSignature = 4096;
    payment::ObjectReader reader(question, {});
    const payment::Address authorizer = reader.address("authorizer");
    const payment::Bytes32 nonce = reader.bytes32("nonce");
    const std::string signature = reader.bytes("signature", kMostSignature);
    if (!reader.ok())
        return senseless(reader);
    const PlayChain::Outcome outcome = chain.cancel(authorizer, nonce, signature);
    if (outcome.refusal != Refusal::None)
        return errorReply(
            Error(ErrorCode::BadRequest, std::string(revertText(outcome.refusal)) + "."));
    json::Writer out;
    out.object().key("transaction").string(outcome.transaction.toHex());
    return jsonReply(200, out.end().take());
}

http::Reply replyOf(FacilitatorAnswer answer) {
    return jsonReply(answer.status, std::move(answer.json));
}

}  // namespace

bool isPlayPath(std::string_view path) {
    return std::ranges::find(kPaths, path) != kPaths.end();
}

std::optional<http::Reply> admitToPlay(const http::RequestHead& head) {
    const auto host = http::hostOf(head.fields.find("Host").value_or(std::string_view()));
    if (!host || !isLoopbackHost(std::string(*host)))
        return errorReply(
            Error(ErrorCode::HostRefused, "The sandbox answers at 127.0.0.1 and localhost alone."));
    if (head.fields.find("Origin"))
        return errorReply(Error(ErrorCode::OriginRefused,
                                "The sandbox does not answer web pages; ask from a program."));
    if (head.method != (head.path() == "/supported" ? "GET" : "POST"))
        return errorReply(
            Error(ErrorCode::MethodNotAllowed, "The sandbox takes POST here; GET for /supported."));
    if (head.contentLength.value_or(0) > kMostBody)
        return errorReply(Error(ErrorCode::BodyTooLarge, "That is too much for the sandbox."));
    return std::nullopt;
}

http::Reply answerPlay(PlayChain& chain, std::string_view path, std::string_view body) {
    if (body.size() > kMostBody)
        return errorReply(Error(ErrorCode::BodyTooLarge, "That is too much for the sandbox."));
    if (path == "/rpc")
        return jsonReply(200, answerRpc(chain, body));
    if (path == "/verify")
        return replyOf(verifyPayment(chain, body));
    if (path == "/settle")
        return replyOf(settlePayment(chain, body));
    if (path == "/supported")
        return jsonReply(200, supportedKinds());
    const auto question = json::scanObject(body);
    if (!question)
        return errorReply(question.error());
    return path == "/faucet" ? fill(chain, *question) : cancel(chain, *question);
}

}  // namespace gr::sandbox
