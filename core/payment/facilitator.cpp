// SPDX-License-Identifier: MIT
#include "payment/facilitator.h"

#include <algorithm>

#include "json/scan.h"
#include "json/writer.h"
#include "payment/envelope.h"
#include "payment/object_reader.h"
#include "payment/payment_writer.h"

namespace gr::payment {
namespace {

constexpr std::size_t kMostKinds = 256;
constexpr std::size_t kMostName = 128;
constexpr std::size_t kMostRead = 4096;
constexpr std::size_t kMostSentence = 512;

Failure unreadable(const std::string& problem) {
    return fail(ErrorCode::InvalidField,
                "The facilitator's answer cannot be read: " + problem + ".");
}

Result<json::Object> rootOf(std::string_view json) {
    if (json.size() > kMostFacilitatorAnswer)
        return unreadable("it is too long");
    auto root = json::scanObject(json);
    if (!root)
        return unreadable("it is no sound JSON object");
    return root;
}

std::string wordsAt(const json::Object& object, std::string_view name, std::size_t most) {
    ObjectReader reader(object, {});
    return plainText(reader.optionalText(name, kMostRead), most);
}

std::optional<SupportedKind> kindFrom(std::string_view json) {
    const auto object = json::objectIn(json);
    if (!object)
        return std::nullopt;
    ObjectReader reader(*object, {});
    SupportedKind kind;
    // Those of the time of version 1 may not say it.
    const std::uint64_t version = reader.has("x402Version") ? reader.count("x402Version") : 1;
    const std::string scheme = reader.text("scheme", kMostName);
    kind.network = reader.text("network", kMostName);
    const auto extra = json::objectIn(reader.optionalObject("extra"));
    if (!reader.ok() || (version != 1 && version != 2) || (scheme != "exact" && scheme != "upto"))
        return std::nullopt;
    kind.version = static_cast<int>(version);
    kind.scheme = scheme == "upto" ? Scheme::Upto : Scheme::Exact;
    if (extra) {
        ObjectReader members(*extra, {});
        kind.facilitator = members.optionalAddress("facilitatorAddress");
        if (!members.ok())
            kind.facilitator.reset();
    }
    return kind;
}

// Of what was read of the payment and of our own offer: spellings that we understand are none of a
// facilitator's, such as addresses whose case is no checksum (EIP-55).
std::string paymentJson(const ReceivedPayment& payment, const SaleOffer& offer,
                        const Quote& quote) {
    json::Writer out;
    out.object().key("x402Version").number(payment.version);
    if (payment.version == 1) {
        out.key("scheme").string(nameOf(offer.scheme));
        out.key("network").string(offer.network.v1Name);
    } else {
        out.key("resource").raw(resourceV2(quote));
        out.key("accepted").raw(requirementV2(offer, offer.amount));
    }
    out.key("payload").raw(payloadJson(payment.paid, {}));
    if (!payment.extensionsJson.empty())
        out.key("extensions").raw(payment.extensionsJson);
    return out.end().take();
}

}  // namespace

std::string facilitatorRequest(const ReceivedPayment& payment, const SaleOffer& offer,
                               const Quote& quote, const Uint256& amount) {
    json::Writer out;
    out.object().key("x402Version").number(payment.version);
    out.key("paymentPayload").raw(paymentJson(payment, offer, quote));
    out.key("paymentRequirements")
        .raw(payment.version == 1 ? requirementV1(offer, quote) : requirementV2(offer, amount));
    return out.end().take();
}

Result<VerifyAnswer> readVerifyAnswer(std::string_view json) {
    const auto root = rootOf(json);
    if (!root)
        return fail(root.error());
    ObjectReader strict(*root, {});
    VerifyAnswer answer;
    answer.valid = strict.flag("isValid");
    if (!strict.ok())
        return unreadable(strict.problem());
    answer.reason = wordsAt(*root, "invalidReason", kMostName);
    answer.message = wordsAt(*root, "invalidMessage", kMostSentence);
    answer.payer = Address::parse(wordsAt(*root, "payer", kMostName));
    return answer;
}

const SupportedKind* Supported::find(const SaleOffer& offer, int version) const {
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const SupportedKind& kind) {
        const bool network =
            kind.network == offer.network.caip2() ||
            (version == 1 && !offer.network.v1Name.empty() && kind.network == offer.network.v1Name);
        return kind.version == version && kind.scheme == offer.scheme && network;
    });
    return found == kinds.end() ? nullptr : &*found;
}

Result<Supported> readSupported(std::string_view json) {
    const auto root = rootOf(json);
    if (!root)
        return fail(root.error());
    ObjectReader reader(*root, {});
    const std::string_view kinds = reader.array("kinds");
    if (!reader.ok())
        return unreadable(reader.problem());
    Supported supported;
    for (const auto entry : json::elementsIn(kinds)) {
        if (supported.kinds.size() >= kMostKinds)
            break;
        if (auto kind = kindFrom(entry))
            supported.kinds.push_back(std::move(*kind));
    }
    if (const json::Member* const names = root->find("extensions")) {
        for (const auto entry : json::elementsIn(root->raw(*names))) {
            if (supported.extensions.size() < kMostKinds && entry.starts_with('"'))
                supported.extensions.push_back(plainText(json::unescape(entry), kMostName));
        }
    }
    return supported;
}

}  // namespace gr::payment
