// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/money.h"
#include "ledger/entry.h"
#include "theme/tokens.h"

// How values are written for people: one place for money, time and counts. In the default QLocale.
namespace gr::ui {

QString text(std::string_view utf8);
std::string utf8(const QString& text);

// Whether what was spent, earned and is left is kept from those who look on. What a person is asked
// to decide, and details that were opened, say their sums all the same. Main thread.
void setAmountsHidden(bool hidden);
bool amountsHidden();
QString hiddenAmount();  // stands instead

// A sum at a glance, unless amounts are hidden: "$1.84", "$0.0312", "< $0.0001".
QString moneyShort(Money amount);
// For columns, six decimals, unless amounts are hidden: "$0.001204".
QString moneyColumn(Money amount);
// To the last digit, and always: "$0.0012045".
QString moneyExact(Money amount);
// Decimal dollars as they are, however many digits: "$0.000000301".
QString moneyDecimal(std::string_view decimal);
// The same, unless amounts are hidden.
QString moneyUnlessHidden(Money amount);
QString moneyOrUnknown(const std::optional<Money>& amount);  // exact

QString count(std::int64_t number);  // "1,204"
QString countOrUnknown(const std::optional<std::int64_t>& number);
QString duration(std::int64_t ms);  // "310 ms", "2.4 s", "3 min 12 s"

QString timeOfDay(UnixMs time);                   // "14:30:07"
QString dateAndTime(UnixMs time);                 // "22 Nov 2026 14:30:07"
QString shortTime(UnixMs time, UnixMs now);       // today: time of day, else "21 Nov 14:30"
UnixMs startOfDay(UnixMs now, int daysBack = 0);  // local midnight

// A state for people: never colour alone.
struct StateLook {
    QString word;
    QString icon;
    Tone tone = Tone::Neutral;
};
StateLook outcomeLook(ledger::Outcome outcome);

// The name of an error slug for people ("provider-timeout" → "The provider took too long").
QString errorTitle(std::string_view slug);

}  // namespace gr::ui
