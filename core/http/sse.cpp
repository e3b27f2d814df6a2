// SPDX-License-Identifier: MIT
#include "http/sse.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace gr::http {
namespace {

// The first CR or LF at or behind `from`, or npos. Every byte of every stream comes by here.
std::size_t findLineEnd(std::string_view text, std::size_t from) {
    std::size_t i = from;
#if defined(__SSE2__)
    const __m128i cr = _mm_set1_epi8('\r');
    const __m128i lf = _mm_set1_epi8('\n');
    for (; i + 16 <= text.size(); i += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        const int mask =
            _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, cr), _mm_cmpeq_epi8(bytes, lf)));
        if (mask != 0)
            return i + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
    }
#endif
    for (; i < text.size(); ++i) {
        if (text[i] == '\n' || text[i] == '\r')
            return i;
    }
    return std::string_view::npos;
}

// Takes the next line off `text`, without its end.
std::string_view takeLine(std::string_view& text) {
    const auto end = findLineEnd(text, 0);
    if (end == std::string_view::npos) {
        const std::string_view line = text;
        text = {};
        return line;
    }
    const std::string_view line = text.substr(0, end);
    const bool crLf = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    text.remove_prefix(end + (crLf ? 2 : 1));
    return line;
}

// The value of a line `name: value`, or nothing of a length below zero when it is another line.
bool fieldValue(std::string_view line, std::string_view name, std::string_view& value) {
    if (!line.starts_with(name))
        return false;
    line.remove_prefix(name.size());
    if (line.empty()) {
        value = {};
        return true;
    }
    if (line.front() != ':')
        return false;
    line.remove_prefix(line.size() > 1 && line[1] == ' ' ? 2 : 1);
    value = line;
    return true;
}

}  // namespace

std::size_t SseSplitter::eventEnd(std::string_view text) {
    for (std::size_t i = findLineEnd(text, m_scanned); i != std::string_view::npos;
         i = findLineEnd(text, m_lineBegin)) {
        std::size_t next = i + 1;
        if (text[i] == '\r') {
            if (next == text.size()) {  // LF may follow in the next read
                m_scanned = i;
                return std::string_view::npos;
            }
            if (text[next] == '\n')
                ++next;
        }
        // An empty line ends the event.
        if (i == m_lineBegin) {
            m_scanned = 0;
            m_lineBegin = 0;
            return next;
        }
        m_lineBegin = next;
    }
    m_scanned = text.size();
    return std::string_view::npos;
}

Result<void> SseSplitter::feed(std::string_view bytes,
                               const std::function<void(std::string_view)>& onEvent) {
    if (!m_pending.empty()) {
        m_pending.append(bytes);
        bytes = m_pending;
    }
    std::size_t used = 0;
    for (;;) {
        const std::string_view text = bytes.substr(used);
        const std::size_t end = eventEnd(text);
        if (end == std::string_view::npos)
            break;
        onEvent(text.substr(0, end));
        used += end;
    }
    if (bytes.size() - used > m_maxEvent) {
        return fail(ErrorCode::ProviderAnswerInvalid,
                    "The provider sent an event larger than this gateway accepts.");
    }
    if (bytes.data() == m_pending.data())
        m_pending.erase(0, used);
    else
        m_pending.assign(bytes.substr(used));
    return {};
}

std::string_view sseData(std::string_view event, std::string& scratch) {
    std::string_view first;
    bool found = false;
    bool joined = false;
    while (!event.empty()) {
        std::string_view value;
        if (!fieldValue(takeLine(event), "data", value))
            continue;
        if (!found) {
            first = value;
            found = true;
        } else {
            if (!joined)
                scratch.assign(first);
            joined = true;
            scratch.append("\n").append(value);
        }
    }
    return joined ? std::string_view(scratch) : first;
}

std::string_view sseName(std::string_view event) {
    while (!event.empty()) {
        std::string_view value;
        if (fieldValue(takeLine(event), "event", value))
            return value;
    }
    return {};
}

}  // namespace gr::http
