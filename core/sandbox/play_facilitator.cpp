// SPDX-License-Identifier: MIT
#include "sandbox/play_facilitator.h"

#include <array>

#include "json/scan.h"
#include "json/writer.h"
#include "payment/network.h"
#include "payment/object_reader.h"

namespace gr::sandbox {
namespace {

using payment::Address;
using payment::ObjectReader;
using payment::Uint256;

constexpr std::size_t kMostSignature = 4096;  // bytes
constexpr std::size_t kMostText = 256;

std::string playNetwork() {
    return "eip155:" + std::to_string(payment::kPlayChain);
}

struct Objection {
    std::string reason;  // a code of x402; empty: none
    std::string message;
};

// What a request asks to be verified or settled.
struct Question {
    payment::TransferAuthorization authorization;
    std::string signature;
    std::string network;  // as the seller wrote it
    Address payTo;
    Uint256 amount;
    std::uint64_t version = 2;
    bool read = false;  // far enough to know the payer
    Objection objection;
};

Question objected(Question question, std::string reason, std::string message) {
    question.objection = {std::move(reason), std::move(message)};
    return question;
}

json::Object memberObject(const json::Object& object, std::string_view name) {
    const json::Member* const member = object.find(name);
    auto inner = member != nullptr ? json::objectIn(object.raw(*member)) : std::nullopt;
    return inner ? std::move(*inner) : json::Object();
}

// scheme and network, of the seller's terms and of what the payer says it accepted.
Objection compareKinds(ObjectReader& terms, ObjectReader& accepted, const std::string& network) {
    if (terms.text("scheme", kMostText) != "exact")
        return {"unsupported_scheme", "Only the scheme exact is settled here."};
    if (accepted.text("scheme", kMostText) != "exact")
        return {"invalid_exact_evm_scheme", "The payment is of another scheme than its terms."};
    if (network != playNetwork())
        return {"invalid_network", "Only the sandbox's own network is settled here, " +
                                       playNetwork() + ": play money is no money elsewhere."};
    if (accepted.text("network", kMostText) != network)
        return {"invalid_exact_evm_network_mismatch",
                "The payment is for another network than its terms."};
    return {};
}

Objection checkToken(const PlayChain& chain, const Address& asset, const json::Object& extra) {
    const payment::TokenDomain& domain = *chain.token().domain;
    if (asset != chain.token().address)
        return {"asset_not_deployed_contract",
                "The sandbox has one token, " + chain.token().address.toHex() + "."};
    ObjectReader reader(extra, "paymentRequirements.extra");
    const std::string method = reader.optionalText("assetTransferMethod", kMostText);
    if (!method.empty() && method != "eip3009")
        return {"unsupported_payload_type", "The sandbox's token is moved by EIP-3009 alone."};
    const std::string name = reader.optionalText("name", kMostText);
    const std::string version = reader.optionalText("version", kMostText);
    if (!reader.ok() || name.empty() || version.empty())
        return {"invalid_exact_evm_missing_eip712_domain",
                "extra.name and extra.version of the terms must be the token's."};
    if (name != domain.name)
        return {"invalid_exact_evm_token_name_mismatch", "The token is named " + domain.name + "."};
    if (version != domain.version)
        return {"invalid_exact_evm_token_version_mismatch",
                "The token's version is " + domain.version + "."};
    return {};
}

void readAuthorization(Question& question, ObjectReader& payload) {
    const auto object = json::objectIn(payload.object("authorization"));
    question.signature = payload.bytes("signature", kMostSignature);
    if (!object || !payload.ok())
        return;
    ObjectReader reader(*object, "authorization");
    payment::TransferAuthorization& signedFor = question.authorization;
    signedFor.from = reader.address("from");
    signedFor.to = reader.address("to");
    signedFor.value = reader.amount("value");
    signedFor.validAfter = reader.amount("validAfter");
    signedFor.validBefore = reader.amount("validBefore");
    signedFor.nonce = reader.bytes32("nonce");
    question.read = reader.ok();
    if (!reader.ok())
        question.objection = {"invalid_payload", reader.problem() + "."};
}

Question readQuestion(const PlayChain& chain, std::string_view body) {
    Question question;
    const auto root = json::scanObject(body);
    if (!root)
        return objected({}, "invalid_payload", root.error().message.text);
    ObjectReader outer(*root, {});
    const std::uint64_t version = outer.count("x402Version");
    if (!outer.ok() || (version != 1 && version != 2))
        return objected({}, "invalid_x402_version", "x402Version is 1 or 2.");
    question.version = version;
    const json::Object payment = memberObject(*root, "paymentPayload");
    const json::Object terms = memberObject(*root, "paymentRequirements");
    const json::Object inner = memberObject(payment, "payload");
    const json::Object accepted =
        version == 1 ? memberObject(*root, "paymentPayload") : memberObject(payment, "accepted");
    ObjectReader payload(inner, "payload");
    readAuthorization(question, payload);
    if (!payload.ok())
        return objected(std::move(question), "invalid_payload", payload.problem() + ".");
    if (!question.objection.reason.empty())
        return question;

    ObjectReader asked(terms, "paymentRequirements");
    ObjectReader chosen(accepted, "paymentPayload");
    question.network = asked.text("network", kMostText);
    question.payTo = asked.address("payTo");
    question.amount = asked.amount(version == 1 ? "maxAmountRequired" : "amount");
    const Address asset = asked.address("asset");
    question.objection = compareKinds(asked, chosen, question.network);
    if (!asked.ok())
        return objected(std::move(question), "invalid_payment_requirements", asked.problem() + ".");
    if (question.objection.reason.empty())
        question.objection = checkToken(chain, asset, memberObject(terms, "extra"));
    return question;
}

// What the contract cannot know: whether this is what the seller asked for.
Objection compareTerms(const Question& question) {
    if (question.authorization.to != question.payTo)
        return {"invalid_exact_evm_recipient_mismatch", "The payment goes to somebody else."};
    if (question.authorization.value != question.amount)
        return {question.version == 1 ? "invalid_exact_evm_authorization_value"
                                      : "invalid_exact_evm_payload_authorization_value_mismatch",
                "The payment is not of the amount that was asked."};
    return {};
}

Objection objectionOf(Refusal refusal) {
    constexpr std::string_view kSignature = "invalid_exact_evm_signature";
    constexpr std::string_view kSimulation = "invalid_exact_evm_transaction_simulation_failed";
    constexpr std::array<std::string_view, 13> kReasons{
        "",
        kSimulation,
        "invalid_exact_evm_payload_authorization_valid_after",
        "invalid_exact_evm_payload_authorization_valid_before",
        "invalid_exact_evm_nonce_already_used",
        kSignature,
        kSignature,
        kSignature,
        kSignature,
        kSignature,
        kSimulation,
        "invalid_exact_evm_insufficient_balance",
        "invalid_transaction_state"};
    return {std::string(kReasons[static_cast<std::size_t>(refusal)]),
            std::string(revertText(refusal))};
}

// 400 where the question could not even be read.
int statusOf(const Question& question) {
    return question.read || question.objection.reason.empty() ? 200 : 400;
}

}  // namespace

FacilitatorAnswer verifyPayment(const PlayChain& chain, std::string_view body) {
    Question question = readQuestion(chain, body);
    if (question.objection.reason.empty())
        question.objection = compareTerms(question);
    if (question.objection.reason.empty())
        question.objection = objectionOf(chain.check(question.authorization, question.signature));
    const bool valid = question.objection.reason.empty();
    json::Writer out;
    out.object().key("isValid").boolean(valid);
    if (!valid) {
        out.key("invalidReason").string(question.objection.reason);
        out.key("invalidMessage").string(question.objection.message);
    }
    if (question.read)
        out.key("payer").string(question.authorization.from.toHex());
    return {statusOf(question), out.end().take()};
}

FacilitatorAnswer settlePayment(PlayChain& chain, std::string_view body) {
    Question question = readQuestion(chain, body);
    if (question.objection.reason.empty())
        question.objection = compareTerms(question);
    PlayChain::Outcome outcome;
    if (question.objection.reason.empty()) {
        outcome = chain.settle(question.authorization, question.signature);
        question.objection = objectionOf(outcome.refusal);
    }
    const bool success = question.objection.reason.empty();
    json::Writer out;
    out.object().key("success").boolean(success).key("transaction");
    out.string(success ? outcome.transaction.toHex() : std::string());
    out.key("network").string(playNetwork());
    if (question.read)
        out.key("payer").string(question.authorization.from.toHex());
    if (!success) {
        out.key("errorReason").string(question.objection.reason);
        out.key("errorMessage").string(question.objection.message);
    }
    return {statusOf(question), out.end().take()};
}

std::string supportedKinds() {
    json::Writer out;
    out.object().key("kinds").array();
    for (const int version : {2, 1}) {
        out.object().key("x402Version").number(version).key("scheme").string("exact");
        out.key("network").string(playNetwork()).end();
    }
    out.end().key("extensions").array().end().key("signers").object().key("eip155:*").array();
    return out.string(kPlayBroker.toHex()).end().end().end().take();
}

}  // namespace gr::sandbox
