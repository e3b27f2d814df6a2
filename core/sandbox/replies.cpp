// SPDX-License-Identifier: MIT
#include "sandbox/replies.h"

#include "json/writer.h"

namespace gr::sandbox {

http::Reply jsonReply(int status, std::string body) {
    return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

http::Reply errorReply(const Error& error) {
    const ErrorInfo& info = errorInfo(error.code);
    json::Writer out;
    out.object().key("error").object().key("message").string(error.message.text);
    out.key("type").string(info.openaiType).key("param").null().key("code");
    out.string(info.slug).end().end();
    return jsonReply(info.status, out.take());
}

}  // namespace gr::sandbox
