// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "protocol/adapter.h"

namespace gr::protocol {

// What changes in a response object while it is made. All texts are JSON.
struct ResponseState {
    std::string_view status = "in_progress";  // plain
    std::string_view error = "null";
    std::string_view incomplete = "null";  // incomplete_details
    std::string_view output = "[]";
    std::string_view usage;  // left out while nothing is known
};

// The response object of one answer: what the client asked for is echoed as it came. Owns its text.
class ResponseObject final {
  public:
    explicit ResponseObject(const AnswerContext& context);

    void append(std::string& out, const ResponseState& state) const;

  private:
    std::string m_head;  // up to the status
    std::string m_tail;  // what never changes, on one line
};

// "01ABC" of the request id "req_01ABC": what all ids of its answer are made of.
std::string answerStem(std::string_view id);

// The field `usage`; empty while nothing is known. The details are always there.
std::string responseUsage(const TokenUsage& usage);

// The field `error`. A code that clients do not know becomes server_error.
std::string responseError(std::string_view code, std::string_view message);
std::string responseError(const Error& error);

}  // namespace gr::protocol
