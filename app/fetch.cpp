// SPDX-License-Identifier: MIT
#include "app/fetch.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdlib>
#include <optional>

#include "http/client.h"
#include "http/deadlines.h"

namespace gr::app {
namespace {

using Text = Result<std::string>;

constexpr http::ClientTimes kTimes{Milliseconds(10'000), Milliseconds(30'000), Milliseconds(30'000),
                                   Milliseconds(0)};

http::Awaitable<Text> get(http::Client& client, const Url& url, std::size_t most) {
    const http::Origin origin = http::Origin::of(url);
    const http::Client::Route route = client.route(origin);
    const std::string request = "GET " + route.targetPrefix + (url.path.empty() ? "/" : url.path) +
                                " HTTP/1.1\r\nHost: " + origin.hostHeader() +
                                "\r\nAccept: application/json\r\nUser-Agent: GateRouter/" +
                                GR_VERSION + "\r\n" + route.extraLines +
                                "Connection: close\r\n\r\n";
    const std::array<http::asio::const_buffer, 1> parts{http::asio::buffer(request)};
    http::AbortSlot abort;
    auto answer = co_await client.send(origin, parts, abort);
    if (!answer)
        co_return Text(fail(answer.error()));
    const int status = (*answer)->head.status;
    if (status >= 300 && status < 400)
        co_return Text(fail(ErrorCode::ProviderFailed,
                            url.host + " sends elsewhere, which is not followed. Give the final "
                                       "address."));
    if (status != 200)
        co_return Text(fail(ErrorCode::ProviderFailed,
                            url.host + " answered with status " + std::to_string(status) + "."));
    std::string body;
    const http::BodySink sink = [&body](std::string_view bytes) { body.append(bytes); };
    for (;;) {
        const auto done = co_await (*answer)->read(sink, abort);
        if (!done)
            co_return Text(fail(done.error()));
        if (body.size() > most)
            co_return Text(fail(ErrorCode::ProviderFailed, url.host + " sent more than " +
                                                               std::to_string(most >> 20) +
                                                               " MB, which is no list of models."));
        if (*done)
            co_return Text(std::move(body));
    }
}

http::Awaitable<void> keep(http::Client& client, const Url& url, std::size_t most,
                           std::optional<Text>& out, http::Deadlines& deadlines) {
    out = co_await get(client, url, most);
    deadlines.stop();
}

}  // namespace

Result<std::string> fetchText(const Url& url, std::size_t most) {
    if (url.scheme != "https" && !url.isLoopback())
        return failField(ErrorCode::InvalidField, "url",
                         "The address must begin with https://: prices that anybody on the way "
                         "can change are none.");
    const auto variable = [](const char* name) {
        const char* const value = std::getenv(name);
        return std::string(value != nullptr ? value : "");
    };
    auto proxies = http::ProxyTable::read(variable);
    if (!proxies)
        return fail(std::move(proxies.error()));
    http::asio::io_context io{1};
    http::Deadlines deadlines(io.get_executor());
    http::Client client(io, deadlines, std::move(*proxies), kTimes);
    std::optional<Text> text;
    http::asio::co_spawn(io, keep(client, url, most, text, deadlines), http::asio::detached);
    while (!text && io.run_one() > 0) {
    }
    if (!text)
        return fail(ErrorCode::Internal, "The download ended without an answer.");
    return std::move(*text);
}

}  // namespace gr::app
