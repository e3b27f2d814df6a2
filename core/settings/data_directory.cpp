// SPDX-License-Identifier: MIT
#include "settings/data_directory.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "ledger/postgres_url.h"

namespace gr::settings {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLockName = "lock";

fs::path homeFolder(const Environment& environment) {
    const auto home = environment("HOME");
    if (home && fs::path(*home).is_absolute())
        return *home;
    const passwd* const entry = ::getpwuid(::geteuid());
    return entry != nullptr && entry->pw_dir != nullptr ? fs::path(entry->pw_dir) : fs::path("/");
}

fs::path xdgFolder(const Environment& environment, const std::string& variable,
                   const char* fallback) {
    const auto value = environment(variable);
    if (value && fs::path(*value).is_absolute())
        return *value;
    return homeFolder(environment) / fallback;
}

std::optional<pid_t> pidIn(int fd) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    if (size <= 0)
        return std::nullopt;
    std::string_view digits(text.data(), static_cast<std::size_t>(size));
    digits = digits.substr(0, digits.find('\n'));
    const auto pid = parseUnsigned(digits);
    return pid && *pid > 0 && *pid <= 0x7fffffff ? std::optional(static_cast<pid_t>(*pid))
                                                 : std::nullopt;
}

// Tightens a folder that is certainly meant for us alone: ours, and empty or used by us before.
// Others (say /tmp given by mistake) keep their mode; the files inside are 0600 in any case.
void tighten(const fs::path& folder) {
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0 || info.st_uid != ::geteuid() ||
        (info.st_mode & 077) == 0)
        return;
    std::error_code ignored;
    if (fs::is_empty(folder, ignored) || fs::exists(folder / kLockName, ignored))
        (void)::chmod(folder.c_str(), 0700);
}

Failure inUse(const fs::path& folder, std::optional<pid_t> holder) {
    const std::string who = holder ? " (process " + std::to_string(*holder) + ")" : "";
    return fail(ErrorCode::DataDirInUse, "The data directory " + folder.string() +
                                             " is used by another GateRouter" + who +
                                             ". Stop it, or give another --data-dir.");
}

}  // namespace

ledger::Location Paths::ledger(const std::string& url) const {
    constexpr std::string_view kPrefix = "sqlite:";
    if (ledger::isPostgresUrl(url))
        return ledger::postgresLocation(url);
    const fs::path file = dataDir / (url.starts_with(kPrefix) ? fs::path(url.substr(kPrefix.size()))
                                                              : fs::path("ledger.sqlite"));
    return fs::absolute(file).lexically_normal();
}

std::optional<std::string> processEnvironment(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

Paths defaultPaths(World world, const Environment& environment) {
    const char* const name = world == World::Sandbox ? "gaterouter-sandbox" : "gaterouter";
    return {xdgFolder(environment, "XDG_DATA_HOME", ".local/share") / name,
            xdgFolder(environment, "XDG_CONFIG_HOME", ".config") / name / "config.json"};
}

Result<void> makePrivateFolder(const fs::path& folder) {
    std::error_code ignored;
    if (folder.empty() || fs::is_directory(folder, ignored))  // empty: where the program is
        return {};
    const fs::path parent = folder.parent_path();
    if (!parent.empty() && parent != folder) {
        if (auto made = makePrivateFolder(parent); !made)
            return made;
    }
    if (::mkdir(folder.c_str(), 0700) == 0) {
        // A umask may have taken bits that the owner needs.
        (void)::chmod(folder.c_str(), 0700);
        return {};
    }
    if (errno == EEXIST && fs::is_directory(folder, ignored))
        return {};
    return fail(fileError(errno, "Creating the folder", folder));
}

Result<DataDirectory> DataDirectory::open(const fs::path& given) {
    const fs::path folder = fs::absolute(given).lexically_normal();
    if (auto made = makePrivateFolder(folder); !made)
        return fail(made.error());
    tighten(folder);
    const fs::path file = folder / kLockName;
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(fileError(errno, "Creating", file));
    DataDirectory directory(folder, fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return inUse(folder, pidIn(fd));
        return fail(fileError(errno, "Locking", file));
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::fchmod(fd, 0600) != 0 || ::ftruncate(fd, 0) != 0 ||
        ::pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
        return fail(fileError(errno, "Writing", file));
    return directory;
}

std::optional<pid_t> DataDirectory::holder(const fs::path& folder) {
    const int fd = ::open((folder / kLockName).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return std::nullopt;
    std::optional<pid_t> pid;
    // A shared lock is refused exactly while somebody holds the exclusive one.
    if (::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        pid = pidIn(fd);
    ::close(fd);
    return pid;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : m_path(std::move(other.m_path)), m_fd(std::exchange(other.m_fd, -1)) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
    if (this != &other) {
        if (m_fd >= 0)
            ::close(m_fd);
        m_path = std::move(other.m_path);
        m_fd = std::exchange(other.m_fd, -1);
    }
    return *this;
}

DataDirectory::~DataDirectory() {
    // The lock goes with the descriptor. The file stays: removing it would let two processes lock
    // two different files of the same name.
    if (m_fd >= 0)
        ::close(m_fd);
}

}  // namespace gr::settings
