// SPDX-License-Identifier: MIT
#include "settings/client_scope.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/embedded.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "settings/json_tree.h"
#include "settings/schema_validator.h"
#include "settings/settings_checks.h"
#include "settings/settings_reader.h"

namespace gr::settings {
namespace {

constexpr std::string_view kClient = "$.clients[0]";
constexpr std::array<std::string_view, 3> kMembers{"models", "limits", "allow_unpriced"};

// Of the place in the document that is read, what the person wrote.
std::string placeIn(std::string_view path) {
    for (const std::string_view prefix : {kClient, std::string_view("$")}) {
        if (path.starts_with(prefix))
            path.remove_prefix(prefix.size());
    }
    return std::string(path.starts_with('.') ? path.substr(1) : path);
}

Failure wrong(const std::string& place, const std::string& message) {
    return failField(ErrorCode::InvalidField, place, place + " " + message + ".");
}

// The scope as the only client of a configuration, so that one reader reads both.
Result<JsonNode> documentOf(const std::string& id, std::string_view scope,
                            const std::string& limitDefaults) {
    auto document = parseJson(limitDefaults);
    auto client = parseJson(R"({"id":)" + quoteJson(id) + R"(,"key":{"sha256":")" +
                            std::string(64, '0') + R"("}})");
    const auto members = parseJson(scope);
    for (const auto* part : {&std::as_const(document), &std::as_const(client), &members}) {
        if (!*part)
            return fail(ErrorCode::InvalidField,
                        "The scope is no JSON: " + part->error().message.text);
    }
    if (!members->isObject())
        return fail(ErrorCode::InvalidField, "The scope must be a JSON object.");
    for (const JsonMember& member : members->members) {
        if (std::ranges::find(kMembers, member.name) == kMembers.end())
            return wrong(placeIn(memberPath("$", member.name)),
                         "is nothing that a key can be given; known are models, limits and "
                         "allow_unpriced");
        client->members.push_back(member);
    }
    JsonNode clients;
    clients.type = JsonNode::Type::Array;
    clients.items.push_back(std::move(*client));
    JsonNode none;
    none.type = JsonNode::Type::Array;
    document->members.push_back({"limits", 0, std::move(none)});
    document->members.push_back({"clients", 0, std::move(clients)});
    return document;
}

Result<void> checkModels(const std::vector<std::string>& models) {
    if (models.empty())
        return wrong("models", R"(is empty; name at least one model, or leave it out for all)");
    for (std::size_t i = 0; i < models.size(); ++i) {
        const bool odd = std::ranges::any_of(
            models[i], [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
        if (odd || models[i].size() > 256)
            return wrong(itemPath("models", i),
                         R"(must be the name of a model, with * for any part of it, such as )"
                         R"("openai/gpt-*")");
    }
    return {};
}

// A limit of this key that counts another one would never hold.
Result<void> checkOwn(const JsonNode& document, const std::string& id) {
    const JsonNode* const limits = document.find("clients")->items[0].find("limits");
    for (std::size_t i = 0; limits != nullptr && i < limits->items.size(); ++i) {
        const JsonNode* const scope = limits->items[i].find("scope");
        if (scope != nullptr && scope->text.starts_with("client:") && scope->text != "client:" + id)
            return wrong(itemPath("limits", i) + ".scope",
                         "names another client; leave it out, the limit is this key's own");
    }
    return {};
}

}  // namespace

Result<ClientScope> readClientScope(const std::string& id, std::string_view scope,
                                    const std::string& limitDefaults) {
    if (scope.empty())
        return ClientScope();
    const auto document = documentOf(id, scope, limitDefaults);
    if (!document)
        return fail(document.error());
    static const auto kSchema = parseJson(embeddedConfigSchema());
    if (!kSchema)
        return fail(kSchema.error());
    std::vector<Problem> problems = validateSchema(*kSchema, *document);
    Settings settings = extractSettings(*document, problems);
    for (Problem& problem : checkSettings(*document, settings, catalog::Catalog()))
        problems.push_back(std::move(problem));
    if (!problems.empty())
        return wrong(placeIn(problems.front().path), problems.front().message);
    Client& client = settings.clients.front();
    if (auto models = checkModels(client.models); !models)
        return fail(models.error());
    if (auto own = checkOwn(*document, id); !own)
        return fail(own.error());
    return ClientScope{std::move(client.models), std::move(settings.limits), client.allowUnpriced};
}

}  // namespace gr::settings
