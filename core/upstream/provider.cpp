// SPDX-License-Identifier: MIT
#include "upstream/provider.h"

namespace gr::upstream {
namespace {

std::string_view keyField(std::string_view kind) {
    if (kind == "anthropic")
        return "x-api-key: ";
    return kind == "gemini" ? "x-goog-api-key: " : "Authorization: Bearer ";
}

}  // namespace

Result<void> setAddress(Provider& provider, std::string_view baseUrl) {
    auto url = Url::parse(baseUrl);
    if (!url) {
        return fail(ErrorCode::ConfigInvalid,
                    "The address of provider \"" + provider.id + "\" is not an http(s) URL.");
    }
    provider.origin = http::Origin::of(*url);
    std::string path = std::move(url->path);
    for (const std::string_view endpoint : {"/chat/completions", "/responses", "/messages"}) {
        if (path.ends_with(endpoint))
            path.resize(path.size() - endpoint.size());
    }
    if (provider.kind == "anthropic" && !path.ends_with("/v1"))
        path += "/v1";
    else if (provider.kind == "gemini" && !path.ends_with("/v1beta") && !path.ends_with("/v1"))
        path += "/v1beta";
    else if (path.empty())
        path = "/v1";
    provider.basePath = std::move(path);
    return {};
}

std::string requestHead(const Provider& provider, const Secret* key, const RequestLine& line,
                        std::size_t bodySize, std::string_view moreLines,
                        const http::Client::Route& route) {
    std::string head;
    head.reserve(512);
    head.append(line.method).append(" ").append(route.targetPrefix).append(provider.basePath);
    head.append(line.target);
    head.append(" HTTP/1.1\r\nHost: ").append(provider.origin.hostHeader()).append("\r\n");
    if (key != nullptr)
        head.append(keyField(provider.kind)).append(key->reveal()).append("\r\n");
    if (!line.contentType.empty())
        head.append("Content-Type: ").append(line.contentType).append("\r\n");
    head.append("Accept: ").append(line.accept);
    head.append("\r\nAccept-Encoding: identity\r\nUser-Agent: GateRouter/" GR_VERSION "\r\n");
    head.append(moreLines).append(route.extraLines);
    if (bodySize > 0 || line.method == "POST")
        head.append("Content-Length: ").append(std::to_string(bodySize)).append("\r\n");
    head.append("\r\n");
    return head;
}

std::string requestHead(const Provider& provider, const Secret* key, std::string_view path,
                        std::size_t bodySize, bool stream, std::string_view moreLines,
                        const http::Client::Route& route) {
    const RequestLine line{"POST", path, "application/json",
                           stream ? "text/event-stream" : "application/json"};
    return requestHead(provider, key, line, bodySize, moreLines, route);
}

}  // namespace gr::upstream
