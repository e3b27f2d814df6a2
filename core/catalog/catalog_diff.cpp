// SPDX-License-Identifier: MIT
#include "catalog/catalog_diff.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace gr::catalog {
namespace {

constexpr std::size_t kLongestId = 200;
constexpr std::int64_t kLargeShare = 4;  // a quarter

using RowKey = std::pair<std::string, std::int64_t>;  // mode and size of the prompt

bool presentable(std::string_view id) {
    return !id.empty() && id.size() <= kLongestId && std::ranges::none_of(id, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

bool byTheHour(const Price& price, UnixMs now) {
    return std::ranges::any_of(
        price.rows, [now](const PriceRow& row) { return row.hasWindow() && row.validAt(now); });
}

// The rows that hold now, on whole days: the latest of each kind.
std::map<RowKey, const PriceRow*> inForce(const Price& price, UnixMs now) {
    std::map<RowKey, const PriceRow*> rows;
    for (const PriceRow& row : price.rows) {
        if (row.hasWindow() || !row.validAt(now))
            continue;
        const PriceRow*& latest = rows[{row.mode, row.promptOver}];
        if (latest == nullptr || row.from >= latest->from)
            latest = &row;
    }
    return rows;
}

bool isLarge(const std::optional<Rate>& before, const std::optional<Rate>& after) {
    if (!before || !after || before->picoPerMillion == 0 || after->picoPerMillion == 0)
        return before != after;
    const std::int64_t old = before->picoPerMillion;
    const std::int64_t difference = after->picoPerMillion - old;
    return (difference < 0 ? -difference : difference) > old / kLargeShare;
}

std::vector<RateChange> changesOf(const RowKey& key, const PriceRow* before,
                                  const PriceRow* after) {
    std::vector<RateChange> changes;
    for (std::size_t i = 0; i < kTokenClasses; ++i) {
        const auto tokens = static_cast<TokenClass>(i);
        const auto old = before != nullptr ? before->rates.of(tokens) : std::nullopt;
        const auto fresh = after != nullptr ? after->rates.of(tokens) : std::nullopt;
        const bool told = (before != nullptr && before->rates.told(tokens)) ||
                          (after != nullptr && after->rates.told(tokens));
        if (told && old != fresh)
            changes.push_back({tokens, key.second, key.first, old, fresh, isLarge(old, fresh)});
    }
    return changes;
}

// What the list does not tell stays while input and output cost the same; modes stay anyway.
Price completed(const Price& current, Price fresh, UnixMs now) {
    const auto before = inForce(current, now);
    for (PriceRow& row : fresh.rows) {
        const auto same = before.find({row.mode, row.promptOver});
        if (same == before.end())
            continue;
        const Rates& old = same->second->rates;
        if (old.told(TokenClass::Input) != row.rates.told(TokenClass::Input) ||
            old.told(TokenClass::Output) != row.rates.told(TokenClass::Output))
            continue;
        for (std::size_t i = 0; i < kTokenClasses; ++i) {
            const auto tokens = static_cast<TokenClass>(i);
            if (!row.rates.told(tokens))
                row.rates.set(tokens, old.told(tokens));
        }
    }
    if (fresh.modes.empty()) {
        for (const auto& [key, row] : before) {
            if (!key.first.empty())
                fresh.rows.push_back(*row);
        }
        fresh.modes = current.modes;
    }
    if (!fresh.webSearch)
        fresh.webSearch = current.webSearch;
    return fresh;
}

// The current rows end now, the fresh ones begin; those of a later date are still to come.
Price succeeded(const Price& current, const Price& fresh, UnixMs now) {
    Price price = current;
    std::erase_if(price.rows, [now](const PriceRow& row) { return row.from == now; });
    for (PriceRow& row : price.rows)
        row.until = row.from < now ? std::min(row.until, now) : row.until;
    for (PriceRow row : fresh.rows) {
        row.from = now;
        row.until = PriceRow().until;
        price.rows.push_back(std::move(row));
    }
    for (const Mode& mode : fresh.modes) {
        if (std::ranges::find(price.modes, mode.name, &Mode::name) == price.modes.end())
            price.modes.push_back(mode);
    }
    price.webSearch = fresh.webSearch;
    return price;
}

struct Finding {
    ModelChange change;
    ModelInfo model;  // what goes into the overlay
};

// Every rate of `fresh` that is another one in `current`.
std::vector<RateChange> changesOf(const Price& current, const Price& fresh, UnixMs now) {
    const auto before = inForce(current, now);
    const auto after = inForce(fresh, now);
    std::vector<RateChange> changes;
    std::map<RowKey, int> keys;
    for (const auto* rows : {&before, &after}) {
        for (const auto& [key, row] : *rows)
            keys[key] = 0;
    }
    for (const auto& [key, unused] : keys) {
        const auto old = before.find(key);
        const auto now_ = after.find(key);
        const auto rates = changesOf(key, old == before.end() ? nullptr : old->second,
                                     now_ == after.end() ? nullptr : now_->second);
        changes.insert(changes.end(), rates.begin(), rates.end());
    }
    if (current.webSearch != fresh.webSearch)
        changes.push_back({std::nullopt,
                           -1,
                           {},
                           current.webSearch,
                           fresh.webSearch,
                           isLarge(current.webSearch, fresh.webSearch)});
    return changes;
}

// A new model with all its rates. The price of one that goes by its name so far ends with it.
ModelChange addition(const ProviderInfo& provider, const ModelInfo& listed, UnixMs now) {
    const Price nothing;
    const auto priceOf = [&nothing](const ModelInfo* model) -> const Price& {
        return model != nullptr && model->price ? *model->price : nothing;
    };
    const ModelInfo* const twin = findModel(provider, listed.id).model;
    ModelChange change{ModelChange::Kind::Added, provider.id, listed.id,
                       changesOf(nothing, priceOf(&listed), now), listed};
    for (RateChange& rate : change.rates)
        rate.large = false;
    for (RateChange& other : changesOf(priceOf(twin), priceOf(&listed), now)) {
        if (twin == nullptr)
            break;
        const auto same = std::ranges::find_if(change.rates, [&other](const RateChange& rate) {
            return rate.tokens == other.tokens && rate.promptOver == other.promptOver &&
                   rate.mode == other.mode;
        });
        other.large = true;
        if (same == change.rates.end())
            change.rates.push_back(std::move(other));
        else
            *same = std::move(other);
    }
    change.otherFacts = twin != nullptr &&
                        (twin->context != listed.context || twin->maxOutput != listed.maxOutput ||
                         twin->reasoning != listed.reasoning);
    return change;
}

// Nothing when the list says of the model what is known already.
std::optional<Finding> look(const ProviderInfo& provider, const ModelInfo* known,
                            const ModelInfo& listed, UnixMs now) {
    using Kind = ModelChange::Kind;
    if (known == nullptr)
        return Finding{addition(provider, listed, now), listed};
    if (!listed.price)
        return std::nullopt;
    ModelInfo changed;
    changed.id = known->id;
    const Price nothing;
    const Price& current = known->price ? *known->price : nothing;
    if (byTheHour(current, now))
        return Finding{{Kind::Kept, provider.id, known->id, {}, {}}, {}};
    const Price fresh = completed(current, *listed.price, now);
    ModelChange change{Kind::Repriced, provider.id, known->id, changesOf(current, fresh, now), {}};
    if (change.rates.empty())
        return std::nullopt;
    changed.price = std::make_shared<const Price>(succeeded(current, fresh, now));
    return Finding{std::move(change), std::move(changed)};
}

template <class Take>
void forFindings(const Catalog& current, std::span<const ProviderInfo> list, UnixMs now,
                 const Take& take) {
    for (const ProviderInfo& listed : list) {
        const ProviderInfo* const provider = current.findById(listed.id);
        if (provider == nullptr)
            continue;
        for (const ModelInfo& model : listed.models) {
            if (!presentable(model.id))
                continue;
            const auto known = std::ranges::find(provider->models, model.id, &ModelInfo::id);
            ModelInfo told = model;
            if (current.searches(model.id))
                told.price = nullptr;
            auto finding =
                look(*provider, known == provider->models.end() ? nullptr : &*known, told, now);
            if (finding)
                take(std::move(*finding));
        }
    }
}

}  // namespace

bool ModelChange::isLarge() const {
    return otherFacts || std::ranges::any_of(rates, &RateChange::large);
}

bool CatalogDiff::changesAnything() const {
    return std::ranges::any_of(models, [](const ModelChange& change) {
        return change.kind == ModelChange::Kind::Added ||
               change.kind == ModelChange::Kind::Repriced;
    });
}

std::size_t CatalogDiff::largeChanges() const {
    return static_cast<std::size_t>(std::ranges::count_if(models, &ModelChange::isLarge));
}

CatalogDiff compare(const Catalog& current, std::span<const ProviderInfo> list, UnixMs now) {
    CatalogDiff diff;
    forFindings(current, list, now,
                [&diff](Finding finding) { diff.models.push_back(std::move(finding.change)); });
    for (const ProviderInfo& listed : list) {
        const ProviderInfo* const provider = current.findById(listed.id);
        if (provider == nullptr) {
            if (presentable(listed.id))
                diff.leftOut.push_back(listed.id);
            continue;
        }
        for (const ModelInfo& model : provider->models) {
            if (std::ranges::find(listed.models, model.id, &ModelInfo::id) == listed.models.end())
                diff.models.push_back({ModelChange::Kind::Gone, provider->id, model.id, {}, {}});
        }
    }
    return diff;
}

std::vector<ProviderInfo> apply(const Catalog& current, std::span<const ProviderInfo> list,
                                std::vector<ProviderInfo> overlay, UnixMs now) {
    forFindings(current, list, now, [&overlay](Finding finding) {
        if (finding.change.kind == ModelChange::Kind::Kept)
            return;
        auto provider = std::ranges::find(overlay, finding.change.provider, &ProviderInfo::id);
        if (provider == overlay.end()) {
            overlay.emplace_back().id = finding.change.provider;
            provider = overlay.end() - 1;
        }
        const auto known = std::ranges::find(provider->models, finding.model.id, &ModelInfo::id);
        if (known == provider->models.end())
            provider->models.push_back(std::move(finding.model));
        else
            known->price = finding.model.price;
    });
    return overlay;
}

}  // namespace gr::catalog
