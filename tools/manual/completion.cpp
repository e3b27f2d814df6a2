// SPDX-License-Identifier: MIT
#include "tools/manual/completion.h"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "tools/manual/text.h"

namespace gr::manual {
namespace {

using app::CommandFact;
using app::OptionFact;

constexpr const char* kNote =
    "# SPDX-License-Identifier: MIT\n# Made from the program's own table by tools/manual.\n";

enum class Kind { Switch, Choice, File, Folder, Other };

Kind kindOf(const OptionFact& option) {
    if (option.value.empty())
        return Kind::Switch;
    if (!option.choices.empty())
        return Kind::Choice;
    return option.name == "--config"     ? Kind::File
           : option.name == "--data-dir" ? Kind::Folder
                                         : Kind::Other;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words)
        out += (out.empty() ? "" : " ") + word;
    return out;
}

// The program and all below it; `path` are the names from the program's first command on.
using Visit = std::function<void(const CommandFact&, const std::vector<std::string>& path)>;
void walk(const CommandFact& command, const Visit& visit, std::vector<std::string> path = {}) {
    visit(command, path);
    for (const CommandFact& sub : command.commands) {
        path.push_back(sub.name);
        walk(sub, visit, path);
        path.pop_back();
    }
}

// ---- bash

// The arms of `case $previous`: what may follow an option. One option has one meaning everywhere.
std::string bashValues(const CommandFact& program) {
    std::string arms;
    std::set<std::string> done;
    walk(program, [&](const CommandFact& command, const auto&) {
        for (const OptionFact& option : command.options) {
            if (kindOf(option) == Kind::Switch || !done.insert(option.name).second)
                continue;
            arms += "        " + option.name + ")\n";
            switch (kindOf(option)) {
                case Kind::Choice:
                    arms += "            COMPREPLY=($(compgen -W \"" + joined(option.choices) +
                            "\" -- \"$current\"))\n";
                    break;
                case Kind::File:
                    arms +=
                        "            compopt -o filenames\n"
                        "            COMPREPLY=($(compgen -f -- \"$current\"))\n";
                    break;
                case Kind::Folder:
                    arms +=
                        "            compopt -o filenames\n"
                        "            COMPREPLY=($(compgen -d -- \"$current\"))\n";
                    break;
                case Kind::Switch:
                case Kind::Other:
                    break;
            }
            arms += "            return\n            ;;\n";
        }
    });
    return arms;
}

// Of the command and of the program, whose options may stand behind every command.
std::string optionNames(const CommandFact& program, const CommandFact& command) {
    std::vector<std::string> names;
    for (const CommandFact* const each : {&command, &program}) {
        for (const OptionFact& option : each->options) {
            if (std::find(names.begin(), names.end(), option.name) == names.end())
                names.push_back(option.name);
        }
    }
    return joined(names);
}

}  // namespace

std::string bashCompletion(const CommandFact& program) {
    std::string taking;
    std::string paths;
    std::string words;
    std::set<std::string> done;
    walk(program, [&](const CommandFact& command, const std::vector<std::string>& path) {
        for (const OptionFact& option : command.options) {
            if (!option.value.empty() && done.insert(option.name).second)
                taking += (taking.empty() ? "" : " | ") + option.name;
        }
        std::vector<std::string> subs;
        for (const CommandFact& sub : command.commands)
            subs.push_back(sub.name);
        const std::string here = joined(path);
        if (!path.empty())
            paths += (paths.empty() ? "\"" : " | \"") + here + "\"";
        words += "        \"" + here + "\") words=\"" + joined(subs) + " " +
                 optionNames(program, command) + "\" ;;\n";
    });
    const std::string function = "_" + program.name;
    std::string out = std::string(kNote) + function + "() {\n" +
                      "    local current=${COMP_WORDS[COMP_CWORD]}"
                      " previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                      "    local path= next= word= words= skip=\n"
                      "    COMPREPLY=()\n"
                      "    case $previous in\n" +
                      bashValues(program) + "    esac\n";
    if (!paths.empty())
        out +=
            "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
            "        [[ $skip ]] && skip= && continue\n"
            "        case $word in\n"
            "            " +
            taking +
            ") skip=yes ;;\n"
            "            -*) ;;\n"
            "            *)\n"
            "                next=\"${path:+$path }$word\"\n"
            "                case $next in\n"
            "                    " +
            paths +
            ") path=$next ;;\n"
            "                esac\n"
            "                ;;\n"
            "        esac\n"
            "    done\n";
    out += "    case $path in\n" + words + "    esac\n";
    out += "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\ncomplete -F " + function +
           " " + program.name + "\n";
    return out;
}

// ---- zsh

namespace {

std::string escaped(std::string_view text, std::string_view specials) {
    std::string out;
    for (const char c : text) {
        if (specials.find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

// As part of a word in single quotes.
std::string inQuotes(std::string text) {
    return replaced(std::move(text), "'", "'\\''");
}

// Inside '…[help]' of _arguments.
std::string zshHelp(const std::string& text) {
    return inQuotes(escaped(text, "\\[]:"));
}

// Inside '…:((name\:help …))', which zsh evaluates once more.
std::string zshName(const CommandFact& command) {
    return command.name + "\\:" + inQuotes(escaped(command.help, "\\: ()'\"`$&;<>*?~#|{}[]"));
}

std::string zshAction(const OptionFact& option) {
    switch (kindOf(option)) {
        case Kind::Choice:
            return "(" + joined(option.choices) + ")";
        case Kind::File:
            return "_files";
        case Kind::Folder:
            return "_files -/";
        case Kind::Switch:
        case Kind::Other:
            break;
    }
    return " ";
}

std::string zshOption(const OptionFact& option) {
    std::string line = "'" + option.name;
    if (!option.value.empty())
        line += "=";
    line += "[" + zshHelp(option.help) + "]";
    if (!option.value.empty())
        line += ":" + option.value + ":" + zshAction(option);
    return line + "'";
}

std::string zshFunction(const std::vector<std::string>& path) {
    std::string name;
    for (const std::string& part : path)
        name += "_" + part;
    return name;
}

void zshCommand(const CommandFact& program, const CommandFact& command,
                std::vector<std::string> path, std::string& out) {
    std::string args;
    const auto add = [&args](const std::string& arg) { args += " \\\n        " + arg; };
    std::set<std::string> done;
    for (const OptionFact& option : command.options) {
        done.insert(option.name);
        add(zshOption(option));
    }
    for (const OptionFact& option : program.options) {
        if (done.insert(option.name).second)
            add(zshOption(option));
    }
    std::string arms;
    if (command.commands.empty()) {
        int place = 0;
        for (const OptionFact& argument : command.arguments)
            add("'" + std::to_string(++place) + (argument.required ? ":" : "::") +
                zshHelp(argument.help) + ": '");
    } else {
        std::string names;
        for (const CommandFact& sub : command.commands) {
            std::vector<std::string> below = path;
            below.push_back(sub.name);
            names += " " + zshName(sub);
            arms += "        " + sub.name + ") " + zshFunction(below) + " ;;\n";
        }
        add("'1:command:((" + names.substr(1) + "))'");
        add("'*::argument:->rest'");
    }
    out += "\n" + zshFunction(path) + "() {\n    local curcontext=\"$curcontext\" state line\n" +
           "    _arguments -C" + args + "\n";
    if (!arms.empty())
        out += "    [[ $state == rest ]] || return\n    case $line[1] in\n" + arms + "    esac\n";
    out += "}\n";
    for (const CommandFact& sub : command.commands) {
        path.push_back(sub.name);
        zshCommand(program, sub, path, out);
        path.pop_back();
    }
}

}  // namespace

std::string zshCompletion(const CommandFact& program) {
    std::string out = "#compdef " + program.name + "\n" + kNote;
    zshCommand(program, program, {program.name}, out);
    return out + "\n_" + program.name + " \"$@\"\n";
}

// ---- fish

namespace {

std::string fishText(const std::string& text) {
    return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fishOption(const std::string& start, const OptionFact& option) {
    std::string line = start + " -l " + option.name.substr(2);
    if (!option.letter.empty())
        line += " -s " + option.letter.substr(1);
    switch (kindOf(option)) {
        case Kind::Switch:
            break;
        case Kind::Choice:
            line += " -x -a " + fishText(joined(option.choices));
            break;
        case Kind::File:
            line += " -r -F";
            break;
        case Kind::Folder:
            line += " -x -a '(__fish_complete_directories)'";
            break;
        case Kind::Other:
            line += " -x";
            break;
    }
    return line + " -d " + fishText(option.help) + "\n";
}

// True where all of `path` was typed, and none of the commands below it.
std::string fishCondition(const CommandFact& command, const std::vector<std::string>& path) {
    std::string out;
    for (const std::string& part : path)
        out += (out.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + part);
    if (!command.commands.empty()) {
        out += (out.empty() ? "not " : "; and not ") + std::string("__fish_seen_subcommand_from");
        for (const CommandFact& sub : command.commands)
            out += " " + sub.name;
    }
    return out;
}

}  // namespace

std::string fishCompletion(const CommandFact& program) {
    const std::string start = "complete -c " + program.name;
    std::string out = std::string(kNote) + start + " -f\n";
    for (const OptionFact& option : program.options)
        out += fishOption(start, option);
    walk(program, [&](const CommandFact& command, const std::vector<std::string>& path) {
        const std::string condition = " -n " + fishText(fishCondition(command, path));
        for (const CommandFact& sub : command.commands)
            out += start + condition + " -a " + sub.name + " -d " + fishText(sub.help) + "\n";
        if (path.empty())
            return;
        std::string inside;
        for (const std::string& part : path)
            inside += (inside.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + part);
        for (const OptionFact& option : command.options) {
            if (option.name != "--help")  // the program's own counts everywhere
                out += fishOption(start + " -n " + fishText(inside), option);
        }
    });
    return out;
}

}  // namespace gr::manual
