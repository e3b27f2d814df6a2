// SPDX-License-Identifier: MIT
#include "catalog/catalog_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/time_text.h"
#include "catalog/price_reader.h"

namespace gr::catalog {
namespace od = simdjson::ondemand;
namespace {

using simdjson::error_code;
using simdjson::SUCCESS;

std::string textOf(od::value value) {
    std::string_view text;
    return value.get_string().get(text) == SUCCESS ? std::string(text) : std::string();
}

// Zero stands for "not given" in the source.
std::optional<std::uint64_t> countOf(od::value value) {
    std::uint64_t count = 0;
    if (value.get_uint64().get(count) != SUCCESS || count == 0)
        return std::nullopt;
    return count;
}

std::optional<bool> flagOf(od::value value) {
    bool flag = false;
    return value.get_bool().get(flag) == SUCCESS ? std::optional(flag) : std::nullopt;
}

ModelStatus statusOf(std::string_view text) {
    if (text == "deprecated")
        return ModelStatus::Deprecated;
    if (text == "beta")
        return ModelStatus::Beta;
    return text == "alpha" ? ModelStatus::Alpha : ModelStatus::Stable;
}

// "2026-03-05", or the first day of "2025-04".
std::optional<UnixMs> dateOf(std::string text) {
    if (text.size() == 7)
        text += "-01";
    return parseTime(text);
}

void texts(od::value value, std::vector<std::string>& out) {
    od::array items;
    if (value.get_array().get(items) != SUCCESS)
        return;
    for (auto item : items) {
        std::string_view text;
        if (item.get_string().get(text) == SUCCESS)
            out.emplace_back(text);
    }
}

MediaSet mediaOf(od::value value) {
    std::vector<std::string> names;
    texts(value, names);
    MediaSet set;
    for (const auto& [name, media] : kMediaNames) {
        if (std::find(names.begin(), names.end(), name) != names.end())
            set.add(media);
    }
    return set;
}

template <class Field>
error_code open(Field& field, std::string& key, od::value& value) {
    std::string_view text;
    if (const auto error = field.unescaped_key().get(text); error != SUCCESS)
        return error;
    key = text;
    return field.value().get(value);
}

// Members with their plain names, which are compared as they stand.
template <class Take>
void forMembers(od::value value, const Take& take) {
    od::object members;
    if (value.get_object().get(members) != SUCCESS)
        return;
    for (auto member : members) {
        od::raw_json_string key;
        od::value part;
        if (member.key().get(key) != SUCCESS || member.value().get(part) != SUCCESS)
            return;
        take(key, part);
    }
}

void limits(od::value value, ModelInfo& model) {
    forMembers(value, [&model](od::raw_json_string key, od::value part) {
        if (key == "context")
            model.context = countOf(part);
        else if (key == "input")
            model.maxInput = countOf(part);
        else if (key == "output")
            model.maxOutput = countOf(part);
    });
}

void modalities(od::value value, ModelInfo& model) {
    forMembers(value, [&model](od::raw_json_string key, od::value part) {
        if (key == "input")
            model.takes = mediaOf(part);
        else if (key == "output")
            model.gives = mediaOf(part);
    });
}

void capability(od::raw_json_string key, od::value part, ModelInfo& model) {
    if (key == "reasoning")
        model.reasoning = flagOf(part);
    else if (key == "tool_call")
        model.toolCalls = flagOf(part);
    else if (key == "structured_output")
        model.structuredOutput = flagOf(part);
    else if (key == "temperature")
        model.sampling = flagOf(part);
    else if (key == "limit")
        limits(part, model);
    else if (key == "modalities")
        modalities(part, model);
}

// A list of others has the first ones: they tell no times, so that all of them can be shown.
constexpr std::array<std::string_view, 5> kPriceMembers{"cost", "modes", "experimental",
                                                        "cost_by_time", "price"};
constexpr std::size_t kOfLists = 3;

error_code describe(od::value value, ModelInfo& model, Document kind) {
    od::object members;
    if (const auto error = value.get_object().get(members); error != SUCCESS)
        return error;
    PriceReader price;
    const auto* const end =
        kind == Document::ModelsDev ? kPriceMembers.begin() + kOfLists : kPriceMembers.end();
    for (auto member : members) {
        od::raw_json_string key;
        od::value part;
        if (const auto error = member.key().get(key); error != SUCCESS)
            return error;
        if (const auto error = member.value().get(part); error != SUCCESS)
            return error;
        const auto* const ofPrice = std::find_if(
            kPriceMembers.begin(), end, [key](std::string_view name) { return key == name; });
        if (ofPrice != end)
            price.member(*ofPrice, part);
        else if (key == "name")
            model.name = textOf(part);
        else if (key == "status")
            model.status = statusOf(textOf(part));
        else if (key == "release_date")
            model.released = dateOf(textOf(part));
        else
            capability(key, part, model);
    }
    model.price = price.take(!(model.gives == MediaSet{Media::Text}) && !model.gives.empty());
    return SUCCESS;
}

error_code models(od::value value, ProviderInfo& info, Document kind) {
    od::object members;
    if (const auto error = value.get_object().get(members); error != SUCCESS)
        return error;
    for (auto field : members) {
        ModelInfo model;
        od::value description;
        if (const auto error = open(field, model.id, description); error != SUCCESS)
            return error;
        if (const auto error = describe(description, model, kind); error != SUCCESS)
            return error;
        info.models.push_back(std::move(model));
    }
    info.models.shrink_to_fit();
    return SUCCESS;
}

template <class Field>
error_code provider(Field& field, ProviderInfo& info, Document kind) {
    od::value value;
    od::object members;
    if (const auto error = open(field, info.id, value); error != SUCCESS)
        return error;
    if (const auto error = value.get_object().get(members); error != SUCCESS)
        return error;
    for (auto member : members) {
        std::string key;
        od::value part;
        if (const auto error = open(member, key, part); error != SUCCESS)
            return error;
        if (key == "name")
            info.name = textOf(part);
        else if (key == "protocol")
            info.protocol = textOf(part);
        else if (key == "api")
            info.baseUrl = textOf(part);
        else if (key == "doc")
            info.docUrl = textOf(part);
        else if (key == "env")
            texts(part, info.env);
        else if (key == "models") {
            if (const auto error = models(part, info, kind); error != SUCCESS)
                return error;
        }
    }
    return SUCCESS;
}

}  // namespace

Result<std::vector<ProviderInfo>> readProviders(simdjson::padded_string_view json, Document kind) {
    od::parser parser;
    od::document document;
    od::object root;
    od::object providers;
    if (parser.iterate(json).get(document) != SUCCESS || document.get_object().get(root) != SUCCESS)
        return fail(ErrorCode::ConfigInvalid, "The catalog of models is not readable.");
    if (kind == Document::ModelsDev)
        providers = root;
    else if (root.find_field_unordered("providers").get_object().get(providers) != SUCCESS)
        return fail(ErrorCode::ConfigInvalid, "The catalog of models is not readable.");
    std::vector<ProviderInfo> out;
    error_code error = SUCCESS;
    for (auto field : providers) {
        ProviderInfo info;
        error = provider(field, info, kind);
        if (error != SUCCESS)
            break;
        if (kind != Document::Catalog) {
            out.push_back(std::move(info));
        } else if (const auto url = Url::parse(info.baseUrl)) {
            info.url = *url;
            info.baseUrl = url->text();
            out.push_back(std::move(info));
        }
    }
    if (error != SUCCESS)
        return fail(ErrorCode::ConfigInvalid, "The catalog of models is damaged.",
                    simdjson::error_message(error));
    return out;
}

std::vector<std::string> readSearching(simdjson::padded_string_view json) {
    od::parser parser;
    od::document document;
    od::value models;
    std::vector<std::string> patterns;
    if (parser.iterate(json).get(document) == SUCCESS &&
        document.find_field_unordered("models").get(models) == SUCCESS)
        texts(models, patterns);
    return patterns;
}

void readSpellings(simdjson::padded_string_view json, std::span<ProviderInfo> providers) {
    od::parser parser;
    od::document document;
    od::value all;
    if (parser.iterate(json).get(document) != SUCCESS ||
        document.find_field_unordered("models").get(all) != SUCCESS)
        return;
    forMembers(all, [providers](od::raw_json_string id, od::value ofProvider) {
        const auto it = std::find_if(providers.begin(), providers.end(),
                                     [id](const ProviderInfo& p) { return id == p.id; });
        od::object members;
        if (it == providers.end() || ofProvider.get_object().get(members) != SUCCESS)
            return;
        for (auto field : members) {
            std::string model;
            od::value names;
            if (open(field, model, names) != SUCCESS)
                return;
            std::vector<std::string> spellings;
            texts(names, spellings);
            for (std::string& spelling : spellings)
                it->spellings.push_back({std::move(spelling), model});
        }
    });
}

}  // namespace gr::catalog
