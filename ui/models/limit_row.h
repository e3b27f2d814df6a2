// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <optional>

#include "backend.h"
#include "format.h"

// A limit as people read it. Pure, in the default QLocale; any thread.
namespace gr::ui {

// Where a limit goes at the pace of its window so far: spent by the time that has passed.
struct LimitForecast {
    std::optional<UnixMs> reachedAt;  // before the window ends
    std::int64_t atEnd = 0;           // else: what will be spent, in the limit's unit
};

// `now`: the time that limits go by. Absent where a pace says nothing: in the first 5 % of a
// window, without an end, with nothing spent, or where the limit is reached already.
std::optional<LimitForecast> forecast(const LimitInfo& info, UnixMs now);

struct LimitRow {
    QString title;      // "$5.00 a day for everything"
    StateLook state;    // "$3.25 left", "reached"
    QString spent;      // "$1.20 spent"
    QString reserved;   // empty: nothing is
    QString elsewhere;  // empty: nothing is
    QString anew;       // "Begins anew 23 Nov 00:00, in 9 h 34 min"
    QString forecast;   // where its pace leads, or what being reached means; empty: neither
    QString note;       // whether it can be passed, and who set it
    QString exact;      // the numbers to the last digit
    QString spoken;     // all of it, without what changes every second
    // Of the bar, 0 to 1 and together at most 1.
    double spentShare = 0;
    double reservedShare = 0;
    double elsewhereShare = 0;
};

// "$0.0312", "1,204 tokens": an amount in a limit's unit.
QString limitAmount(ledger::LimitUnit unit, std::int64_t amount);

LimitRow limitRow(const LimitInfo& info, UnixMs now);

// "$5.00 a day", whatever it is for.
QString limitText(const ledger::Limit& limit);

// "9 h 34 min", "3 d 4 h", "53 s".
QString roughTime(std::int64_t ms);

}  // namespace gr::ui
