// SPDX-License-Identifier: MIT
#include "gateway/stored_responses.h"

#include "base/text.h"
#include "json/writer.h"
#include "protocol/responses_memory.h"

namespace gr::gateway {
namespace {

using Body = Result<std::string>;
using Question = ResponseDesk::Question;

Failure notFound(const std::string& id) {
    return fail(ErrorCode::ResponseNotFound,
                "Response with id '" + id.substr(0, 100) +
                    "' not found: this key has made none with this id, or it is no longer kept.");
}

Result<protocol::ItemsQuery> itemsQuery(std::string_view target) {
    protocol::ItemsQuery query;
    query.after = queryValue(target, "after").value_or("");
    if (const auto limit = queryValue(target, "limit")) {
        const auto number = parseUnsigned(*limit);
        if (!number || *number < 1 || *number > 100)
            return failField(ErrorCode::InvalidField, "limit",
                             "\"limit\" must be a whole number from 1 to 100.");
        query.limit = *number;
    }
    const std::string order = queryValue(target, "order").value_or("desc");
    if (order != "asc" && order != "desc")
        return failField(ErrorCode::InvalidField, "order", "\"order\" must be asc or desc.");
    query.descending = order == "desc";
    query.encryptedToo = target.find("reasoning.encrypted_content") != std::string_view::npos;
    return query;
}

http::Awaitable<Body> retrieve(ResponseDesk& desk, std::string_view target, Question question) {
    if (queryValue(target, "stream").value_or("false") != "false")
        co_return failField(ErrorCode::InvalidField, "stream",
                            "\"stream\" cannot be used here: a kept response is given whole. Leave "
                            "it out.");
    const std::string id = question.id;
    auto found = co_await desk.object(std::move(question));
    if (!found)
        co_return fail(found.error());
    if (!*found)
        co_return notFound(id);
    co_return std::move(**found);
}

http::Awaitable<Body> remove(ResponseDesk& desk, Question question) {
    const std::string id = question.id;
    const auto removed = co_await desk.remove(std::move(question));
    if (!removed)
        co_return fail(removed.error());
    if (!*removed)
        co_return notFound(id);
    json::Writer out;
    out.object().key("id").string(id).key("object").string("response");
    co_return out.key("deleted").boolean(true).end().take();
}

http::Awaitable<Body> inputItems(ResponseDesk& desk, std::string_view target, Question question) {
    const auto query = itemsQuery(target);
    if (!query)
        co_return fail(query.error());
    const std::string id = question.id;
    auto found = co_await desk.history(std::move(question), ResponseStore::UpTo::Input);
    if (!found)
        co_return fail(found.error());
    if (!*found)
        co_return notFound(id);
    co_return protocol::itemsPage((*found)->items, id, *query);
}

http::Awaitable<Body> cancel(ResponseDesk& desk, Question question) {
    const std::string id = question.id;
    auto found = co_await desk.object(std::move(question));
    if (!found)
        co_return fail(found.error());
    if (!*found)
        co_return notFound(id);
    co_return failField(ErrorCode::InvalidField, "response_id",
                        "A response that was not made with \"background\" cannot be cancelled; "
                        "this one is finished.");
}

}  // namespace

http::Awaitable<Body> answerStoredResponse(ResponseDesk& desk, const EndpointMatch& match,
                                           std::string_view target, const std::string& client,
                                           http::Executor io, http::AbortSlot& abort) {
    Question question{client, match.argument, std::move(io), abort};
    switch (match.endpoint) {
        case Endpoint::ResponseRemove:
            return remove(desk, std::move(question));
        case Endpoint::ResponseItems:
            return inputItems(desk, target, std::move(question));
        case Endpoint::ResponseCancel:
            return cancel(desk, std::move(question));
        default:
            return retrieve(desk, target, std::move(question));
    }
}

}  // namespace gr::gateway
