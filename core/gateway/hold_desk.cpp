// SPDX-License-Identifier: MIT
#include "gateway/hold_desk.h"

namespace gr::gateway {
namespace {

constexpr std::size_t kMostSeats = 64;

}  // namespace

HoldDesk::Seat::Seat(HoldDesk& desk, HeldPayment payment, std::function<void()> wake)
    : m_desk(desk), m_payment(std::move(payment)), m_wake(std::move(wake)) {
    const std::lock_guard lock(m_desk.m_mutex);
    m_taken = m_desk.m_seats.size() < kMostSeats &&
              m_desk.m_seats.try_emplace(m_payment.purchase.id, this).second;
}

std::optional<HoldDesk::Said> HoldDesk::Seat::said() const {
    const std::lock_guard lock(m_desk.m_mutex);
    return m_said;
}

void HoldDesk::Seat::leave() {
    if (!m_taken)
        return;
    const std::lock_guard lock(m_desk.m_mutex);
    if (const auto mine = m_desk.m_seats.find(m_payment.purchase.id);
        mine != m_desk.m_seats.end() && mine->second == this)
        m_desk.m_seats.erase(mine);
}

std::vector<HeldPayment> HoldDesk::held() const {
    const std::lock_guard lock(m_mutex);
    std::vector<HeldPayment> all;
    for (const auto& [id, seat] : m_seats) {
        if (!seat->m_said)
            all.push_back(seat->m_payment);
    }
    return all;
}

Result<void> HoldDesk::answer(std::string_view id, Said said) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_seats.find(id);
    if (found == m_seats.end() || found->second->m_said)
        return fail(ErrorCode::RecordNotFound,
                    "No payment \"" + std::string(id) + "\" waits for an answer.");
    found->second->m_said = std::move(said);
    found->second->m_wake();
    return {};
}

}  // namespace gr::gateway
