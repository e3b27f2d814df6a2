// SPDX-License-Identifier: MIT
#include "format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include "base/error.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

QString say(const char* sentence) {
    return QCoreApplication::translate("Format", sentence);
}

bool g_amountsHidden = false;

QString withSign(QString decimal) {
    const bool negative = decimal.startsWith(u'-');
    if (negative) {
        decimal.remove(0, 1);
    }
    const QString point = QLocale().decimalPoint();
    decimal.replace(u"."_s, point);
    return (negative ? u"-$"_s : u"$"_s) + decimal;
}

// Rounded half away from zero to `places` decimals; for display only, sums are kept exact.
QString rounded(Money amount, int places) {
    std::int64_t unit = Money::kPicoPerDollar;
    for (int i = 0; i < places; ++i) {
        unit /= 10;
    }
    const std::int64_t half = amount.pico() < 0 ? -(unit / 2) : unit / 2;
    const std::int64_t units = (amount.pico() / unit) + ((amount.pico() % unit + half) / unit);
    const Money value = Money::fromPico(units * unit);
    return withSign(text(value.toDecimal(places)));
}

QDateTime local(UnixMs time) {
    return QDateTime::fromMSecsSinceEpoch(time.value);
}

}  // namespace

QString text(std::string_view utf8Text) {
    return QString::fromUtf8(utf8Text.data(), static_cast<qsizetype>(utf8Text.size()));
}

std::string utf8(const QString& value) {
    return value.toStdString();
}

void setAmountsHidden(bool hidden) {
    g_amountsHidden = hidden;
}

bool amountsHidden() {
    return g_amountsHidden;
}

QString hiddenAmount() {
    return u"•••"_s;
}

QString moneyShort(Money amount) {
    if (amountsHidden()) {
        return hiddenAmount();
    }
    const std::int64_t size = amount.pico() < 0 ? -amount.pico() : amount.pico();
    if (size == 0 || size >= Money::kPicoPerDollar) {
        return rounded(amount, 2);
    }
    if (size < Money::kPicoPerDollar / 10'000) {
        return u"< "_s + withSign(u"0.0001"_s);
    }
    return rounded(amount, 4);
}

QString moneyColumn(Money amount) {
    return amountsHidden() ? hiddenAmount() : rounded(amount, 6);
}

QString moneyExact(Money amount) {
    return withSign(text(amount.toDecimal(2)));
}

QString moneyUnlessHidden(Money amount) {
    return amountsHidden() ? hiddenAmount() : moneyExact(amount);
}

QString moneyDecimal(std::string_view decimal) {
    return withSign(text(decimal));
}

QString moneyOrUnknown(const std::optional<Money>& amount) {
    return amount ? moneyExact(*amount) : say("unknown");
}

QString count(std::int64_t number) {
    return QLocale().toString(qlonglong{number});
}

QString countOrUnknown(const std::optional<std::int64_t>& number) {
    return number ? count(*number) : say("unknown");
}

QString duration(std::int64_t ms) {
    if (ms < 1000) {
        return say("%1 ms").arg(count(ms));
    }
    if (ms < 60'000) {
        return say("%1 s").arg(QLocale().toString(static_cast<double>(ms) / 1000.0, 'f', 1));
    }
    return say("%1 min %2 s").arg(count(ms / 60'000)).arg(count(ms % 60'000 / 1000));
}

QString timeOfDay(UnixMs time) {
    return local(time).toString(u"HH:mm:ss"_s);
}

QString dateAndTime(UnixMs time) {
    return QLocale().toString(local(time), u"d MMM yyyy HH:mm:ss"_s);
}

QString shortTime(UnixMs time, UnixMs now) {
    if (time >= startOfDay(now) && time < startOfDay(now, -1)) {
        return timeOfDay(time);
    }
    return QLocale().toString(local(time), u"d MMM HH:mm"_s);
}

UnixMs startOfDay(UnixMs now, int daysBack) {
    return {local(now).date().addDays(-daysBack).startOfDay().toMSecsSinceEpoch()};
}

StateLook outcomeLook(ledger::Outcome outcome) {
    switch (outcome) {
        case ledger::Outcome::Answered:
            return {say("answered"), u"circle-check"_s, Tone::Success};
        case ledger::Outcome::ClientGone:
            return {say("client left"), u"circle-slash"_s, Tone::Neutral};
        case ledger::Outcome::Refused:
            return {say("refused"), u"circle-x"_s, Tone::Warning};
        case ledger::Outcome::ProviderFailed:
            return {say("provider failed"), u"circle-alert"_s, Tone::Danger};
        case ledger::Outcome::StreamBroken:
            return {say("stopped early"), u"triangle-alert"_s, Tone::Danger};
        case ledger::Outcome::Stopped:
            return {say("gateway stopped"), u"circle-stop"_s, Tone::Neutral};
    }
    return {};
}

QString errorTitle(std::string_view slug) {
    for (int i = 0; i <= static_cast<int>(ErrorCode::Unreachable); ++i) {
        const ErrorInfo& info = errorInfo(static_cast<ErrorCode>(i));
        if (info.slug == slug) {
            return QCoreApplication::translate(
                "Error", QByteArray(info.title.data(), static_cast<qsizetype>(info.title.size()))
                             .constData());
        }
    }
    return text(slug);
}

}  // namespace gr::ui
