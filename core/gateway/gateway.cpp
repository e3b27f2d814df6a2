// SPDX-License-Identifier: MIT
#include "gateway/gateway.h"

#include <algorithm>

#include "base/log.h"
#include "gateway/error_body.h"
#include "gateway/explain.h"
#include "gateway/perimeter.h"

namespace gr::gateway {

Gateway::Gateway(Services services, BookDesk& books, SnapshotPtr snapshot)
    : m_services(services), m_books(books), m_snapshot(std::move(snapshot)) {}

void Gateway::cancel(const std::string& requestId) {
    for (Exchange* exchange : m_running) {
        if (exchange->id() == requestId)
            exchange->cancel();
    }
}

void Gateway::tellRunning() const {
    for (Exchange* exchange : m_running)
        exchange->tellState();
}

// Everything that the head alone can decide.
Result<Gateway::Admission> Gateway::check(const http::RequestHead& head) {
    const Policy& policy = *m_snapshot->policy;
    if (auto source = checkSource(head, policy.listen); !source)
        return fail(source.error());
    auto match = matchEndpoint(head.method, head.target);
    if (match && !needsKey(match->endpoint))
        return Admission{m_snapshot, std::move(*match), nullptr};
    // Who is not a client learns nothing about the paths.
    const auto client = clientOf(head);
    if (!client)
        return fail(client.error());
    if (!match)
        return fail(match.error());
    if (match->endpoint == Endpoint::Generate || match->endpoint == Endpoint::Route) {
        if (auto type = checkContentType(head); !type)
            return fail(type.error());
    }
    return Admission{m_snapshot, std::move(*match), *client};
}

// Tools send one key again and again: the digest of the last good one need not be made anew.
Result<const ClientEntry*> Gateway::clientOf(const http::RequestHead& head) {
    const UnixMs now = m_services.clock.now();
    const std::string_view key = presentedKey(head.fields);
    const bool known = m_lastClient != nullptr && m_lastSnapshot == m_snapshot &&
                       equalInConstantTime(m_lastKey.reveal(), key);
    if (known && (!m_lastClient->expires || now < *m_lastClient->expires))
        return m_lastClient;
    const auto client = authenticate(key, *m_snapshot->policy, now);
    if (client) {
        m_lastKey = Secret(key);
        m_lastSnapshot = m_snapshot;
        m_lastClient = *client;
    }
    return client;
}

std::optional<http::Reply> Gateway::preflight(const http::RequestHead& head) const {
    const auto origin = head.fields.find("Origin");
    if (head.method != "OPTIONS" || !origin || !checkSource(head, m_snapshot->policy->listen))
        return std::nullopt;
    http::Reply reply;
    reply.status = 204;
    reply.headers = {{"Access-Control-Allow-Origin", *origin},
                     {"Access-Control-Allow-Methods", "GET, POST"},
                     {"Access-Control-Allow-Headers", "authorization, content-type, x-api-key"},
                     {"Access-Control-Max-Age", "600"},
                     {"Vary", "Origin"}};
    return reply;
}

std::optional<http::Reply> Gateway::admit(const http::RequestHead& head,
                                          std::shared_ptr<const void>& admission) {
    if (auto reply = preflight(head))
        return reply;
    auto checked = check(head);
    if (checked) {
        admission = std::make_shared<const Admission>(std::move(*checked));
        return std::nullopt;
    }
    m_services.metrics.refusedAtTheDoor();
    log::write(LogLevel::Debug, "request.refused", {{"why", checked.error().message.text}});
    return errorReply(checked.error(), wireFormatOf(head.path()));
}

http::Reply Gateway::refuse(const Error& error, const http::RequestHead* head) {
    m_services.metrics.refusedAtTheDoor();
    return errorReply(error, head != nullptr ? wireFormatOf(head->path()) : WireFormat::OpenAi);
}

http::Awaitable<void> Gateway::handle(http::Request& request, http::Responder responder) {
    const auto admission = std::static_pointer_cast<const Admission>(request.admission);
    if (admission->match.endpoint == Endpoint::Generate) {
        Exchange exchange(m_services, admission->snapshot, *admission->client, admission->match,
                          request, responder);
        m_running.push_back(&exchange);
        const auto place = std::prev(m_running.end());
        co_await exchange.run();
        m_running.erase(place);
        co_return;
    }
    http::Reply reply;
    if (admission->match.endpoint == Endpoint::Generation)
        reply = co_await generation(request, *admission, responder);
    else
        reply = small(request, *admission);
    if (const auto origin = request.head.fields.find("Origin"))
        reply.headers.add("Access-Control-Allow-Origin", *origin);
    co_await responder.send(reply.status, reply.headers, reply.body);
}

http::Awaitable<http::Reply> Gateway::generation(const http::Request& request,
                                                 const Admission& admission,
                                                 http::Responder& responder) {
    Result<std::string> body =
        co_await answerGeneration(m_books, request.head.target, admission.client->id,
                                  m_services.io.get_executor(), responder.abort());
    http::Reply reply;
    if (body) {
        reply.headers = {{"Content-Type", "application/json"}};
        reply.body = std::move(*body);
    } else if (body.error().code == ErrorCode::Cancelled && responder.stopping()) {
        const Error stopping(ErrorCode::ShuttingDown, "The gateway is stopping.");
        reply = errorReply(stopping, WireFormat::OpenAi);
    } else {
        reply = errorReply(body.error(), WireFormat::OpenAi);
    }
    co_return reply;
}

// The endpoints that need no provider.
http::Reply Gateway::small(const http::Request& request, const Admission& admission) const {
    const Snapshot& snapshot = *admission.snapshot;
    const Policy& policy = *snapshot.policy;
    static const std::vector<std::string> kNone;
    const std::vector<std::string>& allowed =
        admission.client != nullptr ? admission.client->models : kNone;
    http::Reply reply;
    reply.headers = {{"Content-Type", "application/json"}};
    switch (admission.match.endpoint) {
        case Endpoint::Health:
            reply.body = R"({"status":"ok"})";
            break;
        case Endpoint::Ready:
            reply.status = policy.locked ? 503 : 200;
            reply.body = policy.locked ? R"({"status":"locked","message":"The vault is locked."})"
                                       : R"({"status":"ready"})";
            break;
        case Endpoint::Metrics:
            if (!policy.prometheus) {
                return errorReply(
                    Error(ErrorCode::NotFound, "Metrics are switched off (metrics.prometheus)."),
                    WireFormat::OpenAi);
            }
            reply.headers = {{"Content-Type", "text/plain; version=0.0.4"}};
            reply.body = m_services.metrics.text(m_services.ledger.health());
            break;
        case Endpoint::Models:
            reply.body = modelsAnswer(snapshot.offers, allowed);
            break;
        case Endpoint::Model:
            if (auto body = modelAnswer(snapshot.offers, allowed, admission.match.argument)) {
                reply.body = std::move(*body);
                break;
            }
            return errorReply(Error(ErrorCode::ModelNotFound,
                                    "No provider offers this model. GET /v1/models lists what is "
                                    "offered."),
                              WireFormat::OpenAi);
        case Endpoint::Route:
            if (auto explained = explainRoute(request.body, snapshot, allowed)) {
                reply.body = std::move(*explained);
                break;
            } else {
                return errorReply(explained.error(), WireFormat::OpenAi);
            }
        case Endpoint::Generation:  // not small: handle() sends them on their ways
        case Endpoint::Generate:
            return errorReply(Error(ErrorCode::NotFound, "Nothing is served at this path."),
                              WireFormat::OpenAi);
    }
    return reply;
}

}  // namespace gr::gateway
