// SPDX-License-Identifier: MIT
// Of a Purse: the maximum that a request sets for itself.
#include "gateway/purse.h"

namespace gr::gateway {

bool Purse::fitsMaximum(std::int64_t pico) const {
    return !m_maximum || pico <= m_maximum->pico() - m_expenses.used - m_expenses.held;
}

// Says what the cheapest of all that were looked at may cost.
Error Purse::aboveMaximum() {
    if (!m_expenses.cheapest || m_worst.pico < m_expenses.cheapest->pico)
        m_expenses.cheapest = {m_worst.pico, m_provider + "/" + m_model};
    Error error(ErrorCode::NoCandidate,
                "This request may cost up to $" +
                    Money::fromPico(m_expenses.cheapest->pico).toDecimal() + " at " +
                    m_expenses.cheapest->model +
                    ", the cheapest that could be asked, and its maximum is $" +
                    m_maximum->toDecimal() + " (" + m_state.ask.wishes.maxCostOf + ").");
    if (m_expenses.used > 0)
        error.message.text += " Earlier attempts may have taken $" +
                              Money::fromPico(m_expenses.used).toDecimal() + " of it.";
    error.message.text += " Ask for a shorter answer (max tokens), or raise the maximum.";
    error.field = "x-gaterouter-max-cost";
    return error;
}

std::string Purse::because() const {
    return m_maximum ? "the request has a maximum (" + m_state.ask.wishes.maxCostOf + ")"
                     : "a limit holds for this key";
}

std::string Purse::wayOut() const {
    return m_maximum ? "leave the maximum out" : "allow the key what has no bound (allow_unpriced)";
}

}  // namespace gr::gateway
