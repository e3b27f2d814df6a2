// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"
#include "protocol/adapter.h"

// One answer on its way from a provider to a client: watched as it passes untouched, or translated.
// Pure; one object, one answer, one thread.
namespace gr::protocol {

class Passage {
  public:
    enum class Verdict : std::uint8_t {
        Hold,     // nothing the client would miss: it is kept back while a fallback is possible
        Content,  // commits the answer
        Error,    // the provider says it failed; errorText() has its words
    };

    virtual ~Passage() = default;

    // One raw server-sent event of the provider; appends what goes on to `out`.
    virtual Verdict event(std::string_view raw, std::string& out) = 0;

    // A whole answer of status 200: what the client gets. The view holds as long as `body` and this
    // object. Errors: ProviderFailed (its own error in a 200), ProviderAnswerInvalid.
    virtual Result<std::string_view> whole(std::string_view body) = 0;

    // The stream ended well: appends the last bytes.
    virtual void end(std::string& out) = 0;
    // It broke off behind its first content: appends an error event in the client's format.
    virtual void breakOff(const Error& error, std::string& out) = 0;
    // Something that resets the timers of a waiting client and means nothing. What `event()` held
    // back must go out before it where there is a `writer()`.
    virtual void keepAlive(std::string& out) = 0;
    // Whoever wrote that. Should this answer fail before its content, the next one is written by
    // the same, since it knows what the client was told. Null where the provider's bytes pass.
    virtual std::shared_ptr<AnswerWriter> writer() const { return nullptr; }

    // The provider ended the answer itself.
    virtual bool complete() const = 0;
    virtual TokenUsage usage() const = 0;
    virtual std::string errorText() const = 0;
    // The HTTP status that its error stands for; 0: not known.
    virtual int errorStatus() const { return 0; }
    // True where the provider's own error event goes on to the client as it is.
    virtual bool passesErrorsOn() const = 0;
};

// The same protocol on both sides, nothing rewritten. `dropUsageChunk`: the usage chunk of a chat
// stream was asked for by us alone; `choices`: so many answers were asked for. `context` serves for
// the words of our own. `observer` may be empty; it sees the steps of the answer (and costs their
// reading).
std::unique_ptr<Passage> passThrough(Protocol protocol, const Target& target, bool dropUsageChunk,
                                     std::size_t choices, AnswerContext context,
                                     EventSink observer);

// From the provider's protocol to that of `request`, which must outlive it.
std::unique_ptr<Passage> translation(Protocol provider, const Target& target,
                                     const ChatRequest& request,
                                     std::shared_ptr<AnswerWriter> writer, EventSink observer);

}  // namespace gr::protocol
