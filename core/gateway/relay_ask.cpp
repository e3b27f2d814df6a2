// SPDX-License-Identifier: MIT
#include "gateway/relay_ask.h"

#include <algorithm>

#include "base/text.h"
#include "gateway/perimeter.h"
#include "gateway/rule_desk.h"
#include "json/writer.h"
#include "protocol/json_member.h"
#include "protocol/multipart.h"

namespace gr::gateway {
namespace {

using protocol::plainOf;

Result<void> readJson(std::string_view body, RelayAsk& ask) {
    const auto object = json::scanObject(body);
    if (!object)
        return fail(object.error());
    ask.json = body;
    if (const json::Member* model = object->find("model")) {
        if (model->type != json::Type::String)
            return failField(ErrorCode::InvalidField, "model", "\"model\" must be a string.");
        ask.model = json::unescape(object->raw(*model));
        ask.modelPlace = protocol::Splice{model->valueBegin, model->valueEnd, {}};
        ask.quotedModel = true;
    }
    for (const json::Member& member : object->members) {
        if (!protocol::isWish(member.key))
            continue;
        if (auto ok = protocol::readWish(*object, member, ask.wishes); !ok)
            return ok;
    }
    if (const std::string file = plainOf(*object, "input_file_id"); !file.empty())
        ask.ids.push_back(file);
    return {};
}

Result<void> readForm(std::string_view body, const std::string& boundary, RelayAsk& ask) {
    const auto model = protocol::partNamed(body, boundary, "model");
    if (!model)
        return fail(model.error());
    if (*model) {
        ask.model = body.substr((*model)->begin, (*model)->end - (*model)->begin);
        ask.modelPlace = protocol::Splice{(*model)->begin, (*model)->end, {}};
    }
    return {};
}

Result<void> readBody(const http::Request& request, RelayAsk& ask) {
    if (request.body.empty())
        return {};
    ask.contentType = request.head.fields.find("Content-Type").value_or("");
    if (checkContentType(request.head))
        return readJson(request.body, ask);
    const auto boundary = protocol::multipartBoundary(ask.contentType);
    if (!boundary)
        return fail(ErrorCode::UnsupportedMediaType,
                    "The body must be sent as \"Content-Type: application/json\" or as "
                    "multipart/form-data with its boundary.");
    return readForm(request.body, *boundary, ask);
}

// The query, without keys: they do not belong there.
std::string queryOf(std::string_view target) {
    std::string out;
    std::string_view query = target.substr(std::min(target.find('?'), target.size()));
    while (!query.empty()) {
        query.remove_prefix(1);  // the "?" or "&" before it
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size());
        if (!pair.empty() && !pair.starts_with("key=") && !pair.starts_with("api"))
            out.append(out.empty() ? "?" : "&").append(pair);
    }
    return out;
}

bool scoped(const ClientEntry& client) {
    return std::find(client.models.begin(), client.models.end(), "*") == client.models.end();
}

bool inScope(const ClientEntry& client, const std::string& provider, const std::string& model) {
    return std::any_of(client.models.begin(), client.models.end(), [&](const std::string& pattern) {
        return matchesPattern(pattern, model) || matchesPattern(pattern, provider + "/" + model);
    });
}

Failure notFound(const std::string& id) {
    return failField(ErrorCode::RecordNotFound, "id",
                     "This key has made nothing with the id \"" + id.substr(0, 128) + "\".");
}

// Whose the ids of a request are, if all of them are the client's: the provider that knows them.
Result<std::string> providerOfIds(const RelayAsk& ask, const ClientEntry& client,
                                  const IdBook& ids) {
    std::string provider;
    for (const std::string& id : ask.ids) {
        const auto owner = ids.find(id);
        if (!owner || owner->client != client.id)
            return notFound(id);
        if (!provider.empty() && provider != owner->provider)
            return failField(ErrorCode::NoCandidate, "id",
                             "\"" + id + "\" lies at another provider than the other ids.");
        provider = owner->provider;
    }
    if (const std::string id = ids.ofAnother(ask.json, client.id); !id.empty())
        return notFound(id);
    return provider;
}

class Chooser final {
  public:
    Chooser(const RelayAsk& ask, const Snapshot& snapshot, const routing::RuleEffect& rules)
        : m_snapshot(snapshot),
          m_rules(rules),
          m_model(ask.model.empty() ? ask.model : routedModel(rules, ask.model)) {}

    Result<RelayChoice> byName(std::string_view name) const {
        for (std::size_t i = 0; i < m_snapshot.providers.size(); ++i) {
            if (m_snapshot.providers[i].id != name)
                continue;
            if (!serves(i))
                return failField(ErrorCode::NoCandidate, "x-gaterouter-provider",
                                 std::string(name) + " cannot be asked this: " + whyNot(i));
            std::string model = m_model;
            if (model.starts_with(std::string(name) + "/"))
                model.erase(0, name.size() + 1);
            if (const auto no = objection(i, model))
                return forbidden(i, *no);
            return RelayChoice{i, std::move(model)};
        }
        return failField(ErrorCode::NoCandidate, "x-gaterouter-provider",
                         "No provider is called \"" + std::string(name.substr(0, 64)) + "\".");
    }

    Result<RelayChoice> byModel() const {
        const auto& rules = m_snapshot.policy->routing;
        routing::RouteAsk question{m_model, nullptr, nullptr, true};
        question.rules = &m_rules;
        const auto decision =
            routing::route(question, m_snapshot.offers, m_snapshot.aliases, rules.defaultModel);
        for (std::size_t i = 0; decision && i < decision->candidates.size(); ++i) {
            const routing::Candidate& candidate = decision->candidates[i];
            if (serves(candidate.offer))
                return RelayChoice{candidate.offer, candidate.model};
        }
        // Models for pictures and sound are often on no list.
        const bool qualified = m_model.find('/') != std::string::npos;
        if (!decision && (qualified || decision.error().code != ErrorCode::ModelNotFound))
            return fail(decision.error());
        return first();
    }

    Result<RelayChoice> first() const {
        std::optional<Failure> no;
        for (std::size_t i = 0; i < m_snapshot.providers.size(); ++i) {
            if (!serves(i) || (!m_model.empty() && !m_snapshot.offers[i].openEnded))
                continue;
            const auto objected = objection(i, m_model);
            if (!objected)
                return RelayChoice{i, m_model};
            if (!no)
                no = forbidden(i, *objected);
        }
        if (no)
            return std::move(*no);
        return failField(ErrorCode::NoCandidate, "model",
                         "No provider of kind \"openai\" can be asked this.");
    }

  private:
    bool serves(std::size_t i) const {
        return m_snapshot.offers[i].usable && m_snapshot.providers[i].kind == "openai";
    }
    std::string whyNot(std::size_t i) const {
        return m_snapshot.offers[i].usable ? "it is not of kind \"openai\"."
                                           : m_snapshot.offers[i].whyNot;
    }

    std::optional<routing::Objection> objection(std::size_t i, std::string_view model) const {
        const routing::Offer& offer = m_snapshot.offers[i];
        return routing::objectionTo(m_rules, {offer.provider, model, offer.local});
    }
    Failure forbidden(std::size_t i, const routing::Objection& objection) const {
        return failField(ErrorCode::NoCandidate, "model",
                         m_snapshot.offers[i].provider +
                             " may not be asked this: " + m_rules.sentenceOf(objection));
    }

    const Snapshot& m_snapshot;
    const routing::RuleEffect& m_rules;
    std::string m_model;
};

// What a restricted key may not be let do, since nobody can say beforehand what it costs.
Result<void> checkBounds(const RelayChoice& choice, const Snapshot& snapshot,
                         const ClientEntry& client) {
    const upstream::Provider& provider = snapshot.providers[choice.provider];
    // Whatever it may cost: a model that is named is one of the key's.
    if (scoped(client) && !choice.model.empty() && !inScope(client, provider.id, choice.model))
        return failField(
            ErrorCode::ModelForbidden, "model",
            "The client key \"" + client.id + "\" may not use the model \"" + choice.model + "\".");
    if (client.allowUnpriced)
        return {};
    if (scoped(client) && choice.model.empty())
        return fail(ErrorCode::CostUnbounded,
                    "The client key \"" + client.id +
                        "\" is for certain models only, and the request names none; "
                        "\"allow_unpriced\" of the client permits it.");
    const bool free = provider.simulated || provider.origin.isLoopback();
    if (client.usdLimited && !free)
        return fail(ErrorCode::CostUnbounded,
                    "The client key \"" + client.id +
                        "\" has a limit in USD, and what this request costs cannot be bounded; "
                        "\"allow_unpriced\" of the client permits it.");
    if (client.tokenLimited)
        return fail(ErrorCode::CostUnbounded,
                    "The client key \"" + client.id +
                        "\" has a limit in tokens, and how many this request takes cannot be "
                        "bounded; \"allow_unpriced\" of the client permits it, or the limit as an "
                        "estimate (\"guarantee\": \"estimate\").");
    return {};
}

}  // namespace

Result<RelayAsk> readRelay(const http::Request& request, std::string_view path) {
    RelayAsk ask;
    ask.target = std::string(path) + queryOf(request.head.target);
    std::vector<std::string_view> segments;
    for (std::string_view rest = path; !rest.empty();) {
        rest.remove_prefix(1);
        segments.push_back(rest.substr(0, rest.find('/')));
        rest.remove_prefix(segments.back().size());
    }
    const bool stored = segments[0] == "files" || segments[0] == "batches";
    ask.endpoint = segments[0];
    if (!stored && segments.size() > 1)
        ask.endpoint.append("/").append(segments[1]);
    if (stored && segments.size() > 1)
        ask.ids.emplace_back(segments[1]);
    ask.list = stored && segments.size() == 1 && request.head.method == "GET";
    if (auto ok = readBody(request, ask); !ok)
        return fail(ok.error());
    if (auto ok = protocol::readWishes(request.head.fields, ask.wishes); !ok)
        return fail(ok.error());
    if (ask.modelPlace && (ask.model.empty() || ask.model.size() > 256))
        return failField(ErrorCode::InvalidField, "model",
                         "\"model\" must be a name of 1 to 256 bytes.");
    return ask;
}

Result<RelayChoice> chooseRelay(const RelayAsk& ask, const Snapshot& snapshot,
                                const ClientEntry& client, std::optional<std::string_view> named,
                                const IdBook& ids, const routing::RuleEffect& rules) {
    const auto known = providerOfIds(ask, client, ids);
    if (!known)
        return fail(known.error());
    if (!known->empty() && named && *named != *known)
        return notFound(ask.ids.front());
    const Chooser chooser(ask, snapshot, rules);
    auto choice = !known->empty()      ? chooser.byName(*known)
                  : named              ? chooser.byName(*named)
                  : !ask.model.empty() ? chooser.byModel()
                                       : chooser.first();
    if (!choice)
        return choice;
    if (auto ok = checkBounds(*choice, snapshot, client); !ok)
        return fail(ok.error());
    return choice;
}

std::vector<std::string> idsToldBy(std::string_view answer) {
    std::vector<std::string> ids;
    const auto object = json::scanObject(answer);
    if (!object)
        return ids;
    for (const std::string_view key : {"id", "output_file_id", "error_file_id"}) {
        std::string id = plainOf(*object, key);
        if (IdBook::looksLikeId(id))
            ids.push_back(std::move(id));
    }
    return ids;
}

std::string ownPart(std::string_view answer, const std::string& client, const IdBook& ids) {
    const auto list = json::scanObject(answer);
    const json::Member* data = list ? list->find("data") : nullptr;
    if (data == nullptr || data->type != json::Type::Array)
        return std::string(answer);
    std::vector<std::pair<std::string_view, std::string>> own;
    for (const std::string_view element : json::elementsIn(list->raw(*data))) {
        const auto object = json::objectIn(element);
        std::string id = object ? plainOf(*object, "id") : std::string();
        const auto owner = ids.find(id);
        if (owner && owner->client == client)
            own.emplace_back(element, std::move(id));
    }
    json::Writer out;
    out.object();
    for (const json::Member& member : list->members) {
        out.key(member.key);
        if (member.key == "data") {
            out.array();
            for (const auto& [element, id] : own)
                out.raw(element);
            out.end();
        } else if (member.key == "first_id" || member.key == "last_id") {
            if (own.empty())
                out.null();
            else
                out.string(member.key == "first_id" ? own.front().second : own.back().second);
        } else {
            out.raw(list->raw(member));
        }
    }
    return out.end().take();
}

}  // namespace gr::gateway
