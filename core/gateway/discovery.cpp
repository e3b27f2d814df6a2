// SPDX-License-Identifier: MIT
#include "gateway/discovery.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>

#include "gateway/port_holder.h"
#include "json/scan.h"

namespace gr::gateway {
namespace {

struct Known {
    std::string_view kind;
    std::string_view title;
    std::uint16_t port;
};

constexpr std::array kKnown{
    Known{"ollama", "Ollama", 11434},
    Known{"lmstudio", "LM Studio", 1234},
    Known{"llamacpp", "llama.cpp", 8080},
    Known{"vllm", "vLLM", 8000},
};
constexpr std::size_t kMaxAnswer = 1024 * 1024;
constexpr Milliseconds kPatience{3'000};

std::string userName(unsigned uid) {
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? found->pw_name : "user " + std::to_string(uid);
}

// The ids in an OpenAI model list; nothing when the answer is something else.
std::optional<std::vector<std::string>> modelIds(std::string_view body) {
    const auto list = json::scanObject(body);
    const json::Member* data = list ? list->find("data") : nullptr;
    if (data == nullptr || data->type != json::Type::Array)
        return std::nullopt;
    std::vector<std::string> ids;
    for (const std::string_view element : json::elementsIn(list->raw(*data))) {
        const auto model = json::objectIn(element);
        const json::Member* id = model ? model->find("id") : nullptr;
        if (id != nullptr && id->type == json::Type::String && ids.size() < 1000)
            ids.push_back(json::unescape(model->raw(*id)));
    }
    return ids;
}

http::Awaitable<std::optional<std::vector<std::string>>> askModels(http::Client& client,
                                                                   const http::Origin& origin) {
    const std::string request = "GET /v1/models HTTP/1.1\r\nHost: " + origin.hostHeader() +
                                "\r\nAccept: application/json\r\nConnection: close\r\n\r\n";
    const std::array<http::asio::const_buffer, 1> parts{http::asio::buffer(request)};
    // A server that says nothing is given up, not waited for.
    http::AbortSlot abort;
    using Timer =
        http::asio::basic_waitable_timer<std::chrono::steady_clock,
                                         http::asio::wait_traits<std::chrono::steady_clock>,
                                         http::Executor>;
    const http::Executor executor = co_await http::asio::this_coro::executor;
    Timer patience(executor);
    patience.expires_after(kPatience);
    const auto giveUp = std::make_shared<http::AbortSlot*>(&abort);
    patience.async_wait([giveUp](http::error_code error) {
        if (!error && *giveUp != nullptr)
            (*giveUp)->fire();
    });
    std::string body;
    auto answer = co_await client.send(origin, parts, abort);
    bool whole = false;
    if (answer && (*answer)->head.status == 200) {
        const http::BodySink sink = [&body](std::string_view bytes) { body.append(bytes); };
        while (!whole && body.size() < kMaxAnswer) {
            const auto done = co_await (*answer)->read(sink, abort);
            if (!done)
                break;
            whole = *done;
        }
    }
    *giveUp = nullptr;
    patience.cancel();
    co_return whole ? modelIds(body) : std::nullopt;
}

}  // namespace

std::vector<LocalListener> localListeners() {
    std::vector<LocalListener> listeners;
    for (const Known& known : kKnown) {
        if (const auto uid = listenerUid(known.port))
            listeners.push_back(
                {std::string(known.kind), std::string(known.title), known.port, *uid});
    }
    return listeners;
}

http::Awaitable<std::vector<FoundServer>> findServers(http::Client& client,
                                                      std::vector<LocalListener> listeners,
                                                      std::vector<std::string> configured) {
    std::vector<FoundServer> found;
    for (const LocalListener& listener : listeners) {
        const http::Origin origin{false, "127.0.0.1", listener.port};
        FoundServer server;
        server.kind = listener.kind;
        server.title = listener.title;
        server.baseUrl = "http://127.0.0.1:" + std::to_string(listener.port) + "/v1";
        server.owner = userName(listener.uid);
        server.sameUser = listener.uid == ::getuid();
        server.configured =
            std::any_of(configured.begin(), configured.end(), [&origin](const std::string& url) {
                const auto parsed = Url::parse(url);
                return parsed && parsed->isLoopback() && parsed->port == origin.port;
            });
        if (server.sameUser) {
            auto models = co_await askModels(client, origin);
            if (!models)
                continue;  // something else stands at this port
            server.models = std::move(*models);
        }
        found.push_back(std::move(server));
    }
    co_return found;
}

}  // namespace gr::gateway
