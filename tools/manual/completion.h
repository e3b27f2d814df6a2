// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "app/command_facts.h"

// Files that let a shell complete the commands, options and values of a program. Nothing of them
// starts the program. All pure.
namespace gr::manual {

std::string bashCompletion(const app::CommandFact& program);
std::string zshCompletion(const app::CommandFact& program);
std::string fishCompletion(const app::CommandFact& program);

}  // namespace gr::manual
