// SPDX-License-Identifier: MIT
#include "gateway/count_call.h"

#include <array>

#include "base/log.h"
#include "protocol/token_count.h"
#include "upstream/provider.h"

namespace gr::gateway {
namespace {

using http::Awaitable;

constexpr Milliseconds kPatience{5'000};
constexpr std::size_t kMaxAnswer = 64 * 1024;

void fire(void* slot) {
    static_cast<http::AbortSlot*>(slot)->fire();
}

// The body of an answer of status 200; empty for any other, and for one that breaks off.
Awaitable<std::string> bodyOf(http::Answer& answer, http::AbortSlot& stop) {
    std::string body;
    const http::BodySink sink = [&body](std::string_view bytes) { body.append(bytes); };
    for (bool done = answer.head.status != 200; !done;) {
        const auto read = co_await answer.read(sink, stop);
        if (!read || body.size() > kMaxAnswer)
            co_return std::string();
        done = *read;
    }
    co_return body;
}

}  // namespace

Awaitable<std::optional<std::int64_t>> askCount(ExchangeState& state, const Lane& lane,
                                                const Errand& errand, std::size_t key,
                                                const protocol::WrittenRequest& question) {
    const upstream::Provider& provider = *lane.provider;
    http::AbortSlot stop;
    const http::AbortScope gone(*lane.abort, &fire, &stop);
    http::Deadline patience(state.services.deadlines, &fire, &stop);
    patience.in(kPatience);
    http::Client& client = state.services.client;
    const Secret* secret = key < provider.keys.size() ? provider.keys[key].get() : nullptr;
    const http::Client::Route route = client.route(provider.origin);
    std::string head = upstream::requestHead(provider, secret, question.path, question.body.size(),
                                             false, errand.headerLines(), route);
    const std::array<http::asio::const_buffer, 2> parts{http::asio::buffer(head),
                                                        http::asio::buffer(question.body)};
    const auto answer = co_await client.send(provider.origin, parts, stop);
    wipe(head.data(), head.size());
    std::string body;
    if (answer)
        body = co_await bodyOf(**answer, stop);
    const auto tokens = protocol::countIn(errand.protocol(), body);
    if (!tokens) {
        const std::string why = answer ? tokens.error().message.text : answer.error().message.text;
        log::write(LogLevel::Debug, "count.failed", {{"provider", provider.id}, {"why", why}});
        co_return std::nullopt;
    }
    co_return *tokens;
}

}  // namespace gr::gateway
