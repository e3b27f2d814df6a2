// SPDX-License-Identifier: MIT
#include "app/payment_control.h"

#include "app/control_line.h"
#include "base/time_text.h"

namespace gr::app {
namespace {

using gateway::HeldPayment;

std::string lineOf(const HeldPayment& held) {
    const ledger::Purchase& purchase = held.purchase;
    const std::string bound =
        purchase.bound > Money()
            ? " The request should cost $" + purchase.bound.toDecimal() + " at most."
            : "";
    return "payment " + purchase.id + " of $" + purchase.usd.toDecimal() + " to " +
           purchase.origin + " (" + purchase.payee +
           " on eip155:" + std::to_string(purchase.chainId) + ") for \"" + purchase.client +
           "\" waits until " + isoTime(held.until) + ": " + purchase.note + bound;
}

}  // namespace

void writeHeld(json::Writer& out, const HeldPayment& held) {
    const ledger::Purchase& purchase = held.purchase;
    out.object().key("id").string(purchase.id).key("client").string(purchase.client);
    out.key("request").string(purchase.requestId).key("scheme").string(purchase.scheme);
    out.key("asked").number(purchase.createdAt.value);
    out.key("origin").string(purchase.origin).key("payee").string(purchase.payee);
    out.key("usd").string(purchase.usd.toDecimal()).key("amount").string(purchase.amount);
    out.key("token").string(purchase.token).key("chain").number(purchase.chainId);
    out.key("bound").string(purchase.bound.toDecimal()).key("why").string(purchase.note);
    out.key("until").number(held.until.value).key("line").string(lineOf(held)).end();
}

namespace {

std::string status(const gateway::GatewayHost& host) {
    json::Writer out;
    out.object().key("ok").boolean(true).key("paused").boolean(host.paymentsPaused());
    out.key("locked").boolean(host.walletLocked());
    out.key("doubted").boolean(host.paymentBooksDoubted());
    out.key("clock").string(host.paymentClockProblem());
    out.key("held").array();
    for (const HeldPayment& held : host.heldPayments())
        writeHeld(out, held);
    return out.end().end().take();
}

Result<void> approve(const json::Object& request, gateway::GatewayHost& host) {
    const std::string text = member(request, "always_up_to");
    const auto always = text.empty() ? Money() : Money::parse(text);
    if (!always || *always < Money())
        return failField(ErrorCode::InvalidField, "always_up_to",
                         "\"" + text + "\" is no amount in US dollars; write it as 0.05.");
    return host.approvePayment(member(request, "id"), *always);
}

}  // namespace

std::optional<std::string> answerPayments(const std::string& command, const json::Object& request,
                                          gateway::GatewayHost& host) {
    if (command == "payments")
        return status(host);
    if (command == "payments.approve")
        return answerSaying(
            approve(request, host),
            "It is paid, if the caps allow it by now; its request gets the answer.");
    if (command == "payments.deny")
        return answerSaying(host.denyPayment(member(request, "id")), "It is not paid.");
    if (command == "payments.believe")
        return answerSaying(host.believePaymentBooks(), "The books of payments count as they are.");
    if (command == "payments.pause")
        return answerSaying(host.pausePayments(true),
                            "Nothing is paid until gaterouterd resume. What is signed already may "
                            "still be taken.");
    if (command == "payments.resume")
        return answerSaying(host.pausePayments(false), "Payments go on.");
    return std::nullopt;
}

std::string paymentLines(const json::Object& answer) {
    const auto is = [&answer](std::string_view name) {
        const json::Member* const found = answer.find(name);
        return found != nullptr && found->type == json::Type::True;
    };
    std::string out =
        is("paused") ? "Payments are paused; let them go on: gaterouterd resume\n" : "";
    if (is("locked"))
        out += "The wallet is locked, so nothing is paid; unlock it: gaterouterd wallet unlock\n";
    if (is("doubted"))
        out +=
            "The vault remembers other books of payments, so nothing is paid. Put the right "
            "ledger back, or say that these are right: gaterouterd payments believe\n";
    if (const std::string clock = member(answer, "clock"); !clock.empty())
        out += "Nothing is paid. " + clock + "\n";
    const json::Member* const held = answer.find("held");
    const std::size_t before = out.size();
    for (const std::string_view entry : json::elementsIn(answer.raw(*held))) {
        if (const auto object = json::objectIn(entry))
            out += member(*object, "line") + "\n";
    }
    if (out.size() == before)
        return out + "no payment waits\n";
    return out +
           "Make one, or refuse it: gaterouterd payments approve ID, gaterouterd payments deny "
           "ID\n";
}

}  // namespace gr::app
