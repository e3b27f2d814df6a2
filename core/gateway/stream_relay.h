// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/sse.h"
#include "protocol/passage.h"

namespace gr::gateway {

// The stream of one provider on its way: what may go on, what is held, and how it stands. Lives in
// the io thread.
class StreamRelay final {
  public:
    explicit StreamRelay(protocol::Passage& passage) : m_passage(passage) {}
    StreamRelay(const StreamRelay&) = delete;
    StreamRelay& operator=(const StreamRelay&) = delete;

    // The next bytes of the provider, torn anywhere.
    void feed(std::string_view bytes);
    // The provider closed its stream well.
    void end();

    bool committed() const { return m_committed; }
    // Something of an answer came: words, a call of a tool, or that it is finished.
    bool hasContent() const { return m_content; }

    // Called after each event with `out` and where what it brought begins; may be empty.
    std::function<void(std::string& out, std::size_t begin)> onPiece;

    // A good end alone is no answer: what was paid for has to bring more.
    bool needsContent = false;
    std::string out;  // whole events that go on once committed
    bool providerError = false;
    std::optional<Error> problem;

  private:
    void take(std::string_view event);

    protocol::Passage& m_passage;
    http::SseSplitter m_splitter;
    std::function<void(std::string_view)> m_sink = [this](std::string_view event) { take(event); };
    bool m_committed = false;
    bool m_content = false;
};

}  // namespace gr::gateway
