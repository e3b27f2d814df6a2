// SPDX-License-Identifier: MIT
#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "base/file.h"

namespace gr {

Result<FileLock> FileLock::take(const std::filesystem::path& file, Milliseconds patience) {
    constexpr Milliseconds kStep{5};
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(fileError(errno, "Creating", file));
    FileLock lock(fd);
    (void)::fchmod(fd, 0600);
    for (Milliseconds waited{0}; ::flock(fd, LOCK_EX | LOCK_NB) != 0; waited += kStep) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(fileError(errno, "Locking", file));
        if (waited >= patience)
            return fail(ErrorCode::FileUnwritable,
                        "Another program keeps " + file.string() + " locked. Try again.");
        std::this_thread::sleep_for(kStep);
    }
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}

FileLock::~FileLock() {
    if (m_fd >= 0)
        ::close(m_fd);
}

}  // namespace gr
