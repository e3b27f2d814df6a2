// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/location.h"

namespace gr::settings {

// Play money never shares a folder with real money.
enum class World : std::uint8_t { Real, Sandbox };

// Where everything lies. Empty overrides mean the defaults: `$XDG_DATA_HOME/gaterouter` and
// `$XDG_CONFIG_HOME/gaterouter/config.json`; the sandbox has `gaterouter-sandbox` in both.
struct Paths {
    std::filesystem::path dataDir;
    std::filesystem::path configFile;

    // `url` is `ledger.url` of the configuration: "sqlite", "sqlite:PATH" with a relative path
    // beginning at the data directory, or "postgresql://…". A file has one name, however its path
    // is written.
    ledger::Location ledger(const std::string& url = "sqlite") const;
    std::filesystem::path responsesFile() const { return dataDir / "responses.sqlite"; }
    std::filesystem::path vaultFile() const { return dataDir / "vault"; }
    std::filesystem::path catalogFile() const { return dataDir / "catalog.json"; }
    std::filesystem::path connectionsFile() const { return dataDir / "connections.json"; }
    std::filesystem::path controlSocket() const { return dataDir / "control.sock"; }
    std::filesystem::path lockFile() const { return dataDir / "lock"; }
};

// `environment` gives a variable or nothing; the default is the process's own. Relative paths in
// XDG variables are ignored, as their specification asks.
using Environment = std::function<std::optional<std::string>(const std::string&)>;
std::optional<std::string> processEnvironment(const std::string& name);
Paths defaultPaths(World world, const Environment& environment = processEnvironment);

// Creates `folder` and its missing parents, each 0700 whatever the umask. A folder that exists is
// left as it is. Fails with ReadOnly, DiskFull or FileUnwritable.
Result<void> makePrivateFolder(const std::filesystem::path& folder);

// Holds a data directory for this process; one process at a time has it. Gives it back when
// destroyed or when the process dies, however it dies.
class DataDirectory final {
  public:
    // Creates the folder if needed (0700) and takes the lock. Fails with DataDirInUse (the message
    // names the holder's process id), ReadOnly, DiskFull or FileUnwritable.
    static Result<DataDirectory> open(const std::filesystem::path& folder);
    // The process that holds the folder now; nothing when it is free.
    static std::optional<pid_t> holder(const std::filesystem::path& folder);

    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&& other) noexcept;
    DataDirectory(const DataDirectory&) = delete;
    DataDirectory& operator=(const DataDirectory&) = delete;
    ~DataDirectory();

    const std::filesystem::path& path() const { return m_path; }

  private:
    DataDirectory(std::filesystem::path path, int fd) : m_path(std::move(path)), m_fd(fd) {}
    std::filesystem::path m_path;
    int m_fd = -1;
};

}  // namespace gr::settings
