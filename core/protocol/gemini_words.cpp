// SPDX-License-Identifier: MIT
#include "protocol/gemini_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace gr::protocol {
namespace {

constexpr std::array kFinishes{
    std::pair<std::string_view, Finish>{"STOP", Finish::Stop},
    std::pair<std::string_view, Finish>{"MAX_TOKENS", Finish::Length},
    std::pair<std::string_view, Finish>{"SAFETY", Finish::ContentFilter},
    std::pair<std::string_view, Finish>{"RECITATION", Finish::ContentFilter},
    std::pair<std::string_view, Finish>{"BLOCKLIST", Finish::ContentFilter},
    std::pair<std::string_view, Finish>{"PROHIBITED_CONTENT", Finish::ContentFilter},
    std::pair<std::string_view, Finish>{"SPII", Finish::ContentFilter},
    std::pair<std::string_view, Finish>{"IMAGE_SAFETY", Finish::ContentFilter},
    std::pair<std::string_view, Finish>{"IMAGE_PROHIBITED_CONTENT", Finish::ContentFilter},
    std::pair<std::string_view, Finish>{"IMAGE_RECITATION", Finish::ContentFilter},
    std::pair<std::string_view, Finish>{"CONTINUATION", Finish::PauseTurn},
};

constexpr std::string_view kSealMark = "gr1.";
constexpr std::string_view kPackedMark = "Z3IxL";  // how base64 of it begins
constexpr std::size_t kLongestName = 64;

bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool isNameChar(char c) {
    return isLetter(c) || (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-';
}

}  // namespace

bool isSpelled(std::string_view key, std::string_view camel) {
    if (key == camel)
        return true;
    std::size_t at = 0;
    for (const char c : camel) {
        const bool capital = c >= 'A' && c <= 'Z';
        if (capital && (at == key.size() || key[at++] != '_'))
            return false;
        if (at == key.size() || key[at++] != (capital ? static_cast<char>(c - 'A' + 'a') : c))
            return false;
    }
    return at == key.size();
}

std::string_view spelled(const FieldReader& fields, std::string_view camel) {
    const json::Member* found = nullptr;
    for (const json::Member& member : fields.source().members) {
        if (!isSpelled(member.key, camel))
            continue;
        if (found != nullptr) {
            fields.fault(ErrorCode::DuplicateKey, camel,
                         "\"" + fields.name(camel) + "\" stands there twice, as \"" +
                             std::string(found->key) + "\" and as \"" + std::string(member.key) +
                             "\"; send it once.");
        }
        found = &member;
    }
    return found != nullptr ? found->key : camel;
}

std::optional<Finish> geminiFinish(std::string_view reason) {
    if (reason.empty() || reason == "FINISH_REASON_UNSPECIFIED")
        return std::nullopt;
    for (const auto& [word, finish] : kFinishes) {
        if (word == reason)
            return finish;
    }
    return Finish::Error;
}

std::string_view geminiFinishWord(Finish finish) {
    switch (finish) {
        case Finish::Length:
            return "MAX_TOKENS";
        case Finish::ContentFilter:
            return "SAFETY";
        case Finish::Error:
            return "MALFORMED_RESPONSE";
        default:
            return "STOP";
    }
}

std::string_view googleStatus(int status) {
    switch (status) {
        case 400:
            return "INVALID_ARGUMENT";
        case 401:
            return "UNAUTHENTICATED";
        case 403:
            return "PERMISSION_DENIED";
        case 404:
            return "NOT_FOUND";
        case 429:
            return "RESOURCE_EXHAUSTED";
        case 503:
            return "UNAVAILABLE";
        case 504:
            return "DEADLINE_EXCEEDED";
        default:
            return status < 500 ? "FAILED_PRECONDITION" : "INTERNAL";
    }
}

std::string geminiToolName(std::string_view name) {
    const bool fits = !name.empty() && name.size() <= kLongestName && isLetter(name.front()) &&
                      std::all_of(name.begin(), name.end(), isNameChar);
    if (fits)
        return std::string(name);
    std::string out;
    if (name.empty() || !isLetter(name.front()))
        out.push_back('_');
    for (const char c : name)
        out.push_back(isNameChar(c) ? c : '_');
    const std::string digest = sha256(name);
    const auto* bytes = reinterpret_cast<const unsigned char*>(digest.data());
    const std::string mark = "_" + toHex({bytes, 5});
    out.resize(std::min(out.size(), kLongestName - mark.size()));
    return out + mark;
}

std::string geminiModelPath(std::string_view model) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string path = "/models/";
    if (model.starts_with("models/"))
        model.remove_prefix(7);
    if (model.starts_with("tunedModels/")) {
        path = "/tunedModels/";
        model.remove_prefix(12);
    }
    for (const char c : model) {
        const auto byte = static_cast<unsigned char>(c);
        if (isNameChar(c) && c != ':')
            path.push_back(c);
        else
            path.append("%").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
    return path;
}

std::string_view plainBase64(TextArena& arena, std::string_view text) {
    const bool urlSafe = text.find('-') != text.npos || text.find('_') != text.npos;
    if (!urlSafe && text.size() % 4 == 0)
        return text;
    std::string out(text);
    std::replace(out.begin(), out.end(), '-', '+');
    std::replace(out.begin(), out.end(), '_', '/');
    out.append((4 - out.size() % 4) % 4, '=');
    return arena.keep(std::move(out));
}

std::string packedSeal(std::string_view seal) {
    return toBase64(seal);
}

std::string_view unpackedSeal(TextArena& arena, std::string_view signature) {
    if (!signature.starts_with(kPackedMark))
        return signature;
    auto seal = fromBase64(plainBase64(arena, signature));
    return seal && isSeal(*seal) ? arena.keep(std::move(*seal)) : signature;
}

bool isSeal(std::string_view signature) {
    return signature.starts_with(kSealMark);
}

}  // namespace gr::protocol
