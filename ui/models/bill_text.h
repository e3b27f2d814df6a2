// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <vector>

#include "gateway/bill.h"

// How the cost of an attempt came to be, as people read it. Pure, in the default QLocale; any
// thread.
namespace gr::ui {

struct BillLine {
    QString what;     // "Input"
    QString times;    // "1,204 × $0.25 a million", or the count alone
    QString product;  // "$0.000301", to the last digit; empty: not known
};

struct BillText {
    QString model;  // "openai/gpt-5.4-mini"
    std::vector<BillLine> lines;
    QString sumName;  // "Together"; says so where the sum is rounded, told or estimated
    QString sum;      // what the books hold, or "unknown"
    QString note;     // which price, and how the cost is known; may be empty
    QString spoken;   // all of it
};

BillText billText(const ledger::Attempt& attempt, const gateway::AttemptBill& bill);

// What the books say of the costs of its attempts, one by one; nothing for records of before they
// had any.
std::vector<BillText> billTexts(const ledger::RequestRecord& record,
                                const std::vector<gateway::AttemptBill>& bills);

}  // namespace gr::ui
