// SPDX-License-Identifier: MIT
#include "catalog/overlay.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/time_text.h"
#include "catalog/catalog_reader.h"
#include "json/writer.h"

namespace gr::catalog {
namespace {

constexpr std::array<std::pair<const char*, TokenClass>, kTokenClasses> kNames{{
    {"input", TokenClass::Input},
    {"cache_read", TokenClass::CacheRead},
    {"cache_write", TokenClass::CacheWrite5m},
    {"cache_write_1h", TokenClass::CacheWrite1h},
    {"audio_input", TokenClass::AudioInput},
    {"output", TokenClass::Output},
    {"reasoning", TokenClass::Reasoning},
    {"audio_output", TokenClass::AudioOutput},
}};

// "hh:mm-hh:mm".
std::string windowText(const PriceRow& row) {
    std::string text;
    for (const int minute : {row.firstMinute, row.endMinute}) {
        if (!text.empty())
            text += '-';
        for (const int part : {minute / 60, minute % 60}) {
            text += static_cast<char>('0' + part / 10);
            text += static_cast<char>('0' + part % 10);
            text += ':';
        }
        text.pop_back();
    }
    return text;
}

void writeRow(json::Writer& out, const PriceRow& row) {
    const PriceRow always;
    out.object();
    if (row.from != always.from)
        out.key("from").string(isoTime(row.from));
    if (row.until != always.until)
        out.key("until").string(isoTime(row.until));
    if (row.hasWindow())
        out.key("window").string(windowText(row));
    if (row.promptOver >= 0)
        out.key("prompt_over").number(row.promptOver);
    if (!row.mode.empty())
        out.key("mode").string(row.mode);
    for (const auto& [name, tokens] : kNames) {
        if (const auto rate = row.rates.told(tokens))
            out.key(name).string(rate->toDecimal());
    }
    out.end();
}

void writePrice(json::Writer& out, const Price& price) {
    out.object().key("rows").array();
    for (const PriceRow& row : price.rows)
        writeRow(out, row);
    out.end().key("modes").object();
    for (const Mode& mode : price.modes) {
        out.key(mode.name).object().key("field").string(mode.field);
        out.key("value").string(mode.value).end();
    }
    out.end();
    if (price.webSearch)
        out.key("web_search_per_1k").string(price.webSearch->toDecimal());
    out.end();
}

void writeMedia(json::Writer& out, const char* key, MediaSet set) {
    out.key(key).array();
    for (const auto& [name, media] : kMediaNames) {
        if (set.has(media))
            out.string(name);
    }
    out.end();
}

void writeLimits(json::Writer& out, const ModelInfo& model) {
    out.key("limit").object();
    for (const auto& [name, limit] : {std::pair("context", model.context),
                                      {"input", model.maxInput},
                                      {"output", model.maxOutput}}) {
        if (limit)
            out.key(name).number(static_cast<std::int64_t>(*limit));
    }
    out.end();
}

std::string_view nameOf(ModelStatus status) {
    constexpr std::array<std::string_view, 4> kStatus{"", "alpha", "beta", "deprecated"};
    return kStatus[static_cast<std::size_t>(status)];
}

void writeModel(json::Writer& out, const ModelInfo& model) {
    out.object();
    if (!model.name.empty())
        out.key("name").string(model.name);
    if (model.status != ModelStatus::Stable)
        out.key("status").string(nameOf(model.status));
    if (model.released)
        out.key("release_date").string(isoTime(*model.released).substr(0, 10));
    for (const auto& [name, flag] : {std::pair("reasoning", model.reasoning),
                                     {"tool_call", model.toolCalls},
                                     {"structured_output", model.structuredOutput},
                                     {"temperature", model.sampling}}) {
        if (flag)
            out.key(name).boolean(*flag);
    }
    if (!model.takes.empty() || !model.gives.empty()) {
        out.key("modalities").object();
        writeMedia(out, "input", model.takes);
        writeMedia(out, "output", model.gives);
        out.end();
    }
    if (model.context || model.maxInput || model.maxOutput)
        writeLimits(out, model);
    if (model.price) {
        out.key("price");
        writePrice(out, *model.price);
    }
    out.end();
}

// Ids and models: whatever else the document says of providers is not taken out of it.
Result<std::vector<ProviderInfo>> modelsOf(std::string_view json, Document kind) {
    const simdjson::padded_string padded(json);
    auto read = readProviders(padded, kind);
    if (!read)
        return read;
    std::vector<ProviderInfo> providers;
    for (ProviderInfo& full : *read) {
        ProviderInfo& provider = providers.emplace_back();
        provider.id = std::move(full.id);
        provider.models = std::move(full.models);
    }
    return providers;
}

template <class T>
void prefer(std::optional<T>& mine, const std::optional<T>& theirs) {
    if (theirs)
        mine = theirs;
}

void layModel(ModelInfo& model, const ModelInfo& over) {
    if (!over.name.empty())
        model.name = over.name;
    if (over.status != ModelStatus::Stable)
        model.status = over.status;
    if (over.price)
        model.price = over.price;
    if (!over.takes.empty())
        model.takes = over.takes;
    if (!over.gives.empty())
        model.gives = over.gives;
    prefer(model.context, over.context);
    prefer(model.maxInput, over.maxInput);
    prefer(model.maxOutput, over.maxOutput);
    prefer(model.released, over.released);
    prefer(model.reasoning, over.reasoning);
    prefer(model.toolCalls, over.toolCalls);
    prefer(model.structuredOutput, over.structuredOutput);
    prefer(model.sampling, over.sampling);
}

}  // namespace

std::string overlayText(std::span<const ProviderInfo> providers) {
    json::Writer out;
    out.object().key("version").number(1).key("providers").object();
    for (const ProviderInfo& provider : providers) {
        out.key(provider.id).object().key("models").object();
        for (const ModelInfo& model : provider.models) {
            out.key(model.id);
            writeModel(out, model);
        }
        out.end().end();
    }
    return out.end().end().take() + "\n";
}

Result<std::vector<ProviderInfo>> readOverlay(std::string_view json) {
    return modelsOf(json, Document::Overlay);
}

Result<std::vector<ProviderInfo>> readModelsDev(std::string_view json) {
    return modelsOf(json, Document::ModelsDev);
}

void lay(std::vector<ProviderInfo>& base, std::span<const ProviderInfo> overlay) {
    for (const ProviderInfo& over : overlay) {
        const auto provider = std::ranges::find(base, over.id, &ProviderInfo::id);
        if (provider == base.end())
            continue;
        for (const ModelInfo& model : over.models) {
            const auto known = std::ranges::find(provider->models, model.id, &ModelInfo::id);
            if (known == provider->models.end())
                provider->models.push_back(model);
            else
                layModel(*known, model);
        }
    }
}

}  // namespace gr::catalog
