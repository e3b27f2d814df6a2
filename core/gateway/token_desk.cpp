// SPDX-License-Identifier: MIT
#include "gateway/token_desk.h"

#include "http/offload.h"
#include "protocol/json_text.h"
#include "protocol/prompt_tokens.h"

namespace gr::gateway {
namespace {

using http::Awaitable;

constexpr std::size_t kMostWaiting = 64;

}  // namespace

TokenDesk::TokenDesk() : m_thread("tokens", kMostWaiting) {}

Result<const tokens::Encoding*> TokenDesk::encodingOf(const tokens::Rule& rule) {
    auto& encoding = m_encodings[static_cast<std::size_t>(rule.vocabulary)];
    if (!encoding) {
        auto read = tokens::Encoding::embedded(rule.vocabulary);
        if (!read)
            return fail(read.error());
        encoding = std::move(*read);
    }
    return encoding.get();
}

Result<std::int64_t> TokenDesk::counted(const tokens::Rule& rule, const Work& work) {
    const auto encoding = encodingOf(rule);
    if (!encoding)
        return fail(encoding.error());
    return rule.applied(work(**encoding));
}

Awaitable<Result<std::int64_t>> TokenDesk::count(const protocol::ChatRequest& request,
                                                 std::string_view model, http::Executor io,
                                                 http::AbortSlot& abort) {
    const tokens::Rule rule = tokens::ruleOf(model);
    std::function<Result<std::int64_t>()> job = [this, rule, &request] {
        return counted(rule, [&request](const tokens::Encoding& encoding) {
            return protocol::promptTokens(request, encoding);
        });
    };
    Result<std::int64_t> tokens = co_await http::offload(m_thread, io, abort, std::move(job));
    co_return tokens;
}

Awaitable<Result<std::int64_t>> TokenDesk::count(const std::vector<protocol::JsonString>& texts,
                                                 std::string_view model, http::Executor io,
                                                 http::AbortSlot& abort) {
    const tokens::Rule rule = tokens::ruleOf(model);
    std::function<Result<std::int64_t>()> job = [this, rule, &texts] {
        return counted(rule, [&texts](const tokens::Encoding& encoding) {
            std::size_t tokens = 0;
            for (const protocol::JsonString text : texts)
                tokens += encoding.count(protocol::plainOf(text));
            return static_cast<std::int64_t>(tokens);
        });
    };
    Result<std::int64_t> tokens = co_await http::offload(m_thread, io, abort, std::move(job));
    co_return tokens;
}

Awaitable<Result<std::optional<std::int64_t>>> TokenDesk::most(const protocol::ChatRequest& request,
                                                               const tokens::Rule& rule,
                                                               http::Executor io,
                                                               http::AbortSlot& abort) {
    std::function<Result<std::optional<std::int64_t>>()> job =
        [this, rule, &request]() -> Result<std::optional<std::int64_t>> {
        const auto encoding = encodingOf(rule);
        if (!encoding)
            return fail(encoding.error());
        return protocol::exactInput(request, rule, **encoding);
    };
    auto tokens = co_await http::offload(m_thread, io, abort, std::move(job));
    co_return tokens;
}

}  // namespace gr::gateway
