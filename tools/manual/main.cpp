// SPDX-License-Identifier: MIT
// Writes the manual pages and the completions of shells: gr_manual TEMPLATES FOLDER. A template
// (installer/man/NAME.in) is a page with @VERSION@, @OPTIONS@, @COMMANDS@ or @SETTINGS@ in it.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "app/command_line.h"
#include "app/desktop_facts.h"
#include "base/embedded.h"
#include "tools/manual/completion.h"
#include "tools/manual/man_page.h"
#include "tools/manual/text.h"

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in)
        throw std::runtime_error("cannot read " + file.string());
    return text.str();
}

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << text << std::flush;
    if (!out)
        throw std::runtime_error("cannot write " + file.string());
}

void writeProgram(const gr::app::CommandFact& program, const fs::path& templates,
                  const fs::path& folder) {
    const std::string page = program.name + ".1";
    std::string text = read(templates / (page + ".in"));
    text = gr::manual::replaced(std::move(text), "@VERSION@", GR_VERSION);
    text = gr::manual::replaced(std::move(text), "@OPTIONS@\n", gr::manual::optionList(program));
    text = gr::manual::replaced(std::move(text), "@COMMANDS@\n", gr::manual::commandList(program));
    write(folder / page, text);
    write(folder / "bash" / program.name, gr::manual::bashCompletion(program));
    write(folder / "zsh" / ("_" + program.name), gr::manual::zshCompletion(program));
    write(folder / "fish" / (program.name + ".fish"), gr::manual::fishCompletion(program));
}

void writeSettings(const fs::path& templates, const fs::path& folder) {
    const auto schema = gr::settings::parseJson(gr::embeddedConfigSchema());
    if (!schema)
        throw std::runtime_error(schema.error().message.text);
    const std::string page = "gaterouter-config.5";
    std::string text = read(templates / (page + ".in"));
    text = gr::manual::replaced(std::move(text), "@VERSION@", GR_VERSION);
    text = gr::manual::replaced(std::move(text), "@SETTINGS@\n", gr::manual::settingList(*schema));
    write(folder / page, text);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "Usage: gr_manual TEMPLATES FOLDER\n");
        return 2;
    }
    try {
        writeProgram(gr::app::daemonFacts(), argv[1], argv[2]);
        writeProgram(gr::app::desktopFacts(), argv[1], argv[2]);
        writeSettings(argv[1], argv[2]);
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "gr_manual: %s\n", problem.what());
        return 1;
    }
    return 0;
}
