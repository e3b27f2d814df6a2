// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "json/writer.h"
#include "protocol/adapter.h"
#include "protocol/responses_effort.h"

namespace gr::protocol {

// Writes messages of a request for POST /v1/responses, and what is inside results of tools. All
// that is handed in must outlive this. Pure; one request.
class ResponsesContentWriter final {
  public:
    ResponsesContentWriter(const ChatRequest& request, const Target& target,
                           const ResponsesForm& form, json::Writer& writer, WrittenRequest& out)
        : m_request(request), m_target(target), m_form(form), m_writer(writer), m_out(out) {}

    // Adds a piece of content to the open message of `role`; opens one when there is none. What the
    // model said becomes one string: as a list it would need ids and states of its own. Error:
    // InvalidField, media that the target cannot take.
    Result<void> write(Role role, const Part& part);
    void closeMessage();

    // The value of `output`: a string, or a list where there are media.
    Result<void> writeOutput(const ToolResult& result);
    // A result whose call is not there, as a message of the user.
    Result<void> writeOrphan(const ToolResult& result);

  private:
    void openMessage(Role role);
    Result<void> writePart(const Part& part);
    Result<void> writeMedia(const Part& part);
    Result<void> check(const Part& part) const;
    void writeImage(const Media& media);
    void writeFile(const Media& media);
    void writeAudio(const Media& media);
    std::string_view roleName(Role role) const;

    const ChatRequest& m_request;
    const Target& m_target;
    const ResponsesForm& m_form;
    json::Writer& m_writer;
    WrittenRequest& m_out;
    bool m_open = false;
    std::string m_answer;  // the string of an open message of the assistant, without its end
};

}  // namespace gr::protocol
