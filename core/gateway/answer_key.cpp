// SPDX-License-Identifier: MIT
#include "gateway/answer_key.h"

#include <array>

#include "base/text.h"
#include "protocol/passthrough.h"

namespace gr::gateway {
namespace {

// Parts of any length, so that no two lists look alike.
void append(std::string& out, std::string_view part) {
    out.append(std::to_string(part.size())).append(":").append(part);
}

// Whether a list of directives has this one.
bool hasDirective(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const std::string_view item = list.substr(0, list.find(','));
        list.remove_prefix(std::min(item.size() + 1, list.size()));
        if (equalsIgnoreCase(trim(item.substr(0, item.find('='))), name))
            return true;
    }
    return false;
}

}  // namespace

std::string answerKey(std::string_view secret, std::string_view client, const protocol::Ask& ask,
                      const http::Fields& headers) {
    std::string parts;
    parts.reserve(ask.body.text.size() + 512);
    append(parts, client);
    for (const std::size_t number :
         {static_cast<std::size_t>(ask.protocol), static_cast<std::size_t>(ask.task),
          static_cast<std::size_t>(ask.stream), static_cast<std::size_t>(ask.sseArray),
          static_cast<std::size_t>(ask.costAsked),
          ask.wishes.preference ? static_cast<std::size_t>(*ask.wishes.preference) + 1 : 0,
          ask.fallbacks.size()})
        append(parts, std::to_string(number));
    append(parts, ask.model);  // Gemini's stands in the path
    append(parts, ask.method);
    for (const std::string& model : ask.fallbacks)
        append(parts, model);
    for (const std::string_view name :
         {"anthropic-version", "anthropic-beta", "x-gaterouter-usage-cost"})
        append(parts, headers.find(name).value_or(""));
    const protocol::SplicedBody body(ask.body.text,
                                     protocol::removeMembers(ask.body, ask.extensions));
    for (const std::string_view piece : body.pieces())
        parts.append(piece);
    return hmacSha256(secret, parts);
}

bool mayShareAnswer(const protocol::Ask& ask) {
    const json::Member* const background = ask.body.find("background");
    return ask.task != protocol::Task::Count &&
           (background == nullptr || background->type == json::Type::Null ||
            background->type == json::Type::False);
}

CacheWish cacheWishOf(const http::Fields& headers) {
    CacheWish wish;
    for (const http::Fields::Field& field : headers.all()) {
        if (!equalsIgnoreCase(field.name, "cache-control"))
            continue;
        wish.fresh = wish.fresh || hasDirective(field.value, "no-cache");
        wish.none = wish.none || hasDirective(field.value, "no-store");
    }
    return wish;
}

}  // namespace gr::gateway
