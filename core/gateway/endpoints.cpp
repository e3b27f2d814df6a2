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
using protocol::Task;

struct Row {
    std::string_view path;
    std::string_view method;
    Endpoint endpoint;
    Protocol protocol = Protocol::OpenAiChat;
    Task task = Task::Generate;
};

constexpr std::array kRows{
    Row{"/healthz", "GET", Endpoint::Health},
    Row{"/readyz", "GET", Endpoint::Ready},
    Row{"/metrics", "GET", Endpoint::Metrics},
    Row{"/models", "GET", Endpoint::Models},
    Row{"/route", "POST", Endpoint::Route},
    Row{"/generation", "GET", Endpoint::Generation},
    Row{"/feedback", "POST", Endpoint::Feedback},
    Row{"/chat/completions", "POST", Endpoint::Generate},
    Row{"/responses", "POST", Endpoint::Generate, Protocol::OpenAiResponses},
    Row{"/responses/input_tokens", "POST", Endpoint::Generate, Protocol::OpenAiResponses,
        Task::Count},
    Row{"/messages", "POST", Endpoint::Generate, Protocol::Anthropic},
    Row{"/messages/count_tokens", "POST", Endpoint::Generate, Protocol::Anthropic, Task::Count},
    Row{"/embeddings", "POST", Endpoint::Generate, Protocol::OpenAiChat, Task::Embed},
    Row{"/completions", "POST", Endpoint::Generate, Protocol::OpenAiChat, Task::Complete},
};

struct GeminiMethod {
    std::string_view name;
    Task task;
};

constexpr std::array kGeminiMethods{
    GeminiMethod{"generateContent", Task::Generate},
    GeminiMethod{"streamGenerateContent", Task::Generate},
    GeminiMethod{"countTokens", Task::Count},
    GeminiMethod{"embedContent", Task::Embed},
    GeminiMethod{"batchEmbedContents", Task::Embed},
};

// What is passed through: so many segments may follow, and these methods are taken.
struct Family {
    std::string_view name;
    std::size_t least;
    std::size_t most;
    std::string_view methods;
};

constexpr std::array kFamilies{
    Family{"images", 1, 1, "POST"},           Family{"audio", 1, 1, "POST"},
    Family{"moderations", 0, 0, "POST"},      Family{"rerank", 0, 0, "POST"},
    Family{"files", 0, 2, "GET POST DELETE"}, Family{"batches", 0, 2, "GET POST"},
};

// A segment that no server reads as anything else: nothing is encoded, nothing leads upwards.
bool plainSegment(std::string_view segment) {
    return !segment.empty() && segment.front() != '.' &&
           std::all_of(segment.begin(), segment.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

std::optional<Result<EndpointMatch>> relayed(std::string_view method, std::string_view path) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const auto* family = std::find_if(kFamilies.begin(), kFamilies.end(), [&](const Family& f) {
        return !path.empty() && path.substr(1, end - 1) == f.name;
    });
    if (family == kFamilies.end())
        return std::nullopt;
    std::size_t segments = 0;
    for (std::string_view rest = path.substr(end); !rest.empty(); ++segments) {
        rest.remove_prefix(1);
        const std::string_view segment = rest.substr(0, rest.find('/'));
        if (!plainSegment(segment))
            return std::nullopt;
        rest.remove_prefix(segment.size());
    }
    if (segments < family->least || segments > family->most)
        return std::nullopt;
    if (family->methods.find(method) == std::string_view::npos) {
        return fail(ErrorCode::MethodNotAllowed, "/" + std::string(family->name) + " takes " +
                                                     std::string(family->methods) +
                                                     " requests only.");
    }
    EndpointMatch match;
    match.endpoint = Endpoint::Relay;
    match.argument = path;
    return match;
}

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
    const auto* method =
        std::find_if(kGeminiMethods.begin(), kGeminiMethods.end(),
                     [name = path.substr(colon + 1)](const auto& m) { return m.name == name; });
    if (method == kGeminiMethods.end())
        return std::nullopt;
    EndpointMatch match;
    match.endpoint = Endpoint::Generate;
    match.protocol = Protocol::Gemini;
    match.path.model = percentDecoded(path.substr(kModels.size(), colon - kModels.size()));
    match.path.task = method->task;
    match.path.method = method->name;
    match.path.stream = method->name == "streamGenerateContent";
    match.path.sse = target.find("alt=sse") != std::string_view::npos;
    return match;
}

// `/responses/ID`, `/responses/ID/input_items`, `/responses/ID/cancel`.
std::optional<Result<EndpointMatch>> responseCall(std::string_view method, std::string_view path) {
    constexpr std::string_view kResponses = "/responses/";
    if (!path.starts_with(kResponses) || path.size() == kResponses.size())
        return std::nullopt;
    const std::string_view rest = path.substr(kResponses.size());
    const std::string_view id = rest.substr(0, rest.find('/'));
    const std::string_view what = rest.substr(id.size());
    const bool reading = method == "GET" || method == "HEAD";
    EndpointMatch match;
    match.argument = percentDecoded(id);
    if (what.empty() && (reading || method == "DELETE"))
        match.endpoint = reading ? Endpoint::Response : Endpoint::ResponseRemove;
    else if (what == "/input_items" && reading)
        match.endpoint = Endpoint::ResponseItems;
    else if (what == "/cancel" && method == "POST")
        match.endpoint = Endpoint::ResponseCancel;
    else if (what.empty() || what == "/input_items" || what == "/cancel")
        return fail(ErrorCode::MethodNotAllowed,
                    std::string(path.substr(0, 100)) + " does not take this method.");
    else
        return std::nullopt;
    return match;
}

}  // namespace

Result<EndpointMatch> matchEndpoint(std::string_view method, std::string_view target) {
    std::string_view path = target.substr(0, target.find('?'));
    for (int i = 0; i < 2 && path.starts_with("/v1/"); ++i)
        path.remove_prefix(3);
    const bool gemini = path.starts_with("/v1beta/");
    if (gemini)
        path.remove_prefix(7);
    EndpointMatch match;
    if (auto call = method == "POST" ? geminiCall(path, target) : std::nullopt)
        return std::move(*call);
    const bool reading = method == "GET" || method == "HEAD";
    constexpr std::string_view kModel = "/models/";
    if (gemini)
        match.protocol = Protocol::Gemini;
    if (path.starts_with(kModel) && path.size() > kModel.size() && reading) {
        match.endpoint = Endpoint::Model;
        match.argument = percentDecoded(path.substr(kModel.size()));
        return match;
    }
    if (auto passed = gemini ? std::nullopt : relayed(method, path))
        return std::move(*passed);
    if (path == "/" && method == "HEAD")
        return match;  // tools that only look whether somebody is there
    const auto* row =
        std::find_if(kRows.begin(), kRows.end(), [path](const Row& r) { return r.path == path; });
    if (row == kRows.end()) {
        if (auto call = responseCall(method, path))
            return std::move(*call);
        return fail(ErrorCode::NotFound,
                    "Nothing is served at " + std::string(path.substr(0, 100)) + ".");
    }
    if (method == "HEAD" && row->method == "POST") {
        match.endpoint = Endpoint::Probe;
        return match;
    }
    if (row->method != method && !(row->method == "GET" && reading)) {
        return fail(ErrorCode::MethodNotAllowed,
                    std::string(path) + " takes " + std::string(row->method) + " requests only.");
    }
    match.endpoint = row->endpoint;
    if (row->endpoint == Endpoint::Generate)
        match.protocol = row->protocol;
    match.path.task = row->task;
    return match;
}

std::optional<std::string> queryValue(std::string_view target, std::string_view name) {
    std::string_view query = target.substr(std::min(target.find('?'), target.size()));
    while (!query.empty()) {
        query.remove_prefix(1);  // the "?" or "&" before it
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size());
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (percentDecoded(pair.substr(0, equals)) == name)
            return percentDecoded(pair.substr(std::min(equals + 1, pair.size())));
    }
    return std::nullopt;
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
