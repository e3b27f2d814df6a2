// SPDX-License-Identifier: MIT
#include "gateway/held_stream.h"

#include "protocol/adapters.h"

namespace gr::gateway {

// A writer of Responses would begin an answer of its own; an array of Gemini's has not begun.
void HeldStream::keepAlive(std::string& out) {
    const protocol::Protocol protocol = m_state.ask.protocol;
    if (m_state.ask.sseArray) {
        out.append("\n");
        return;
    }
    if (protocol == protocol::Protocol::OpenAiChat ||
        protocol == protocol::Protocol::OpenAiResponses) {
        out.append(": keep-alive\n\n");
        return;
    }
    if (!m_writer)
        m_writer = protocol::adapter(protocol).makeWriter(
            m_state.answerContext(m_state.ask.model, nullptr));
    m_writer->keepAlive(out);
}

}  // namespace gr::gateway
