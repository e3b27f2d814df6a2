// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

// Small files that hold secrets or settings: read whole, replaced whole. Any thread; blocking.
namespace gr {

// The whole file. NotFound when it does not exist; FileUnreadable otherwise, also for what is
// longer than `maxBytes` or not a regular file.
Result<std::string> readFile(const std::filesystem::path& file, std::size_t maxBytes = 16 << 20);

// Replaces `file` so that after a power cut either the old or the new content is there: temporary
// file in the same folder, fsync, rename, fsync of the folder. The result has mode 0600 whatever
// the umask. A symbolic link is followed, not replaced. Fails with FileUnwritable, DiskFull or
// ReadOnly; the old content then stands untouched.
Result<void> replaceFile(const std::filesystem::path& file, std::string_view content);

// A failed system call as an error for people: "DOING FILE failed: the disk is full".
Error fileError(int errorNumber, std::string_view doing, const std::filesystem::path& file);

}  // namespace gr
