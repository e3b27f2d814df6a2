// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

// A disk that refuses or forgets, below SQLite: a VFS in front of the system's own.
namespace gr::test {

// Made once in a program, before SQLite opens anything; then every file goes through it.
class FrailDisk final {
  public:
    FrailDisk() {
        s_disk = this;
        m_real = sqlite3_vfs_find(nullptr);
        m_vfs = *m_real;
        m_vfs.zName = "frail";
        m_vfs.szOsFile = static_cast<int>(sizeof(File)) + m_real->szOsFile;
        m_vfs.xOpen = openFile;
        m_vfs.xDelete = deleteFile;
        sqlite3_vfs_register(&m_vfs, 1);
    }
    FrailDisk(const FrailDisk&) = delete;
    FrailDisk& operator=(const FrailDisk&) = delete;

    // From now on writing gives this result code; SQLITE_OK heals the disk.
    void refuse(int code) { m_refusal = code; }

    // The process dies (SIGKILL) at the `count`-th write, cut or sync from now on, before it is
    // done.
    void dieAt(int count) { m_life = count; }

    // What a power cut now would leave of the files in `from`, put into `to`: all that was synced,
    // and of the writes since then some, by chance.
    void cutPower(const std::filesystem::path& from, const std::filesystem::path& to,
                  std::mt19937& random) {
        const std::lock_guard lock(m_mutex);
        for (const auto& [path, state] : m_files) {
            if (path.parent_path() != from)
                continue;
            std::string bytes = state.synced;
            for (const Write& write : state.unsynced) {
                if (random() % 2 == 0)
                    put(bytes, write);
            }
            std::ofstream(to / path.filename(), std::ios::binary) << bytes;
        }
    }

  private:
    struct Write {
        std::size_t offset = 0;
        std::string bytes;
        bool truncates = false;  // to `offset`
    };
    struct State {
        std::string synced;
        std::vector<Write> unsynced;
    };
    // What SQLite holds of an open file; the real one lies right behind it.
    struct File {
        sqlite3_file base;
        const std::filesystem::path* path;  // null: not recorded
        sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };

    void live() {
        if (m_life > 0 && --m_life == 0)
            ::kill(::getpid(), SIGKILL);
    }

    static File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
    static sqlite3_file* realOf(sqlite3_file* file) { return of(file)->real(); }

    static void put(std::string& bytes, const Write& write) {
        if (write.truncates) {
            bytes.resize(write.offset);
            return;
        }
        if (bytes.size() < write.offset + write.bytes.size())
            bytes.resize(write.offset + write.bytes.size());
        bytes.replace(write.offset, write.bytes.size(), write.bytes);
    }

    void note(sqlite3_file* file, Write write) {
        const std::lock_guard lock(m_mutex);
        if (const auto* path = of(file)->path)
            m_files[*path].unsynced.push_back(std::move(write));
    }

    static int openFile(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
        FrailDisk& disk = *s_disk;
        File* mine = of(file);
        mine->base.pMethods = nullptr;
        mine->path = nullptr;
        const int code = disk.m_real->xOpen(disk.m_real, name, mine->real(), flags, out);
        if (code != SQLITE_OK)
            return code;
        if (name != nullptr) {
            const std::lock_guard lock(disk.m_mutex);
            mine->path = &disk.m_files.try_emplace(name).first->first;
        }
        mine->base.pMethods = methods();
        return SQLITE_OK;
    }

    static int deleteFile(sqlite3_vfs*, const char* name, int sync) {
        FrailDisk& disk = *s_disk;
        const std::lock_guard lock(disk.m_mutex);
        // The entry stays, since open files point to its name.
        if (const auto found = disk.m_files.find(name); found != disk.m_files.end())
            found->second = {};
        return disk.m_real->xDelete(disk.m_real, name, sync);
    }

    static int writeFile(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
        s_disk->live();
        if (const int code = s_disk->m_refusal; code != SQLITE_OK)
            return code;
        const int code = realOf(file)->pMethods->xWrite(realOf(file), data, size, offset);
        if (code == SQLITE_OK)
            s_disk->note(
                file, {static_cast<std::size_t>(offset),
                       std::string(static_cast<const char*>(data), static_cast<std::size_t>(size)),
                       false});
        return code;
    }

    static int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
        s_disk->live();
        const int code = realOf(file)->pMethods->xTruncate(realOf(file), size);
        if (code == SQLITE_OK)
            s_disk->note(file, {static_cast<std::size_t>(size), {}, true});
        return code;
    }

    static int syncFile(sqlite3_file* file, int flags) {
        s_disk->live();
        const std::lock_guard lock(s_disk->m_mutex);
        if (const auto* path = of(file)->path) {
            State& state = s_disk->m_files[*path];
            for (const Write& write : state.unsynced)
                put(state.synced, write);
            state.unsynced.clear();
        }
        return realOf(file)->pMethods->xSync(realOf(file), flags);
    }

    static const sqlite3_io_methods* methods() {
        static const sqlite3_io_methods table = [] {
            sqlite3_io_methods m{};
            m.iVersion = 2;  // with shared memory, without memory mapping of the file
            m.xClose = [](sqlite3_file* f) { return realOf(f)->pMethods->xClose(realOf(f)); };
            m.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
                return realOf(f)->pMethods->xRead(realOf(f), to, size, at);
            };
            m.xWrite = writeFile;
            m.xTruncate = truncateFile;
            m.xSync = syncFile;
            m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
                return realOf(f)->pMethods->xFileSize(realOf(f), size);
            };
            m.xLock = [](sqlite3_file* f, int l) {
                return realOf(f)->pMethods->xLock(realOf(f), l);
            };
            m.xUnlock = [](sqlite3_file* f, int l) {
                return realOf(f)->pMethods->xUnlock(realOf(f), l);
            };
            m.xCheckReservedLock = [](sqlite3_file* f, int* held) {
                return realOf(f)->pMethods->xCheckReservedLock(realOf(f), held);
            };
            m.xFileControl = [](sqlite3_file* f, int op, void* arg) {
                return realOf(f)->pMethods->xFileControl(realOf(f), op, arg);
            };
            m.xSectorSize = [](sqlite3_file* f) {
                return realOf(f)->pMethods->xSectorSize(realOf(f));
            };
            m.xDeviceCharacteristics = [](sqlite3_file* f) {
                return realOf(f)->pMethods->xDeviceCharacteristics(realOf(f));
            };
            m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** at) {
                return realOf(f)->pMethods->xShmMap(realOf(f), page, size, extend, at);
            };
            m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
                return realOf(f)->pMethods->xShmLock(realOf(f), offset, n, flags);
            };
            m.xShmBarrier = [](sqlite3_file* f) { realOf(f)->pMethods->xShmBarrier(realOf(f)); };
            m.xShmUnmap = [](sqlite3_file* f, int remove) {
                return realOf(f)->pMethods->xShmUnmap(realOf(f), remove);
            };
            return m;
        }();
        return &table;
    }

    static inline FrailDisk* s_disk = nullptr;  // SQLite's callbacks carry no pointer of ours

    sqlite3_vfs* m_real = nullptr;
    sqlite3_vfs m_vfs{};
    std::atomic<int> m_refusal{SQLITE_OK};
    std::atomic<int> m_life{0};  // 0: for ever
    std::mutex m_mutex;
    std::map<std::filesystem::path, State> m_files;
};

}  // namespace gr::test
