// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/result.h"

namespace gr {

// Holds a file of its own (made with mode 0600, never removed) against other holders, in this
// process or another, until destroyed. For changes of a file that is replaced whole, which cannot
// be locked itself. Any thread.
class FileLock final {
  public:
    // Waits at most `patience`. Fails with FileUnwritable, DiskFull or ReadOnly.
    static Result<FileLock> take(const std::filesystem::path& file,
                                 Milliseconds patience = Milliseconds(2'000));
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

  private:
    explicit FileLock(int fd) : m_fd(fd) {}
    int m_fd = -1;
};

}  // namespace gr
