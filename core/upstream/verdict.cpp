// SPDX-License-Identifier: MIT
#include "upstream/verdict.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.h"
#include "json/scan.h"
#include "protocol/google_error.h"
#include "protocol/rate_limits.h"

namespace gr::upstream {
namespace {

constexpr Milliseconds kRateLimitPause{10'000};  // without a Retry-After
constexpr Milliseconds kRefusedPause{300'000};
constexpr Milliseconds kLongestPause{3'600'000};

std::optional<Milliseconds> retryAfter(const http::Fields& fields, UnixMs now) {
    constexpr auto kMostMs = static_cast<std::uint64_t>(kLongestPause.count());
    if (const auto ms = fields.find("retry-after-ms")) {
        if (const auto value = parseUnsigned(trim(*ms)))
            return Milliseconds(std::min(*value, kMostMs));
    }
    const auto field = fields.find("Retry-After");
    if (!field)
        return std::nullopt;
    const std::string text(trim(*field));
    if (const auto seconds = parseUnsigned(text))
        return Milliseconds(std::min(*seconds, kMostMs / 1000) * 1000);
    std::tm date{};
    if (strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr)
        return std::nullopt;
    const std::int64_t at = static_cast<std::int64_t>(timegm(&date)) * 1000;
    return std::clamp(Milliseconds(at - now.value), Milliseconds(0), kLongestPause);
}

std::optional<json::Object> errorObject(std::string_view body) {
    const auto whole = json::scanObject(body);
    if (!whole)
        return std::nullopt;
    const json::Member* error = whole->find("error");
    return json::objectIn(error != nullptr && error->type == json::Type::Object ? whole->raw(*error)
                                                                                : body);
}

std::string textMember(const json::Object& object, std::string_view key) {
    const json::Member* member = object.find(key);
    return member != nullptr && member->type == json::Type::String
               ? json::unescape(object.raw(*member))
               : std::string();
}

// `message`; xAI tells its words as {"code":…,"error":"…"}.
std::string messageIn(const json::Object& error) {
    std::string message = textMember(error, "message");
    return message.empty() ? textMember(error, "error") : message;
}

// The ways in which vendors say that a prompt does not fit. Clients shorten it when they are told
// in the form they know.
bool saysTooLong(std::string_view body) {
    constexpr std::array<std::string_view, 7> kWords{
        "prompt is too long",      // Anthropic
        "context length",          // OpenAI, vLLM
        "context window",          // OpenAI's Responses
        "context limit",           // Anthropic, with max_tokens
        "input token count",       // Google
        "available context size",  // llama.cpp
        "maximum prompt length",   // xAI
    };
    const auto error = errorObject(body);
    if (!error)
        return false;
    const std::string message = messageIn(*error);
    return textMember(*error, "code") == "context_length_exceeded" ||
           textMember(*error, "type") == "exceed_context_size_error" ||  // llama.cpp
           std::any_of(kWords.begin(), kWords.end(), [&message](std::string_view words) {
               return message.find(words) != message.npos;
           });
}

}  // namespace

std::string wordsOf(std::string_view body) {
    const auto error = errorObject(body);
    std::string words = error ? messageIn(*error) : std::string();
    if (words.size() > 200) {
        std::size_t end = 200;
        while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xc0) == 0x80)
            --end;  // not inside a character
        words.resize(end);
    }
    return words;
}

Verdict judge(std::string_view provider, int status, const http::Fields& fields,
              std::string_view body, UnixMs now) {
    Verdict v;
    const std::string name(provider);
    const std::string code = std::to_string(status);
    const std::string words = wordsOf(body);
    const std::string said = words.empty() ? "" : " It says: " + words;
    const protocol::GoogleError google = protocol::googleErrorIn(body);
    v.retryAfter = retryAfter(fields, now);
    if (!v.retryAfter && google.retryAfter)
        v.retryAfter = std::min(*google.retryAfter, kLongestPause);
    if (status == 400 && google.keyInvalid)
        status = 401;
    switch (status) {
        case 401:
        case 403:
            v = {
                ErrorCode::ProviderRefusedKey,
                Next::NextKey,
                {},
                kRefusedPause,
                name + " refused its key (status " + code + "); replace the key of this provider."};
            return v;
        case 402:
            v = {ErrorCode::ProviderNoCredit,
                 Next::NextKey,
                 {},
                 kRefusedPause,
                 "The account at " + name + " has no credit (status 402)."};
            return v;
        case 429: {
            const auto error = errorObject(body);
            const bool quota = error && (textMember(*error, "code") == "insufficient_quota" ||
                                         textMember(*error, "type") == "insufficient_quota");
            v.code = quota ? ErrorCode::ProviderNoCredit : ErrorCode::ProviderRateLimited;
            v.next = Next::NextKey;
            if (!v.retryAfter) {
                if (const auto reset = protocol::untilReset(fields, now))
                    v.retryAfter = std::min(*reset, kLongestPause);
            }
            v.keyPause = quota ? kRefusedPause : v.retryAfter.value_or(kRateLimitPause);
            v.message = quota ? "The account at " + name + " has no credit (status 429)."
                              : name + " asks to wait (status 429)." + said;
            return v;
        }
        case 404:
            v.code = ErrorCode::ProviderModelUnknown;
            v.next = Next::NextCandidate;
            v.message = name + " does not know this model or path (status 404)." + said;
            return v;
        case 407:  // of the proxy that plain http goes through; the client cannot log in there
            v.code = ErrorCode::ProviderUnreachable;
            v.next = Next::NextCandidate;
            v.message = "The proxy on the way to " + name +
                        " refused the request (status 407); check its user and password.";
            return v;
        case 413:
            v.code = ErrorCode::BodyTooLarge;
            v.next = Next::Deliver;
            v.message = name + " finds the request too large (status 413)." + said;
            return v;
        case 503:
        case 529:
            v.code = ErrorCode::ProviderOverloaded;
            v.next = Next::SameAgain;
            v.message = name + " is overloaded (status " + code + ")." + said;
            return v;
        case 408:
        case 500:
        case 502:
        case 504:
            v.code = status == 504 ? ErrorCode::ProviderTimeout : ErrorCode::ProviderFailed;
            v.next = Next::SameAgain;
            v.message = name + " failed (status " + code + ")." + said;
            return v;
        default:
            break;
    }
    if (status >= 400 && status < 500) {
        const bool tooLong = saysTooLong(body);
        v.code = tooLong ? ErrorCode::PromptTooLong : ErrorCode::ProviderRejected;
        v.next = Next::Deliver;
        v.message = name +
                    (tooLong ? " says that the prompt is too long" : " rejected the request") +
                    " (status " + code + ")." + said;
    } else if (status >= 500) {
        v.code = ErrorCode::ProviderFailed;
        v.next = Next::SameAgain;
        v.message = name + " failed (status " + code + ")." + said;
    } else {  // a redirect, or a success that is none: never followed with a key
        v.code = ErrorCode::ProviderAnswerInvalid;
        v.next = Next::NextCandidate;
        v.message = name + " answered with status " + code + ", which is not an answer.";
    }
    return v;
}

}  // namespace gr::upstream
