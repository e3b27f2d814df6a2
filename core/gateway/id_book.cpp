// SPDX-License-Identifier: MIT
#include "gateway/id_book.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "http/offload.h"
#include "json/scan.h"

namespace gr::gateway {
namespace {

constexpr std::size_t kLongestId = 128;
constexpr std::size_t kMostWaiting = 1024;  // lines

std::string lineOf(std::string_view id, const IdBook::Owner& owner) {
    return owner.client + "\t" + owner.provider + "\t" + std::string(id) + "\n";
}

void append(const std::filesystem::path& file, const std::string& line) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    const bool written = descriptor >= 0 && ::write(descriptor, line.data(), line.size()) ==
                                                static_cast<ssize_t>(line.size());
    if (!written)
        log::write(
            LogLevel::Warning, "ids_not_kept",
            {{"file", file.string()}, {"why", fileError(errno, "Writing", file).message.text}});
    if (descriptor >= 0)
        ::close(descriptor);
}

}  // namespace

IdBook::IdBook(std::filesystem::path file, std::size_t most)
    : m_file(std::move(file)), m_most(most), m_writer("ids", kMostWaiting) {
    if (!m_file.empty())
        read();
}

IdBook::~IdBook() {
    m_writer.drain();
}

void IdBook::read() {
    const auto text = readFile(m_file, std::size_t(64) << 20);
    if (!text)
        return;
    std::size_t lines = 0;
    for (std::string_view rest = *text; !rest.empty(); ++lines) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::size_t first = line.find('\t');
        const std::size_t second = line.find('\t', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos)
            continue;  // torn by a power cut
        insert(line.substr(second + 1), {std::string(line.substr(0, first)),
                                         std::string(line.substr(first + 1, second - first - 1))});
    }
    if (lines > m_most)
        rewrite();
}

void IdBook::rewrite() const {
    std::string text;
    for (const Entry& entry : m_entries)
        text += lineOf(entry.id, entry.owner);
    if (const auto done = replaceFile(m_file, text); !done)
        log::write(LogLevel::Warning, "ids_not_kept",
                   {{"file", m_file.string()}, {"why", done.error().message.text}});
}

bool IdBook::insert(std::string_view id, const Owner& owner) {
    if (!looksLikeId(id) || m_index.contains(id))
        return false;
    const auto entry = m_entries.insert(m_entries.end(), {std::string(id), owner});
    m_index.emplace(entry->id, entry);
    m_empty = false;
    if (m_entries.size() > m_most) {
        m_index.erase(m_entries.front().id);
        m_entries.pop_front();
    }
    return true;
}

void IdBook::add(std::string_view id, const Owner& owner) {
    const std::lock_guard lock(m_mutex);
    if (!insert(id, owner) || m_file.empty())
        return;
    const auto job = [file = m_file, line = lineOf(id, owner)] { append(file, line); };
    if (!m_writer.post(job))
        job();  // slow is better than forgotten
}

http::Awaitable<void> IdBook::written(http::Executor io) {
    if (m_file.empty())
        co_return;
    http::AbortSlot never;
    std::function<Result<void>()> nothing = [] { return Result<void>(); };
    const Result<void> done =
        co_await http::offload(m_writer, std::move(io), never, std::move(nothing));
    if (!done)
        m_writer.drain();  // too much waits: so does this thread
}

std::optional<IdBook::Owner> IdBook::find(std::string_view id) const {
    const std::lock_guard lock(m_mutex);
    const auto it = m_index.find(id);
    return it == m_index.end() ? std::nullopt : std::optional(it->second->owner);
}

std::string IdBook::keeperOf(std::string_view id, std::string_view client) const {
    if (id.empty() || m_empty)
        return {};
    const auto owner = find(id);
    return owner && owner->client == client ? owner->provider : std::string();
}

std::string IdBook::ofAnother(std::string_view json, const std::string& client) const {
    constexpr std::size_t kLongestRaw = 6 * kLongestId + 2;  // every character escaped
    if (m_empty)
        return {};  // most gateways never see a file
    const std::lock_guard lock(m_mutex);
    for (std::size_t at = json.find('"'); at < json.size();) {
        std::size_t end = at + 1;
        while (end < json.size() && json[end] != '"')
            end += json[end] == '\\' ? 2 : 1;
        const std::string_view raw = json.substr(at, end + 1 - at);
        if (raw.size() <= kLongestRaw) {
            std::string unescaped;
            std::string_view text = raw.substr(1, raw.size() - 2);
            if (text.find('\\') != std::string_view::npos)
                text = unescaped = json::unescape(raw);
            const auto it = m_index.find(text);
            if (it != m_index.end() && it->second->owner.client != client)
                return std::string(text);
        }
        at = json.find('"', end + 1);
    }
    return {};
}

bool IdBook::looksLikeId(std::string_view text) {
    return !text.empty() && text.size() <= kLongestId && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

}  // namespace gr::gateway
