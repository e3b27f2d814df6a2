// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "app/command_facts.h"
#include "settings/json_tree.h"

// Manual pages in troff's man macros. All pure.
namespace gr::manual {

// The options of the program itself, one paragraph each.
std::string optionList(const app::CommandFact& program);

// Every command that does something, with its arguments and options, one paragraph each; the
// names of commands stand in full ("wallet new").
std::string commandList(const app::CommandFact& program);

// Every member of the configuration that `schema` (resources/config.schema.json) describes, by its
// path, with its type, default and meaning. What several members share ($defs that are objects)
// stands once, under its own heading.
std::string settingList(const settings::JsonNode& schema);

}  // namespace gr::manual
