// SPDX-License-Identifier: MIT
#include "connect/desk.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gr::connect {
namespace {

namespace fs = std::filesystem;

Texts textsOf(const std::vector<Snapshot>& files) {
    Texts texts;
    for (const Snapshot& file : files)
        texts.push_back(file.bytes);
    return texts;
}

const FileRecord* recordOf(const Record* record, const fs::path& path) {
    if (record == nullptr)
        return nullptr;
    const auto it = std::find_if(record->files.begin(), record->files.end(),
                                 [&](const FileRecord& file) { return file.path == path; });
    return it == record->files.end() ? nullptr : &*it;
}

bool stands(const Snapshot& file, const std::string& digest) {
    return file.exists && digestOf(file.bytes) == digest;
}

bool standsAll(const Record& record) {
    return std::all_of(record.files.begin(), record.files.end(), [](const FileRecord& file) {
        const auto seen = readConfig(file.path);
        return seen && stands(*seen, file.after);
    });
}

// How a file gets back to what it was.
Result<void> putBack(const FileRecord& record, const std::string& bytes) {
    if (!record.made)
        return writeConfig(record.path, bytes, record.mode);
    std::error_code error;
    fs::remove(record.path, error);
    if (error)
        return fail(ErrorCode::FileUnwritable,
                    "Removing " + record.path.string() + " failed: " + error.message() + ".");
    return {};
}

// The back-ups that are new in `record`.
void dropBackUps(const Record& record, const Record* earlier) {
    std::error_code none;
    for (const FileRecord& file : record.files) {
        const FileRecord* const last = recordOf(earlier, file.path);
        if (!file.made && (last == nullptr || last->backUp != file.backUp))
            fs::remove(file.backUp, none);
    }
}

bool matches(const fs::path& trace) {
    std::error_code none;
    const std::string name = trace.filename().string();
    if (!name.ends_with('*'))
        return fs::exists(trace, none);
    const std::string start = name.substr(0, name.size() - 1);
    for (fs::directory_iterator it(trace.parent_path(), none), end; !none && it != end;
         it.increment(none)) {
        if (it->path().filename().string().starts_with(start))
            return true;
    }
    return false;
}

}  // namespace

bool Proposal::sameBasis(const Proposal& other) const {
    return std::equal(
        changes.begin(), changes.end(), other.changes.begin(), other.changes.end(),
        [](const FileChange& a, const FileChange& b) { return a.before == b.before; });
}

Desk::Desk(Home home, fs::path records, const Clock& clock)
    : m_home(std::move(home)), m_records(std::move(records)), m_clock(clock) {}

fs::path Desk::pathOf(const FileSpec& file) const {
    fs::path path = m_home.folder / file.inHome;
    if (*file.variable != '\0') {
        const auto moved = m_home.variable(file.variable);
        if (moved && fs::path(*moved).is_absolute())
            path = fs::path(*moved) / file.inVariable;
    }
    if (*file.other != '\0' && !file.blocks) {
        std::error_code none;
        const fs::path other = path.parent_path() / file.other;
        if (!fs::exists(path, none) && fs::exists(other, none))
            path = other;
    }
    return path;
}

std::string Desk::shown(const fs::path& path) const {
    const std::string text = path.string();
    const std::string home = m_home.folder.string() + "/";
    return text.starts_with(home) ? "~/" + text.substr(home.size()) : text;
}

bool Desk::isInstalled(const Tool& tool) const {
    std::error_code none;
    std::vector<fs::path> folders;
    const std::string variable = m_home.variable("PATH").value_or("");
    for (std::string_view path = variable; !path.empty();) {
        const std::size_t end = std::min(path.find(':'), path.size());
        if (end > 0 && path.front() == '/')
            folders.emplace_back(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    // A program that was started from a menu has a shorter PATH than a shell.
    constexpr std::array kUsual{".local/bin", "bin",      ".npm-global/bin",
                                ".cargo/bin", ".bun/bin", ".claude/local"};
    for (const char* usual : kUsual)
        folders.push_back(m_home.folder / usual);
    for (const char* program : tool.programs) {
        for (const fs::path& folder : folders) {
            if (::access((folder / program).c_str(), X_OK) == 0)
                return true;
        }
    }
    return std::any_of(tool.traces.begin(), tool.traces.end(),
                       [this](const char* trace) { return matches(m_home.folder / trace); });
}

Error Desk::named(const Tool& tool, Error error) const {
    const auto number = parseUnsigned(error.field);
    if (number && *number < tool.files.size())
        error.message.text = shown(pathOf(tool.files[*number])) + ": " + error.message.text;
    return error;
}

Result<std::vector<Snapshot>> Desk::read(const Tool& tool) const {
    std::vector<Snapshot> files;
    for (const FileSpec& spec : tool.files) {
        const fs::path path = pathOf(spec);
        auto seen = readConfig(path);
        if (!seen)
            return fail(std::move(seen.error()));
        std::error_code none;
        if (!seen->exists && spec.blocks && fs::exists(path.parent_path() / spec.other, none))
            return fail(ErrorCode::InvalidField, std::string(tool.title) + " reads " +
                                                     shown(path.parent_path() / spec.other) +
                                                     " so far, and would not once " +
                                                     "there is a " + path.filename().string() +
                                                     ": let it convert that file first.");
        files.push_back(std::move(*seen));
    }
    return files;
}

ToolView Desk::view(const Tool& tool, const std::string& root, const KnownKeys& keys) const {
    ToolView view;
    view.tool = &tool;
    view.installed = isInstalled(tool);
    if (tool.way != Way::Files)
        return view;
    std::error_code none;
    for (const FileSpec& spec : tool.files) {
        const fs::path path = pathOf(spec);
        view.files.push_back({path, shown(path), fs::exists(path, none)});
    }
    const auto records = readRecords(m_records);
    const auto it = records ? records->find(tool.id) : Records::const_iterator();
    const Record* record = records && it != records->end() ? &it->second : nullptr;
    view.undoable = record != nullptr;
    view.keyId = record != nullptr ? record->keyId : std::string();
    auto files = read(tool);
    if (!files) {
        view.problem = std::move(files.error());
        return view;
    }
    const auto knows = [&](const std::string& key) {
        const bool written = record != nullptr && digestOf(key) == record->keyDigest;
        return written ? keys.isAlive(record->keyId) : keys.takes(key);
    };
    auto state = judge(tool, textsOf(*files), root, knows, record != nullptr);
    if (state) {
        view.state = std::move(*state);
        const auto& key = view.state.found.key;
        view.keyIsOurs = record != nullptr && key && digestOf(*key) == record->keyDigest &&
                         keys.isAlive(record->keyId);
    } else {
        view.problem = named(tool, std::move(state.error()));
    }
    return view;
}

Result<Proposal> Desk::propose(const Tool& tool, const Target& target) const {
    const auto files = read(tool);
    if (!files)
        return fail(files.error());
    auto texts = planned(tool, textsOf(*files), target);
    if (!texts)
        return fail(named(tool, std::move(texts.error())));
    Proposal proposal;
    proposal.tool = &tool;
    proposal.keyDigest = digestOf(target.key);
    for (std::size_t i = 0; i < files->size(); ++i) {
        if ((*texts)[i] != (*files)[i].bytes)
            proposal.changes.push_back(
                {(*files)[i], shown((*files)[i].path), std::move((*texts)[i])});
    }
    return proposal;
}

// The mode it had; keys are for nobody but the user.
mode_t Desk::modeFor(const Tool& tool, const Snapshot& file) const {
    const bool keys = std::any_of(tool.files.begin(), tool.files.end(), [&](const FileSpec& spec) {
        return spec.holdsKey && pathOf(spec) == file.path;
    });
    return keys ? file.mode & 0700 : file.mode;
}

// The record of a change, with its back-up written. What stands there from an earlier change of
// ours keeps the back-up of then, so that undoing leads behind both.
Result<FileRecord> Desk::prepare(const FileChange& change, const Tool& tool,
                                 const Record* earlier) const {
    const Snapshot& before = change.before;
    FileRecord record;
    if (const FileRecord* last = recordOf(earlier, before.path)) {
        record = *last;
    } else {
        record.path = before.path;
        record.made = !before.exists;
        record.mode = before.mode;
        record.before = digestOf(before.bytes);
        if (before.exists) {
            auto copy = backUp(before, modeFor(tool, before), m_clock.now());
            if (!copy)
                return fail(std::move(copy.error()));
            record.backUp = std::move(*copy);
        }
    }
    record.after = digestOf(change.after);
    return record;
}

// The record of a whole proposal, with its back-ups written.
Result<Record> Desk::prepareAll(const Proposal& proposal, const std::string& keyId,
                                const Record* earlier) const {
    Record record{keyId, keyId.empty() ? "" : proposal.keyDigest, m_clock.now(), {}};
    for (const FileChange& change : proposal.changes) {
        auto one = prepare(change, *proposal.tool, earlier);
        if (!one) {
            dropBackUps(record, earlier);
            return fail(std::move(one.error()));
        }
        record.files.push_back(std::move(*one));
    }
    // What the last change wrote and this one leaves alone is undone with it.
    for (const FileRecord& last : earlier != nullptr ? earlier->files : std::vector<FileRecord>()) {
        if (recordOf(&record, last.path) == nullptr)
            record.files.push_back(last);
    }
    return record;
}

Result<void> Desk::writeAll(const Proposal& proposal) const {
    for (std::size_t i = 0; i < proposal.changes.size(); ++i) {
        const FileChange& change = proposal.changes[i];
        auto written =
            writeConfig(change.before.path, change.after, modeFor(*proposal.tool, change.before));
        if (written)
            continue;
        for (std::size_t k = 0; k < i; ++k) {
            const Snapshot& before = proposal.changes[k].before;
            FileRecord back;
            back.path = before.path;
            back.made = !before.exists;
            back.mode = before.mode;
            // As good as it goes: the first failure is the one to tell.
            (void)putBack(back, before.bytes);
        }
        return written;
    }
    return {};
}

Result<void> Desk::apply(const Proposal& proposal, const std::string& keyId) {
    auto records = readRecords(m_records);
    if (!records)
        return fail(std::move(records.error()));
    for (const FileChange& change : proposal.changes) {
        const auto seen = readConfig(change.before.path);
        if (!seen)
            return fail(seen.error());
        if (*seen != change.before)
            return fail(ErrorCode::ConfigChanged,
                        change.shown + " was changed in the meantime. Look at the change again.");
        if (auto may = checkMayReplace(*seen); !may)
            return may;
    }
    const std::string id = proposal.tool->id;
    const auto it = records->find(id);
    const auto earlier = it == records->end() ? std::nullopt : std::optional(it->second);
    // Where somebody else wrote since, this change stands alone.
    const Record* const last = earlier && standsAll(*earlier) ? &*earlier : nullptr;
    const auto record = prepareAll(proposal, keyId, last);
    if (!record)
        return fail(record.error());
    // Before the files: after a crash here, undoing finds that there is nothing to undo.
    (*records)[id] = *record;
    auto written = writeRecords(m_records, *records);
    if (written)
        written = writeAll(proposal);
    if (written)
        return {};
    if (earlier)
        (*records)[id] = *earlier;
    else
        records->erase(id);
    (void)writeRecords(m_records, *records);
    dropBackUps(*record, last);
    return written;
}

Result<void> Desk::undo(const Tool& tool) {
    auto records = readRecords(m_records);
    if (!records)
        return fail(std::move(records.error()));
    const auto it = records->find(tool.id);
    if (it == records->end())
        return fail(ErrorCode::NotFound,
                    std::string("Nothing was written for ") + tool.title + ".");
    std::vector<std::pair<FileRecord, std::string>> back;
    for (const FileRecord& file : it->second.files) {
        const auto seen = readConfig(file.path);
        if (!seen)
            return fail(seen.error());
        if (file.made ? !seen->exists : stands(*seen, file.before))
            continue;  // it is so already
        if (!stands(*seen, file.after))
            return fail(ErrorCode::ConfigChanged,
                        shown(file.path) + " was changed since. " +
                            (file.made ? std::string("It was not there before.")
                                       : "What it said before is in " + shown(file.backUp) + "."));
        if (auto may = checkMayReplace(*seen); !may)
            return may;
        std::string bytes;
        if (!file.made) {
            auto copy = readConfig(file.backUp);
            if (!copy)
                return fail(std::move(copy.error()));
            if (!stands(*copy, file.before))
                return fail(ErrorCode::ConfigChanged,
                            "The back-up " + shown(file.backUp) + " is gone or was changed.");
            bytes = std::move(copy->bytes);
        }
        back.emplace_back(file, std::move(bytes));
    }
    for (const auto& [file, bytes] : back) {
        if (auto put = putBack(file, bytes); !put)
            return put;
    }
    const std::vector<FileRecord> done = it->second.files;
    records->erase(it);
    if (auto written = writeRecords(m_records, *records); !written)
        return written;
    std::error_code none;
    for (const FileRecord& file : done) {
        if (!file.made)
            fs::remove(file.backUp, none);
    }
    return {};
}

}  // namespace gr::connect
