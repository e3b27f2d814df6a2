// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "gateway/client_answer.h"

namespace gr::gateway {

// Of a stream that waits before any provider is asked. Lives in the io thread, as long as its
// exchange.
class HeldStream final : public KeepAliveSource {
  public:
    explicit HeldStream(const ExchangeState& state) : m_state(state) {}

    void keepAlive(std::string& out) override;

  private:
    const ExchangeState& m_state;
    std::unique_ptr<protocol::AnswerWriter> m_writer;
};

}  // namespace gr::gateway
