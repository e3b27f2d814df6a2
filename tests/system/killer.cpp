// SPDX-License-Identifier: MIT
// Loaded before a program (LD_PRELOAD): kills it with SIGKILL at a chosen one of the moments at
// which it changes what the world can see, which are its writes and syncs of the ledger's files and
// its sends over TCP. Nothing of it is shipped. killing.py drives it through a file that both map.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

// What killing.py writes and reads, in this order.
struct Control {
    std::atomic<std::int64_t> dieAt;    // the how manieth moment; 0: never
    std::atomic<std::int64_t> seen;     // moments so far; negative: they are not counted yet
    std::atomic<std::int64_t> after;    // 0: it dies before that one is whole; else right behind it
    std::atomic<std::int64_t> commits;  // 0: every moment counts; else ends of transactions alone
    char kinds[1 << 16];                // of each moment, from the first
};

enum class Now { GoOn, DieBefore, DieAfter };

Control* control() {
    static Control* const mapped = [] {
        const char* const name = std::getenv("GR_KILLER_CONTROL");
        const int file = name != nullptr ? ::open(name, O_RDWR | O_CLOEXEC) : -1;
        if (file < 0)
            return static_cast<Control*>(nullptr);
        void* const at =
            ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        ::close(file);
        return at == MAP_FAILED ? nullptr : static_cast<Control*>(at);
    }();
    return mapped;
}

[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    for (;;)
        ::pause();
}

// One more moment, and what to do at it.
Now moment(char kind) {
    Control* const it = control();
    if (it == nullptr || it->seen.load() < 0 || (it->commits.load() != 0 && kind != 'c'))
        return Now::GoOn;
    const std::int64_t number = it->seen.fetch_add(1) + 1;
    if (number <= static_cast<std::int64_t>(sizeof it->kinds))
        it->kinds[number - 1] = kind;
    if (number != it->dieAt.load())
        return Now::GoOn;
    return it->after.load() != 0 ? Now::DieAfter : Now::DieBefore;
}

// `work`, or half of it, and then the end, as the moment wants it.
template <class Work, class Half>
auto at(char kind, const Work& work, const Half& half) {
    const Now now = moment(kind);
    if (now == Now::DieBefore) {
        half();
        die();
    }
    const auto done = work();
    if (now == Now::DieAfter)
        die();
    return done;
}

template <class Work>
auto at(char kind, const Work& work) {
    return at(kind, work, [] {});
}

bool isLedger(const char* path) {
    const char* const slash = std::strrchr(path, '/');
    return std::strncmp(slash != nullptr ? slash + 1 : path, "ledger.sqlite", 13) == 0;
}

// 'd' the database, 'w' its log, 'm' what is beside them; 0: none of them.
char kindOf(int file) {
    char link[64];
    char path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t size = ::readlink(link, path, sizeof path - 1);
    if (size <= 0)
        return 0;
    const std::string_view name(path, static_cast<std::size_t>(size));
    path[size] = 0;
    if (!isLedger(path))
        return 0;
    return name.ends_with("-wal") ? 'w' : name.ends_with(".sqlite") ? 'd' : 'm';
}

// The head of a frame of the log that ends a transaction: it says how large the database is then.
// Its page comes with the next write of the same thread.
bool endsTransaction(char kind, const void* data, std::size_t size) {
    static constexpr std::size_t kHead = 24;
    std::uint32_t pages = 0;
    if (kind != 'w' || size != kHead)
        return false;
    std::memcpy(&pages, static_cast<const char*>(data) + 4, sizeof pages);
    return pages != 0;
}

bool isTcp(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    return ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
           (address.ss_family == AF_INET || address.ss_family == AF_INET6);
}

template <class F>
F* real(F* /*mine*/, const char* name) {
    return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

thread_local bool t_diesWithPage = false;

extern "C" {

ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
    static auto* const next = real(&pwrite64, "pwrite64");
    const char kind = kindOf(file);
    if (kind == 0)
        return next(file, data, size, offset);
    const auto whole = [&] { return next(file, data, size, offset); };
    const auto half = [&] { (void)next(file, data, size / 2, offset); };
    if (endsTransaction(kind, data, size)) {
        const Now now = moment('c');
        if (now == Now::DieBefore) {
            half();
            die();
        }
        t_diesWithPage = now == Now::DieAfter;
        return whole();
    }
    if (t_diesWithPage) {
        (void)whole();
        die();
    }
    return at(kind, whole, half);
}

ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
    return pwrite64(file, data, size, offset);
}

ssize_t write(int file, const void* data, size_t size) {
    static auto* const next = real(&write, "write");
    const auto whole = [&] { return next(file, data, size); };
    const char kind = kindOf(file);
    return kind != 0 ? at(kind, whole) : whole();
}

int ftruncate64(int file, off64_t size) {
    static auto* const next = real(&ftruncate64, "ftruncate64");
    const auto whole = [&] { return next(file, size); };
    return kindOf(file) != 0 ? at('t', whole) : whole();
}

int ftruncate(int file, off_t size) {
    return ftruncate64(file, size);
}

int fsync(int file) {
    static auto* const next = real(&fsync, "fsync");
    const auto whole = [&] { return next(file); };
    return kindOf(file) != 0 ? at('s', whole) : whole();
}

int fdatasync(int file) {
    static auto* const next = real(&fdatasync, "fdatasync");
    const auto whole = [&] { return next(file); };
    return kindOf(file) != 0 ? at('s', whole) : whole();
}

int unlink(const char* path) noexcept {
    static auto* const next = real(&unlink, "unlink");
    const auto whole = [&] { return next(path); };
    return isLedger(path) ? at('u', whole) : whole();
}

ssize_t sendmsg(int socket, const msghdr* message, int flags) {
    static auto* const next = real(&sendmsg, "sendmsg");
    const auto whole = [&] { return next(socket, message, flags); };
    return isTcp(socket) ? at('n', whole) : whole();
}

ssize_t send(int socket, const void* data, size_t size, int flags) {
    static auto* const next = real(&send, "send");
    const auto whole = [&] { return next(socket, data, size, flags); };
    return isTcp(socket) ? at('n', whole) : whole();
}

}  // extern "C"
