// SPDX-License-Identifier: MIT
#include "settings/rules_reader.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/url.h"
#include "routing/language.h"
#include "routing/rule_lint.h"
#include "settings/schema_validator.h"
#include "settings/settings_checks.h"
#include "settings/time_zone.h"

namespace gr::settings {
namespace {

using routing::Actions;
using routing::Condition;
using routing::Rule;

constexpr int kMostNesting = 8;
constexpr std::uint32_t kAllHours = (1U << 24) - 1;

std::vector<std::string> textsOf(const JsonNode* node) {
    std::vector<std::string> out;
    if (node == nullptr)
        return out;
    if (node->isString())
        out.push_back(node->text);
    for (const JsonNode& item : node->items) {
        if (item.isString())
            out.push_back(item.text);
    }
    return out;
}

std::string textOf(const JsonNode& object, std::string_view name) {
    const JsonNode* const node = object.find(name);
    return node != nullptr && node->isString() ? node->text : std::string();
}

std::optional<bool> boolOf(const JsonNode& object, std::string_view name) {
    const JsonNode* const node = object.find(name);
    return node != nullptr && node->isBool() ? std::optional(node->boolean) : std::nullopt;
}

std::optional<std::int64_t> integerOf(const JsonNode& object, std::string_view name) {
    const JsonNode* const node = object.find(name);
    return node != nullptr ? node->integer() : std::nullopt;
}

// "7" or "07:00".
std::optional<int> hourOf(std::string_view text) {
    text = trim(text);
    if (text.size() > 3 && text.ends_with(":00"))
        text.remove_suffix(3);
    const auto hour = text.size() <= 2 ? parseUnsigned(text) : std::nullopt;
    return hour && *hour <= 24 ? std::optional(static_cast<int>(*hour)) : std::nullopt;
}

// One use: reads all rules of a document.
class RulesReader final {
  public:
    explicit RulesReader(std::vector<Problem>& problems) : m_problems(problems) {}

    Rule rule(const JsonNode& node, const std::string& path) {
        Rule rule;
        rule.name = textOf(node, "name");
        rule.enabled = boolOf(node, "enabled").value_or(true);
        rule.goesOn = boolOf(node, "continue").value_or(false);
        if (const JsonNode* const when = node.find("if"); when != nullptr)
            rule.condition = condition(*when, memberPath(path, "if"), 0);
        if (const JsonNode* const then = node.find("then"); then != nullptr && then->isObject())
            rule.actions = actions(*then, memberPath(path, "then"));
        return rule;
    }

  private:
    // Misreading a rule could let out what it should keep: what is odd is an error.
    void error(const std::string& path, std::string message) {
        m_problems.push_back({Problem::Severity::Error, path, std::move(message)});
    }

    Condition condition(const JsonNode& node, const std::string& path, int depth) {
        Condition out;
        out.clients = textsOf(node.find("client"));
        out.models = textsOf(node.find("model"));
        out.hasImage = boolOf(node, "has_image");
        out.hasFile = boolOf(node, "has_file");
        out.hasTools = boolOf(node, "has_tools");
        out.hasSecret = boolOf(node, "has_secret");
        out.hasCode = boolOf(node, "has_code");
        out.promptTokensOver = integerOf(node, "prompt_tokens_over");
        out.promptTokensUnder = integerOf(node, "prompt_tokens_under");
        if (const JsonNode* const over = node.find("complexity_over");
            over != nullptr && over->isNumber())
            out.complexityOver = over->number();
        if (const auto money = Money::parse(textOf(node, "session_usd_over")))
            out.sessionUsdOver = *money;
        each(node, "domain", path,
             [&](const auto& name, const auto& where) { addDomain(out, name, where); });
        each(node, "language", path,
             [&](const auto& name, const auto& where) { addLanguage(out, name, where); });
        each(node, "hours", path,
             [&](const auto& text, const auto& where) { addHours(out, text, where); });
        if (const JsonNode* const header = node.find("header"); header != nullptr) {
            for (const JsonMember& member : header->members)
                out.headers.push_back({toLower(member.name), textsOf(&member.value)});
            if (header->members.empty())
                error(memberPath(path, "header"), "is empty; name a header and its value");
        }
        if (const JsonNode* const exception = node.find("not"); exception != nullptr)
            addException(out, *exception, memberPath(path, "not"), depth);
        return out;
    }

    void addException(Condition& out, const JsonNode& node, const std::string& path, int depth) {
        if (depth >= kMostNesting)
            error(path, "stands too deep inside other conditions (at most " +
                            std::to_string(kMostNesting) + "); say it with fewer \"not\"");
        else
            out.exceptions.push_back(condition(node, path, depth + 1));
    }

    // Calls `what(text, path)` for the text `name`, or for each of its list.
    template <class What>
    void each(const JsonNode& node, const char* name, const std::string& path, const What& what) {
        const JsonNode* const value = node.find(name);
        const std::string where = memberPath(path, name);
        if (value == nullptr)
            return;
        if (value->isString())
            what(value->text, where);
        for (std::size_t i = 0; i < value->items.size(); ++i) {
            if (value->items[i].isString())
                what(value->items[i].text, itemPath(where, i));
        }
    }

    template <class Names>
    void unknown(const std::string& path, const char* what, const std::string& name,
                 const Names& names) {
        const std::vector<std::string> known(names.begin(), names.end());
        std::string list;
        for (const std::string& one : known)
            list += (list.empty() ? "" : ", ") + one;
        const std::string close = closestName(name, known);
        error(path,
              std::string("names no ") + what + " that is known" +
                  (close.empty() ? "; known are " + list : "; did you mean \"" + close + "\"?"));
    }

    void addDomain(Condition& out, const std::string& name, const std::string& path) {
        const auto& names = routing::kDomainNames;
        const auto it = std::find(names.begin(), names.end(), name);
        if (it == names.end())
            unknown(path, "kind of work", name, names);
        else
            out.domains |= 1U << static_cast<unsigned>(it - names.begin());
    }

    void addLanguage(Condition& out, const std::string& name, const std::string& path) {
        const auto& names = routing::kLanguages;
        if (std::find(names.begin(), names.end(), name) == names.end())
            unknown(path, "language", name, names);
        else
            out.languages.push_back(name);
    }

    void addHours(Condition& out, const std::string& text, const std::string& path) {
        if (const auto hours = hoursIn(text))
            out.hours |= *hours;
        else
            error(path,
                  "must be hours of the day such as \"22-6\" (from 22:00 until 06:00) or \"9\", "
                  "whole ones from 0 to 24");
    }

    Actions actions(const JsonNode& node, const std::string& path) {
        Actions out;
        out.onlyModels = textsOf(node.find("only_models"));
        out.preferModels = textsOf(node.find("prefer_models"));
        out.avoidModels = textsOf(node.find("avoid_models"));
        out.onlyProviders = textsOf(node.find("only_providers"));
        out.preferProviders = textsOf(node.find("prefer_providers"));
        out.avoidProviders = textsOf(node.find("avoid_providers"));
        out.localOnly = boolOf(node, "local_only").value_or(false);
        if (const auto money = Money::parse(textOf(node, "max_cost")))
            out.maxCost = *money;
        out.effort = protocol::effortNamed(textOf(node, "effort"));
        out.alias = textOf(node, "alias");
        out.refuse = textOf(node, "refuse");
        if (node.members.empty())
            error(path, "is empty; give at least one action, such as \"local_only\": true");
        if (const auto local = boolOf(node, "local_only"); local && !*local)
            error(memberPath(path, "local_only"),
                  "does nothing when it is false; remove it, and put the rule behind the one that "
                  "it should not undo");
        return out;
    }

    std::vector<Problem>& m_problems;
};

// Where in the file: "if.client" of the third rule.
std::string pathOf(const routing::RuleNotice& notice) {
    return itemPath("$.routing.rules", notice.rule) + "." + notice.member;
}

routing::RuleWorld::Provider providerOf(const Provider& provider, const catalog::Catalog& catalog) {
    routing::RuleWorld::Provider out;
    out.id = provider.id;
    const std::string address =
        provider.baseUrl.empty() ? defaultBaseUrl(provider, catalog) : provider.baseUrl;
    const auto url = Url::parse(address);
    out.local = url && url->isLoopback();
    for (const Model& model : provider.models)
        out.models.push_back(model.id);
    const catalog::ProviderInfo* const known = catalog.findById(provider.id);
    if (provider.models.empty() && known != nullptr) {
        for (const catalog::ModelInfo& model : known->models)
            out.models.push_back(model.id);
    }
    return out;
}

}  // namespace

std::optional<std::uint32_t> hoursIn(std::string_view text) {
    const auto dash = text.find('-');
    const auto from = hourOf(text.substr(0, dash));
    if (!from || *from == 24)
        return std::nullopt;
    if (dash == text.npos)
        return 1U << static_cast<unsigned>(*from);
    const auto until = hourOf(text.substr(dash + 1));
    if (!until || *until == *from)
        return std::nullopt;
    std::uint32_t hours = 0;
    for (int hour = *from; hour != *until % 24 || hours == 0; hour = (hour + 1) % 24) {
        hours |= 1U << static_cast<unsigned>(hour);
        if (hours == kAllHours)
            break;
    }
    return hours;
}

std::vector<routing::Rule> rulesOf(const JsonNode& root, std::vector<Problem>& problems) {
    std::vector<routing::Rule> out;
    const JsonNode* const routing = root.find("routing");
    const JsonNode* const rules = routing != nullptr ? routing->find("rules") : nullptr;
    RulesReader reader(problems);
    for (std::size_t i = 0; rules != nullptr && i < rules->items.size(); ++i)
        out.push_back(reader.rule(rules->items[i], itemPath("$.routing.rules", i)));
    return out;
}

std::shared_ptr<const ledger::ZoneTable> rulesZone(const JsonNode& root,
                                                   const std::vector<routing::Rule>& rules,
                                                   std::vector<Problem>& problems) {
    const std::string name = textOf(root, "time_zone");
    if (name.empty() || name == "UTC" || !routing::neededFacts(rules).hour)
        return nullptr;
    if (auto table = zoneTable(name))
        return std::make_shared<const ledger::ZoneTable>(std::move(*table));
    const auto said = [](const Problem& problem) { return problem.path == "$.time_zone"; };
    if (std::none_of(problems.begin(), problems.end(), said))
        problems.push_back({Problem::Severity::Error, "$.time_zone",
                            "names a time zone that this machine does not know, and rules ask for "
                            "hours; use a name such as \"UTC\" or \"Europe/Berlin\""});
    return nullptr;
}

std::vector<Problem> ruleNotices(const Settings& settings, const catalog::Catalog& catalog) {
    routing::RuleWorld world;
    for (const Client& client : settings.clients)
        world.clients.push_back(client.id);
    for (const Provider& provider : settings.providers) {
        if (provider.enabled)
            world.providers.push_back(providerOf(provider, catalog));
    }
    for (const Alias& alias : settings.routing.aliases)
        world.aliases.push_back({alias.name, alias.models});
    std::vector<Problem> out;
    for (const routing::RuleNotice& notice : routing::lintRules(settings.routing.rules, world))
        out.push_back({Problem::Severity::Warning, pathOf(notice), notice.message});
    return out;
}

}  // namespace gr::settings
