// SPDX-License-Identifier: MIT
#include "models/payment_text.h"

#include <QCoreApplication>
#include <QUrl>
#include <algorithm>

#include "format.h"
#include "payment/address.h"
#include "payment/token_amount.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

struct Say {
    Q_DECLARE_TR_FUNCTIONS(PaymentText)
};

std::optional<payment::Address> addressOf(std::string_view hex) {
    return payment::Address::parse(hex);
}

bool isHidden(char32_t point) {
    switch (QChar::category(point)) {
        case QChar::Other_Control:
        case QChar::Other_Format:  // marks of direction, joiners, byte order
        case QChar::Other_Surrogate:
        case QChar::Other_PrivateUse:
        case QChar::Other_NotAssigned:
        case QChar::Separator_Line:
        case QChar::Separator_Paragraph:
            return true;
        default:
            return false;
    }
}

QString differenceLine(Money usd, Money bound) {
    if (bound.isZero()) {
        return Say::tr("not known: no price of this model is known");
    }
    const QString own = moneyExact(bound);
    const Money more = Money::fromPico(usd.pico() - bound.pico());
    if (more.isZero()) {
        return Say::tr("%1, exactly this").arg(own);
    }
    return more > Money() ? Say::tr("%1, so this is %2 more").arg(own, moneyExact(more))
                          : Say::tr("%1, so this is %2 less")
                                .arg(own, moneyExact(Money::fromPico(-more.pico())));
}

// What is left of the tightest cap of today.
QString leftLine(const ledger::SpendingSums& sums, const payment::SpendingPolicy& policy) {
    if (!policy.caps.perDay) {
        return Say::tr("no daily cap; %1 is spent today").arg(moneyExact(sums.day));
    }
    const Money left =
        Money::fromPico(std::max<std::int64_t>(0, policy.caps.perDay->pico() - sums.day.pico()));
    return Say::tr("%1 of %2").arg(moneyExact(left), moneyExact(*policy.caps.perDay));
}

QString seenLine(const std::optional<ledger::Payee>& payee, UnixMs now) {
    if (!payee) {
        return Say::tr("never seen before");
    }
    const QString since = Say::tr("first seen %1").arg(shortTime(payee->firstSeen, now));
    if (!payee->allowedAt) {
        return Say::tr("%1, never approved").arg(since);
    }
    return Say::tr("%1, approved %2").arg(since, shortTime(*payee->allowedAt, now));
}

}  // namespace

QString plainLine(std::string_view utf8Text, qsizetype most) {
    QString line;
    qsizetype count = 0;
    for (const char32_t point : text(utf8Text).toUcs4()) {
        if (isHidden(point)) {
            continue;
        }
        if (++count > most) {
            return line + u'…';
        }
        line += QString::fromUcs4(&point, 1);
    }
    return line;
}

QString hostLine(std::string_view origin) {
    const QUrl url(text(origin), QUrl::StrictMode);
    const QString host = url.host(QUrl::FullyEncoded);
    if (!url.isValid() || host.isEmpty()) {
        return plainLine(origin);
    }
    const bool tls = url.scheme() == u"https"_s;
    QString line = plainLine(utf8(host));
    if (url.port() >= 0 && url.port() != (tls ? 443 : 80)) {
        line += u':' + QString::number(url.port());
    }
    return tls ? line : url.scheme() + u"://"_s + line;
}

QString shortHex(std::string_view hex) {
    const QString whole = plainLine(hex);
    return whole.size() > 14 ? whole.left(6) + u"…"_s + whole.right(4) : whole;
}

QString addressLine(std::string_view address) {
    const auto read = addressOf(address);
    return read ? text(payment::checksumText(*read)) : plainLine(address);
}

QString tokenLine(const payment::NetworkList& networks, std::int64_t chain, std::string_view token,
                  std::string_view units) {
    const auto address = addressOf(token);
    const payment::Token* known =
        address && chain > 0 ? networks.token(static_cast<payment::ChainId>(chain), *address)
                             : nullptr;
    const auto amount = payment::Uint256::parse(units);
    if (known == nullptr || !amount) {
        return Say::tr("%1 units of %2").arg(plainLine(units), shortHex(token));
    }
    return text(payment::decimalOf(*amount, known->decimals)) + u' ' + plainLine(known->symbol);
}

QString networkLine(const payment::NetworkList& networks, std::int64_t chain) {
    const payment::Network* known =
        chain > 0 ? networks.find(static_cast<payment::ChainId>(chain)) : nullptr;
    if (known == nullptr) {
        return Say::tr("chain %1").arg(chain);
    }
    switch (known->money) {
        case payment::MoneyKind::Real:
            break;
        case payment::MoneyKind::Test:
            return Say::tr("%1 (test money)").arg(plainLine(known->name));
        case payment::MoneyKind::Play:
            return Say::tr("%1 (play money)").arg(plainLine(known->name));
    }
    return plainLine(known->name);
}

bool isWorthless(const payment::NetworkList& networks, std::int64_t chain) {
    const payment::Network* known =
        chain > 0 ? networks.find(static_cast<payment::ChainId>(chain)) : nullptr;
    return known != nullptr && known->money != payment::MoneyKind::Real;
}

ApprovalText approvalText(const gateway::HeldPayment& held, const ApprovalSight& sight,
                          const payment::NetworkList& networks,
                          const payment::SpendingPolicy& policy, UnixMs now) {
    const ledger::Purchase& purchase = held.purchase;
    ApprovalText shown;
    shown.client = plainLine(purchase.client, 80);
    if (!sight.program.empty()) {
        shown.client = Say::tr("%1, used by %2").arg(shown.client, plainLine(sight.program, 80));
    }
    shown.request = plainLine(sight.model.empty() ? purchase.requestId : sight.model, 120);
    shown.payee = hostLine(purchase.origin);
    shown.address = addressLine(purchase.payee);
    shown.amount = Say::tr("%1 (%2 on %3)")
                       .arg(moneyExact(purchase.usd),
                            tokenLine(networks, purchase.chainId, purchase.token, purchase.amount),
                            networkLine(networks, purchase.chainId));
    shown.bound = differenceLine(purchase.usd, purchase.bound);
    shown.why = plainLine(purchase.note, 400);
    if (sight.sums) {
        const std::optional<ledger::Payee>& payee = sight.sums->payee;
        shown.seen = seenLine(payee, now);
        shown.left = leftLine(*sight.sums, policy);
        if (payee && payee->address != purchase.payee) {
            shown.warning = Say::tr(
                                "It wanted to be paid at another address before: %1. Ask the "
                                "seller before you approve.")
                                .arg(addressLine(payee->address));
        }
    }
    return shown;
}

QString waitLine(UnixMs until, UnixMs now) {
    const std::int64_t seconds = (until.value - now.value + 999) / 1000;
    if (seconds <= 0) {
        return {};
    }
    return seconds < 60 ? Say::tr("%1 s").arg(count(seconds))
                        : Say::tr("%1 min %2 s").arg(count(seconds / 60)).arg(count(seconds % 60));
}

}  // namespace gr::ui
