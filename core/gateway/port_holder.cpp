// SPDX-License-Identifier: MIT
#include "gateway/port_holder.h"

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gr::gateway {
namespace {

struct Listener {
    unsigned uid = 0;
    std::string inode;
    int near = 0;  // how surely it is the one who takes connections to 127.0.0.1; 0: it is not
};

// `address` as in the table: words of four bytes in hexadecimal, in the machine's order. A listener
// at one address may belong to another user than the one at the next.
int nearness(std::string_view address) {
    constexpr std::string_view kLoopback = "0100007F";
    constexpr std::string_view kMapped = "0000000000000000FFFF0000";
    if (address.starts_with(kMapped))
        address.remove_prefix(kMapped.size());
    if (address == kLoopback)
        return 2;
    return address.find_first_not_of('0') == std::string_view::npos ? 1 : 0;
}

// Looks at the listening rows of /proc/net/tcp or tcp6 (proc(5)): "sl local rem st tx:rx tr:tm retr
// uid …", and keeps the nearest.
void nearestIn(const char* table, std::uint16_t port, std::optional<Listener>& nearest) {
    constexpr std::string_view kListening = " 0A ";
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        // Most rows are connections, thousands of them on a busy machine.
        if (line.find(kListening) == std::string::npos)
            continue;
        std::istringstream row(line);
        std::string slot, local, remote, state, queues, timer, retries, timeout;
        Listener listener;
        row >> slot >> local >> remote >> state >> queues >> timer >> retries >> listener.uid >>
            timeout >> listener.inode;
        const auto colon = local.rfind(':');
        unsigned value = 0;
        std::from_chars(local.data() + colon + 1, local.data() + local.size(), value, 16);
        if (state != kListening.substr(1, 2) || value != port)
            continue;
        listener.near = nearness(std::string_view(local).substr(0, colon));
        if (!nearest || nearest->near < listener.near)
            nearest = std::move(listener);
    }
}

std::optional<Listener> findListener(std::uint16_t port) {
    std::optional<Listener> nearest;
    nearestIn("/proc/net/tcp", port, nearest);
    nearestIn("/proc/net/tcp6", port, nearest);
    return nearest;
}

bool hasSocket(const std::filesystem::path& process, const std::string& target) {
    std::error_code error;
    std::filesystem::directory_iterator it(process / "fd", error);
    for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
        std::error_code gone;
        if (std::filesystem::read_symlink(it->path(), gone) == target)
            return true;
    }
    return false;
}

}  // namespace

std::string portHolder(std::uint16_t port) {
    const auto listener = findListener(port);
    if (!listener)
        return {};
    const std::string target = "socket:[" + listener->inode + "]";
    std::error_code error;
    std::filesystem::directory_iterator it("/proc", error);
    for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
        const std::string pid = it->path().filename().string();
        if (pid.find_first_not_of("0123456789") != std::string::npos ||
            !hasSocket(it->path(), target))
            continue;
        std::ifstream file(it->path() / "comm");
        std::string name;
        std::getline(file, name);
        return (name.empty() ? "a program" : name) + " (process " + pid + ")";
    }
    return {};
}

std::optional<unsigned> listenerUid(std::uint16_t port) {
    const auto listener = findListener(port);
    return listener && listener->near > 0 ? std::optional(listener->uid) : std::nullopt;
}

}  // namespace gr::gateway
