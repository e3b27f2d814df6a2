// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "connect/config_file.h"
#include "connect/plan.h"
#include "connect/records.h"
#include "settings/data_directory.h"

namespace gr::connect {

// Whose tools: the folder they keep their files in, and what moves those.
struct Home {
    std::filesystem::path folder;
    settings::Environment variable = settings::processEnvironment;
};

// What the gateway knows of client keys.
struct KnownKeys {
    std::function<bool(const std::string& key)> takes;   // one whose text is at hand
    std::function<bool(const std::string& id)> isAlive;  // one that goes by this name
};

struct FileView {
    std::filesystem::path path;
    std::string shown;  // with ~ for the home folder
    bool exists = false;
};

struct ToolView {
    const Tool* tool = nullptr;
    bool installed = false;
    State state;                   // of Way::Files
    std::optional<Error> problem;  // its files cannot be read; then `state` says nothing
    std::vector<FileView> files;
    bool undoable = false;
    std::string keyId;       // that was written; empty: none, or not by us
    bool keyIsOurs = false;  // it stands there still, and is taken
};

// A change that can be shown before it is made.
struct FileChange {
    Snapshot before;
    std::string shown;
    std::string after;
};
struct Proposal {
    const Tool* tool = nullptr;
    std::vector<FileChange> changes;  // none: all is as it should be
    std::string keyDigest;

    // Whether the files were the same when `other` was made.
    bool sameBasis(const Proposal& other) const;
};

// Reads, changes and restores the configuration of the tools on this machine. What it writes it
// remembers in `records` (connect/records.h). Values only, no state of its own: several may stand
// on one home. One thread at a time; blocking, files of some kilobytes.
class Desk final {
  public:
    Desk(Home home, std::filesystem::path records, const Clock& clock);

    // `root` as in Target.
    ToolView view(const Tool& tool, const std::string& root, const KnownKeys& keys) const;

    // What would change. Errors name the file.
    Result<Proposal> propose(const Tool& tool, const Target& target) const;

    // Makes the change: back-ups, the record, then each file atomically. ConfigChanged when a file
    // is no longer what the proposal saw; whatever fails, the files stand as they were. `keyId`: of
    // the key that the target had.
    Result<void> apply(const Proposal& proposal, const std::string& keyId);

    // Brings back what was there before apply(), byte for byte with its mode, and takes away what
    // was made. ConfigChanged when a file was changed since: then nothing is undone, and the
    // message names the back-up. NotFound when nothing was written.
    Result<void> undo(const Tool& tool);

  private:
    std::filesystem::path pathOf(const FileSpec& file) const;
    std::string shown(const std::filesystem::path& path) const;
    bool isInstalled(const Tool& tool) const;
    Result<std::vector<Snapshot>> read(const Tool& tool) const;
    mode_t modeFor(const Tool& tool, const Snapshot& file) const;
    Error named(const Tool& tool, Error error) const;
    Result<FileRecord> prepare(const FileChange& change, const Tool& tool,
                               const Record* earlier) const;
    Result<Record> prepareAll(const Proposal& proposal, const std::string& keyId,
                              const Record* earlier) const;
    Result<void> writeAll(const Proposal& proposal) const;

    Home m_home;
    std::filesystem::path m_records;
    const Clock& m_clock;
};

}  // namespace gr::connect
