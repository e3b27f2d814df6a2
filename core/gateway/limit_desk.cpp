// SPDX-License-Identifier: MIT
#include "gateway/limit_desk.h"

#include <algorithm>

#include "base/token_usage.h"
#include "gateway/limit_words.h"

namespace gr::gateway {

struct LimitDesk::Open {
    LimitQuestion question;
    std::function<void()> wake;
    std::optional<bool> answer;
};

std::int64_t LimitQuestion::lacking() const {
    const ledger::Refusal& no = refusal;
    const std::int64_t left =
        addCapped(addCapped(no.limit.amount, no.allowed), -addCapped(no.spent, no.reserved));
    return std::max<std::int64_t>(addCapped(no.needed, -left), 1);
}

LimitDesk::Ticket::~Ticket() {
    if (!m_open)
        return;
    const std::lock_guard lock(m_desk->m_mutex);
    m_desk->m_open.erase(m_open->question.id);
}

std::optional<bool> LimitDesk::Ticket::answer() const {
    const std::lock_guard lock(m_desk->m_mutex);
    return m_open->answer;
}

Result<LimitDesk::Ticket> LimitDesk::ask(LimitQuestion question, std::function<void()> wake) {
    auto open = std::make_shared<Open>();
    open->question = std::move(question);
    open->wake = std::move(wake);
    {
        const std::lock_guard lock(m_mutex);
        if (m_open.size() >= kMostOpen)
            return fail(ErrorCode::Overloaded,
                        "Too many requests wait for a person to allow them.");
        m_open[open->question.id] = open;
    }
    return Ticket(*this, std::move(open));
}

std::vector<LimitQuestion> LimitDesk::open() const {
    const std::lock_guard lock(m_mutex);
    std::vector<LimitQuestion> out;
    for (const auto& [id, open] : m_open) {
        if (!open->answer)
            out.push_back(open->question);
    }
    return out;
}

Result<void> LimitDesk::allow(std::string_view id, std::optional<std::int64_t> more) {
    return answer(id, true, more);
}

void LimitDesk::tryAgain() {
    std::vector<std::function<void()>> wakes;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& [id, open] : m_open) {
            if (!open->answer) {
                open->answer = true;
                wakes.push_back(open->wake);
            }
        }
    }
    for (const auto& wake : wakes)
        wake();
}

Result<void> LimitDesk::refuse(std::string_view id) {
    return answer(id, false, {});
}

Result<void> LimitDesk::answer(std::string_view id, bool allowed,
                               std::optional<std::int64_t> more) {
    std::function<void()> wake;
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_open.find(id);
        if (found == m_open.end() || found->second->answer)
            return fail(ErrorCode::RecordNotFound,
                        "No request with the id \"" + std::string(id) + "\" waits for an answer.");
        Open& open = *found->second;
        const LimitQuestion& question = open.question;
        const std::int64_t lacking = question.lacking();
        if (allowed && more && *more < lacking)
            return failField(ErrorCode::InvalidField, "more",
                             "The request lacks " +
                                 amountText(question.refusal.limit.unit, lacking) +
                                 "; less than that does not let it pass.");
        const bool over = question.until.value <= SystemClock().now().value;
        if (allowed && !over)
            m_budget.allow(question.refusal.limit.key(), more.value_or(lacking),
                           ledger::Moment::now());
        open.answer = allowed;
        wake = open.wake;
    }
    wake();
    return {};
}

}  // namespace gr::gateway
