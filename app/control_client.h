// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

// What the commands of `gaterouterd` say to the running gateway. Each asks over its control socket,
// prints the answer in words, and gives the exit code. They block; main thread.
namespace gr::app {

// `line`: one JSON object with "command" (app/control_commands.h).
int askGateway(const std::filesystem::path& socket, const std::string& line);

// A client key to be made, as the command line has it.
struct NewKey {
    std::string id;
    std::vector<std::string> models;  // none: all
    std::vector<std::string> limits;  // each a JSON object as in the configuration
    std::string expires;              // empty: never
    bool allowUnpriced = false;
};
int createKey(const std::filesystem::path& socket, const NewKey& key);

}  // namespace gr::app
