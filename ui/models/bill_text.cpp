// SPDX-License-Identifier: MIT
#include "models/bill_text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <limits>

#include "format.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using catalog::TokenClass;
using ledger::CostBasis;

namespace {

struct Say {
    Q_DECLARE_TR_FUNCTIONS(BillText)
};

QString classText(const std::optional<TokenClass>& tokens) {
    if (!tokens) {
        return Say::tr("Web searches");
    }
    switch (*tokens) {
        case TokenClass::Input:
            return Say::tr("Input");
        case TokenClass::CacheRead:
            return Say::tr("Input from a cache");
        case TokenClass::CacheWrite5m:
            return Say::tr("Input written to a cache");
        case TokenClass::CacheWrite1h:
            return Say::tr("Input written to a cache for an hour");
        case TokenClass::AudioInput:
            return Say::tr("Sound in");
        case TokenClass::Output:
            return Say::tr("Output");
        case TokenClass::Reasoning:
            return Say::tr("Reasoning");
        case TokenClass::AudioOutput:
            return Say::tr("Sound out");
    }
    return {};
}

BillLine lineText(const catalog::CostLine& line) {
    BillLine shown{classText(line.tokens), count(line.count), {}};
    if (line.rate) {
        const QString rate = moneyDecimal(line.rate->toDecimal());
        shown.times = line.tokens ? Say::tr("%1 × %2 a million").arg(shown.times, rate)
                                  : Say::tr("%1 × %2 a thousand").arg(shown.times, rate);
    }
    if (const auto product = line.toDecimal()) {
        shown.product = moneyDecimal(*product);
    }
    return shown;
}

QString minuteText(int minute) {
    return QTime(0, 0).addSecs(minute % catalog::PriceRow::kMinutesOfDay * 60).toString(u"HH:mm"_s);
}

// "Price since 5 Mar 2026 (UTC), for prompts over 200,000 tokens."
QString priceText(const catalog::PriceRow& row) {
    const bool dated = row.from.value != std::numeric_limits<std::int64_t>::min();
    const QDateTime from =
        dated ? QDateTime::fromMSecsSinceEpoch(row.from.value, Qt::UTC) : QDateTime();
    QStringList parts{
        dated
            ? Say::tr("Price since %1 (UTC)").arg(QLocale().toString(from.date(), u"d MMM yyyy"_s))
            : Say::tr("Price without a date")};
    if (row.promptOver >= 0) {
        parts << Say::tr("for prompts over %1 tokens").arg(count(row.promptOver));
    }
    if (row.hasWindow()) {
        parts << Say::tr("from %1 to %2 UTC")
                     .arg(minuteText(row.firstMinute), minuteText(row.endMinute));
    }
    if (!row.mode.empty()) {
        parts << Say::tr("served as “%1”").arg(text(row.mode));
    }
    return parts.join(u", "_s) + u'.';
}

// Why there are no products, or how sure they are.
QString basisText(const ledger::Attempt& attempt, const gateway::AttemptBill& bill) {
    switch (attempt.basis) {
        case CostBasis::Unknown:
            return bill.priced ? Say::tr(
                                     "The answer did not come to its end, so nobody said what "
                                     "it took.")
                               : Say::tr("No price is known for this model.");
        case CostBasis::Free:
            return Say::tr(
                "Nothing was charged: it never left, was refused, or was served by a "
                "machine of yours.");
        case CostBasis::Reported:
            if (bill.sum) {
                return Say::tr("The provider's own bill; by our prices it is %1.")
                    .arg(moneyExact(*bill.sum));
            }
            return Say::tr("The provider's own bill.");
        case CostBasis::Estimated:
            return Say::tr("An estimate: the tokens or the price are near enough only.");
        case CostBasis::Computed:
            break;
    }
    return {};
}

QString sumName(const ledger::Attempt& attempt, const gateway::AttemptBill& bill) {
    const auto tooFine = [](const catalog::CostLine& line) {
        const auto product = line.toDecimal();
        return product && !Money::parse(*product);  // more decimals than the books keep
    };
    if (bill.lines.empty()) {
        return Say::tr("Cost");
    }
    switch (attempt.basis) {
        case CostBasis::Reported:
            return Say::tr("As the provider says");
        case CostBasis::Estimated:
            return Say::tr("Together, estimated");
        default:
            return std::ranges::any_of(bill.lines, tooFine) ? Say::tr("Together, rounded")
                                                            : Say::tr("Together");
    }
}

}  // namespace

BillText billText(const ledger::Attempt& attempt, const gateway::AttemptBill& bill) {
    BillText shown;
    shown.model = text(attempt.provider) + u'/' + text(attempt.model);
    for (const catalog::CostLine& line : bill.lines) {
        shown.lines.push_back(lineText(line));
    }
    shown.sumName = sumName(attempt, bill);
    shown.sum = moneyOrUnknown(attempt.cost);
    QStringList notes;
    if (bill.row) {
        notes << priceText(*bill.row);
    } else if (attempt.basis == CostBasis::Computed || attempt.basis == CostBasis::Estimated) {
        notes << Say::tr("The price of then is no longer known; what was booked stays.");
    }
    notes << basisText(attempt, bill);
    notes.removeAll(QString());
    shown.note = notes.join(u' ');
    QStringList told{shown.model};
    for (const BillLine& line : shown.lines) {
        told << (line.product.isEmpty()
                     ? u"%1: %2"_s.arg(line.what, line.times)
                     : u"%1: %2 = %3"_s.arg(line.what, line.times, line.product));
    }
    told << u"%1: %2"_s.arg(shown.sumName, shown.sum) << shown.note;
    told.removeAll(QString());
    shown.spoken = told.join(u". "_s);
    return shown;
}

std::vector<BillText> billTexts(const ledger::RequestRecord& record,
                                const std::vector<gateway::AttemptBill>& bills) {
    const bool told = std::ranges::any_of(record.attempts, [](const ledger::Attempt& attempt) {
        return attempt.basis != CostBasis::Unknown || attempt.tokens.total();
    });
    std::vector<BillText> shown;
    for (std::size_t i = 0; told && i < std::min(bills.size(), record.attempts.size()); ++i) {
        shown.push_back(billText(record.attempts[i], bills[i]));
    }
    return shown;
}

}  // namespace gr::ui
