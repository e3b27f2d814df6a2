// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

// What was written into other programs' configuration: enough to undo it and to see that it
// drifted, and no key. connections.json of the data directory, 0600. Any thread; blocking.
namespace gr::connect {

struct FileRecord {
    std::filesystem::path path;
    bool made = false;             // there was none before
    std::filesystem::path backUp;  // of what was there; empty when made
    unsigned mode = 0600;          // what it had
    std::string before;            // digests (config_file.h)
    std::string after;
};

struct Record {
    std::string keyId;      // of the client key that was written; empty: none
    std::string keyDigest;  // to know it again
    UnixMs at{};
    std::vector<FileRecord> files;
};

using Records = std::map<std::string, Record>;  // by Tool::id

// A missing file is an empty one. ConfigInvalid when it cannot be read.
Result<Records> readRecords(const std::filesystem::path& file);
Result<void> writeRecords(const std::filesystem::path& file, const Records& records);

}  // namespace gr::connect
