// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace gr::app {

struct ConnectOptions {
    std::string tool;   // its id; empty: list them all
    std::string model;  // empty: what the tool has, or auto
    bool apply = false;
    bool undo = false;
    bool keyOnInput = false;  // the key is the first line of standard input
};

// Where the gateway is, and where it keeps its data.
struct ConnectPlace {
    std::uint16_t port = 0;
    std::filesystem::path records;        // of what was written (connect/records.h)
    std::filesystem::path controlSocket;  // of the gateway, which makes the keys
};

// `connect`: tells how far each tool is; `connect TOOL` shows the change that would set one up,
// keys masked; with `apply` it is made, with `undo` it is taken back. Exit code: 0, 1 a problem.
// Blocks.
int connectTools(const ConnectPlace& place, const ConnectOptions& options);

}  // namespace gr::app
