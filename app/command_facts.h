// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace gr::app {

// What an option or an argument of a command is, for manuals and completion. Plain values.
struct OptionFact {
    std::string name;    // "--port"; of an argument its bare name, "id"
    std::string letter;  // "-h"; mostly empty
    std::string help;
    std::string value;                 // what it takes, "PORT"; empty: a switch
    std::vector<std::string> choices;  // the only values it takes; empty: any
    bool required = false;
};

// A program or one of its commands. Options of a command may stand after those below it, too.
struct CommandFact {
    std::string name;
    std::string help;
    std::vector<OptionFact> options;
    std::vector<OptionFact> arguments;  // in their order
    std::vector<CommandFact> commands;
};

}  // namespace gr::app
