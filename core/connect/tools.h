// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "connect/config_text.h"

// The programs that can be pointed at the endpoint, as data. Where each keeps its configuration,
// and what belongs into it, is told in docs/tools.md; the tests in tests/tools run the programs
// with the same. Pure; any thread.
namespace gr::connect {

// A configuration file of the user.
struct FileSpec {
    Format format;
    const char* variable;    // environment variable that moves its folder; may be empty
    const char* inVariable;  // the file, seen from there
    const char* inHome;      // the file, seen from the home folder, without that variable
    // A name beside it: used in its place where it alone exists (`blocks` false), or a sign that
    // the tool reads that one so far, and would not any more (`blocks` true). May be empty.
    const char* other;
    bool blocks;
    bool holdsKey;
    // A JSON object with what belongs into it. Texts may hold {root} (http://host:port), {base}
    // (the same with /v1), {key} and {model}. A name that begins with "?" is a default: written
    // where nothing is; one with "~" as well, but also over what belongs to another address or
    // model; one with "-" is taken away. "*" is the list item of our name.
    const char* wishes;
};

// How the endpoint is asked by a tool.
enum class Speaks : std::uint8_t { Chat, Responses, Messages, Gemini };

enum class Way : std::uint8_t {
    Files,        // set up by writing `files`
    ByHand,       // keeps its settings where no other program should write
    Unreachable,  // calls from servers of its own, which reach no address of this machine
};

struct Tool {
    const char* id;  // also the name of the key that is made for it: claude-code
    const char* title;
    Way way;
    Speaks speaks;
    bool ownEntry;  // the files name us: an address in their places is meant for us, right or wrong
    std::span<const FileSpec> files;
    std::span<const char* const> programs;  // any of them in PATH: it is installed
    std::span<const char* const> traces;    // or any of these below the home folder; * at the end
};

std::span<const Tool> tools();
const Tool* findTool(std::string_view id);  // null: none
// Whether the key of a tool stands in one of its files; else it wants it given by hand.
bool holdsKey(const Tool& tool);

}  // namespace gr::connect
