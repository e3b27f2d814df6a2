// SPDX-License-Identifier: MIT
#include "app/control_line.h"

#include "json/writer.h"

namespace gr::app {

std::string failure(const Error& error) {
    json::Writer out;
    out.object().key("ok").boolean(false).key("error").string(error.message.text);
    return out.key("code").string(errorInfo(error.code).slug).end().take();
}

std::string done() {
    return R"({"ok":true})";
}

std::string answerOf(const Result<void>& result) {
    return result ? done() : failure(result.error());
}

std::string answerSaying(const Result<void>& result, std::string_view said) {
    if (!result)
        return answerOf(result);
    json::Writer out;
    return out.object().key("ok").boolean(true).key("said").string(said).end().take();
}

std::string member(const json::Object& object, std::string_view key) {
    const json::Member* m = object.find(key);
    return m != nullptr && m->type == json::Type::String ? json::unescape(object.raw(*m))
                                                         : std::string();
}

std::optional<std::int64_t> numberMember(const json::Object& object, std::string_view key) {
    const json::Member* m = object.find(key);
    return m != nullptr && m->type == json::Type::Number ? json::integerIn(object.raw(*m))
                                                         : std::nullopt;
}

}  // namespace gr::app
