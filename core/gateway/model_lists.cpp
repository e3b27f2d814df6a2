// SPDX-License-Identifier: MIT
#include "gateway/model_lists.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "gateway/endpoints.h"
#include "json/writer.h"

namespace gr::gateway {
namespace {

constexpr std::size_t kMostModels = 1000;  // of a page
constexpr std::string_view kOwner = "gaterouter";
constexpr std::array<std::string_view, 5> kAutoNames{"auto", "auto:cheap", "auto:balanced",
                                                     "auto:best", "auto:fast"};

bool permitted(const std::vector<std::string>& allowed, const std::string& id,
               const std::string& model) {
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& pattern) {
        return matchesPattern(pattern, id) || matchesPattern(pattern, model);
    });
}

void writeModel(json::Writer& out, WireFormat format, std::string_view id, std::string_view owner,
                std::string_view pricing) {
    out.object();
    switch (format) {
        case WireFormat::OpenAi:
            out.key("id").string(id).key("object").string("model");
            out.key("created").number(0).key("owned_by").string(owner);
            break;
        case WireFormat::Anthropic:
            out.key("type").string("model").key("id").string(id).key("display_name").string(id);
            out.key("created_at").string("1970-01-01T00:00:00Z");
            break;
        case WireFormat::Gemini:
            out.key("name").string("models/" + std::string(id)).key("displayName").string(id);
            out.key("supportedGenerationMethods").array().string("generateContent");
            if (pricing.empty())  // strangers count elsewhere
                out.string("countTokens");
            out.end();
            break;
    }
    if (!pricing.empty())
        out.key("pricing").raw(pricing);
    out.end();
}

// A number of the query: how many models a page has.
Result<std::size_t> pageSize(std::string_view target, const std::string& name,
                             std::size_t otherwise) {
    const auto text = queryValue(target, name);
    if (!text)
        return otherwise;
    const auto number = parseUnsigned(*text);
    if (!number || *number == 0)
        return failField(ErrorCode::InvalidField, name,
                         "\"" + name + "\" must be a number from 1 to 1000.");
    return std::min<std::size_t>(*number, kMostModels);
}

}  // namespace

ModelLists::ModelLists(const Source& source) {
    addNames(source);
    for (const routing::Offer& offer : source.offers) {
        if (!offer.usable)
            continue;
        for (const std::string& model : offer.models) {
            std::string id = offer.provider + "/" + model;
            if (permitted(source.allowed, id, model))
                m_models.push_back({std::move(id), offer.provider});
        }
    }
}

ModelLists::ModelLists(const std::vector<SoldModel>& sold) {
    for (const SoldModel& model : sold) {
        json::Writer pricing;
        pricing.object().key("prompt").string(model.input.toDecimal());
        pricing.key("completion").string(model.output.toDecimal());
        pricing.key("minimum").string(model.minimum.toDecimal());
        m_models.push_back({model.id, std::string(kOwner), pricing.end().take()});
    }
}

// Those that lead to a model which the key may use.
void ModelLists::addNames(const Source& source) {
    const routing::AutoSource everyone = [&source](std::string_view) {
        std::optional<routing::AutoPicks> picks;
        if (!source.chooses)
            return picks;
        picks.emplace();
        for (std::size_t i = 0; i < source.offers.size(); ++i) {
            for (const std::string& model : source.offers[i].models)
                picks->candidates.push_back({i, model, {}});
        }
        return picks;
    };
    const auto add = [&](std::string_view name) {
        routing::RouteAsk ask{name};
        ask.allowedModels = &source.allowed;
        ask.autos = &everyone;
        if (routing::route(ask, source.offers, source.aliases, source.defaultModel))
            m_models.push_back({std::string(name), std::string(kOwner)});
    };
    for (const std::string_view name : kAutoNames)
        add(name);
    for (const routing::Alias& alias : source.aliases)
        add(alias.name);
}

Result<std::string> ModelLists::page(WireFormat format, std::string_view target) const {
    if (format == WireFormat::Anthropic)
        return anthropicPage(target);
    return format == WireFormat::Gemini ? geminiPage(target) : openAiPage();
}

std::string ModelLists::openAiPage() const {
    json::Writer out;
    out.object().key("object").string("list").key("data").array();
    for (const Model& model : m_models)
        writeModel(out, WireFormat::OpenAi, model.id, model.owner, model.pricing);
    return out.end().end().take();
}

Result<std::string> ModelLists::anthropicPage(std::string_view target) const {
    const auto size = pageSize(target, "limit", 20);
    if (!size)
        return fail(size.error());
    const auto at = [this](const std::string& id) {
        const auto it = std::find_if(m_models.begin(), m_models.end(),
                                     [&id](const Model& model) { return model.id == id; });
        return static_cast<std::size_t>(it - m_models.begin());
    };
    std::size_t begin = 0;
    std::size_t end = std::min(*size, m_models.size());
    const auto after = queryValue(target, "after_id");
    const auto before = queryValue(target, "before_id");
    if (after || before) {
        const std::string name = after ? "after_id" : "before_id";
        const std::size_t found = at(after ? *after : *before);
        if (found == m_models.size())
            return failField(ErrorCode::InvalidField, name,
                             "\"" + name + "\" is not the id of a listed model.");
        begin = after ? found + 1 : found - std::min(found, *size);
        end = after ? std::min(begin + *size, m_models.size()) : found;
    }
    json::Writer out;
    out.object().key("data").array();
    for (std::size_t i = begin; i < end; ++i)
        writeModel(out, WireFormat::Anthropic, m_models[i].id, m_models[i].owner,
                   m_models[i].pricing);
    out.end().key("has_more").boolean(before && !after ? begin > 0 : end < m_models.size());
    const auto id = [&out](const char* key, const Model* model) {
        out.key(key);
        if (model != nullptr)
            out.string(model->id);
        else
            out.null();
    };
    id("first_id", begin < end ? &m_models[begin] : nullptr);
    id("last_id", begin < end ? &m_models[end - 1] : nullptr);
    return out.end().take();
}

Result<std::string> ModelLists::geminiPage(std::string_view target) const {
    const auto size = pageSize(target, "pageSize", 50);
    if (!size)
        return fail(size.error());
    const auto token = queryValue(target, "pageToken");
    const auto begin =
        token && !token->empty() ? parseUnsigned(*token) : std::optional<std::uint64_t>(0);
    if (!begin || *begin > m_models.size())
        return failField(ErrorCode::InvalidField, "pageToken",
                         "\"pageToken\" must be the nextPageToken of an earlier answer.");
    const std::size_t end = std::min(static_cast<std::size_t>(*begin) + *size, m_models.size());
    json::Writer out;
    out.object().key("models").array();
    for (std::size_t i = *begin; i < end; ++i)
        writeModel(out, WireFormat::Gemini, m_models[i].id, m_models[i].owner, m_models[i].pricing);
    out.end();
    if (end < m_models.size())
        out.key("nextPageToken").string(std::to_string(end));
    return out.end().take();
}

Result<std::string> ModelLists::one(WireFormat format, std::string_view id) const {
    for (const Model& model : m_models) {
        const bool bare = model.owner != kOwner && id.size() < model.id.size() &&
                          model.id.compare(model.owner.size() + 1, std::string::npos, id) == 0;
        if (model.id != id && !bare)
            continue;
        json::Writer out;
        writeModel(out, format, id, model.owner, model.pricing);
        return out.take();
    }
    return failField(ErrorCode::ModelNotFound, "model",
                     "No provider offers this model. GET /v1/models lists what is offered.");
}

}  // namespace gr::gateway
