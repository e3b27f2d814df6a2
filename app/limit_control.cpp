// SPDX-License-Identifier: MIT
#include "app/limit_control.h"

#include <algorithm>
#include <array>

#include "app/control_line.h"
#include "base/text.h"
#include "base/time_text.h"
#include "gateway/limit_words.h"
#include "json/writer.h"

namespace gr::app {
namespace {

using gateway::LimitQuestion;
using ledger::Limit;
using ledger::LimitUnit;

std::string_view nameOf(ledger::AtLimit action) {
    constexpr std::array<std::string_view, 3> kNames{"refuse", "cheaper", "ask"};
    return kNames[static_cast<std::size_t>(action)];
}

void addAmount(json::Writer& out, std::string_view key, LimitUnit unit, std::int64_t amount) {
    out.key(key);
    if (unit == LimitUnit::Usd)
        out.string(Money::fromPico(amount).toDecimal());
    else
        out.number(amount);
}

void addLimit(json::Writer& out, const ledger::LimitState& state) {
    const Limit& limit = state.limit;
    out.object().key("limit").string(limit.key());
    out.key("text").string(gateway::describe(limit));
    out.key("line").string(gateway::describe(state));
    out.key("scope").string(nameOf(limit.scope)).key("name").string(limit.name);
    out.key("client").string(limit.client).key("window").string(nameOf(limit.window));
    out.key("unit").string(nameOf(limit.unit)).key("at_limit").string(nameOf(limit.atLimit));
    out.key("guarantee").string(limit.guarantee == ledger::Guarantee::Hard ? "hard" : "estimate");
    out.key("standard").boolean(limit.standard);
    addAmount(out, "amount", limit.unit, limit.amount);
    addAmount(out, "allowed", limit.unit, state.allowed);
    addAmount(out, "spent", limit.unit, state.spent);
    addAmount(out, "stranded", limit.unit, state.stranded);
    addAmount(out, "reserved", limit.unit, state.reserved);
    addAmount(out, "elsewhere", limit.unit, state.elsewhere);
    out.key("known").boolean(state.told).key("begins").number(state.window.start);
    out.key("ends");
    if (state.window.end == ledger::kEndOfTime)
        out.null();
    else
        out.number(state.window.end);
    out.end();
}

std::string lineOf(const LimitQuestion& question) {
    const ledger::Refusal& no = question.refusal;
    return "request " + question.id + " of \"" + question.client + "\" waits until " +
           isoTime(question.until) + ": " + question.provider + "/" + question.model +
           " may take up to " + gateway::amountText(no.limit.unit, no.needed) + ", " +
           gateway::amountText(no.limit.unit, question.lacking()) + " more than is left of " +
           gateway::describe(no.limit);
}

void addQuestion(json::Writer& out, const LimitQuestion& question) {
    const Limit& limit = question.refusal.limit;
    out.object().key("id").string(question.id).key("client").string(question.client);
    out.key("provider").string(question.provider).key("model").string(question.model);
    out.key("limit").string(limit.key()).key("text").string(gateway::describe(limit));
    out.key("unit").string(nameOf(limit.unit));
    addAmount(out, "needed", limit.unit, question.refusal.needed);
    addAmount(out, "lacking", limit.unit, question.lacking());
    out.key("asked").number(question.asked.value).key("until").number(question.until.value);
    out.key("line").string(lineOf(question)).end();
}

std::string status(const gateway::GatewayHost& host) {
    const gateway::LimitsStatus status = host.limits();
    json::Writer out;
    out.object().key("ok").boolean(true).key("clock_leap_ms");
    if (status.clockLeapMs)
        out.number(*status.clockLeapMs);
    else
        out.null();
    out.key("limits").array();
    for (const ledger::LimitState& state : status.limits)
        addLimit(out, state);
    out.end().key("questions").array();
    for (const LimitQuestion& question : status.questions)
        addQuestion(out, question);
    return out.end().end().take();
}

// `amount` as the limit of a question counts it.
Result<std::optional<std::int64_t>> amountIn(const std::string& amount, LimitUnit unit) {
    if (amount.empty())
        return std::optional<std::int64_t>();
    if (unit == LimitUnit::Usd) {
        const auto money = Money::parse(amount);
        if (money && *money > Money())
            return std::optional(money->pico());
    } else if (const auto count = parseUnsigned(amount);
               count && *count > 0 && *count <= INT64_MAX) {
        return std::optional(static_cast<std::int64_t>(*count));
    }
    return failField(ErrorCode::InvalidField, "amount",
                     "\"" + amount + "\" is no amount of " + std::string(nameOf(unit)) +
                         (unit == LimitUnit::Usd ? "; write it as 1.50." : "; write it as 1000."));
}

Result<void> allow(const json::Object& request, gateway::GatewayHost& host) {
    const std::string id = member(request, "id");
    const std::vector<LimitQuestion> open = host.limits().questions;
    const auto question = std::find_if(open.begin(), open.end(),
                                       [&id](const LimitQuestion& q) { return q.id == id; });
    const LimitUnit unit = question == open.end() ? LimitUnit::Usd : question->refusal.limit.unit;
    const auto more = amountIn(member(request, "amount"), unit);
    return more ? host.allowRequest(id, *more) : fail(more.error());
}

Result<void> raise(const json::Object& request, gateway::GatewayHost& host) {
    const std::string key = member(request, "limit");
    LimitUnit unit = LimitUnit::Usd;
    for (const ledger::LimitState& state : host.limits().limits) {
        if (state.limit.key() == key)
            unit = state.limit.unit;
    }
    const auto more = amountIn(member(request, "amount"), unit);
    if (!more)
        return fail(more.error());
    if (!*more)
        return failField(ErrorCode::MissingField, "amount", "By how much? amount is missing.");
    return host.raiseLimit(key, **more);
}

}  // namespace

std::optional<std::string> answerLimits(const std::string& command, const json::Object& request,
                                        gateway::GatewayHost& host) {
    if (command == "limits")
        return status(host);
    if (command == "limits.allow")
        return answerOf(allow(request, host));
    if (command == "limits.raise")
        return answerOf(raise(request, host));
    if (command == "limits.refuse")
        return answerOf(host.refuseRequest(member(request, "id")));
    if (command == "limits.clock")
        host.believeClock();
    else if (command == "limits.free")
        host.freeStranded();
    else
        return std::nullopt;
    return done();
}

std::string limitLines(const json::Object& answer) {
    std::string out;
    const auto add = [&](std::string_view key) {
        const json::Member* const list = answer.find(key);
        for (const std::string_view entry : list != nullptr ? json::elementsIn(answer.raw(*list))
                                                            : std::vector<std::string_view>()) {
            const auto object = json::objectIn(entry);
            if (object && key == "limits")
                out += "[" + member(*object, "limit") + "] ";
            if (object)
                out += member(*object, "line") + "\n";
        }
    };
    add("limits");
    if (out.empty())
        out = "no limit holds\n";
    const std::size_t before = out.size();
    add("questions");
    if (out.size() > before)
        out +=
            "Let one go on, or refuse it: gaterouterd limits allow ID, gaterouterd limits refuse "
            "ID\n";
    if (numberMember(answer, "clock_leap_ms"))
        out +=
            "The clock of this machine leapt, so limits do not follow it. If it is right now, say "
            "so: gaterouterd limits clock\n";
    return out;
}

}  // namespace gr::app
