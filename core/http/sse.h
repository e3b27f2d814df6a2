// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

// Server-sent events (WHATWG HTML, 9.2): cutting a byte stream at the ends of its events, wherever
// the reads happened to tear it. Lines may end in LF, CR LF or CR. Pure; one object, one stream.
namespace gr::http {

class SseSplitter final {
  public:
    explicit SseSplitter(std::size_t maxEvent = 16 * 1024 * 1024) : m_maxEvent(maxEvent) {}

    // Calls `onEvent` for every whole event in the stream so far, with its bytes exactly as they
    // came, empty line included. The view holds for the call. Comments are part of the event they
    // stand before, or an event of their own. Error: ProviderAnswerInvalid, an event over the
    // bound.
    Result<void> feed(std::string_view bytes, const std::function<void(std::string_view)>& onEvent);

    // What arrived behind the last whole event.
    std::string_view rest() const { return m_pending; }

  private:
    // The end of the first whole event in `text`, or npos. `m_scanned` bytes were looked at before.
    std::size_t eventEnd(std::string_view text);

    std::string m_pending;
    std::size_t m_scanned = 0;
    std::size_t m_lineBegin = 0;
    std::size_t m_maxEvent;
};

// The payload of a raw event: its `data:` lines without the prefix, joined by LF. Uses `scratch`
// only when there are several. Empty when there is none.
std::string_view sseData(std::string_view event, std::string& scratch);

// The value of the event's `event:` line, or empty.
std::string_view sseName(std::string_view event);

}  // namespace gr::http
