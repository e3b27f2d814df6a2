// SPDX-License-Identifier: MIT
#include "app/command_tree.h"

#include <CLI/CLI.hpp>
#include <string_view>

namespace gr::app {
namespace {

// CLI11 tells the members of a set only inside the name of the type: "TEXT:{csv,json}".
std::vector<std::string> choicesIn(std::string_view type) {
    std::vector<std::string> choices;
    const auto begin = type.find(":{");
    if (begin == std::string_view::npos || !type.ends_with('}'))
        return choices;
    std::string_view rest = type.substr(begin + 2, type.size() - begin - 3);
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        choices.emplace_back(rest.substr(0, comma));
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    return choices;
}

// "--data-dir" takes DATA-DIR; what that may be is said by the help.
std::string valueName(std::string_view option) {
    std::string name;
    for (const char c : option) {
        if (c != '-' || !name.empty())
            name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

OptionFact factOf(const CLI::Option& option) {
    OptionFact fact;
    fact.name = option.get_name();  // the long name, or an argument's
    if (const auto& letters = option.get_snames(); !letters.empty())
        fact.letter = "-" + letters.front();
    fact.help = option.get_description();
    fact.choices = choicesIn(option.get_type_name());
    fact.required = option.get_required();
    if (option.get_items_expected_max() > 0)  // else a switch
        fact.value = valueName(fact.name);
    return fact;
}

}  // namespace

CommandFact factsOf(const CLI::App& app) {
    CommandFact fact{app.get_name(), app.get_description(), {}, {}, {}};
    for (const CLI::Option* const option : app.get_options())
        (option->get_positional() ? fact.arguments : fact.options).push_back(factOf(*option));
    for (const CLI::App* const sub : app.get_subcommands([](const CLI::App*) { return true; }))
        fact.commands.push_back(factsOf(*sub));
    return fact;
}

}  // namespace gr::app
