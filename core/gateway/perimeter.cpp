// SPDX-License-Identifier: MIT
#include "gateway/perimeter.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_text.h"
#include "http/origin.h"

namespace gr::gateway {
namespace {

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

Result<void> checkContentType(const http::RequestHead& head) {
    if (hasMediaType(head.fields, "application/json"))
        return {};
    return fail(ErrorCode::UnsupportedMediaType,
                "The body must be sent as \"Content-Type: application/json\".");
}

}  // namespace gr::gateway
