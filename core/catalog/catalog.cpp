// SPDX-License-Identifier: MIT
#include "catalog/catalog.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/embedded.h"

namespace gr::catalog {
namespace od = simdjson::ondemand;
namespace {

// Ids of the configuration that the catalog's source spells differently.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOtherSpellings{{
    {"gemini", "google"},
    {"together", "togetherai"},
    {"fireworks", "fireworks-ai"},
    {"moonshot", "moonshotai"},
    {"qwen", "alibaba"},
}};

std::string textOf(od::value value) {
    std::string_view text;
    return value.get_string().get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// Zero stands for "not given" in the source.
std::optional<std::uint64_t> countOf(od::value value) {
    std::uint64_t count = 0;
    if (value.get_uint64().get(count) != simdjson::SUCCESS || count == 0)
        return std::nullopt;
    return count;
}

bool isPathPrefix(std::string_view shorter, std::string_view longer) {
    return longer.starts_with(shorter) &&
           (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

}  // namespace

// Walks the document once, in its own order, and takes what is known.
class CatalogReader final {
  public:
    static Result<Catalog> read(simdjson::padded_string_view json) {
        od::parser parser;
        od::document document;
        od::object root;
        od::object providers;
        if (parser.iterate(json).get(document) != simdjson::SUCCESS ||
            document.get_object().get(root) != simdjson::SUCCESS ||
            root.find_field_unordered("providers").get_object().get(providers) != simdjson::SUCCESS)
            return fail(ErrorCode::ConfigInvalid, "The catalog of models is not readable.");
        Catalog catalog;
        simdjson::error_code error = simdjson::SUCCESS;
        for (auto field : providers) {
            ProviderInfo info;
            error = provider(field, info);
            if (error != simdjson::SUCCESS)
                break;
            if (const auto url = Url::parse(info.baseUrl)) {
                info.url = *url;
                info.baseUrl = url->text();
                catalog.m_providers.push_back(std::move(info));
            }
        }
        if (error != simdjson::SUCCESS)
            return fail(ErrorCode::ConfigInvalid, "The catalog of models is damaged.",
                        simdjson::error_message(error));
        return catalog;
    }

  private:
    template <class Field>
    static simdjson::error_code open(Field& field, std::string& key, od::value& value) {
        std::string_view text;
        if (const auto error = field.unescaped_key().get(text); error != simdjson::SUCCESS)
            return error;
        key = text;
        return field.value().get(value);
    }

    template <class Field>
    static simdjson::error_code provider(Field& field, ProviderInfo& info) {
        od::value value;
        od::object members;
        if (const auto error = open(field, info.id, value); error != simdjson::SUCCESS)
            return error;
        if (const auto error = value.get_object().get(members); error != simdjson::SUCCESS)
            return error;
        for (auto member : members) {
            std::string key;
            od::value part;
            if (const auto error = open(member, key, part); error != simdjson::SUCCESS)
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
                if (const auto error = models(part, info); error != simdjson::SUCCESS)
                    return error;
            }
        }
        return simdjson::SUCCESS;
    }

    static void texts(od::value value, std::vector<std::string>& out) {
        od::array items;
        if (value.get_array().get(items) != simdjson::SUCCESS)
            return;
        for (auto item : items) {
            std::string_view text;
            if (item.get_string().get(text) == simdjson::SUCCESS)
                out.emplace_back(text);
        }
    }

    static simdjson::error_code models(od::value value, ProviderInfo& info) {
        od::object members;
        if (const auto error = value.get_object().get(members); error != simdjson::SUCCESS)
            return error;
        for (auto field : members) {
            ModelInfo model;
            od::value description;
            if (const auto error = open(field, model.id, description); error != simdjson::SUCCESS)
                return error;
            if (const auto error = describe(description, model); error != simdjson::SUCCESS)
                return error;
            info.models.push_back(std::move(model));
        }
        return simdjson::SUCCESS;
    }

    static simdjson::error_code describe(od::value value, ModelInfo& model) {
        od::object members;
        if (const auto error = value.get_object().get(members); error != simdjson::SUCCESS)
            return error;
        for (auto member : members) {
            // The names here are plain: compared as they stand, without unescaping each.
            od::raw_json_string key;
            od::value part;
            if (const auto error = member.key().get(key); error != simdjson::SUCCESS)
                return error;
            if (const auto error = member.value().get(part); error != simdjson::SUCCESS)
                return error;
            if (key == "name")
                model.name = textOf(part);
            else if (key == "status")
                model.deprecated = textOf(part) == "deprecated";
            else if (key == "limit")
                limits(part, model);
        }
        return simdjson::SUCCESS;
    }

    static void limits(od::value value, ModelInfo& model) {
        od::object members;
        if (value.get_object().get(members) != simdjson::SUCCESS)
            return;
        for (auto member : members) {
            od::raw_json_string key;
            od::value part;
            if (member.key().get(key) != simdjson::SUCCESS ||
                member.value().get(part) != simdjson::SUCCESS)
                return;
            if (key == "context")
                model.context = countOf(part);
            else if (key == "output")
                model.maxOutput = countOf(part);
        }
    }
};

Catalog Catalog::embedded() {
    const std::string_view json = embeddedCatalog();
    auto catalog = CatalogReader::read(simdjson::padded_string_view(
        json.data(), json.size(), json.size() + simdjson::SIMDJSON_PADDING));
    // The tests read the same bytes; this cannot fail in a program that passed them.
    return catalog ? std::move(*catalog) : Catalog();
}

Result<Catalog> Catalog::parse(std::string_view json) {
    const simdjson::padded_string padded(json);
    return CatalogReader::read(padded);
}

const ProviderInfo* Catalog::findById(std::string_view id) const {
    const auto find = [this](std::string_view wanted) -> const ProviderInfo* {
        const auto it = std::find_if(m_providers.begin(), m_providers.end(),
                                     [wanted](const ProviderInfo& p) { return p.id == wanted; });
        return it == m_providers.end() ? nullptr : &*it;
    };
    if (const ProviderInfo* const exact = find(id))
        return exact;
    const auto spelling = std::find_if(kOtherSpellings.begin(), kOtherSpellings.end(),
                                       [id](const auto& pair) { return pair.first == id; });
    return spelling == kOtherSpellings.end() ? nullptr : find(spelling->second);
}

const ProviderInfo* Catalog::findByUrl(const Url& url) const {
    const auto it = std::find_if(m_providers.begin(), m_providers.end(),
                                 [&url](const ProviderInfo& p) { return livesAt(p, url); });
    return it == m_providers.end() ? nullptr : &*it;
}

bool livesAt(const ProviderInfo& provider, const Url& url) {
    const Url& own = provider.url;
    return own.scheme == url.scheme && own.host == url.host && own.port == url.port &&
           (isPathPrefix(own.path, url.path) || isPathPrefix(url.path, own.path));
}

}  // namespace gr::catalog
