// SPDX-License-Identifier: MIT
#include "gateway/gateway.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "gateway/error_body.h"
#include "gateway/explain.h"
#include "gateway/model_lists.h"
#include "gateway/perimeter.h"
#include "gateway/relay.h"
#include "gateway/routing_notes.h"
#include "gateway/stored_responses.h"
#include "json/scan.h"

namespace gr::gateway {
namespace {

// Strangers get no more memory than a prompt with a few pictures takes, in bytes.
constexpr std::uint64_t kMostOfPayers = 16 * 1024 * 1024;

// Theirs have a length before they are read (RFC 9110, 15.5.12).
constexpr const char* kLength = "Content-Length";
constexpr int kLengthRequired = 411;

bool needsLookingUp(Endpoint endpoint) {
    switch (endpoint) {
        case Endpoint::Generation:
        case Endpoint::Response:
        case Endpoint::ResponseRemove:
        case Endpoint::ResponseItems:
        case Endpoint::ResponseCancel:
            return true;
        default:
            return false;
    }
}

// A request among those that run, as long as it lives.
class Listed final {
  public:
    Listed(std::list<ExchangeState*>& running, ExchangeState& state, Tidier& tidier)
        : m_running(running), m_place(running.insert(running.end(), &state)), m_tidier(tidier) {}
    ~Listed() {
        m_running.erase(m_place);
        m_tidier.touched();
    }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

  private:
    std::list<ExchangeState*>& m_running;
    std::list<ExchangeState*>::iterator m_place;
    Tidier& m_tidier;
};

}  // namespace

Gateway::Gateway(Services services, BookDesk& books, Tidier& tidier, SnapshotPtr snapshot)
    : m_services(services), m_books(books), m_tidier(tidier), m_snapshot(std::move(snapshot)) {}

void Gateway::cancel(const std::string& requestId) {
    for (ExchangeState* exchange : m_running) {
        if (exchange->record.id == requestId)
            exchange->cancel();
    }
}

void Gateway::tellRunning() const {
    for (const ExchangeState* exchange : m_running)
        exchange->tellNow();
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
    const ClientEntry* const payer = payerOf(head, match);
    const auto client = payer != nullptr ? Result<const ClientEntry*>(payer) : clientOf(head);
    if (!client)
        return fail(client.error());
    if (!match)
        return fail(match.error());
    if (match->endpoint == Endpoint::Generate || match->endpoint == Endpoint::Route ||
        match->endpoint == Endpoint::Feedback) {
        if (auto type = checkContentType(head); !type)
            return fail(type.error());
    }
    if (payer != nullptr && head.chunked)
        return failField(ErrorCode::BadRequest, kLength,
                         "A request without a key must say its length (Content-Length) and not "
                         "come in chunks.");
    if (payer != nullptr && head.contentLength.value_or(0) > kMostOfPayers)
        return fail(ErrorCode::BodyTooLarge, "A request without a key may have 16 MB.");
    if (payer != nullptr && head.fields.find("Content-Encoding"))
        return fail(ErrorCode::UnsupportedMediaType,
                    "A request without a key must not be compressed (Content-Encoding).");
    return Admission{m_snapshot, std::move(*match), *client};
}

// Whoever comes without a key, where something is sold. SDKs insist on sending one: "x402" is none.
const ClientEntry* Gateway::payerOf(const http::RequestHead& head,
                                    const Result<EndpointMatch>& match) const {
    const Policy& policy = *m_snapshot->policy;
    const bool lists =
        match && (match->endpoint == Endpoint::Models || match->endpoint == Endpoint::Model);
    const bool works =
        match && match->endpoint == Endpoint::Generate && match->path.task != protocol::Task::Count;
    if (!policy.sale || policy.locked || (!lists && !works))
        return nullptr;
    const std::string_view key = presentedKey(head.fields);
    return key.empty() || equalsIgnoreCase(key, "x402") ? &policy.payer : nullptr;
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

// At the door. A page that may ask may also read why it was turned away.
http::Reply Gateway::turnAway(const Error& error, const http::RequestHead* head) {
    m_services.metrics.refusedAtTheDoor();
    if (head == nullptr)
        return errorReply(error, WireFormat::OpenAi);
    http::Reply reply = errorReply(error, wireFormatOf(head->path()));
    if (checkSource(*head, m_snapshot->policy->listen))
        addOrigin(head->fields.find("Origin"), reply.headers);
    return reply;
}

std::optional<http::Reply> Gateway::admit(const http::RequestHead& head,
                                          std::shared_ptr<const void>& admission) {
    if (auto reply = preflight(head, m_snapshot->policy->listen))
        return reply;
    auto checked = check(head);
    if (checked) {
        admission = std::make_shared<const Admission>(std::move(*checked));
        return std::nullopt;
    }
    log::write(LogLevel::Debug, "request.refused", {{"why", checked.error().message.text}});
    http::Reply reply = turnAway(checked.error(), &head);
    if (checked.error().field == kLength)
        reply.status = kLengthRequired;
    return reply;
}

http::Reply Gateway::refuse(const Error& error, const http::RequestHead* head) {
    return turnAway(error, head);
}

// Once a connection and key: the program at its other end stays the same.
void Gateway::noteProgram(const ClientEntry& client, http::Responder& responder) {
    if (responder.mark() == &client || !m_services.keys.isDue(client.id))
        return;
    responder.mark() = &client;
    m_services.keys.look(client.id, responder.ends());
}

http::Awaitable<void> Gateway::handle(http::Request& request, http::Responder responder) {
    const auto admission = std::static_pointer_cast<const Admission>(request.admission);
    if (admission->client != nullptr && admission->client->id != kPayer)
        noteProgram(*admission->client, responder);
    if (admission->match.endpoint == Endpoint::Generate) {
        Exchange exchange(m_services, admission->snapshot, *admission->client, admission->match,
                          request, responder);
        const Listed listed(m_running, exchange.state(), m_tidier);
        co_await exchange.run();
        co_return;
    }
    if (admission->match.endpoint == Endpoint::Relay) {
        Relay relay(m_services, admission->snapshot, *admission->client, admission->match, request,
                    responder);
        const Listed listed(m_running, relay.state(), m_tidier);
        co_await relay.run();
        co_return;
    }
    http::Reply reply;
    if (needsLookingUp(admission->match.endpoint))
        reply = co_await lookUp(request, *admission, responder);
    else
        reply = small(request, *admission);
    addOrigin(request.head.fields.find("Origin"), reply.headers);
    co_await responder.send(reply.status, reply.headers, reply.body);
}

// The endpoints that ask a thread for what lies on the disk.
http::Awaitable<http::Reply> Gateway::lookUp(const http::Request& request,
                                             const Admission& admission,
                                             http::Responder& responder) {
    const std::string& client = admission.client->id;
    const http::Executor io = m_services.io.get_executor();
    Result<std::string> body;
    if (admission.match.endpoint == Endpoint::Generation)
        body =
            co_await answerGeneration(m_books, request.head.target, client, io, responder.abort());
    else
        body = co_await answerStoredResponse(m_services.responses, admission.match,
                                             request.head.target, client, io, responder.abort());
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

// The models that a client may name, in the form of its protocol.
http::Reply Gateway::models(const http::RequestHead& head, const Admission& admission) const {
    const Snapshot& snapshot = *admission.snapshot;
    const Policy& policy = *snapshot.policy;
    const bool stranger = admission.client == &policy.payer;
    const ModelLists lists =
        stranger
            ? ModelLists(modelsForSale(snapshot, *policy.sale, policy.payer.models,
                                       m_services.clock.now()))
            : ModelLists(ModelLists::Source{
                  snapshot.offers, snapshot.aliases, policy.routing.defaultModel,
                  snapshot.scorer && !snapshot.menu.listings.empty(), admission.client->models});
    WireFormat format = wireFormatOf(admission.match.protocol);
    if (format == WireFormat::OpenAi && head.fields.find("anthropic-version"))
        format = WireFormat::Anthropic;
    else if (format == WireFormat::OpenAi && head.fields.find("x-goog-api-key"))
        format = WireFormat::Gemini;  // Google's newest SDKs ask at /v1
    http::Reply reply;
    reply.headers = {{"Content-Type", "application/json"}};
    if (admission.match.endpoint == Endpoint::Models) {
        auto page = lists.page(format, head.target);
        if (!page)
            return errorReply(page.error(), format);
        reply.body = std::move(*page);
        return reply;
    }
    auto body = lists.one(format, admission.match.argument);
    if (!body)
        return errorReply(body.error(), format);
    reply.body = std::move(*body);
    return reply;
}

// {"id":"req_…","good":true}: how a person found an answer.
Result<void> Gateway::takeFeedback(const http::Request& request, const ClientEntry& client) const {
    const auto body = json::scanObject(request.body);
    if (!body)
        return fail(body.error());
    const json::Member* const id = body->find("id");
    const json::Member* const good = body->find("good");
    if (id == nullptr || id->type != json::Type::String)
        return failField(ErrorCode::MissingField, "id",
                         "Name the request in \"id\", as x-gaterouter-request-id had it.");
    if (good == nullptr || (good->type != json::Type::True && good->type != json::Type::False))
        return failField(ErrorCode::MissingField, "good",
                         "Say in \"good\" whether the answer was good: true or false.");
    if (!m_services.experience.outcomes().judged(json::unescape(body->raw(*id)), client.id,
                                                 good->type == json::Type::True,
                                                 m_services.clock.now()))
        return failField(ErrorCode::RecordNotFound, "id",
                         "No answer that `auto` chose lately has this id, or another key got it.");
    return {};
}

http::Reply Gateway::explain(const http::Request& request, const Admission& admission) const {
    const auto learnt = learntBy(m_services, *admission.snapshot);
    ExplainAsk ask{request.body,
                   &request.head.fields,
                   admission.client,
                   &m_services.sessions,
                   &m_services.ids,
                   {&m_services.health, &m_services.sessions.memory(), &m_services.budget,
                    m_services.clock.now(), m_services.clock.steady()}};
    ask.sight.learnt = learnt.get();
    auto explained = explainRoute(ask, *admission.snapshot);
    if (!explained)
        return errorReply(explained.error(), WireFormat::OpenAi);
    http::Reply reply;
    reply.headers = {{"Content-Type", "application/json"}};
    reply.body = std::move(*explained);
    return reply;
}

// The endpoints that need no provider.
http::Reply Gateway::small(const http::Request& request, const Admission& admission) const {
    const Policy& policy = *admission.snapshot->policy;
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
            reply.body = m_services.metrics.text(
                {m_services.ledger.health(), m_services.budget.states(ledger::Moment::now()),
                 m_services.clock.now(), m_services.health.figures(m_services.clock.steady())});
            break;
        case Endpoint::Models:
        case Endpoint::Model:
            return models(request.head, admission);
        case Endpoint::Probe:
            reply.body = "{}";
            break;
        case Endpoint::Route:
            return explain(request, admission);
        case Endpoint::Feedback:
            if (const auto taken = takeFeedback(request, *admission.client); !taken)
                return errorReply(taken.error(), WireFormat::OpenAi);
            reply.body = R"({"ok":true})";
            break;
        default:  // not small: handle() sends them on their ways
            return errorReply(Error(ErrorCode::NotFound, "Nothing is served at this path."),
                              WireFormat::OpenAi);
    }
    return reply;
}

}  // namespace gr::gateway
