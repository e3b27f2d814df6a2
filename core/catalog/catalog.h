// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/url.h"
#include "catalog/model_info.h"
#include "catalog/overlay.h"

namespace gr::catalog {

// What is known of providers and models without asking them. Immutable; any thread.
class Catalog final {
  public:
    Catalog() = default;  // knows nothing

    // The catalog inside the program (resources/catalog.json), read in about a millisecond.
    static Catalog embedded();
    // Fails with ConfigInvalid. Entries of unknown shape are left out.
    static Result<Catalog> parse(std::string_view json);

    // Puts an overlay on it (catalog/overlay.h).
    void lay(std::span<const ProviderInfo> overlay);

    // True for models that search the web on their own (resources/searching.json): what they cost
    // is unknown here, whatever a list says of their tokens.
    bool searches(std::string_view model) const;

    std::span<const ProviderInfo> providers() const { return m_providers; }

    // By id; the spellings of contract.md ("gemini" for "google", "together") are known too.
    const ProviderInfo* findById(std::string_view id) const;

    // The provider that lives at `url`: same scheme, host and port, and one path is the beginning
    // of the other (so "https://api.openai.com" and ".../v1" are the same place).
    const ProviderInfo* findByUrl(const Url& url) const;

  private:
    void forgetPricesOfSearching();

    std::vector<ProviderInfo> m_providers;
    std::vector<std::string> m_searching;  // patterns
};

// True when `url` is an address of `provider` in the sense of findByUrl.
bool livesAt(const ProviderInfo& provider, const Url& url);

}  // namespace gr::catalog
