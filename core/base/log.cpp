// SPDX-License-Identifier: MIT
#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/text.h"

namespace gr::log {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};

std::atomic<LogLevel> g_level{LogLevel::Info};
std::mutex g_hiddenMutex;

std::vector<Secret>& hiddenSecrets() {
    static std::vector<Secret> secrets;
    return secrets;
}

std::string timestamp() {
    const std::int64_t ms = SystemClock().now().value;
    const std::time_t seconds = ms / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 40> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::string fraction = std::to_string(ms % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    return std::string(text.data(), size) + "." + fraction + "Z";
}

}  // namespace

void setLevel(LogLevel level) {
    g_level = level;
}

bool enabled(LogLevel level) {
    return level >= g_level.load(std::memory_order_relaxed);
}

void hide(const Secret& secret) {
    if (secret.size() < 8)
        return;
    const std::lock_guard lock(g_hiddenMutex);
    auto& secrets = hiddenSecrets();
    for (const Secret& known : secrets) {
        if (known.reveal() == secret.reveal())
            return;
    }
    // Longest first: of one that begins with another, nothing must stay.
    const auto shorter = std::find_if(secrets.begin(), secrets.end(), [&](const Secret& known) {
        return known.size() < secret.size();
    });
    secrets.insert(shorter, secret.clone());
}

void forget(const Secret& secret) {
    const std::lock_guard lock(g_hiddenMutex);
    std::erase_if(hiddenSecrets(),
                  [&](const Secret& known) { return known.reveal() == secret.reveal(); });
}

std::string redacted(std::string_view text) {
    constexpr std::string_view kMark = "[redacted]";
    std::string out(text);
    const std::lock_guard lock(g_hiddenMutex);
    for (const Secret& secret : hiddenSecrets()) {
        // On behind the mark: a secret may be a part of it.
        for (auto at = out.find(secret.reveal()); at != std::string::npos;
             at = out.find(secret.reveal(), at + kMark.size())) {
            out.replace(at, secret.size(), kMark);
        }
    }
    return out;
}

void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
    if (!enabled(level))
        return;
    std::string line = R"({"time":")" + timestamp() + R"(","level":")";
    line += kLevelNames[static_cast<std::size_t>(level)];
    line += R"(","event":")";
    appendJsonEscaped(line, event);
    line += '"';
    for (const auto& [name, value] : fields) {
        line += ",\"";
        appendJsonEscaped(line, name);
        line += "\":\"";
        appendJsonEscaped(line, redacted(value));
        line += '"';
    }
    line += "}\n";
    // A log that cannot be written must not stop the gateway.
    (void)!::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace gr::log
