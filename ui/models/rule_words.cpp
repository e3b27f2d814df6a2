// SPDX-License-Identifier: MIT
#include "models/rule_words.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>
#include <algorithm>
#include <array>

#include "format.h"
#include "settings/json_edit.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using settings::JsonMember;
using settings::JsonNode;
using Kind = RuleField::Kind;

namespace {

#define SAY(text) QT_TRANSLATE_NOOP("Rules", text)

constexpr std::array kConditions{
    RuleField{"client", Kind::Texts, SAY("Client is"), SAY("names of keys, * for any characters")},
    RuleField{"model", Kind::Texts, SAY("Asked for"), SAY("names of models"), true},
    RuleField{"prompt_tokens_over", Kind::Whole, SAY("Prompt over"), SAY("tokens")},
    RuleField{"prompt_tokens_under", Kind::Whole, SAY("Prompt under"), SAY("tokens")},
    RuleField{"has_secret", Kind::Yes, SAY("Holds a secret"), ""},
    RuleField{"has_image", Kind::Yes, SAY("Has images"), ""},
    RuleField{"has_file", Kind::Yes, SAY("Has documents"), ""},
    RuleField{"has_tools", Kind::Yes, SAY("Has tools"), ""},
    RuleField{"has_code", Kind::Yes, SAY("Has code"), ""},
    RuleField{"complexity_over", Kind::Decimal, SAY("Harder than"), SAY("0 to 1")},
    RuleField{"domain", Kind::Texts, SAY("About"), SAY("math, code, writing, …")},
    RuleField{"language", Kind::Texts, SAY("Written in"), SAY("en, de, zh, …")},
    RuleField{"hours", Kind::Texts, SAY("At the hours"), SAY("22-6 is from 22:00 until 06:00")},
    RuleField{"session_usd_over", Kind::Money, SAY("Conversation cost over"), SAY("US dollars")},
    RuleField{"header", Kind::Json, SAY("Has the header"), "{ \"x-team\": \"web-*\" }"},
    RuleField{"not", Kind::Json, SAY("But not"), "{ \"client\": \"editor\" }"},
};

constexpr std::array kActions{
    RuleField{"only_models", Kind::Texts, SAY("Only models"), SAY("names, * for any characters"),
              true},
    RuleField{"prefer_models", Kind::Texts, SAY("First try models"),
              SAY("names, * for any characters"), true},
    RuleField{"avoid_models", Kind::Texts, SAY("Never models"), SAY("names, * for any characters"),
              true},
    RuleField{"only_providers", Kind::Texts, SAY("Only providers"), SAY("names of providers")},
    RuleField{"prefer_providers", Kind::Texts, SAY("First try providers"),
              SAY("names of providers")},
    RuleField{"avoid_providers", Kind::Texts, SAY("Never providers"), SAY("names of providers")},
    RuleField{"local_only", Kind::Yes, SAY("Stay on this machine"), ""},
    RuleField{"max_cost", Kind::Money, SAY("Spend at most"), SAY("US dollars a request")},
    RuleField{"effort", Kind::Effort, SAY("Think with effort"), ""},
    RuleField{"alias", Kind::Text, SAY("Answer as"), SAY("a name of yours, or a model"), true},
    RuleField{"refuse", Kind::Text, SAY("Refuse and say"), SAY("what the client is told")},
};

#undef SAY

QString say(const char* text) {
    return QCoreApplication::translate("Rules", text);
}

const JsonNode& memberOf(const JsonNode& rule, std::string_view name) {
    static const JsonNode nothing;
    const JsonNode* found = rule.find(name);
    return found != nullptr ? *found : nothing;
}

QString raw(const JsonNode& node);

QString rawList(const JsonNode& node) {
    QStringList parts;
    for (const JsonNode& item : node.items) {
        parts << raw(item);
    }
    for (const JsonMember& one : node.members) {
        parts << text(settings::quoteJson(one.name)) + u": "_s + raw(one.value);
    }
    return parts.join(u", "_s);
}

QString raw(const JsonNode& node) {
    switch (node.type) {
        case JsonNode::Type::Null:
            return u"null"_s;
        case JsonNode::Type::Bool:
            return node.boolean ? u"true"_s : u"false"_s;
        case JsonNode::Type::Number:
            return text(node.text);
        case JsonNode::Type::String:
            return text(settings::quoteJson(node.text));
        case JsonNode::Type::Array:
            return u"[ "_s + rawList(node) + u" ]"_s;
        case JsonNode::Type::Object:
            return u"{ "_s + rawList(node) + u" }"_s;
    }
    return {};
}

// One text or several: "a", "a or b", "a, b or c".
QString anyOf(const JsonNode& node) {
    QStringList names;
    for (const JsonNode& item : node.items) {
        names << text(item.text);
    }
    if (node.isString() || node.isNumber()) {
        names << text(node.text);
    }
    if (names.isEmpty()) {
        return u"…"_s;
    }
    const QString last = names.takeLast();
    return names.isEmpty()
               ? last
               : QCoreApplication::translate("Rules", "%1 or %2").arg(names.join(u", "_s), last);
}

QString number(const JsonNode& node) {
    const auto whole = node.integer();
    return whole ? count(*whole) : u"…"_s;
}

QString yesOrNo(const JsonNode& node, const char* yes, const char* no) {
    return say(!node.isBool() || node.boolean ? yes : no);
}

QStringList conditionWords(const JsonNode& condition);

QString conditionWord(const std::string& name, const JsonNode& value) {
    const auto with = [&value](const char* sentence) { return say(sentence).arg(anyOf(value)); };
    if (name == "client") {
        return with(QT_TRANSLATE_NOOP("Rules", "the client is %1"));
    }
    if (name == "model") {
        return with(QT_TRANSLATE_NOOP("Rules", "%1 is asked for"));
    }
    if (name == "prompt_tokens_over") {
        return say(QT_TRANSLATE_NOOP("Rules", "the prompt is over %1 tokens")).arg(number(value));
    }
    if (name == "prompt_tokens_under") {
        return say(QT_TRANSLATE_NOOP("Rules", "the prompt is under %1 tokens")).arg(number(value));
    }
    if (name == "has_secret") {
        return yesOrNo(value, QT_TRANSLATE_NOOP("Rules", "it holds a secret"),
                       QT_TRANSLATE_NOOP("Rules", "it holds no secret"));
    }
    if (name == "has_image") {
        return yesOrNo(value, QT_TRANSLATE_NOOP("Rules", "it has images"),
                       QT_TRANSLATE_NOOP("Rules", "it has no images"));
    }
    if (name == "has_file") {
        return yesOrNo(value, QT_TRANSLATE_NOOP("Rules", "it has documents"),
                       QT_TRANSLATE_NOOP("Rules", "it has no documents"));
    }
    if (name == "has_tools") {
        return yesOrNo(value, QT_TRANSLATE_NOOP("Rules", "it has tools"),
                       QT_TRANSLATE_NOOP("Rules", "it has no tools"));
    }
    if (name == "has_code") {
        return yesOrNo(value, QT_TRANSLATE_NOOP("Rules", "it has code"),
                       QT_TRANSLATE_NOOP("Rules", "it has no code"));
    }
    if (name == "complexity_over") {
        return with(QT_TRANSLATE_NOOP("Rules", "it is harder than %1"));
    }
    if (name == "domain") {
        return with(QT_TRANSLATE_NOOP("Rules", "it is about %1"));
    }
    if (name == "language") {
        return with(QT_TRANSLATE_NOOP("Rules", "it is written in %1"));
    }
    if (name == "hours") {
        return with(QT_TRANSLATE_NOOP("Rules", "the hour is in %1"));
    }
    if (name == "session_usd_over") {
        return with(QT_TRANSLATE_NOOP("Rules", "the conversation cost over $%1"));
    }
    if (name == "header" && value.isObject() && !value.members.empty()) {
        QStringList headers;
        for (const JsonMember& one : value.members) {
            headers << say(QT_TRANSLATE_NOOP("Rules", "the header %1 is %2"))
                           .arg(text(one.name), anyOf(one.value));
        }
        return headers.join(u", "_s);
    }
    if (name == "not" && value.isObject()) {
        return say(QT_TRANSLATE_NOOP("Rules", "not (%1)")).arg(conditionWords(value).join(u", "_s));
    }
    return text(name) + u": "_s + raw(value);
}

QStringList conditionWords(const JsonNode& condition) {
    QStringList words;
    for (const JsonMember& one : condition.members) {
        words << conditionWord(one.name, one.value);
    }
    return words;
}

QString actionWord(const std::string& name, const JsonNode& value) {
    struct Row {
        const char* name;
        const char* words;
    };
    static constexpr std::array kRows{
        Row{"only_models", QT_TRANSLATE_NOOP("Rules", "use only %1")},
        Row{"prefer_models", QT_TRANSLATE_NOOP("Rules", "first try %1")},
        Row{"avoid_models", QT_TRANSLATE_NOOP("Rules", "never use %1")},
        Row{"only_providers", QT_TRANSLATE_NOOP("Rules", "ask only the provider %1")},
        Row{"prefer_providers", QT_TRANSLATE_NOOP("Rules", "first ask the provider %1")},
        Row{"avoid_providers", QT_TRANSLATE_NOOP("Rules", "never ask the provider %1")},
        Row{"max_cost", QT_TRANSLATE_NOOP("Rules", "spend at most $%1")},
        Row{"effort", QT_TRANSLATE_NOOP("Rules", "think with effort %1")},
        Row{"alias", QT_TRANSLATE_NOOP("Rules", "answer as %1")},
        Row{"refuse", QT_TRANSLATE_NOOP("Rules", "refuse with “%1”")},
    };
    if (name == "local_only") {
        return yesOrNo(value, QT_TRANSLATE_NOOP("Rules", "stay on this machine"),
                       QT_TRANSLATE_NOOP("Rules", "leave this machine if need be"));
    }
    const auto row = std::ranges::find(kRows, name, &Row::name);
    return row != kRows.end() ? say(row->words).arg(anyOf(value))
                              : text(name) + u": "_s + raw(value);
}

template <class Mark>
QString sentence(const JsonNode& rule, const Mark& mark) {
    QStringList conditions = conditionWords(memberOf(rule, "if"));
    QStringList actions;
    for (const JsonMember& one : memberOf(rule, "then").members) {
        actions << actionWord(one.name, one.value);
    }
    for (QStringList* list : {&conditions, &actions}) {
        std::ranges::transform(*list, list->begin(), mark);
    }
    const QString joined = actions.isEmpty() ? u"…"_s : actions.join(u", "_s);
    const QString all =
        conditions.isEmpty()
            ? say(QT_TRANSLATE_NOOP("Rules", "Always %1")).arg(joined)
            : say(QT_TRANSLATE_NOOP("Rules", "If %1, then %2"))
                  .arg(conditions.join(say(QT_TRANSLATE_NOOP("Rules", " and "))), joined);
    return memberOf(rule, "continue").boolean
               ? say(QT_TRANSLATE_NOOP("Rules", "%1, and go on to the next rule")).arg(all)
               : all;
}

bool isNumber(const QString& typed, bool whole) {
    bool good = false;
    if (whole) {
        typed.toLongLong(&good);
    } else {
        typed.toDouble(&good);
    }
    return good && settings::parseJson("[" + utf8(typed) + "]").has_value();
}

JsonNode numberNode(const QString& typed) {
    JsonNode node;
    node.type = JsonNode::Type::Number;
    node.text = utf8(typed);
    return node;
}

}  // namespace

std::span<const RuleField> conditionFields() {
    return kConditions;
}

std::span<const RuleField> actionFields() {
    return kActions;
}

QString fieldLabel(const RuleField& field) {
    return say(field.label);
}

QString fieldHint(const RuleField& field) {
    return *field.hint == '\0' ? QString() : say(field.hint);
}

QString ruleSentence(const JsonNode& rule) {
    return sentence(rule, [](const QString& part) {
        return QString(u"<b>"_s + part.toHtmlEscaped() + u"</b>"_s);
    });
}

QString rulePlain(const JsonNode& rule) {
    return sentence(rule, [](const QString& part) { return part; });
}

QString ruleTitle(const JsonNode& rule, int row) {
    const JsonNode& name = memberOf(rule, "name");
    return name.isString() && !name.text.empty()
               ? text(name.text)
               : say(QT_TRANSLATE_NOOP("Rules", "Rule %1")).arg(row + 1);
}

bool ruleEnabled(const JsonNode& rule) {
    const JsonNode& enabled = memberOf(rule, "enabled");
    return !enabled.isBool() || enabled.boolean;
}

QString fieldText(const RuleField& field, const JsonNode& value) {
    if (field.kind == Kind::Json) {
        return value.isString() ? text(value.text) : raw(value);
    }
    if (value.isArray()) {
        QStringList names;
        for (const JsonNode& item : value.items) {
            names << text(item.text);
        }
        return names.join(u", "_s);
    }
    return value.isBool() ? raw(value) : text(value.text);
}

JsonNode fieldValue(const RuleField& field, const QString& typed) {
    const QString trimmed = typed.trimmed();
    switch (field.kind) {
        case Kind::Texts: {
            std::vector<JsonNode> names;
            for (const QString& name : trimmed.split(u',', Qt::SkipEmptyParts)) {
                if (!name.trimmed().isEmpty()) {
                    names.push_back(settings::jsonText(utf8(name.trimmed())));
                }
            }
            return names.size() == 1 ? names.front() : settings::jsonArray(std::move(names));
        }
        case Kind::Yes:
            return settings::jsonBool(trimmed == u"true"_s);
        case Kind::Whole:
        case Kind::Decimal:
            return isNumber(trimmed, field.kind == Kind::Whole) ? numberNode(trimmed)
                                                                : settings::jsonText(utf8(trimmed));
        case Kind::Json: {
            const auto object = settings::parseJson(utf8(trimmed));
            return object && object->isObject() && !trimmed.isEmpty()
                       ? *object
                       : settings::jsonText(utf8(trimmed));
        }
        case Kind::Money:
        case Kind::Text:
        case Kind::Effort:
            return settings::jsonText(utf8(trimmed));
    }
    return {};
}

JsonNode fieldDefault(const RuleField& field) {
    switch (field.kind) {
        case Kind::Texts:
            return settings::jsonArray({});
        case Kind::Yes:
            return settings::jsonBool(true);
        case Kind::Whole:
            return settings::jsonNumber(50'000);
        case Kind::Decimal:
            return numberNode(u"0.5"_s);
        case Kind::Money:
            return settings::jsonText("0.10");
        case Kind::Effort:
            return settings::jsonText("high");
        case Kind::Json:
            return settings::jsonObject({});
        case Kind::Text:
            return settings::jsonText("");
    }
    return {};
}

}  // namespace gr::ui
