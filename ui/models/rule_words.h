// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <span>

#include "settings/json_tree.h"

// Rules as people read and type them. A rule is the JSON object of the configuration; what it has
// and this version does not know is shown as it stands. Pure, in the default QLocale; any thread.
namespace gr::ui {

// "If <b>client is cursor</b> and <b>…</b>, then <b>…</b>": rich text, values escaped.
QString ruleSentence(const settings::JsonNode& rule);
// The same without marks.
QString rulePlain(const settings::JsonNode& rule);
// Its name, else "Rule 3".
QString ruleTitle(const settings::JsonNode& rule, int row);
bool ruleEnabled(const settings::JsonNode& rule);

// A member of `if` or `then` that can be edited.
struct RuleField {
    enum class Kind : quint8 { Texts, Yes, Whole, Decimal, Money, Text, Effort, Json };
    const char* member;
    Kind kind;
    const char* label;    // context "Rules"
    const char* hint;     // what to type; context "Rules", may be empty
    bool models = false;  // names of models are offered
};
std::span<const RuleField> conditionFields();
std::span<const RuleField> actionFields();
QString fieldLabel(const RuleField& field);
QString fieldHint(const RuleField& field);

// A value as it stands in its field, and back. What is typed and cannot be such a value becomes a
// text, so that whoever reads the rule says what is wrong with it.
QString fieldText(const RuleField& field, const settings::JsonNode& value);
settings::JsonNode fieldValue(const RuleField& field, const QString& typed);
// What a field begins with.
settings::JsonNode fieldDefault(const RuleField& field);

}  // namespace gr::ui
