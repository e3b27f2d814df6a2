// SPDX-License-Identifier: MIT
#include "protocol/stop_cutter.h"

#include <algorithm>
#include <utility>

#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

// How many bytes at the end of `text` begin `stop` without being all of it.
std::size_t begunAtEnd(std::string_view text, std::string_view stop) {
    for (std::size_t length = std::min(text.size(), stop.size() - 1); length > 0; --length) {
        if (text.ends_with(stop.substr(0, length)))
            return length;
    }
    return 0;
}

}  // namespace

StopCutter::StopCutter(const std::vector<JsonString>& stops) {
    for (const JsonString stop : stops) {
        if (!saysNothing(stop))
            m_stops.push_back(plainOf(stop));
    }
}

std::string StopCutter::pass(JsonString piece) {
    if (m_hit)
        return {};
    std::string text = std::exchange(m_held, {}) + plainOf(piece);
    std::size_t end = std::string::npos;
    std::size_t held = 0;
    for (const std::string& stop : m_stops) {
        const std::size_t at = text.find(stop);
        if (at < end) {
            end = at;
            m_hit = stop;
        }
        held = std::max(held, begunAtEnd(text, stop));
    }
    if (m_hit) {
        text.resize(end);
        return text;
    }
    m_held = text.substr(text.size() - held);
    text.resize(text.size() - held);
    return text;
}

std::string StopCutter::rest() {
    return std::exchange(m_held, {});
}

}  // namespace gr::protocol
