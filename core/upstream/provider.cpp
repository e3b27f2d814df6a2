// SPDX-License-Identifier: MIT
#include "upstream/provider.h"

namespace gr::upstream {

Result<void> setAddress(Provider& provider, std::string_view baseUrl) {
    auto url = Url::parse(baseUrl);
    if (!url) {
        return fail(ErrorCode::ConfigInvalid,
                    "The address of provider \"" + provider.id + "\" is not an http(s) URL.");
    }
    provider.origin = http::Origin::of(*url);
    std::string path = std::move(url->path);
    constexpr std::string_view kEndpoint = "/chat/completions";
    if (path.ends_with(kEndpoint))
        path.resize(path.size() - kEndpoint.size());
    if (path.empty() && provider.kind == "openai")
        path = "/v1";
    provider.basePath = std::move(path);
    return {};
}

std::string requestHead(const Provider& provider, const Secret* key, std::string_view path,
                        std::size_t bodySize, bool stream, std::string_view traceHeaders,
                        const http::Client::Route& route) {
    std::string head;
    head.reserve(512);
    head.append("POST ").append(route.targetPrefix).append(provider.basePath).append(path);
    head.append(" HTTP/1.1\r\nHost: ").append(provider.origin.hostHeader()).append("\r\n");
    if (key != nullptr)
        head.append("Authorization: Bearer ").append(key->reveal()).append("\r\n");
    head.append("Content-Type: application/json\r\nAccept: ");
    head.append(stream ? "text/event-stream" : "application/json");
    head.append("\r\nAccept-Encoding: identity\r\nUser-Agent: GateRouter/" GR_VERSION "\r\n");
    head.append(traceHeaders).append(route.extraLines);
    head.append("Content-Length: ").append(std::to_string(bodySize)).append("\r\n\r\n");
    return head;
}

}  // namespace gr::upstream
