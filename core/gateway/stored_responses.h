// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "gateway/endpoints.h"
#include "gateway/response_desk.h"

// GET and DELETE /v1/responses/{id}, its input_items, and cancel.
namespace gr::gateway {

// The body of the answer for `client` to a request for `target` that matched `match`. Responses of
// other clients do not exist for it. Errors: ResponseNotFound, InvalidField (of the query; what
// only work in the background could do), those of ResponseDesk.
http::Awaitable<Result<std::string>> answerStoredResponse(
    ResponseDesk& desk, const EndpointMatch& match, std::string_view target,
    const std::string& client, http::Executor io, http::AbortSlot& abort);

}  // namespace gr::gateway
