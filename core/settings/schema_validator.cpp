// SPDX-License-Identifier: MIT
#include "settings/schema_validator.h"

#include <algorithm>
#include <regex>

#include "base/text.h"

namespace gr::settings {
namespace {

constexpr std::size_t kLongestName = 40;
// std::regex recurses once a character; no text that a pattern describes is longer.
constexpr std::size_t kLongestPatternText = 4096;

using Type = JsonNode::Type;

std::string shortened(std::string_view name) {
    return name.size() <= kLongestName ? std::string(name) : std::string(name.substr(0, 6)) + "…";
}

// Insertions, deletions, changes and swaps of neighbours between two names.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            const std::size_t change = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

bool hasType(const JsonNode& value, std::string_view type) {
    switch (value.type) {
        case Type::Null:
            return type == "null";
        case Type::Bool:
            return type == "boolean";
        case Type::Number:
            return type == "number" || (type == "integer" && value.integer());
        case Type::String:
            return type == "string";
        case Type::Array:
            return type == "array";
        case Type::Object:
            return type == "object";
    }
    return false;
}

std::string typePhrase(std::string_view type) {
    if (type == "null")
        return "null";
    if (type == "boolean")
        return "true or false";
    if (type == "number")
        return "a number without quotes";
    if (type == "integer")
        return "a whole number without quotes";
    if (type == "string")
        return "a text in double quotes";
    return type == "array" ? "a list [ … ]" : "an object { … }";
}

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0)
            out += i + 1 == parts.size() ? " or " : ", ";
        out += parts[i];
    }
    return out;
}

class Validator final {
  public:
    explicit Validator(const JsonNode& root) : m_root(root) {}

    std::vector<Problem> run(const JsonNode& value) {
        check(m_root, value, "$");
        return std::move(m_found);
    }

  private:
    void report(Problem::Severity severity, const std::string& path, std::string message) {
        m_found.push_back({severity, path, std::move(message)});
    }

    // The schema's own sentence where it has one, else `message`.
    void fault(const JsonNode& schema, const std::string& path, std::string message) {
        const JsonNode* const own = schema.find("errorMessage");
        report(Problem::Severity::Error, path, own != nullptr ? own->text : std::move(message));
    }

    const JsonNode& resolve(const JsonNode& schema) const {
        const JsonNode* const reference = schema.find("$ref");
        if (reference == nullptr)
            return schema;
        constexpr std::string_view kPrefix = "#/$defs/";
        const JsonNode* const defs = m_root.find("$defs");
        const JsonNode* const target =
            defs != nullptr ? defs->find(reference->text.substr(kPrefix.size())) : nullptr;
        return target != nullptr ? resolve(*target) : schema;
    }

    void check(const JsonNode& given, const JsonNode& value, const std::string& path) {
        const JsonNode& schema = resolve(given);
        if (const JsonNode* const branches = schema.find("oneOf")) {
            checkOneOf(schema, *branches, value, path);
            return;
        }
        if (!checkType(schema, value, path))
            return;
        if (value.isString())
            checkText(schema, value, path);
        else if (value.isNumber())
            checkNumber(schema, value, path);
        else if (value.isArray())
            checkArray(schema, value, path);
        else if (value.isObject())
            checkObject(schema, value, path);
    }

    bool checkType(const JsonNode& schema, const JsonNode& value, const std::string& path) {
        const JsonNode* const type = schema.find("type");
        if (type == nullptr)
            return true;
        std::vector<std::string> phrases;
        const auto fits = [&](const JsonNode& name) {
            phrases.push_back(typePhrase(name.text));
            return hasType(value, name.text);
        };
        if (type->isString() ? fits(*type)
                             : std::any_of(type->items.begin(), type->items.end(), fits))
            return true;
        fault(schema, path, "must be " + joined(phrases));
        return false;
    }

    void checkText(const JsonNode& schema, const JsonNode& value, const std::string& path) {
        if (const JsonNode* const allowed = schema.find("enum")) {
            std::vector<std::string> names;
            for (const JsonNode& item : allowed->items) {
                if (item.text == value.text)
                    return;
                names.push_back(quoteJson(item.text));
            }
            fault(schema, path, "must be " + joined(names));
            return;
        }
        const JsonNode* const least = schema.find("minLength");
        const JsonNode* const most = schema.find("maxLength");
        if (least != nullptr && value.text.size() < static_cast<std::size_t>(least->number()))
            fault(schema, path, "must not be empty");
        else if (most != nullptr && value.text.size() > static_cast<std::size_t>(most->number()))
            fault(schema, path, "must not be longer than " + most->text + " characters");
        else if (const JsonNode* const pattern = schema.find("pattern")) {
            const bool fits = value.text.size() <= kLongestPatternText &&
                              std::regex_search(value.text, std::regex(pattern->text));
            if (!fits)
                fault(schema, path, "has a form that is not understood");
        }
    }

    void checkNumber(const JsonNode& schema, const JsonNode& value, const std::string& path) {
        const JsonNode* const least = schema.find("minimum");
        const JsonNode* const most = schema.find("maximum");
        const bool low = least != nullptr && value.number() < least->number();
        const bool high = most != nullptr && value.number() > most->number();
        if (!low && !high)
            return;
        if (least != nullptr && most != nullptr)
            fault(schema, path, "must be between " + least->text + " and " + most->text);
        else
            fault(schema, path,
                  low ? "must be at least " + least->text : "must be at most " + most->text);
    }

    void checkArray(const JsonNode& schema, const JsonNode& value, const std::string& path) {
        const JsonNode* const least = schema.find("minItems");
        if (least != nullptr && value.items.size() < static_cast<std::size_t>(least->number()))
            fault(schema, path, "must not be an empty list");
        const JsonNode* const items = schema.find("items");
        if (items == nullptr)
            return;
        for (std::size_t i = 0; i < value.items.size(); ++i)
            check(*items, value.items[i], itemPath(path, i));
    }

    void checkObject(const JsonNode& schema, const JsonNode& value, const std::string& path) {
        if (const JsonNode* const required = schema.find("required")) {
            for (const JsonNode& name : required->items) {
                if (value.find(name.text) == nullptr)
                    report(Problem::Severity::Error, memberPath(path, name.text),
                           "is missing and must be given");
            }
        }
        const JsonNode* const properties = schema.find("properties");
        const JsonNode* const others = schema.find("additionalProperties");
        for (const JsonMember& member : value.members) {
            const std::string where = memberPath(path, member.name);
            const JsonNode* const known =
                properties != nullptr ? properties->find(member.name) : nullptr;
            if (known != nullptr)
                check(*known, member.value, where);
            else if (others != nullptr && others->isObject())
                check(*others, member.value, where);
            else if (others != nullptr && others->isBool() && !others->boolean)
                unknown(schema, properties, member.name, where);
        }
    }

    void unknown(const JsonNode& schema, const JsonNode* properties, const std::string& name,
                 const std::string& path) {
        std::vector<std::string> known;
        if (properties != nullptr) {
            for (const JsonMember& member : properties->members)
                known.push_back(member.name);
        }
        const std::string close = closestName(name, known);
        const JsonNode* const wrong = schema.find("unknownMessage");
        std::string message = wrong != nullptr ? wrong->text : "is unknown and has no effect";
        if (!close.empty())
            message += "; did you mean \"" + close + "\"?";
        report(wrong != nullptr ? Problem::Severity::Error : Problem::Severity::Warning, path,
               std::move(message));
    }

    // Reports against the branch that was meant: the one whose type fits and whose required member
    // is there. A sentence about the whole would not say where the fault is.
    void checkOneOf(const JsonNode& schema, const JsonNode& branches, const JsonNode& value,
                    const std::string& path) {
        const JsonNode* meant = nullptr;
        int named = 0;
        for (const JsonNode& given : branches.items) {
            const JsonNode& branch = resolve(given);
            const JsonNode* const type = branch.find("type");
            if (type != nullptr && !hasType(value, type->text))
                continue;
            const JsonNode* const required = branch.find("required");
            if (required != nullptr && value.find(required->items.front().text) == nullptr)
                continue;
            ++named;
            meant = &branch;
        }
        if (named == 1)
            check(*meant, value, path);
        else
            fault(schema, path, "has a form that is not understood");
    }

    const JsonNode& m_root;
    std::vector<Problem> m_found;
};

}  // namespace

std::vector<Problem> validateSchema(const JsonNode& schema, const JsonNode& value) {
    return Validator(schema).run(value);
}

std::string memberPath(const std::string& parent, std::string_view name) {
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
    const std::string text = shortened(name);
    return plain && text.size() == name.size() ? parent + "." + text
                                               : parent + "[" + quoteJson(text) + "]";
}

std::string itemPath(const std::string& parent, std::size_t index) {
    return parent + "[" + std::to_string(index) + "]";
}

std::string closestName(std::string_view name, const std::vector<std::string>& known) {
    if (name.size() > kLongestName)
        return {};
    std::string best;
    std::size_t least = std::max<std::size_t>(1, std::min<std::size_t>(3, name.size() / 3)) + 1;
    for (const std::string& candidate : known) {
        const std::size_t d = distance(toLower(name), candidate);
        if (d < least) {
            least = d;
            best = candidate;
        }
    }
    return best;
}

}  // namespace gr::settings
