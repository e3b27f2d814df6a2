// SPDX-License-Identifier: MIT
#include "gateway/endpoints.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/ulid.h"

namespace gr::gateway {
namespace {

using protocol::Protocol;

struct Row {
    std::string_view path;
    std::string_view method;
    Endpoint endpoint;
    Protocol protocol = Protocol::OpenAiChat;
};

constexpr std::array kRows{
    Row{"/healthz", "GET", Endpoint::Health},
    Row{"/readyz", "GET", Endpoint::Ready},
    Row{"/metrics", "GET", Endpoint::Metrics},
    Row{"/models", "GET", Endpoint::Models},
    Row{"/route", "POST", Endpoint::Route},
    Row{"/generation", "GET", Endpoint::Generation},
    Row{"/chat/completions", "POST", Endpoint::Generate},
    Row{"/responses", "POST", Endpoint::Generate, Protocol::OpenAiResponses},
    Row{"/messages", "POST", Endpoint::Generate, Protocol::Anthropic},
};

std::string percentDecoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = text[i] == '%' ? fromHex(text.substr(i + 1, 2)) : std::nullopt;
        if (byte && byte->size() == 1) {
            out += *byte;
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

// `/models/MODEL:generateContent`, where MODEL may have slashes and colons of its own.
std::optional<EndpointMatch> geminiCall(std::string_view path, std::string_view target) {
    constexpr std::string_view kModels = "/models/";
    const std::size_t colon = path.rfind(':');
    if (!path.starts_with(kModels) || colon == std::string_view::npos)
        return std::nullopt;
    const std::string_view method = path.substr(colon + 1);
    if (method != "generateContent" && method != "streamGenerateContent")
        return std::nullopt;
    EndpointMatch match;
    match.endpoint = Endpoint::Generate;
    match.protocol = Protocol::Gemini;
    match.path.model = percentDecoded(path.substr(kModels.size(), colon - kModels.size()));
    match.path.stream = method == "streamGenerateContent";
    match.path.sse = target.find("alt=sse") != std::string_view::npos;
    return match;
}

}  // namespace

Result<EndpointMatch> matchEndpoint(std::string_view method, std::string_view target) {
    std::string_view path = target.substr(0, target.find('?'));
    for (int i = 0; i < 2 && path.starts_with("/v1/"); ++i)
        path.remove_prefix(3);
    if (path.starts_with("/v1beta/"))
        path.remove_prefix(7);
    if (auto call = method == "POST" ? geminiCall(path, target) : std::nullopt)
        return std::move(*call);
    const bool reading = method == "GET" || method == "HEAD";
    constexpr std::string_view kModel = "/models/";
    if (path.starts_with(kModel) && path.size() > kModel.size() && reading)
        return EndpointMatch{Endpoint::Model, percentDecoded(path.substr(kModel.size())), {}, {}};
    const auto* row =
        std::find_if(kRows.begin(), kRows.end(), [path](const Row& r) { return r.path == path; });
    if (row == kRows.end()) {
        return fail(ErrorCode::NotFound,
                    "Nothing is served at " + std::string(path.substr(0, 100)) + ".");
    }
    if (row->method != method && !(row->method == "GET" && reading)) {
        return fail(ErrorCode::MethodNotAllowed,
                    std::string(path) + " takes " + std::string(row->method) + " requests only.");
    }
    return EndpointMatch{row->endpoint, {}, row->protocol, {}};
}

Result<std::string> generationId(std::string_view target) {
    std::optional<std::string> id;
    std::string_view query = target.substr(std::min(target.find('?'), target.size()));
    while (!query.empty()) {
        query.remove_prefix(1);  // the "?" or "&" before it
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size());
        if (percentDecoded(pair.substr(0, pair.find('='))) != "id")
            continue;
        if (id)
            return failField(ErrorCode::DuplicateKey, "id", "\"id\" stands twice in the query.");
        id = percentDecoded(pair.substr(std::min(pair.find('='), pair.size() - 1) + 1));
    }
    if (!id || id->empty())
        return failField(ErrorCode::MissingField, "id",
                         "\"id\" is missing: ask for /v1/generation?id=… with the id that came in "
                         "the header x-gaterouter-request-id.");
    if (!timeOfRequestId(*id))
        return failField(ErrorCode::InvalidField, "id",
                         "\"id\" is not a request id: it begins with req_ and came in the header "
                         "x-gaterouter-request-id.");
    return std::move(*id);
}

bool needsKey(Endpoint endpoint) {
    return endpoint != Endpoint::Health && endpoint != Endpoint::Ready;
}

}  // namespace gr::gateway
