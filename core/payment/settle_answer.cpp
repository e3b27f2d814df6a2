// SPDX-License-Identifier: MIT
#include "payment/settle_answer.h"

#include "json/scan.h"
#include "json/writer.h"
#include "payment/address.h"
#include "payment/envelope.h"
#include "payment/object_reader.h"

namespace gr::payment {
namespace {

constexpr std::size_t kMostRead = 4096;
constexpr std::size_t kMostWord = 128;
constexpr std::size_t kMostSentence = 512;

// The first of two names that holds a text.
std::string wordsAt(const json::Object& object, std::string_view name, std::string_view old,
                    std::size_t most) {
    ObjectReader reader(object, {});
    std::string text = reader.optionalText(name, kMostRead);
    if (text.empty() && !old.empty())
        text = ObjectReader(object, {}).optionalText(old, kMostRead);
    return plainText(text, most);
}

}  // namespace

Result<SettleAnswer> readSettleAnswer(std::string_view json) {
    const auto root = json::scanObject(json);
    if (!root)
        return fail(root.error());
    ObjectReader strict(*root, {});
    SettleAnswer answer;
    answer.success = strict.flag("success");
    if (!strict.ok())
        return fail(ErrorCode::InvalidField,
                    "The answer about the settlement cannot be read: " + strict.problem() + ".");
    answer.transaction = wordsAt(*root, "transaction", "txHash", kMostWord);
    answer.network = wordsAt(*root, "network", "networkId", kMostWord);
    answer.errorReason = wordsAt(*root, "errorReason", "error", kMostWord);
    answer.errorMessage = wordsAt(*root, "errorMessage", {}, kMostSentence);
    answer.payer = Address::parse(wordsAt(*root, "payer", {}, kMostWord));
    answer.amount = Uint256::parse(wordsAt(*root, "amount", {}, kMostWord));
    answer.extensionsJson = ObjectReader(*root, {}).optionalObject("extensions");
    return answer;
}

std::optional<SettleAnswer> readReceipt(const http::Fields& fields) {
    auto value = fields.find(field::kResponse);
    if (!value)
        value = fields.find(field::kPaymentResponse);
    const auto json = value ? decodeEnvelope(*value) : std::nullopt;
    if (!json)
        return std::nullopt;
    auto answer = readSettleAnswer(*json);
    return answer ? std::optional(std::move(*answer)) : std::nullopt;
}

std::string writeReceipt(const SettleAnswer& answer, int version) {
    json::Writer out;
    out.object().key("success").boolean(answer.success);
    if (!answer.errorReason.empty())
        out.key("errorReason").string(answer.errorReason);
    if (answer.payer)
        out.key("payer").string(checksumText(*answer.payer));
    out.key("transaction").string(answer.transaction);
    out.key("network").string(answer.network);
    if (version == 2 && answer.amount)
        out.key("amount").string(answer.amount->toDecimal());
    if (version == 2 && !answer.extensionsJson.empty())
        out.key("extensions").raw(answer.extensionsJson);
    return encodeEnvelope(out.end().text());
}

}  // namespace gr::payment
