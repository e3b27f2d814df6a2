// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/job_thread.h"
#include "ledger/entry.h"

namespace gr::gateway {

// The trace id of a `traceparent` header (W3C Trace Context, 3.2.2); empty when there is none.
std::string_view traceIdIn(std::string_view traceparent);

// The line of a finished request, without its end: one JSON object in the form of base/log. Numbers
// are numbers, money is decimal text, what is not known is null; every announced secret is
// replaced. Pure but for those and the time; any thread.
std::string requestLine(const ledger::RequestRecord& record, std::string_view traceId);

// A line on standard error for every finished request, where it is asked for. Lines are made and
// written on a thread of their own: who does not read them holds up no request; what does not fit
// the queue is left out and counted. Shared by the io threads.
class RequestLog final {
  public:
    ~RequestLog();

    void turn(bool on) { m_on = on; }
    bool isOn() const { return m_on.load(std::memory_order_relaxed); }
    void add(const ledger::RequestRecord& record, std::string_view traceparent);

  private:
    std::atomic<bool> m_on{false};
    std::atomic<std::uint64_t> m_leftOut{0};  // since the last line that was written
    JobThread m_writing{"request-log", 4'096};
};

}  // namespace gr::gateway
