// SPDX-License-Identifier: MIT
#include "settings/settings_edit.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "base/time_text.h"
#include "settings/data_directory.h"
#include "settings/settings_file.h"

namespace gr::settings {
namespace {

JsonNode textsOf(const std::vector<std::string>& texts) {
    std::vector<JsonNode> items;
    for (const std::string& text : texts)
        items.push_back(jsonText(text));
    return jsonArray(std::move(items));
}

JsonNode keysOf(const std::vector<SecretRef>& references) {
    std::vector<JsonNode> items;
    for (const SecretRef& reference : references)
        items.push_back(toJson(reference));
    return jsonArray(std::move(items));
}

JsonNode modelsOf(const std::vector<Model>& models) {
    std::vector<JsonNode> items;
    for (const Model& model : models)
        items.push_back(toJson(model));
    return jsonArray(std::move(items));
}

void put(JsonNode& object, const char* name, JsonNode value) {
    JsonMember& member = object.members.emplace_back();
    member.name = name;
    member.value = std::move(value);
}

Failure unknownEntry(std::string_view id) {
    return fail(ErrorCode::InvalidField,
                "The configuration has no entry \"" + std::string(id) + "\".");
}

std::set<std::string> errorsOf(const LoadedSettings& loaded) {
    std::set<std::string> errors;
    for (const Problem& problem : loaded.problems) {
        if (problem.severity == Problem::Severity::Error)
            errors.insert(problem.message);
    }
    return errors;
}

}  // namespace

SettingsEdit::SettingsEdit(std::filesystem::path file, std::string text, bool exists)
    : m_file(std::move(file)), m_text(std::move(text)), m_onDisk(m_text), m_exists(exists) {}

Result<SettingsEdit> SettingsEdit::open(const std::filesystem::path& file) {
    auto text = readFile(file);
    const bool exists = text.has_value();
    if (!text && text.error().code == ErrorCode::NotFound)
        text = std::string();
    if (!text)
        return fail(text.error());
    if (const auto root = parseJson(*text); !root)
        return fail(root.error().code, file.string() + ": " + root.error().message.text);
    return SettingsEdit(file, std::move(*text), exists);
}

Result<void> SettingsEdit::restore(std::string text) {
    if (const auto root = parseJson(text); !root)
        return fail(root.error());
    m_text = std::move(text);
    return {};
}

Result<void> SettingsEdit::set(const JsonPath& path, const JsonNode& value) {
    auto edited = withValue(m_text, path, value);
    if (!edited)
        return fail(edited.error());
    m_text = std::move(*edited);
    return {};
}

Result<void> SettingsEdit::remove(const JsonPath& path) {
    auto edited = withoutValue(m_text, path);
    if (!edited)
        return fail(edited.error());
    m_text = std::move(*edited);
    return {};
}

Result<void> SettingsEdit::setOrRemove(const JsonPath& path, const std::string& text) {
    return text.empty() ? remove(path) : set(path, jsonText(text));
}

Result<void> SettingsEdit::setTexts(const JsonPath& path, const std::vector<std::string>& texts) {
    return texts.empty() ? remove(path) : set(path, textsOf(texts));
}

Result<std::optional<std::size_t>> SettingsEdit::find(const std::string& section,
                                                      std::string_view id) const {
    const auto root = parseJson(m_text);
    if (!root)
        return fail(root.error());
    const JsonNode* const list = root->find(section);
    if (list == nullptr)
        return std::optional<std::size_t>();
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        const JsonNode* const own = list->items[i].find("id");
        if (own != nullptr && own->isString() && own->text == id)
            return std::optional(i);
    }
    return std::optional<std::size_t>();
}

Result<std::size_t> SettingsEdit::existing(const std::string& section, std::string_view id) const {
    const auto place = find(section, id);
    if (!place)
        return fail(place.error());
    if (!*place)
        return unknownEntry(id);
    return **place;
}

Result<void> SettingsEdit::add(const std::string& section, const std::string& id,
                               const JsonNode& entry) {
    const auto place = find(section, id);
    if (!place)
        return fail(place.error());
    if (*place)
        return fail(ErrorCode::InvalidField, "An entry \"" + id + "\" exists already.");
    const auto root = parseJson(m_text);
    const JsonNode* const list = root->find(section);
    return set({section, list != nullptr ? list->items.size() : std::size_t{0}}, entry);
}

Result<void> SettingsEdit::removeFrom(const std::string& section, std::string_view id) {
    const auto place = existing(section, id);
    return place ? remove({section, *place}) : Result<void>(fail(place.error()));
}

Result<void> SettingsEdit::addProvider(const Provider& provider) {
    return add("providers", provider.id, toJson(provider));
}

Result<void> SettingsEdit::setProvider(std::string_view id, const ProviderPatch& patch) {
    const auto place = existing("providers", id);
    if (!place)
        return fail(place.error());
    const std::string before = m_text;
    Result<void> done;
    const auto at = [&](const char* name) { return JsonPath{"providers", *place, name}; };
    const auto apply = [&done](Result<void> result) {
        if (done)
            done = std::move(result);
    };
    if (patch.kind)
        apply(setOrRemove(at("kind"), *patch.kind));
    if (patch.dialect)
        apply(setOrRemove(at("dialect"), *patch.dialect));
    if (patch.baseUrl)
        apply(setOrRemove(at("base_url"), *patch.baseUrl));
    if (patch.keys)
        apply(*patch.keys ? set(at("keys"), keysOf(**patch.keys)) : remove(at("keys")));
    if (patch.paysX402)
        apply(setOrRemove(at("payment"), *patch.paysX402 ? "x402" : ""));
    if (patch.enabled)
        apply(*patch.enabled ? remove(at("enabled")) : set(at("enabled"), jsonBool(false)));
    if (patch.models)
        apply(patch.models->empty() ? remove(at("models"))
                                    : set(at("models"), modelsOf(*patch.models)));
    if (!done)
        m_text = before;
    return done;
}

Result<void> SettingsEdit::removeProvider(std::string_view id) {
    return removeFrom("providers", id);
}

Result<void> SettingsEdit::moveProvider(std::string_view id, std::size_t position) {
    const auto place = existing("providers", id);
    if (!place)
        return fail(place.error());
    const auto root = parseJson(m_text);
    const std::size_t last = root->find("providers")->items.size() - 1;
    auto moved = withItemMoved(m_text, {"providers"}, *place, std::min(position, last));
    if (!moved)
        return fail(moved.error());
    m_text = std::move(*moved);
    return {};
}

std::string SettingsEdit::section(const std::string& name) const {
    const auto root = parseJson(m_text);
    const auto member = std::ranges::find(root->members, name, &JsonMember::name);
    if (member == root->members.end())
        return "{}\n";
    // Indented as in the file, so that what is added to it is, too.
    const std::size_t line = m_text.rfind('\n', member->nameBegin) + 1;
    const bool own = m_text.find_first_not_of(" \t", line) == member->nameBegin;
    const std::string indent = own ? m_text.substr(line, member->nameBegin - line) : "  ";
    return "{\n" + indent +
           m_text.substr(member->nameBegin, member->value.end - member->nameBegin) + "\n}\n";
}

Result<void> SettingsEdit::replaceSection(const std::string& name, const std::string& before,
                                          const std::string& after) {
    if (section(name) != before)
        return fail(ErrorCode::ConfigChanged,
                    "\"" + name + "\" in " + m_file.string() +
                        " was changed by another program meanwhile. It was not overwritten; read "
                        "it again and repeat the change.");
    const auto document = parseJson(after);
    if (!document)
        return fail(document.error());
    const JsonNode* const value = document->find(name);
    if (value == nullptr)
        return remove({name});
    const auto root = parseJson(m_text);
    const JsonNode* const old = root->find(name);
    if (old == nullptr)
        return set({name}, *value);
    m_text.replace(old->begin, old->end - old->begin,
                   after.substr(value->begin, value->end - value->begin));
    return {};
}

Result<void> SettingsEdit::addClient(const Client& client) {
    return add("clients", client.id, toJson(client));
}

Result<void> SettingsEdit::setClientModels(std::string_view id,
                                           const std::vector<std::string>& models) {
    const auto place = existing("clients", id);
    return place ? set({"clients", *place, "models"}, textsOf(models))
                 : Result<void>(fail(place.error()));
}

Result<void> SettingsEdit::removeClient(std::string_view id) {
    return removeFrom("clients", id);
}

Result<void> SettingsEdit::setListenPort(std::uint16_t port) {
    return set({"listen", "port"}, jsonNumber(port));
}

Result<void> SettingsEdit::setListenAddress(const std::string& address) {
    return setOrRemove({"listen", "address"}, address);
}

Result<void> SettingsEdit::setAllowedHosts(const std::vector<std::string>& hosts) {
    return setTexts({"listen", "allowed_hosts"}, hosts);
}

Result<void> SettingsEdit::setAllowedOrigins(const std::vector<std::string>& origins) {
    return setTexts({"listen", "allowed_origins"}, origins);
}

Result<void> SettingsEdit::setDefaultModel(const std::string& model) {
    return setOrRemove({"routing", "default"}, model);
}

Result<void> SettingsEdit::setAlias(const std::string& name,
                                    const std::vector<std::string>& models) {
    return set({"routing", "aliases", name}, textsOf(models));
}

Result<void> SettingsEdit::removeAlias(const std::string& name) {
    return remove({"routing", "aliases", name});
}

Result<void> SettingsEdit::checkUnchanged() const {
    const auto now = readFile(m_file);
    const bool absent = !now && now.error().code == ErrorCode::NotFound;
    if (!now && !absent)
        return fail(now.error());
    if (absent != !m_exists || (now && *now != m_onDisk))
        return fail(ErrorCode::ConfigChanged,
                    m_file.string() +
                        " was changed by another program meanwhile. It was not overwritten; read "
                        "it again and repeat the change.");
    return {};
}

// Errors the user had before may stay: otherwise nothing could be mended step by step.
Result<void> SettingsEdit::checkNewErrors(const catalog::Catalog& catalog) const {
    const auto after = readSettings(m_text, catalog);
    if (!after)
        return fail(after.error());
    const auto before = readSettings(m_onDisk, catalog);
    const std::set<std::string> known = before ? errorsOf(*before) : std::set<std::string>();
    for (const Problem& problem : after->problems) {
        if (problem.severity == Problem::Severity::Error && !known.contains(problem.message))
            return fail(ErrorCode::ConfigInvalid, problem.path + " " + problem.message + ".");
    }
    return {};
}

Result<void> SettingsEdit::save(const catalog::Catalog& catalog) {
    if (m_exists && m_text == m_onDisk)
        return checkUnchanged();
    if (auto good = checkNewErrors(catalog); !good)
        return good;
    if (auto made = makePrivateFolder(m_file.parent_path()); !made)
        return made;
    if (auto same = checkUnchanged(); !same)
        return same;
    if (auto written = replaceFile(m_file, m_text); !written)
        return written;
    m_onDisk = m_text;
    m_exists = true;
    return {};
}

JsonNode toJson(const SecretRef& reference) {
    constexpr std::array<const char*, 5> kNames{"vault", "keychain", "env", "file", "value"};
    return jsonObject(
        {{kNames[static_cast<std::size_t>(reference.kind)], jsonText(reference.name)}});
}

JsonNode toJson(const Price& price) {
    std::vector<std::pair<std::string, JsonNode>> members{
        {"input", jsonText(price.input.toDecimal())},
        {"output", jsonText(price.output.toDecimal())}};
    for (const auto& [name, rate] : kMoreRates) {
        if (price.*rate)
            members.emplace_back(name, jsonText((price.*rate)->toDecimal()));
    }
    return jsonObject(std::move(members));
}

JsonNode toJson(const Model& model) {
    JsonNode node = jsonObject({{"id", jsonText(model.id)}});
    if (model.price)
        put(node, "price", toJson(*model.price));
    if (model.context)
        put(node, "context", jsonNumber(static_cast<std::int64_t>(*model.context)));
    if (model.maxOutput)
        put(node, "max_output", jsonNumber(static_cast<std::int64_t>(*model.maxOutput)));
    return node;
}

JsonNode toJson(const Provider& provider) {
    std::vector<std::pair<std::string, JsonNode>> members{{"id", jsonText(provider.id)}};
    const auto text = [&members](const char* name, const std::string& value) {
        if (!value.empty())
            members.emplace_back(name, jsonText(value));
    };
    text("kind", provider.kind);
    text("dialect", provider.dialect);
    text("base_url", provider.baseUrl);
    if (provider.keys)
        members.emplace_back("keys", keysOf(*provider.keys));
    text("payment", provider.paysX402 ? "x402" : "");
    if (!provider.models.empty())
        members.emplace_back("models", modelsOf(provider.models));
    if (!provider.enabled)
        members.emplace_back("enabled", jsonBool(false));
    return jsonObject(std::move(members));
}

JsonNode toJson(const Client& client) {
    std::vector<std::pair<std::string, JsonNode>> members{{"id", jsonText(client.id)}};
    if (client.key) {
        members.emplace_back("key", toJson(*client.key));
    } else {
        const auto* const digest = reinterpret_cast<const unsigned char*>(client.keySha256.data());
        members.emplace_back(
            "key", jsonObject({{"sha256", jsonText(toHex({digest, client.keySha256.size()}))}}));
    }
    members.emplace_back("models", textsOf(client.models));
    if (client.expires)
        members.emplace_back("expires", jsonText(isoTime(*client.expires)));
    return jsonObject(std::move(members));
}

}  // namespace gr::settings
