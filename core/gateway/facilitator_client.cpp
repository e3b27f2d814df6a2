// SPDX-License-Identifier: MIT
#include "gateway/facilitator_client.h"

#include "base/log.h"
#include "base/text.h"
#include "gateway/wakeup.h"
#include "payment/cdp_token.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using Kind = SettleWord::Kind;

constexpr Milliseconds kSupportedPatience{5'000};
constexpr Milliseconds kLookAgain{20};

// Reasons that are known before anything is sent. All others may stand for something that went
// wrong afterwards: transaction_failed among them, which the official facilitator also says when
// its node's answer was lost, and the text of any exception (version 1).
bool isCertain(const payment::SettleAnswer& answer) {
    const std::string_view reason = answer.errorReason;
    const auto begins = [reason](std::string_view with) { return reason.starts_with(with); };
    const bool early = begins("invalid_") || begins("insufficient_") || begins("unsupported_") ||
                       begins("permit2_");
    return early && answer.transaction.empty() &&
           reason.find("transaction_failed") == std::string_view::npos &&
           reason.find("transaction_state") == std::string_view::npos &&
           reason.find("nonce_already_used") == std::string_view::npos;
}

std::string statusWords(int status) {
    if (status == 401 || status == 403)
        return "The facilitator refuses this gateway (status " + std::to_string(status) +
               "): check the token in sell.settle.";
    return "The facilitator does not settle now (status " + std::to_string(status) + ").";
}

// The header line that the facilitator wants to see; empty: none.
Result<std::string> authorizationFor(const SaleEntry& sale, std::string_view method,
                                     std::string_view path, UnixMs now) {
    const auto line = [](std::string_view token) {
        return std::string("Authorization: Bearer ").append(token).append("\r\n");
    };
    if (sale.bearer)
        return line(sale.bearer->reveal());
    if (!sale.cdpKey)
        return std::string();
    const Url& address = *sale.facilitator;
    const std::string whole = address.path + std::string(path);
    const std::string random = randomBytes(16);
    const auto token = payment::cdpToken(sale.terms.settlement.cdpKeyId, *sale.cdpKey,
                                         {method, address.host, whole}, now.value / 1'000,
                                         payment::hexOf(random).substr(2));
    if (!token)
        return fail(token.error());
    return line(*token);
}

}  // namespace

SettleWord readSettleWord(const Result<http::WholeAnswer>& answer, bool sent) {
    if (!answer) {
        return {sent ? Kind::Unknown : Kind::NotDone,
                {},
                "The facilitator gave no answer: " + answer.error().message.text};
    }
    auto said = payment::readSettleAnswer(answer->body);
    if (!said) {
        // Whatever the status: it had the payment in its hands.
        return {Kind::Unknown, {}, statusWords(answer->status)};
    }
    SettleWord word{Kind::Unknown, std::move(*said), {}};
    word.why = "The facilitator did not settle: " + word.answer.errorReason + " (status " +
               std::to_string(answer->status) + ").";
    if (word.answer.success)
        word.kind = Kind::Yes;
    else if (word.answer.isPending())
        word.kind = Kind::Pending;
    else if (answer->status < 500 && isCertain(word.answer))
        word.kind = Kind::No;
    return word;
}

Awaitable<Result<http::WholeAnswer>> FacilitatorClient::ask(
    const SaleEntry& sale, std::string_view method, std::string_view path, std::string_view body,
    Milliseconds patience, http::AbortSlot& abort, bool* sent) {
    const auto lines = authorizationFor(sale, method, path, m_clock.now());
    if (!lines)
        co_return fail(lines.error());
    http::WholeAsk question;
    question.method = method;
    question.target = path;
    question.body = body;
    question.moreLines = *lines;
    question.most = payment::kMostFacilitatorAnswer;
    question.patience = patience;
    const Url address = *sale.facilitator;
    auto answer = co_await http::askWhole(m_client, m_deadlines, address, question, abort, sent);
    co_return answer;
}

Awaitable<SettleWord> FacilitatorClient::settle(const SaleEntry& sale, std::string body,
                                                Milliseconds patience, http::AbortSlot& abort) {
    bool sent = false;
    const auto answer = co_await ask(sale, "POST", "/settle", body, patience, abort, &sent);
    SettleWord word = readSettleWord(answer, sent);
    if (word.kind == Kind::Unknown || word.kind == Kind::NotDone)
        log::write(LogLevel::Warning, "facilitator.no_answer", {{"why", word.why}});
    co_return word;
}

Awaitable<std::optional<payment::Supported>> FacilitatorClient::supported(const SaleEntry& sale,
                                                                          http::AbortSlot& abort) {
    if (m_asked != sale.facilitator) {
        m_asked = sale.facilitator;
        m_supported.reset();
        m_askAgain = SteadyTime{};
    }
    Wakeup wakeup(m_io);
    for (SteadyTime until = m_clock.steady() + kSupportedPatience;
         m_asking && !m_supported && !abort.fired() && m_clock.steady() < until;)
        co_await wakeup.pause(abort, kLookAgain);
    if (m_asking || m_clock.steady() < m_askAgain)
        co_return m_supported;
    m_asking = true;
    auto answer = co_await ask(sale, "GET", "/supported", {}, kSupportedPatience, abort, nullptr);
    m_asking = false;
    auto said = answer ? payment::readSupported(answer->body)
                       : Result<payment::Supported>(fail(std::move(answer.error())));
    if (!said && said.error().code == ErrorCode::Cancelled)
        co_return m_supported;  // this client left; the next one asks
    if (m_asked != sale.facilitator)
        co_return std::nullopt;  // another configuration meanwhile
    m_askAgain = m_clock.steady() + (said ? kFresh : kAfterFailure);
    if (said)
        m_supported = std::move(*said);
    else
        log::write(LogLevel::Warning, "facilitator.not_supported",
                   {{"why", said.error().message.text}});
    co_return m_supported;
}

}  // namespace gr::gateway
