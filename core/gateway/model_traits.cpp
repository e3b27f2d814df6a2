// SPDX-License-Identifier: MIT
#include "gateway/model_traits.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/text.h"

namespace gr::gateway {
namespace {

using routing::Use;

// Catalogs write of embeddings that they give text, and local servers are in none.
constexpr std::array<std::string_view, 5> kEmbedding{"embed", "bge-", "minilm", "gte-", "voyage-"};
// What answers at other endpoints, or in other ways than a chat.
constexpr std::array<std::string_view, 20> kOther{
    "whisper", "-tts",   "tts-",   "transcribe",       "realtime",      "-live-",      "moderation",
    "rerank",  "guard",  "dall-e", "imagen",           "veo-",          "sora",        "lyria",
    "-image",  "image-", "flux",   "stable-diffusion", "deep-research", "computer-use"};

bool hasAny(std::string_view name, std::span<const std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [name](std::string_view word) {
        return name.find(word) != std::string_view::npos;
    });
}

// One number right before `end`; its beginning comes back.
std::optional<double> numberBefore(std::string_view text, std::size_t end, std::size_t& begin) {
    begin = end;
    while (begin > 0 && (std::isdigit(static_cast<unsigned char>(text[begin - 1])) != 0 ||
                         text[begin - 1] == '.'))
        --begin;
    double value = 0;
    const auto [rest, error] = std::from_chars(text.data() + begin, text.data() + end, value);
    const bool whole = error == std::errc() && rest == text.data() + end;
    return whole && begin < end ? std::optional(value) : std::nullopt;
}

}  // namespace

ModelTraits traitsOf(std::string_view model, const catalog::ModelInfo* known) {
    ModelTraits traits;
    const std::string name = toLower(model);
    const bool talks = known == nullptr || known->gives.empty() ||
                       known->gives == catalog::MediaSet(catalog::Media::Text);
    if (hasAny(name, kEmbedding))
        traits.use = Use::Embed;
    else if (!talks || hasAny(name, kOther))
        traits.use = Use::Other;
    if (known != nullptr) {
        traits.deprecated = known->status == catalog::ModelStatus::Deprecated;
        traits.released = known->released;
    }
    return traits;
}

std::optional<double> billionsIn(std::string_view model) {
    const std::string name = toLower(model);
    for (std::size_t at = 1; at < name.size(); ++at) {
        const bool ends =
            at + 1 == name.size() || std::isalnum(static_cast<unsigned char>(name[at + 1])) == 0;
        std::size_t begin = 0;
        const auto number = name[at] == 'b' && ends ? numberBefore(name, at, begin) : std::nullopt;
        if (!number)
            continue;
        if (begin > 0 && name[begin - 1] == 'x') {
            if (const auto times = numberBefore(name, begin - 1, begin))
                return *number * *times;
        }
        return number;
    }
    return std::nullopt;
}

}  // namespace gr::gateway
