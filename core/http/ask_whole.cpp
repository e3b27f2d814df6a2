// SPDX-License-Identifier: MIT
#include "http/ask_whole.h"

#include <array>

#include "base/text.h"

namespace gr::http {
namespace {

// Ends a call with its request, or when its time is over.
class Patience final {
  public:
    Patience(Deadlines& deadlines, AbortSlot& request)
        : m_scope(request, &Patience::onEnd, this),
          m_deadline(deadlines, &Patience::onLate, this) {}
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

    void in(Milliseconds time) { m_deadline.in(time); }
    AbortSlot& slot() { return m_slot; }
    bool late() const { return m_late; }

  private:
    static void onEnd(void* self) { static_cast<Patience*>(self)->m_slot.fire(); }
    static void onLate(void* self) {
        static_cast<Patience*>(self)->m_late = true;
        onEnd(self);
    }

    AbortSlot m_slot;
    AbortScope m_scope;
    Deadline m_deadline;
    bool m_late = false;
};

std::string headOf(const Client& client, const Url& address, const WholeAsk& ask) {
    const Origin origin = Origin::of(address);
    const Client::Route route = client.route(origin);
    std::string head(ask.method);
    head.append(" ").append(route.targetPrefix).append(address.path).append(ask.target);
    if (address.path.empty() && ask.target.empty())
        head.append("/");
    head.append(" HTTP/1.1\r\nHost: ").append(origin.hostHeader()).append("\r\n");
    head.append("Accept: application/json\r\n").append(route.extraLines).append(ask.moreLines);
    if (!ask.body.empty()) {
        head.append("Content-Type: application/json\r\nContent-Length: ");
        head.append(std::to_string(ask.body.size())).append("\r\n");
    }
    return head.append("\r\n");
}

std::optional<Milliseconds> retryAfterOf(const ResponseHead& head) {
    const auto field = head.fields.find("retry-after");
    const auto seconds = field ? parseUnsigned(trim(*field)) : std::nullopt;
    constexpr std::uint64_t kMost = 3'600;
    if (!seconds || *seconds > kMost)
        return std::nullopt;
    return Milliseconds(static_cast<std::int64_t>(*seconds) * 1'000);
}

Error tooLate(const Url& address, Milliseconds patience) {
    return {ErrorCode::ProviderTimeout, address.host + " did not answer within " +
                                            std::to_string(patience.count() / 1'000) + " seconds."};
}

}  // namespace

Awaitable<Result<WholeAnswer>> askWhole(Client& client, Deadlines& deadlines, const Url& address,
                                        WholeAsk ask, AbortSlot& abort, bool* dispatched) {
    const std::string head = headOf(client, address, ask);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(ask.body)};
    const std::span request(parts.data(), ask.body.empty() ? 1 : 2);
    const Origin origin = Origin::of(address);
    Patience patience(deadlines, abort);
    patience.in(ask.patience);
    auto sent = co_await client.send(origin, request, patience.slot(), dispatched);
    if (!sent && patience.late())
        co_return fail(tooLate(address, ask.patience));
    if (!sent)
        co_return fail(sent.error());
    Answer& answer = **sent;
    WholeAnswer whole;
    whole.status = answer.head.status;
    whole.retryAfter = retryAfterOf(answer.head);
    const BodySink sink = [&whole](std::string_view bytes) { whole.body.append(bytes); };
    for (;;) {
        const auto done = co_await answer.read(sink, patience.slot());
        if (!done && patience.late())
            co_return fail(tooLate(address, ask.patience));
        if (!done)
            co_return fail(done.error());
        if (whole.body.size() > ask.most) {
            co_return fail(ErrorCode::ProviderAnswerInvalid,
                           address.host + " sent an answer that is larger than " +
                               std::to_string(ask.most) + " bytes.");
        }
        if (*done)
            break;
    }
    co_return whole;
}

}  // namespace gr::http
