// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <vector>

#include "payment/policy_change.h"

// What a policy loosens, as people read it. Pure, in the default QLocale; any thread.
namespace gr::ui {

struct PolicyLine {
    QString rule;    // "A day", "api.example.com, a payment"
    QString before;  // "$5.00", "no cap"
    QString after;
};

// One for each field that is loosened.
std::vector<PolicyLine> policyLines(const payment::PolicyChange& change);

}  // namespace gr::ui
