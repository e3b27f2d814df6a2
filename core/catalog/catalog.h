// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/url.h"

namespace gr::catalog {

// Limits in tokens; absent means not known.
struct ModelInfo {
    std::string id;    // as the provider writes it
    std::string name;  // for people
    std::optional<std::uint64_t> context;
    std::optional<std::uint64_t> maxOutput;
    bool deprecated = false;
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
};

// What is known of providers and models without asking them. Immutable; any thread.
class Catalog final {
  public:
    Catalog() = default;  // knows nothing

    // The catalog inside the program (resources/catalog.json), read in about a millisecond.
    static Catalog embedded();
    // Fails with ConfigInvalid. Entries of unknown shape are left out.
    static Result<Catalog> parse(std::string_view json);

    std::span<const ProviderInfo> providers() const { return m_providers; }

    // By id; the spellings of contract.md ("gemini" for "google", "together") are known too.
    const ProviderInfo* findById(std::string_view id) const;

    // The provider that lives at `url`: same scheme, host and port, and one path is the beginning
    // of the other (so "https://api.openai.com" and ".../v1" are the same place).
    const ProviderInfo* findByUrl(const Url& url) const;

  private:
    friend class CatalogReader;
    std::vector<ProviderInfo> m_providers;
};

// True when `url` is an address of `provider` in the sense of findByUrl.
bool livesAt(const ProviderInfo& provider, const Url& url);

}  // namespace gr::catalog
