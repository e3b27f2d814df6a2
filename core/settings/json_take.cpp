// SPDX-License-Identifier: MIT
#include "settings/json_take.h"

#include <array>
#include <utility>

namespace gr::settings {

void take(const JsonNode& object, std::string_view name, std::string& out) {
    const JsonNode* const node = object.find(name);
    if (node != nullptr && node->isString())
        out = node->text;
}

void take(const JsonNode& object, std::string_view name, bool& out) {
    const JsonNode* const node = object.find(name);
    if (node != nullptr && node->isBool())
        out = node->boolean;
}

void take(const JsonNode& object, std::string_view name, double& out) {
    const JsonNode* const node = object.find(name);
    if (node != nullptr && node->isNumber())
        out = node->number();
}

void take(const JsonNode& object, std::string_view name, std::optional<std::uint64_t>& out) {
    std::uint64_t value = 0;
    takeNumber(object, name, value);
    if (value > 0)
        out = value;
}

void take(const JsonNode& object, std::string_view name, std::optional<Money>& out) {
    const JsonNode* const node = object.find(name);
    const auto money = node != nullptr ? Money::parse(node->text) : std::nullopt;
    if (money)
        out = money;
}

void take(const JsonNode& object, std::string_view name, Money& out) {
    std::optional<Money> money;
    take(object, name, money);
    out = money.value_or(out);
}

std::vector<std::string> textsOf(const JsonNode& node) {
    std::vector<std::string> out;
    if (node.isString())
        out.push_back(node.text);
    for (const JsonNode& item : node.items) {
        if (item.isString())
            out.push_back(item.text);
    }
    return out;
}

void take(const JsonNode& object, std::string_view name, std::vector<std::string>& out) {
    const JsonNode* const node = object.find(name);
    if (node != nullptr && node->isArray())
        out = textsOf(*node);
}

std::optional<SecretRef> secretOf(const JsonNode& node) {
    constexpr std::array<std::pair<std::string_view, SecretRef::Kind>, 5> kKinds{{
        {"vault", SecretRef::Kind::Vault},
        {"keychain", SecretRef::Kind::Keychain},
        {"env", SecretRef::Kind::Env},
        {"file", SecretRef::Kind::File},
        {"value", SecretRef::Kind::Value},
    }};
    for (const auto& [name, kind] : kKinds) {
        SecretRef reference{kind, {}};
        take(node, name, reference.name);
        if (!reference.name.empty())
            return reference;
    }
    return std::nullopt;
}

const JsonNode& section(const JsonNode& parent, std::string_view name) {
    static const JsonNode kNone;
    const JsonNode* const node = parent.find(name);
    return node != nullptr ? *node : kNone;
}

}  // namespace gr::settings
