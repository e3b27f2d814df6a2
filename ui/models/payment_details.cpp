// SPDX-License-Identifier: MIT
#include "models/payment_details.h"

#include <QCoreApplication>

#include "models/payment_text.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using ledger::PurchaseState;
using ledger::SaleState;

namespace {

struct Say {
    Q_DECLARE_TR_FUNCTIONS(PaymentDetails)
};

bool hasEnd(std::int64_t seconds) {
    return seconds > 0 && seconds < INT64_MAX / 1000;
}

// When the authorization ends, as people say it.
QString endOf(std::int64_t seconds, UnixMs now) {
    return hasEnd(seconds) ? shortTime(UnixMs{seconds * 1000}, now) : Say::tr("an unknown time");
}

QString orDash(const QString& value) {
    return value.isEmpty() ? u"–"_s : value;
}

}  // namespace

StateLook purchaseLook(const ledger::Purchase& purchase) {
    switch (purchase.state) {
        case PurchaseState::Held:
            return {Say::tr("waits for you"), u"inbox"_s, Tone::Warning};
        case PurchaseState::Denied:
            return {Say::tr("denied"), u"circle-slash"_s, Tone::Neutral};
        case PurchaseState::Intended:
            return {Say::tr("set aside"), u"circle-dashed"_s, Tone::Neutral};
        case PurchaseState::Signed:
            return {Say::tr("signed"), u"circle-dot"_s, Tone::Accent};
        case PurchaseState::Sent:
            return {Say::tr("sent"), u"loader"_s, Tone::Accent};
        case PurchaseState::Settled:
            return {Say::tr("paid"), u"circle-check"_s, Tone::Success};
        case PurchaseState::Refused:
            return {Say::tr("refused"), u"circle-x"_s, Tone::Warning};
        case PurchaseState::Expired:
            return {Say::tr("expired"), u"clock"_s, Tone::Warning};
        case PurchaseState::Unknown:
            return {Say::tr("not confirmed"), u"triangle-alert"_s, Tone::Warning};
        case PurchaseState::Released:
            return {Say::tr("never taken"), u"circle-slash"_s, Tone::Neutral};
    }
    return {};
}

QString purchaseMeaning(const ledger::Purchase& purchase, UnixMs now) {
    const QString end = endOf(purchase.validBefore, now);
    switch (purchase.state) {
        case PurchaseState::Held:
            return Say::tr(
                "Nothing is signed. The request waits for your answer, and is refused when its "
                "caller gives up.");
        case PurchaseState::Denied:
            return Say::tr("A person said no, or nobody answered in time. Nothing was signed.");
        case PurchaseState::Intended:
            return Say::tr(
                "The sum is set aside and nothing is signed yet. After a crash the same request "
                "goes on from here.");
        case PurchaseState::Signed:
            return Say::tr(
                       "The payment is signed and has not left this machine. It goes out with the "
                       "same request, until %1.")
                .arg(end);
        case PurchaseState::Sent:
            return Say::tr(
                       "The seller may have the payment. It counts as spent until the chain shows "
                       "that it was taken, or after %1 that it was not.")
                .arg(end);
        case PurchaseState::Settled:
            return purchase.open
                       ? Say::tr(
                             "The chain shows the transfer, and the answer is still owed: the same "
                             "request is sent with the same payment again.")
                       : Say::tr("The chain shows the transfer. Nothing is left to do.");
        case PurchaseState::Refused:
            return Say::tr(
                       "The seller says that it did not take the money, but it still could. It "
                       "counts as spent until the chain shows after %1 that it was not taken.")
                .arg(end);
        case PurchaseState::Expired:
            return Say::tr(
                "The payment cannot be taken any more. It counts as spent until a final block of "
                "the chain shows that it was not taken in time.");
        case PurchaseState::Unknown:
            return Say::tr(
                       "It was sent and not acknowledged. It is not paid twice; it is resolved "
                       "when the chain shows it, or after %1.")
                .arg(end);
        case PurchaseState::Released:
            return Say::tr(
                "It was never taken and cannot be any more. The sum does not count as spent.");
    }
    return {};
}

StateLook saleLook(const ledger::Sale& sale) {
    switch (sale.state) {
        case SaleState::Reserved:
            return {Say::tr("checked"), u"circle-dashed"_s, Tone::Neutral};
        case SaleState::Settling:
            return {Say::tr("being settled"), u"loader"_s, Tone::Accent};
        case SaleState::Settled:
            return {Say::tr("paid"), u"circle-dot"_s, Tone::Accent};
        case SaleState::Serving:
            return {Say::tr("being answered"), u"activity"_s, Tone::Accent};
        case SaleState::Served:
            return {sale.paidAt ? Say::tr("answered") : Say::tr("answered, not paid yet"),
                    u"circle-check"_s, sale.paidAt ? Tone::Success : Tone::Warning};
        case SaleState::Credit:
            return {Say::tr("owed an answer"), u"undo-2"_s, Tone::Warning};
        case SaleState::Failed:
            return {Say::tr("failed"), u"circle-x"_s, Tone::Neutral};
        case SaleState::Unknown:
            return {Say::tr("not confirmed"), u"triangle-alert"_s, Tone::Warning};
        case SaleState::Reorged:
            return {Say::tr("taken back"), u"circle-alert"_s, Tone::Danger};
    }
    return {};
}

QString saleMeaning(const ledger::Sale& sale, UnixMs now) {
    switch (sale.state) {
        case SaleState::Reserved:
            return Say::tr(
                "The payment was checked and set aside for this request; nothing was "
                "sent to the chain yet.");
        case SaleState::Settling:
            return Say::tr(
                "The payment is on its way to the chain. The request is answered once "
                "the money is seen there.");
        case SaleState::Settled:
            return Say::tr("The money was seen on the chain. The answer comes next.");
        case SaleState::Serving:
            return Say::tr("The answer is being sent.");
        case SaleState::Served:
            if (!sale.paidAt) {
                return Say::tr("The answer was sent; what it took is being charged, until %1.")
                    .arg(endOf(sale.validBefore, now));
            }
            return sale.final
                       ? Say::tr("Paid and answered; the block with the money is final.")
                       : Say::tr(
                             "Paid and answered. The block with the money can still go, until "
                             "others follow it; it is looked at again.");
        case SaleState::Credit:
            return Say::tr(
                "The money came and the answer failed. The payer may ask for the same "
                "once more without paying.");
        case SaleState::Failed:
            return sale.paidAt ? Say::tr("Over: the money came, and there is nothing more to give.")
                               : Say::tr("Over without money, and without an answer.");
        case SaleState::Unknown:
            return Say::tr(
                       "Nobody can say yet whether the money was taken. It is looked up on the "
                       "chain, and known after %1 at the latest.")
                .arg(endOf(sale.validBefore, now));
        case SaleState::Reorged:
            return Say::tr(
                "The chain dropped the block with the money. It may come back; until "
                "then this is no income.");
    }
    return {};
}

PaymentDetails purchaseDetails(const ledger::Purchase& purchase,
                               const payment::NetworkList& networks, UnixMs now) {
    PaymentDetails details;
    details.state = purchaseLook(purchase);
    details.title = Say::tr("%1 to %2").arg(moneyExact(purchase.usd), hostLine(purchase.origin));
    details.meaning = purchaseMeaning(purchase, now);
    details.worthless = isWorthless(networks, purchase.chainId);
    details.transaction = purchase.transaction;
    details.requestId = purchase.requestId;
    const auto add = [&details](const QString& name, const QString& value) {
        details.facts.emplace_back(name, orDash(value));
    };
    add(Say::tr("Noted"), plainLine(purchase.note, 400));
    add(Say::tr("Tokens"), tokenLine(networks, purchase.chainId, purchase.token, purchase.amount));
    add(Say::tr("Network"), networkLine(networks, purchase.chainId));
    add(Say::tr("Our estimate"),
        purchase.bound.isZero() ? Say::tr("unknown") : moneyExact(purchase.bound));
    add(Say::tr("For"), plainLine(purchase.client, 80));
    add(Say::tr("Payee"), hostLine(purchase.origin));
    add(Say::tr("Address"), addressLine(purchase.payee));
    add(Say::tr("Asked"), dateAndTime(purchase.createdAt));
    add(Say::tr("Changed"), dateAndTime(purchase.updatedAt));
    add(Say::tr("Good until"), hasEnd(purchase.validBefore)
                                   ? dateAndTime(UnixMs{purchase.validBefore * 1000})
                                   : QString());
    add(Say::tr("Transaction"), plainLine(purchase.transaction));
    return details;
}

QString creditLine(const ledger::Credit& credit, UnixMs now) {
    const QString worth = moneyExact(credit.usd);
    switch (credit.state) {
        case ledger::CreditState::Open:
            return credit.expiresAt > now ? Say::tr("open, worth %1, until %2")
                                                .arg(worth, dateAndTime(credit.expiresAt))
                                          : Say::tr("expired, was worth %1").arg(worth);
        case ledger::CreditState::Taken:
            return Say::tr("being used, worth %1").arg(worth);
        case ledger::CreditState::Spent:
            return Say::tr("used, was worth %1").arg(worth);
        case ledger::CreditState::Void:
            return Say::tr("void: the money went back");
    }
    return {};
}

PaymentDetails saleDetails(const ledger::Sale& sale, const payment::NetworkList& networks,
                           UnixMs now, const std::optional<ledger::Credit>& credit) {
    PaymentDetails details;
    details.state = saleLook(sale);
    details.title =
        Say::tr("%1 for %2")
            .arg(moneyExact(sale.paidAt ? sale.chargedUsd : sale.usd), plainLine(sale.model, 80));
    details.meaning = saleMeaning(sale, now);
    details.worthless = isWorthless(networks, sale.chainId);
    details.transaction = sale.transaction;
    details.requestId = sale.requestId;
    const auto add = [&details](const QString& name, const QString& value) {
        details.facts.emplace_back(name, orDash(value));
    };
    add(Say::tr("Noted"), plainLine(sale.note, 400));
    add(Say::tr("At most"), tokenLine(networks, sale.chainId, sale.token, sale.amount));
    add(Say::tr("Charged"), sale.charged.empty()
                                ? QString()
                                : tokenLine(networks, sale.chainId, sale.token, sale.charged));
    if (credit) {
        add(Say::tr("Credit"), creditLine(*credit, now));
    }
    add(Say::tr("Network"), networkLine(networks, sale.chainId));
    add(Say::tr("Payer"), addressLine(sale.payer));
    add(Say::tr("Paid to"), addressLine(sale.payTo));
    add(Say::tr("Asked"), dateAndTime(sale.createdAt));
    add(Say::tr("Came in"), sale.paidAt ? dateAndTime(*sale.paidAt) : QString());
    add(Say::tr("Answered"), sale.servedAt ? dateAndTime(*sale.servedAt) : QString());
    add(Say::tr("Transaction"), plainLine(sale.transaction));
    return details;
}

}  // namespace gr::ui
