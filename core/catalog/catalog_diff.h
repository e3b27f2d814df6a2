// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/catalog.h"

// What another list of models and prices would change. Pure; any thread.
namespace gr::catalog {

// A rate that is another one there.
struct RateChange {
    std::optional<TokenClass> tokens;  // absent: searches on the web, for a thousand of them
    std::int64_t promptOver = -1;      // of the row, as in PriceRow
    std::string mode;
    std::optional<Rate> before;
    std::optional<Rate> after;
    // Worth a second look: by more than a quarter, to or from nothing, or to unknown. Of a new
    // model: other than that of the model whose name it takes.
    bool large = false;
};

struct ModelChange {
    enum class Kind : std::uint8_t {
        Added,     // `added` and `rates` say with what
        Gone,      // the list does not have it; it stays
        Repriced,  // `rates` says how
        Kept,      // its price by the hour stays: the list tells none
    };
    Kind kind = Kind::Added;
    std::string provider;
    std::string model;
    std::vector<RateChange> rates;
    ModelInfo added;  // what comes in
    // The model that had this name so far, by another spelling or without a date, has other limits
    // or other abilities.
    bool otherFacts = false;

    bool isLarge() const;
};

struct CatalogDiff {
    std::vector<ModelChange> models;
    std::vector<std::string> leftOut;  // providers of the list that the program does not know
    bool changesAnything() const;      // there is something to apply
    std::size_t largeChanges() const;  // models that are worth a second look
};

// `list`: what another source says (readModelsDev). What `apply` would write is all in here. Prices
// are compared as they are at `now`, with the fallbacks of Rates. Ids that no terminal should see
// (control characters, more than 200 bytes) are left out.
CatalogDiff compare(const Catalog& current, std::span<const ProviderInfo> list, UnixMs now);

// The overlay that makes it so: `overlay` as it is, with the models that `compare` calls added, and
// for each that is repriced the rows that were valid until `now` with that end, and the new ones
// from then on. Nothing else of the list gets in: no addresses, names of keys, or documents.
std::vector<ProviderInfo> apply(const Catalog& current, std::span<const ProviderInfo> list,
                                std::vector<ProviderInfo> overlay, UnixMs now);

}  // namespace gr::catalog
