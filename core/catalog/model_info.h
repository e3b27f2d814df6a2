// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/url.h"
#include "catalog/price.h"

// What is known of one provider and its models. Plain values; any thread.
namespace gr::catalog {

enum class Media : std::uint8_t { Text, Image, Audio, Video, Pdf };

// As models.dev and the catalog write them.
inline constexpr std::array<std::pair<std::string_view, Media>, 5> kMediaNames{{
    {"text", Media::Text},
    {"image", Media::Image},
    {"audio", Media::Audio},
    {"video", Media::Video},
    {"pdf", Media::Pdf},
}};

class MediaSet final {
  public:
    MediaSet() = default;
    explicit MediaSet(Media one) { add(one); }
    void add(Media one) { m_bits = static_cast<std::uint8_t>(m_bits | bit(one)); }
    bool has(Media one) const { return (m_bits & bit(one)) != 0; }
    bool empty() const { return m_bits == 0; }  // not known
    friend bool operator==(MediaSet, MediaSet) = default;

  private:
    static constexpr std::uint8_t bit(Media one) {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(one));
    }
    std::uint8_t m_bits = 0;
};

enum class ModelStatus : std::uint8_t { Stable, Alpha, Beta, Deprecated };

// Limits in tokens; absent means not known.
struct ModelInfo {
    std::string id;    // as the provider writes it
    std::string name;  // for people
    std::optional<std::uint64_t> context;
    std::optional<std::uint64_t> maxInput;  // of the prompt alone, where it is less than `context`
    std::optional<std::uint64_t> maxOutput;
    std::optional<UnixMs> released;
    std::shared_ptr<const Price> price;  // null: unknown, which is not free
    ModelStatus status = ModelStatus::Stable;
    MediaSet takes;
    MediaSet gives;
    std::optional<bool> reasoning;
    std::optional<bool> toolCalls;
    std::optional<bool> structuredOutput;
    std::optional<bool> sampling;  // temperature and its like may be sent
};

// Another name of a model.
struct Spelling {
    std::string name;
    std::string model;  // its id
};

struct ProviderInfo {
    std::string id;                 // "openai", "google", …
    std::string name;               // for people
    std::string protocol;           // openai, anthropic, gemini, openai-compatible
    std::string baseUrl;            // without trailing slash
    Url url;                        // the same, taken apart
    std::vector<std::string> env;   // variables that may hold the key, best first
    std::string docUrl;             // page about the models; may be empty
    std::vector<ModelInfo> models;  // in the catalog's order
    std::vector<Spelling> spellings;
};

struct ModelMatch {
    const ModelInfo* model = nullptr;  // lies in the provider; null: unknown
    // False: the same without the date at the end of its name, whose facts may differ a little.
    bool certain = false;
};

// A model by its id, another spelling of it (resources/aliases.json), or either with a date behind.
ModelMatch findModel(const ProviderInfo& provider, std::string_view name);

// "name-20260305" and "name-2026-03-05" without the date; empty when there is none.
std::string_view withoutDate(std::string_view name);

}  // namespace gr::catalog
