// SPDX-License-Identifier: MIT
#include "routing/facts_reader.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/cursor.h"
#include "routing/facts_walk.h"

namespace gr::routing {
namespace {

constexpr std::int64_t kBytesPerToken = 4;
// What a picture, and a document, take of a context; about, as vendors' guides have it.
constexpr std::int64_t kImageTokens = 800;
constexpr std::int64_t kFileTokens = 2'000;
constexpr std::size_t kMostText = 1'500;  // characters that the router reads

// The beginning and the end of a long text tell it from others; the middle need not be read.
void appendEnds(std::string& out, std::string_view text) {
    constexpr std::size_t kHead = 512;
    constexpr std::size_t kTail = 1'536;
    if (text.size() <= kHead + kTail) {
        out.append(text);
    } else {
        out.append(text.substr(0, kHead)).append(text.substr(text.size() - kTail));
    }
    out += '\0';
}

std::string digestOf(const SessionSource& source, const std::string& seed) {
    constexpr std::size_t kEnough = 16;  // bytes
    return hmacSha256(source.secret, seed).substr(0, kEnough);
}

// What somebody calls the session; empty: nobody does.
std::string namedSeed(const SessionSource& source, std::string_view cacheKey,
                      std::string_view userId) {
    std::string seed(source.client);
    seed += '\0';
    if (!source.named.empty())
        return (seed += 'n').append(source.named);
    if (!cacheKey.empty())
        return (seed += 'k').append(cacheKey);
    if (userId.find("session") != std::string_view::npos)
        return (seed += 'u').append(userId);
    return {};
}

std::string sessionOf(const FactsWalk& walk, const SessionSource& source) {
    std::string seed = namedSeed(source, walk.cacheKey, walk.userId);
    if (seed.empty() && !walk.firstUser.empty()) {
        seed.reserve(4'608);
        seed.append(source.client) += '\0';
        seed += 'd';
        appendEnds(seed, walk.firstSystem);
        appendEnds(seed, walk.firstUser);
    }
    return seed.empty() ? seed : digestOf(source, seed);
}

std::string textIn(const json::Object& object, std::string_view key) {
    const json::Member* const member = object.find(key);
    const bool text = member != nullptr && member->type == json::Type::String;
    return text ? json::unescape(object.raw(*member)) : std::string();
}

std::string lastUserOf(const FactsWalk& walk) {
    std::string out;
    std::size_t left = kMostText;
    for (const std::string_view raw : walk.lastUser) {
        if (left == 0)
            break;
        if (!out.empty())
            out += '\n';
        const std::string part = textStart(raw, left);
        left -= static_cast<std::size_t>(
            std::count_if(part.begin(), part.end(), [](char c) { return (c & 0xC0) != 0x80; }));
        out += part;
    }
    return out;
}

}  // namespace

std::string textStart(std::string_view rawString, std::size_t most) {
    std::size_t end = 1;  // behind the quote
    for (std::size_t count = 0; count < most && end + 1 < rawString.size(); ++count) {
        if (rawString[end] == '\\') {
            end += rawString[end + 1] == 'u' ? 6 : 2;
            continue;
        }
        do
            ++end;
        while ((rawString[end] & 0xC0) == 0x80);
    }
    std::string cut(rawString.substr(0, std::min(end, rawString.size() - 1)));
    cut += '"';
    return json::unescape(cut);
}

std::string namedSession(const protocol::Ask& ask, const SessionSource& source) {
    const json::Member* const metadata = ask.body.find("metadata");
    const auto about = metadata != nullptr && metadata->type == json::Type::Object
                           ? json::objectIn(ask.body.raw(*metadata))
                           : std::nullopt;
    const std::string seed = namedSeed(source, textIn(ask.body, "prompt_cache_key"),
                                       about ? textIn(*about, "user_id") : std::string());
    return seed.empty() ? seed : digestOf(source, seed);
}

RequestFacts readFacts(const protocol::Ask& ask, std::string_view body,
                       const SessionSource& source) {
    FactsWalk walk;
    walk.body(body);
    RequestFacts facts;
    facts.client = source.client;
    facts.model = ask.model;
    facts.hasImage = walk.images > 0;
    facts.hasFile = walk.files > 0;
    facts.hasAudio = walk.audio;
    facts.hasVideo = walk.video;
    facts.toolCount = walk.tools;
    facts.hasTools = walk.tools > 0;
    facts.structured = walk.structured;
    facts.reasoning = walk.reasoning;
    facts.stateId = walk.stateId;
    facts.bodyBytes = body.size();
    const auto text = static_cast<std::int64_t>(body.size() - std::min(walk.media, body.size()));
    facts.promptTokens =
        text / kBytesPerToken + walk.images * kImageTokens + walk.files * kFileTokens;
    const std::int64_t added = static_cast<std::int64_t>(walk.addedBytes) / kBytesPerToken +
                               walk.addedImages * kImageTokens;
    facts.prefixTokens = std::max<std::int64_t>(facts.promptTokens - added, 0);
    facts.turns = walk.turns;
    facts.toolFailed = walk.toolFailed;
    if (walk.cacheMarks)
        facts.cacheMarks = walk.cachesAnHour ? CacheMarks::OneHour : CacheMarks::FiveMinutes;
    facts.maxOutput = walk.maxOutput;
    facts.lastUser = lastUserOf(walk);
    facts.session = sessionOf(walk, source);
    return facts;
}

}  // namespace gr::routing
