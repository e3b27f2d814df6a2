// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/result.h"

// Configuration files of other programs on disk. Any thread; blocking.
namespace gr::connect {

// A file as it was seen.
struct Snapshot {
    std::filesystem::path path;
    bool exists = false;
    std::string bytes;
    mode_t mode = 0600;  // the permission bits

    bool operator==(const Snapshot&) const = default;
};

// One that does not exist is empty. A symbolic link is followed; one that leads nowhere is an
// error. FileUnreadable, also for what is larger than a configuration ever is.
Result<Snapshot> readConfig(const std::filesystem::path& path);

// Whether this user may replace it: it is theirs, and not write-protected. ReadOnly.
Result<void> checkMayReplace(const Snapshot& file);

// Replaces or makes the file (with its folders) atomically, with these permission bits. Errors of
// replaceFile.
Result<void> writeConfig(const std::filesystem::path& path, std::string_view bytes, mode_t mode);

// Writes a copy beside it, named after the time, with `mode`, and gives its path.
Result<std::filesystem::path> backUp(const Snapshot& file, mode_t mode, UnixMs now);

// SHA-256 in hex.
std::string digestOf(std::string_view bytes);

}  // namespace gr::connect
