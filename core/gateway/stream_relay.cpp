// SPDX-License-Identifier: MIT
#include "gateway/stream_relay.h"

#include "base/log.h"

namespace gr::gateway {
namespace {

constexpr std::size_t kMaxHeld = 64 * 1024;  // before the first content

}  // namespace

void StreamRelay::feed(std::string_view bytes) {
    const auto fed = m_splitter.feed(bytes, m_sink);
    if (!fed)
        problem = fed.error();
}

void StreamRelay::end() {
    if (!m_splitter.rest().empty())
        take(m_splitter.rest());  // the last event came without its empty line
    if (providerError || !m_passage.complete() || (needsContent && !m_content))
        return;
    m_committed = true;  // an answer without content is an answer
    const std::size_t before = out.size();
    m_passage.end(out);
    if (onPiece)
        onPiece(out, before);
}

void StreamRelay::take(std::string_view event) {
    using Verdict = protocol::Passage::Verdict;
    if (providerError || problem)
        return;
    const std::size_t before = out.size();
    const Verdict verdict = m_passage.event(event, out);
    m_content = m_content || verdict == Verdict::Content;
    m_committed = m_committed || m_content;
    providerError = verdict == Verdict::Error;
    if (providerError) {
        // Some quote the key they refuse.
        const std::string words = log::redacted(std::string_view(out).substr(before));
        out.resize(before);
        if (m_committed && m_passage.passesErrorsOn())
            out.append(words);
    } else if (onPiece) {
        onPiece(out, before);
    }
    // Comments without end must not fill the memory: what is held has a bound.
    const bool full = !providerError && out.size() > kMaxHeld;
    if (full && needsContent && !m_content)
        problem.emplace(ErrorCode::ProviderAnswerInvalid,
                        "The provider took a payment and sent 64 kB without any content.");
    else
        m_committed = m_committed || full;
}

}  // namespace gr::gateway
