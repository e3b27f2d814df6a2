// SPDX-License-Identifier: MIT
#include "gateway/perimeter.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/time_text.h"
#include "http/origin.h"

namespace gr::gateway {
namespace {

// What pages may read of an answer beside what browsers always let them.
constexpr std::string_view kExposed =
    "PAYMENT-REQUIRED, PAYMENT-RESPONSE, X-PAYMENT-RESPONSE, Retry-After, x-gaterouter-request-id, "
    "x-gaterouter-model, x-gaterouter-price, x-gaterouter-cost, x-gaterouter-error, "
    "x-should-retry";

// What they may send: keys, the protocols' own, payments. Official clients of x402 send the last,
// which is none of a request.
constexpr std::array<std::string_view, 14> kSent{"authorization",
                                                 "content-type",
                                                 "accept",
                                                 "x-api-key",
                                                 "x-goog-api-key",
                                                 "x-goog-api-client",
                                                 "openai-organization",
                                                 "openai-project",
                                                 "openai-beta",
                                                 "idempotency-key",
                                                 "cache-control",
                                                 "payment-signature",
                                                 "x-payment",
                                                 "access-control-expose-headers"};
constexpr std::array<std::string_view, 3> kSentFamilies{"x-stainless-", "anthropic-",
                                                        "x-gaterouter-"};
constexpr std::size_t kMostAsked = 64;  // names in one question

bool maySend(std::string_view name) {
    const bool token = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
    const bool family =
        std::any_of(kSentFamilies.begin(), kSentFamilies.end(), [name](std::string_view begin) {
            return equalsIgnoreCase(name.substr(0, begin.size()), begin);
        });
    return token && (family || std::any_of(kSent.begin(), kSent.end(), [name](auto known) {
                         return equalsIgnoreCase(name, known);
                     }));
}

// Of the names that the browser asks for, else all that are known.
std::string allowedOf(std::string_view asked) {
    std::string out;
    const auto add = [&out](std::string_view name) {
        out.append(out.empty() ? "" : ", ").append(name);
    };
    for (std::size_t count = 0; !asked.empty() && count < kMostAsked; ++count) {
        const std::size_t comma = std::min(asked.find(','), asked.size());
        const std::string_view name = trim(asked.substr(0, comma));
        if (maySend(name))
            add(name);
        asked.remove_prefix(std::min(comma + 1, asked.size()));
    }
    if (out.empty())
        std::for_each(kSent.begin(), kSent.end(), add);
    return out;
}

bool listed(const std::vector<std::string>& list, std::string_view value) {
    return std::any_of(list.begin(), list.end(), [value](const std::string& entry) {
        return equalsIgnoreCase(entry, value);
    });
}

bool hostAllowed(std::string_view host, std::string_view wholeHeader,
                 const settings::Listen& listen) {
    return isLoopbackHost(host) || listed(listen.allowedHosts, host) ||
           listed(listen.allowedHosts, wholeHeader);
}

}  // namespace

std::string_view presentedKey(const http::Fields& fields) {
    if (const auto authorization = fields.find("Authorization")) {
        constexpr std::string_view kScheme = "bearer ";
        const std::string_view value = trim(*authorization);
        if (value.size() <= kScheme.size() ||
            !equalsIgnoreCase(value.substr(0, kScheme.size()), kScheme))
            return {};
        return trim(value.substr(kScheme.size()));
    }
    if (const auto key = fields.find("x-api-key"))
        return trim(*key);
    if (const auto key = fields.find("x-goog-api-key"))
        return trim(*key);
    return {};
}

Result<void> checkSource(const http::RequestHead& head, const settings::Listen& listen) {
    if (!head.target.starts_with('/'))
        return fail(ErrorCode::BadRequest, "The request line must name a path, not an address.");
    if (head.fields.count("Host") != 1)
        return fail(ErrorCode::BadRequest, "The request needs exactly one Host header.");
    const std::string_view hostHeader = trim(*head.fields.find("Host"));
    const auto host = http::hostOf(hostHeader);
    if (!host)
        return fail(ErrorCode::BadRequest, "The Host header is malformed.");
    if (!hostAllowed(*host, hostHeader, listen)) {
        return fail(ErrorCode::HostRefused,
                    "The Host header names neither this machine nor a host of "
                    "listen.allowed_hosts.");
    }
    const auto origin = head.fields.find("Origin");
    if (head.fields.count("Origin") > 1)
        return fail(ErrorCode::BadRequest, "Origin stands more than once.");
    if (origin && listed(listen.allowedOrigins, trim(*origin)))
        return {};
    if (origin) {
        return fail(ErrorCode::OriginRefused,
                    "Requests from web pages are refused; list the page's origin in "
                    "listen.allowed_origins to allow it.");
    }
    const auto site = head.fields.find("Sec-Fetch-Site");
    if (site && !equalsIgnoreCase(trim(*site), "none") &&
        !equalsIgnoreCase(trim(*site), "same-origin"))
        return fail(ErrorCode::OriginRefused, "Requests from web pages are refused.");
    return {};
}

Result<const ClientEntry*> authenticate(std::string_view key, const Policy& policy, UnixMs now) {
    if (key.empty()) {
        return fail(ErrorCode::Unauthorized,
                    "A client key is needed: send it as \"Authorization: Bearer KEY\".");
    }
    const Sha256 digest = sha256(key);
    const ClientEntry* found = nullptr;
    for (const ClientEntry& client : policy.clients) {
        // No early end: the time must not tell which key is near.
        if (equalInConstantTime(client.keyDigest, digest))
            found = &client;
    }
    if (found == nullptr)
        return fail(ErrorCode::Unauthorized, "This client key is unknown.");
    if (found->revoked)
        return fail(ErrorCode::Unauthorized, "The client key \"" + found->id +
                                                 "\" was revoked at " + isoTime(*found->revoked) +
                                                 ".");
    if (found->expires && *found->expires <= now)
        return fail(ErrorCode::Unauthorized, "The client key \"" + found->id + "\" expired at " +
                                                 isoTime(*found->expires) + ".");
    return found;
}

void addOrigin(std::optional<std::string_view> origin, http::HeaderLines& lines) {
    if (!origin)
        return;
    lines.add("Access-Control-Allow-Origin", *origin);
    lines.add("Access-Control-Expose-Headers", kExposed);
    lines.add("Vary", "Origin");
}

std::optional<http::Reply> preflight(const http::RequestHead& head,
                                     const settings::Listen& listen) {
    const auto origin = head.fields.find("Origin");
    if (head.method != "OPTIONS" || !origin || !checkSource(head, listen))
        return std::nullopt;
    http::Reply reply;
    reply.status = 204;
    reply.headers = {{"Access-Control-Allow-Origin", *origin},
                     {"Access-Control-Allow-Methods", "GET, POST, DELETE"},
                     {"Access-Control-Allow-Headers",
                      allowedOf(head.fields.find("Access-Control-Request-Headers").value_or(""))},
                     {"Access-Control-Max-Age", "600"},
                     {"Vary", "Origin, Access-Control-Request-Headers"}};
    return reply;
}

Result<void> checkContentType(const http::RequestHead& head) {
    if (hasMediaType(head.fields, "application/json"))
        return {};
    return fail(ErrorCode::UnsupportedMediaType,
                "The body must be sent as \"Content-Type: application/json\".");
}

}  // namespace gr::gateway
