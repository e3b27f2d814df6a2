// SPDX-License-Identifier: MIT
#include "models/limit_row.h"

#include <QCoreApplication>
#include <algorithm>
#include <climits>

namespace gr::ui {

using namespace Qt::StringLiterals;
using ledger::LimitUnit;
using ledger::ScopeKind;
using ledger::WindowKind;

namespace {

struct Say {
    Q_DECLARE_TR_FUNCTIONS(LimitRow)
};

constexpr double kLeastShare = 0.05;  // of a window, before its pace says anything

QString amountText(LimitUnit unit, std::int64_t amount, bool exact) {
    const int many = static_cast<int>(std::min<std::int64_t>(amount, INT_MAX));
    switch (unit) {
        case LimitUnit::Usd:
            return exact ? moneyUnlessHidden(Money::fromPico(amount))
                         : moneyShort(Money::fromPico(amount));
        case LimitUnit::Tokens:
            return Say::tr("%1 tokens", nullptr, many).arg(count(amount));
        case LimitUnit::Requests:
            return Say::tr("%1 requests", nullptr, many).arg(count(amount));
    }
    return {};
}

QString scopeText(const ledger::Limit& limit) {
    const QString name = text(limit.name);
    const QString client = text(limit.client);
    const bool inside = !client.isEmpty();
    switch (limit.scope) {
        case ScopeKind::All:
            return inside ? Say::tr("everything of the client “%1”").arg(client)
                          : Say::tr("everything");
        case ScopeKind::Client:
            return Say::tr("the client “%1”").arg(name.isEmpty() ? client : name);
        case ScopeKind::Provider:
            return inside ? Say::tr("the provider “%1”, asked by the client “%2”").arg(name, client)
                          : Say::tr("the provider “%1”").arg(name);
        case ScopeKind::Model:
            return inside ? Say::tr("the model “%1”, asked by the client “%2”").arg(name, client)
                          : Say::tr("the model “%1”").arg(name);
        case ScopeKind::Payee:
            return inside ? Say::tr("payments to “%1” for the client “%2”").arg(name, client)
                          : Say::tr("payments to “%1”").arg(name);
    }
    return {};
}

// "$5.00 a day for everything": %1 is the amount, %2 what it is for.
QString titleText(const ledger::Limit& limit) {
    const auto pattern = [&] {
        switch (limit.window) {
            case WindowKind::Minute:
                return Say::tr("%1 a minute for %2");
            case WindowKind::Hour:
                return Say::tr("%1 an hour for %2");
            case WindowKind::Day:
                return Say::tr("%1 a day for %2");
            case WindowKind::Week:
                return Say::tr("%1 a week for %2");
            case WindowKind::Month:
                return Say::tr("%1 a month for %2");
            case WindowKind::Total:
                break;
        }
        return Say::tr("%1 in total for %2");
    };
    return pattern().arg(amountText(limit.unit, limit.amount, true), scopeText(limit));
}

StateLook stateOf(const LimitInfo& info) {
    const std::int64_t amount = info.cap();
    const std::int64_t room = amount - info.spent - info.reserved - info.elsewhere;
    if (!info.known) {
        return {Say::tr("not known yet"), u"circle-dashed"_s, Tone::Neutral};
    }
    if (info.spent >= amount) {
        return {Say::tr("reached"), u"circle-x"_s, Tone::Danger};
    }
    if (room <= 0) {
        return {Say::tr("all spent or reserved"), u"clock"_s, Tone::Warning};
    }
    const QString left = Say::tr("%1 left").arg(amountText(info.limit.unit, room, false));
    return info.spent >= amount - amount / 10 ? StateLook{left, u"triangle-alert"_s, Tone::Warning}
                                              : StateLook{left, u"circle-check"_s, Tone::Success};
}

// What being reached means.
QString reachedText(const LimitInfo& info) {
    const bool ends = info.window.end != ledger::kEndOfTime;
    switch (info.limit.atLimit) {
        case ledger::AtLimit::Refuse:
            break;
        case ledger::AtLimit::Cheaper:
            return ends ? Say::tr("Until then a cheaper model answers")
                        : Say::tr("A cheaper model answers");
        case ledger::AtLimit::Ask:
            return ends ? Say::tr("Until then requests wait for you")
                        : Say::tr("Requests wait for you");
    }
    return ends ? Say::tr("Until then requests are refused")
                : Say::tr("Requests that it counts are refused");
}

QString forecastText(const LimitInfo& info, UnixMs now) {
    if (info.known && info.spent >= info.cap()) {
        return reachedText(info);
    }
    const auto pace = forecast(info, now);
    if (!pace) {
        return {};
    }
    return pace->reachedAt
               ? Say::tr("At this pace used up about %1").arg(shortTime(*pace->reachedAt, now))
               : Say::tr("At this pace it lasts, with ≈ %1 spent")
                     .arg(amountText(info.limit.unit, pace->atEnd, false));
}

// How sure it is, and who set it.
QString noteText(const LimitInfo& info) {
    const ledger::Limit& limit = info.limit;
    QStringList notes;
    if (limit.unit == LimitUnit::Requests) {
        notes << Say::tr("It cannot be passed: every request is counted before it is sent.");
    } else if (limit.guarantee == ledger::Guarantee::Hard) {
        notes << Say::tr(
            "It cannot be passed: the most that a request can take is reserved "
            "before it is sent.");
    } else {
        notes << Say::tr(
            "It is an estimate and can be passed a little: what a request will "
            "likely take is reserved, what goes beyond is counted afterwards.");
    }
    if (limit.standard) {
        notes << Say::tr("Nobody set it: it holds until you set limits of your own.");
    }
    if (info.allowed > 0) {
        notes << Say::tr("%1 more is allowed until it begins anew.")
                     .arg(amountText(limit.unit, info.allowed, true));
    }
    if (info.stranded > 0) {
        notes << Say::tr(
                     "Of what is spent, %1 was held by gateways that ended suddenly "
                     "(“gaterouterd limits free”).")
                     .arg(amountText(limit.unit, info.stranded, true));
    }
    return notes.join(u' ');
}

void fillBar(const LimitInfo& info, LimitRow& row) {
    const std::int64_t taken = info.spent + info.reserved + info.elsewhere;
    const auto whole = static_cast<double>(std::max(info.cap(), taken));
    if (whole <= 0) {
        row.spentShare = 1;  // a limit of nothing is reached
        return;
    }
    row.spentShare = static_cast<double>(info.spent) / whole;
    row.reservedShare = static_cast<double>(info.reserved) / whole;
    row.elsewhereShare = static_cast<double>(info.elsewhere) / whole;
}

}  // namespace

std::optional<LimitForecast> forecast(const LimitInfo& info, UnixMs now) {
    const ledger::Window& window = info.window;
    if (!info.known || window.end == ledger::kEndOfTime || info.spent <= 0 ||
        info.spent >= info.cap() || now.value >= window.end) {
        return std::nullopt;
    }
    const auto length = static_cast<double>(window.end - window.start);
    const auto elapsed = static_cast<double>(now.value - window.start);
    if (elapsed < kLeastShare * length) {
        return std::nullopt;
    }
    // An estimate, so that floating point does.
    const auto spent = static_cast<double>(info.spent);
    const double needed = elapsed * static_cast<double>(info.cap()) / spent;
    LimitForecast result;
    if (needed < length) {
        result.reachedAt = UnixMs{window.start + static_cast<std::int64_t>(needed)};
    } else {
        result.atEnd = static_cast<std::int64_t>(spent * length / elapsed);
    }
    return result;
}

QString limitAmount(LimitUnit unit, std::int64_t amount) {
    return amountText(unit, amount, false);
}

QString limitText(const ledger::Limit& limit) {
    const auto pattern = [&] {
        switch (limit.window) {
            case WindowKind::Minute:
                return Say::tr("%1 a minute");
            case WindowKind::Hour:
                return Say::tr("%1 an hour");
            case WindowKind::Day:
                return Say::tr("%1 a day");
            case WindowKind::Week:
                return Say::tr("%1 a week");
            case WindowKind::Month:
                return Say::tr("%1 a month");
            case WindowKind::Total:
                break;
        }
        return Say::tr("%1 in total");
    };
    return pattern().arg(amountText(limit.unit, limit.amount, true));
}

QString roughTime(std::int64_t ms) {
    const std::int64_t seconds = std::max<std::int64_t>(0, ms) / 1000;
    const std::int64_t minutes = seconds / 60;
    const std::int64_t hours = minutes / 60;
    if (minutes == 0) {
        return Say::tr("%1 s").arg(count(seconds));
    }
    if (hours == 0) {
        return Say::tr("%1 min").arg(count(minutes));
    }
    return hours < 48 ? Say::tr("%1 h %2 min").arg(count(hours), count(minutes % 60))
                      : Say::tr("%1 d %2 h").arg(count(hours / 24), count(hours % 24));
}

LimitRow limitRow(const LimitInfo& info, UnixMs now) {
    const LimitUnit unit = info.limit.unit;
    const bool ends = info.window.end != ledger::kEndOfTime;
    const QString end = ends ? shortTime(UnixMs{info.window.end}, now) : QString();
    LimitRow row;
    row.title = titleText(info.limit);
    row.state = stateOf(info);
    row.anew =
        ends ? Say::tr("Begins anew %1, in %2").arg(end, roughTime(info.window.end - now.value))
             : Say::tr("Never begins anew");
    row.note = noteText(info);
    QStringList told{row.title, row.state.word};
    if (info.known) {
        const auto all = [&](bool exact) {
            QStringList parts{Say::tr("%1 spent").arg(amountText(unit, info.spent, exact))};
            parts << (info.reserved > 0
                          ? Say::tr("%1 reserved").arg(amountText(unit, info.reserved, exact))
                          : QString());
            parts << (info.elsewhere > 0 ? Say::tr("%1 held by other gateways")
                                               .arg(amountText(unit, info.elsewhere, exact))
                                         : QString());
            return parts;
        };
        const QStringList parts = all(false);
        row.spent = parts[0];
        row.reserved = parts[1];
        row.elsewhere = parts[2];
        QStringList exact = all(true);
        exact.removeAll(QString());
        row.exact = exact.join(u'\n');
        row.forecast = forecastText(info, now);
        fillBar(info, row);
        told << parts;
    }
    told << (ends ? Say::tr("Begins anew %1").arg(end) : row.anew) << row.forecast << row.note;
    told.removeAll(QString());
    row.spoken = told.join(u". "_s);
    return row;
}

}  // namespace gr::ui
