// SPDX-License-Identifier: MIT
#include "connect/config_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "base/time_text.h"
#include "settings/data_directory.h"

namespace gr::connect {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargest = 4 << 20;
constexpr mode_t kPermissions = 07777;

// "20261124T023000Z"
std::string stamp(UnixMs now) {
    std::string text = isoTime(now).substr(0, 19);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text + "Z";
}

}  // namespace

Result<Snapshot> readConfig(const fs::path& path) {
    Snapshot seen;
    seen.path = path;
    auto bytes = readFile(path, kLargest);
    if (!bytes && bytes.error().code == ErrorCode::NotFound) {
        std::error_code none;
        if (fs::is_symlink(path, none))
            return fail(ErrorCode::FileUnreadable,
                        path.string() + " is a link to a file that does not exist.");
        return seen;
    }
    if (!bytes)
        return fail(std::move(bytes.error()));
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0)
        return fail(fileError(errno, "Reading", path));
    seen.exists = true;
    seen.bytes = std::move(*bytes);
    seen.mode = info.st_mode & kPermissions;
    return seen;
}

Result<void> checkMayReplace(const Snapshot& file) {
    if (!file.exists)
        return {};
    struct stat info {};
    if (::stat(file.path.c_str(), &info) != 0)
        return fail(fileError(errno, "Writing", file.path));
    if (info.st_uid != ::geteuid())
        return fail(ErrorCode::ReadOnly, file.path.string() + " belongs to another user.");
    // The superuser may write it all the same; the bits are the owner's word.
    if ((info.st_mode & S_IWUSR) == 0)
        return fail(ErrorCode::ReadOnly, file.path.string() + " is write-protected.");
    return {};
}

Result<void> writeConfig(const fs::path& path, std::string_view bytes, mode_t mode) {
    if (auto made = settings::makePrivateFolder(path.parent_path()); !made)
        return made;
    if (auto written = replaceFile(path, bytes); !written)
        return written;
    if (mode != 0600 && ::chmod(path.c_str(), mode) != 0)
        return fail(fileError(errno, "Writing", path));
    return {};
}

Result<fs::path> backUp(const Snapshot& file, mode_t mode, UnixMs now) {
    fs::path copy;
    std::error_code none;
    for (int number = 1; number == 1 || fs::exists(copy, none); ++number) {
        copy = file.path;
        copy +=
            ".gaterouter-" + stamp(now) + (number > 1 ? "-" + std::to_string(number) : "") + ".bak";
    }
    if (auto written = writeConfig(copy, file.bytes, mode); !written)
        return fail(std::move(written.error()));
    return copy;
}

std::string digestOf(std::string_view bytes) {
    const std::string sum = sha256(bytes);
    return toHex({reinterpret_cast<const unsigned char*>(sum.data()), sum.size()});
}

}  // namespace gr::connect
