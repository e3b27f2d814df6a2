// SPDX-License-Identifier: MIT
#include "protocol/dialects.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/embedded.h"
#include "base/text.h"
#include "json/scan.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

template <class Value>
using Words = std::pair<std::string_view, Value>;

constexpr std::array kEfforts{
    Words<Effort>{"none", Effort::None}, Words<Effort>{"minimal", Effort::Minimal},
    Words<Effort>{"low", Effort::Low},   Words<Effort>{"medium", Effort::Medium},
    Words<Effort>{"high", Effort::High}, Words<Effort>{"xhigh", Effort::XHigh},
    Words<Effort>{"max", Effort::Max},
};
constexpr std::array kProtocols{
    Words<Protocol>{"chat", Protocol::OpenAiChat},
    Words<Protocol>{"responses", Protocol::OpenAiResponses},
    Words<Protocol>{"messages", Protocol::Anthropic},
    Words<Protocol>{"gemini", Protocol::Gemini},
};
constexpr std::array kToolIds{
    Words<ToolIdForm>{"any", ToolIdForm::Any},
    Words<ToolIdForm>{"word", ToolIdForm::Word},
    Words<ToolIdForm>{"nine", ToolIdForm::Nine},
};
constexpr std::array kThinking{
    Words<ThinkingForm>{"none", ThinkingForm::None},
    Words<ThinkingForm>{"effort", ThinkingForm::Effort},
    Words<ThinkingForm>{"budget", ThinkingForm::Budget},
    Words<ThinkingForm>{"adaptive", ThinkingForm::Adaptive},
    Words<ThinkingForm>{"gemini-budget", ThinkingForm::GeminiBudget},
    Words<ThinkingForm>{"gemini-level", ThinkingForm::GeminiLevel},
};

template <class Value, std::size_t size>
std::optional<Value> named(const std::array<Words<Value>, size>& table, std::string_view name) {
    for (const auto& [word, value] : table) {
        if (word == name)
            return value;
    }
    return std::nullopt;
}

template <class Value, std::size_t size>
std::string_view wordFor(const std::array<Words<Value>, size>& table, Value value) {
    for (const auto& [word, known] : table) {
        if (known == value)
            return word;
    }
    return {};
}

constexpr std::array kSwitches{
    Words<bool Dialect::*>{"reports_cost", &Dialect::reportsCost},
    Words<bool Dialect::*>{"stream_usage_option", &Dialect::streamUsageOption},
    Words<bool Dialect::*>{"reasoning_must_return", &Dialect::reasoningMustReturn},
    Words<bool Dialect::*>{"developer_role", &Dialect::developerRole},
    Words<bool Dialect::*>{"system_turns", &Dialect::systemTurns},
    Words<bool Dialect::*>{"message_names", &Dialect::messageNames},
    Words<bool Dialect::*>{"json_schema", &Dialect::jsonSchema},
    Words<bool Dialect::*>{"tool_choice", &Dialect::toolChoice},
    Words<bool Dialect::*>{"parallel_tools_option", &Dialect::parallelToolsOption},
    Words<bool Dialect::*>{"image_urls", &Dialect::imageUrls},
    Words<bool Dialect::*>{"files", &Dialect::files},
    Words<bool Dialect::*>{"audio", &Dialect::audio},
    Words<bool Dialect::*>{"custom_tools", &Dialect::customTools},
    Words<bool Dialect::*>{"cache_marks", &Dialect::cacheMarks},
    Words<bool Dialect::*>{"openai_extras", &Dialect::openaiExtras},
    Words<bool Dialect::*>{"reasoning_outside_output", &Dialect::reasoningOutsideOutput},
    Words<bool Dialect::*>{"thinking_switch", &Dialect::thinkingSwitch},
    Words<bool Dialect::*>{"effort_field", &Dialect::effortField},
    Words<bool Dialect::*>{"responses", &Dialect::responses},
};
constexpr std::array kRuleSwitches{
    Words<bool ModelRules::*>{"sampling", &ModelRules::sampling},
    Words<bool ModelRules::*>{"sampling_without_thought", &ModelRules::samplingWithoutThought},
    Words<bool ModelRules::*>{"thinking_can_be_off", &ModelRules::thinkingCanBeOff},
    Words<bool ModelRules::*>{"thinking_budget", &ModelRules::thinkingBudget},
    Words<bool ModelRules::*>{"forced_tool_choice", &ModelRules::forcedToolChoice},
    Words<bool ModelRules::*>{"tools_need_responses", &ModelRules::toolsNeedResponses},
    Words<bool ModelRules::*>{"system_turns", &ModelRules::systemTurns},
    Words<bool ModelRules::*>{"prefill", &ModelRules::prefill},
    Words<bool ModelRules::*>{"images", &ModelRules::images},
    Words<bool ModelRules::*>{"json_schema", &ModelRules::jsonSchema},
    Words<bool ModelRules::*>{"counted", &ModelRules::counted},
};

// The text of a string member, or nothing.
std::optional<std::string> textOf(const Object& object, const Member& member) {
    if (member.type != Type::String)
        return std::nullopt;
    return json::unescape(object.raw(member));
}

std::optional<std::vector<std::string>> textsOf(const Object& object, const Member& member) {
    std::vector<std::string> texts;
    if (member.type != Type::Array)
        return std::nullopt;
    for (const std::string_view element : json::elementsIn(object.raw(member))) {
        if (!element.starts_with('"'))
            return std::nullopt;
        texts.push_back(json::unescape(element));
    }
    return texts;
}

std::optional<std::vector<std::pair<std::string, std::string>>> pairsOf(const Object& object,
                                                                        const Member& member) {
    const auto inner = json::objectIn(object.raw(member));
    if (!inner)
        return std::nullopt;
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const Member& entry : inner->members) {
        auto value = textOf(*inner, entry);
        if (!value)
            return std::nullopt;
        pairs.emplace_back(entry.key, std::move(*value));
    }
    return pairs;
}

bool isFlag(const Member& member) {
    return member.type == Type::True || member.type == Type::False;
}

}  // namespace

std::string_view nameOf(Effort effort) {
    return wordFor(kEfforts, effort);
}

std::optional<Effort> effortNamed(std::string_view name) {
    return named(kEfforts, name);
}

std::string_view nameOf(Protocol protocol) {
    return wordFor(kProtocols, protocol);
}

// Reads the data file. Every function is false for an entry that it does not understand.
class DialectReader final {
  public:
    static bool dialect(std::string_view text, Dialect& dialect) {
        const auto object = json::objectIn(text);
        if (!object || object->find("id") == nullptr)
            return false;
        return std::all_of(object->members.begin(), object->members.end(),
                           [&](const Member& m) { return field(*object, m, dialect); });
    }

    static bool pattern(std::string_view text, Dialects::Pattern& pattern) {
        const auto object = json::objectIn(text);
        const Member* model = object ? object->find("model") : nullptr;
        const Member* rules = object ? object->find("rules") : nullptr;
        const auto inner = rules != nullptr ? json::objectIn(object->raw(*rules)) : std::nullopt;
        const auto name = model != nullptr ? textOf(*object, *model) : std::nullopt;
        if (!name || !inner)
            return false;
        pattern.model = *name;
        if (const Member* dialect = object->find("dialect"))
            pattern.dialect = textOf(*object, *dialect).value_or("");
        return std::all_of(inner->members.begin(), inner->members.end(),
                           [&](const Member& m) { return rule(*inner, m, pattern); });
    }

  private:
    static bool field(const Object& object, const Member& member, Dialect& dialect) {
        if (const auto flag = named(kSwitches, member.key)) {
            dialect.** flag = member.type == Type::True;
            return isFlag(member);
        }
        if (member.key == "only" || member.key == "refused") {
            auto texts = textsOf(object, member);
            if (texts)
                (member.key == "only" ? dialect.only : dialect.refused) = std::move(*texts);
            return texts.has_value();
        }
        if (member.key == "renamed" || member.key == "efforts")
            return pairs(object, member, dialect);
        const auto text = textOf(object, member);
        return text && word(member.key, *text, dialect);
    }

    static bool pairs(const Object& object, const Member& member, Dialect& dialect) {
        auto pairs = pairsOf(object, member);
        if (!pairs)
            return false;
        if (member.key == "renamed") {
            dialect.renamed = std::move(*pairs);
            return true;
        }
        for (auto& [ours, theirs] : *pairs) {
            const auto effort = effortNamed(ours);
            if (!effort)
                return false;
            dialect.efforts.emplace_back(*effort, std::move(theirs));
        }
        return true;
    }

    static bool word(std::string_view key, const std::string& text, Dialect& dialect) {
        if (key == "id") {
            dialect.id = text;
        } else if (key == "max_tokens_field") {
            dialect.maxTokensField = text;
        } else if (key == "reasoning_field") {
            dialect.reasoningField = text;
        } else if (key == "protocol") {
            const auto protocol = named(kProtocols, text);
            dialect.protocol = protocol.value_or(Protocol::OpenAiChat);
            return protocol.has_value();
        } else if (key == "tool_ids") {
            const auto form = named(kToolIds, text);
            dialect.toolIds = form.value_or(ToolIdForm::Any);
            return form.has_value();
        } else {
            return false;
        }
        return true;
    }

    static bool rule(const Object& object, const Member& member, Dialects::Pattern& pattern) {
        if (const auto flag = named(kRuleSwitches, member.key)) {
            const bool value = member.type == Type::True;
            pattern.rules.emplace_back([flag, value](ModelRules& r) { r.** flag = value; });
            return isFlag(member);
        }
        if (member.key == "thinking") {
            const auto form = named(kThinking, textOf(object, member).value_or(""));
            if (form)
                pattern.rules.emplace_back([form](ModelRules& r) { r.thinking = *form; });
            return form.has_value();
        }
        if (member.key == "image_tokens") {
            const auto most = json::integerIn(object.raw(member));
            if (most)
                pattern.rules.emplace_back([most](ModelRules& r) { r.imageTokens = *most; });
            return most && *most > 0 && *most <= ModelRules::kMostImageTokens;
        }
        const auto names = member.key == "efforts" ? textsOf(object, member) : std::nullopt;
        if (!names)
            return false;
        std::vector<Effort> efforts;
        for (const std::string& name : *names) {
            const auto effort = effortNamed(name);
            if (!effort)
                return false;
            efforts.push_back(*effort);
        }
        pattern.rules.emplace_back([efforts](ModelRules& r) { r.efforts = efforts; });
        return true;
    }
};

Dialects Dialects::embedded() {
    auto read = parse(embeddedDialects());
    if (!read)
        std::abort();  // the file is part of the program: tests/core/test_dialects reads it
    return std::move(*read);
}

Result<Dialects> Dialects::parse(std::string_view json) {
    const auto object = json::scanObject(json);
    if (!object)
        return fail(ErrorCode::ConfigInvalid, "The table of dialects is not readable.",
                    object.error().message.text);
    const auto listOf = [&object](std::string_view key) {
        const Member* member = object->find(key);
        return member != nullptr ? json::elementsIn(object->raw(*member))
                                 : std::vector<std::string_view>();
    };
    Dialects out;
    for (const std::string_view text : listOf("dialects")) {
        if (!DialectReader::dialect(text, out.m_dialects.emplace_back()))
            return fail(ErrorCode::ConfigInvalid, "The table of dialects has a senseless entry.",
                        std::string(text.substr(0, 200)));
    }
    for (const std::string_view text : listOf("models")) {
        if (!DialectReader::pattern(text, out.m_patterns.emplace_back()))
            return fail(ErrorCode::ConfigInvalid, "The table of models has a senseless entry.",
                        std::string(text.substr(0, 200)));
    }
    for (const auto& [word, protocol] : kProtocols) {
        const bool spoken =
            std::any_of(out.m_dialects.begin(), out.m_dialects.end(),
                        [wanted = protocol](const Dialect& d) { return d.protocol == wanted; });
        if (!spoken)
            return fail(ErrorCode::ConfigInvalid, "The table of dialects lacks a protocol.",
                        std::string(word));
    }
    return out;
}

const Dialect& Dialects::find(std::string_view id, Protocol protocol) const {
    const auto named = std::find_if(m_dialects.begin(), m_dialects.end(),
                                    [id](const Dialect& d) { return d.id == id; });
    if (named != m_dialects.end())
        return *named;
    return *std::find_if(m_dialects.begin(), m_dialects.end(),
                         [wanted = protocol](const Dialect& d) { return d.protocol == wanted; });
}

ModelRules Dialects::rulesOf(const Dialect& dialect, std::string_view model) const {
    ModelRules rules;
    for (const Pattern& pattern : m_patterns) {
        if ((!pattern.dialect.empty() && pattern.dialect != dialect.id) ||
            !matchesPattern(pattern.model, model))
            continue;
        for (const auto& apply : pattern.rules)
            apply(rules);
    }
    return rules;
}

}  // namespace gr::protocol
