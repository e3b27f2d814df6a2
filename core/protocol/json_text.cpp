// SPDX-License-Identifier: MIT
#include "protocol/json_text.h"

#include "base/text.h"
#include "json/scan.h"

namespace gr::protocol {
namespace {

// True when the last escape of `inside` is one of a high surrogate and stands at its very end.
bool endsInHighSurrogate(std::string_view inside) {
    if (inside.size() < 6)
        return false;
    const std::string_view last = inside.substr(inside.size() - 6);
    const bool form = last[0] == '\\' && last[1] == 'u' && (last[2] == 'd' || last[2] == 'D') &&
                      std::string_view("89abAB").find(last[3]) != std::string_view::npos;
    if (!form)
        return false;
    // An even number of backslashes before it would make this one escaped text.
    std::size_t before = inside.size() - 6;
    std::size_t slashes = 0;
    while (before > 0 && inside[before - 1] == '\\') {
        --before;
        ++slashes;
    }
    return slashes % 2 == 0;
}

}  // namespace

std::string quoted(std::string_view plain) {
    std::string out;
    out.reserve(plain.size() + 2);
    appendQuoted(out, plain);
    return out;
}

void appendQuoted(std::string& out, std::string_view plain) {
    out.push_back('"');
    appendJsonEscaped(out, plain);
    out.push_back('"');
}

std::string plainOf(JsonString text) {
    return text.empty() ? std::string() : json::unescape(text);
}

std::string_view plainIn(TextArena& arena, JsonString text) {
    const std::string_view raw = inside(text);
    if (raw.find('\\') == std::string_view::npos)
        return raw;
    return arena.keep(json::unescape(text));
}

std::string argumentsObject(JsonString text) {
    std::string plain = plainOf(text);
    if (plain.find_first_not_of(" \t\r\n") == std::string::npos)
        return "{}";
    if (json::scanObject(plain))
        return plain;
    return "{\"_raw\":" + std::string(text) + "}";
}

void appendEvent(std::string& out, std::string_view name, std::string_view data) {
    if (!name.empty())
        out.append("event: ").append(name).append("\n");
    out.append("data: ").append(data).append("\n\n");
}

JsonString SurrogateJoiner::join(JsonString piece) {
    std::string_view raw = inside(piece);
    const bool torn = endsInHighSurrogate(raw);
    if (!torn && m_held.empty())
        return raw.empty() ? JsonString() : piece;
    m_text.assign("\"").append(m_held);
    m_held.clear();
    if (torn) {
        m_held.assign(raw.substr(raw.size() - 6));
        raw.remove_suffix(6);
    }
    m_text.append(raw).append("\"");
    return m_text.size() > 2 ? JsonString(m_text) : JsonString();
}

}  // namespace gr::protocol
