// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/secret.h"
#include "base/text.h"

namespace gr {
namespace {

// A descriptor that closes itself.
class Descriptor final {
  public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    int get() const { return m_fd; }

  private:
    int m_fd;
};

bool writeAll(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool syncFolder(const std::filesystem::path& folder) {
    const Descriptor dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return dir.get() >= 0 && ::fsync(dir.get()) == 0;
}

bool writeTemporary(const std::filesystem::path& file, std::string_view content) {
    const Descriptor out(
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    return out.get() >= 0 && ::fchmod(out.get(), 0600) == 0 && writeAll(out.get(), content) &&
           ::fsync(out.get()) == 0;
}

}  // namespace

Error fileError(int errorNumber, std::string_view doing, const std::filesystem::path& file) {
    ErrorCode code = ErrorCode::FileUnwritable;
    std::string reason = std::strerror(errorNumber);
    switch (errorNumber) {
        case ENOSPC:
        case EDQUOT:
            code = ErrorCode::DiskFull;
            reason = "the disk is full";
            break;
        case EROFS:
            code = ErrorCode::ReadOnly;
            reason = "the file system is read-only";
            break;
        case EACCES:
        case EPERM:
            code = ErrorCode::ReadOnly;
            reason = "permission denied";
            break;
        default:
            break;
    }
    return Error(code, std::string(doing) + " " + file.string() + " failed: " + reason + ".");
}

Result<std::string> readFile(const std::filesystem::path& file, std::size_t maxBytes) {
    const auto unreadable = [&file](std::string_view reason) {
        return fail(ErrorCode::FileUnreadable,
                    "Reading " + file.string() + " failed: " + std::string(reason) + ".");
    };
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (in.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return fail(ErrorCode::NotFound, file.string() + " does not exist.");
        return unreadable(errno == EACCES ? "permission denied" : std::strerror(errno));
    }
    struct stat info {};
    if (::fstat(in.get(), &info) != 0)
        return unreadable(std::strerror(errno));
    if (!S_ISREG(info.st_mode))
        return unreadable("it is not a regular file");
    std::string content;
    std::string chunk(64 * 1024, '\0');
    for (;;) {
        const ssize_t count = ::read(in.get(), chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return unreadable(std::strerror(errno));
        if (count == 0)
            break;
        content.append(chunk, 0, static_cast<std::size_t>(count));
        if (content.size() > maxBytes)
            return unreadable("it is larger than such a file may be");
    }
    wipe(chunk.data(), chunk.size());
    return content;
}

Result<void> replaceFile(const std::filesystem::path& file, std::string_view content) {
    std::error_code ignored;
    const std::filesystem::path whole = std::filesystem::absolute(file);
    const std::filesystem::path real = std::filesystem::weakly_canonical(whole, ignored);
    const std::filesystem::path target = real.empty() ? whole : real;
    std::filesystem::path temporary = target;
    const std::string random = randomBytes(6);
    temporary += "." + toHex({reinterpret_cast<const unsigned char*>(random.data()), 6}) + ".tmp";
    const bool done = writeTemporary(temporary, content) &&
                      ::rename(temporary.c_str(), target.c_str()) == 0 &&
                      syncFolder(target.parent_path());
    if (done)
        return {};
    const int reason = errno;
    ::unlink(temporary.c_str());
    return fail(fileError(reason, "Writing", file));
}

}  // namespace gr
