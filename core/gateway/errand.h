// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/exchange_state.h"
#include "gateway/snapshot.h"
#include "protocol/adapter.h"
#include "protocol/passage.h"
#include "protocol/passthrough.h"

namespace gr::gateway {

// What one candidate is sent, written once for all attempts at it: the client's own bytes with a
// few splices where the provider speaks the same protocol, a translation otherwise. Points into the
// exchange's state, the lane, its provider and the request, which outlive it. Lives in the io
// thread.
class Errand {
  public:
    // Errors: InvalidField, and the others of a RequestReader: what this candidate cannot be asked.
    static Result<std::unique_ptr<Errand>> write(ExchangeState& state, Lane& lane,
                                                 const protocol::Dialects& dialects);
    virtual ~Errand() = default;
    Errand(const Errand&) = delete;
    Errand& operator=(const Errand&) = delete;

    std::string_view path() const { return m_path; }  // behind the provider's base path
    // Header lines that belong to this protocol and request.
    std::string_view headerLines() const { return m_headerLines; }
    std::span<const std::string_view> pieces() const;
    std::size_t size() const;
    bool translated() const { return m_translated; }
    // Of thoughts that the gateway had kept and puts back: the client never sent them.
    std::size_t restoredBytes() const { return m_restoredBytes; }
    protocol::Protocol protocol() const { return m_protocol; }  // spoken to the provider

    // The same as a question how many tokens it is; nothing where the answer would not bind the
    // provider.
    std::optional<protocol::WrittenRequest> asCount() const;

    // True where Responses is asked of a provider that speaks chat completions too: many servers of
    // OpenAI's form have nothing else.
    bool chatIsLeft() const {
        return m_protocol == protocol::Protocol::OpenAiResponses &&
               m_provider.dialect->protocol == protocol::Protocol::OpenAiChat;
    }

    // The way back of one answer. `observer` may be empty.
    virtual std::unique_ptr<protocol::Passage> passage(protocol::EventSink observer) const;

    // True where the steps of answers have to be kept for later turns of this client.
    virtual bool needsReasoningKept() const;

    // True where the gateway can answer by itself: then no refusal of the provider is the last
    // word.
    virtual bool dispensable() const { return false; }

  protected:
    Errand(ExchangeState& state, Lane& lane)
        : m_state(state), m_lane(lane), m_provider(*lane.provider), m_model(lane.model) {}

    void addCap(std::vector<protocol::Splice>& splices) const;

    // Takes a translation as what is sent.
    void take(protocol::WrittenRequest written);

    ExchangeState& m_state;
    Lane& m_lane;
    const upstream::Provider& m_provider;
    std::string m_model;
    protocol::Protocol m_protocol = protocol::Protocol::OpenAiChat;  // spoken to the provider
    protocol::Target m_target;
    bool m_translated = false;
    std::string m_path;
    std::string m_headerLines;
    std::optional<protocol::SplicedBody> m_spliced;

  private:
    Result<void> translate();
    void passOn();

    std::size_t m_restoredBytes = 0;
    std::string m_body;
    std::string_view m_bodyView;
};

// "anthropic-version: …" and what else of a client's headers means something to a provider of the
// same protocol, and to no other: whole lines.
std::string ownHeaders(const protocol::Ask& ask, const http::Fields& fields);

}  // namespace gr::gateway
