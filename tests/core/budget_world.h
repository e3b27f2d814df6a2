// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ledger/budget.h"

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kStart = 20'000 * kDay + 1'000;

inline gr::ledger::Limit usdLimit(std::int64_t amount,
                                  gr::ledger::WindowKind window = gr::ledger::WindowKind::Day) {
    gr::ledger::Limit limit;
    limit.window = window;
    limit.amount = amount;
    return limit;
}

inline gr::ledger::Spend usd(std::int64_t pico) {
    return {pico, 0, 1};
}

inline gr::ledger::Spent spent(std::int64_t pico) {
    return {pico, 0, 1};
}

// A ledger for leases in memory, as strict as a real one about what it promises: what `lease`
// answered is durable, what rows charge is durable only after `sync`.
class LeaseBook final {
  public:
    using Key = std::pair<std::string, std::int64_t>;  // account, window
    struct Row {
        std::int64_t settled = 0;
        std::map<int, std::int64_t> leases;               // by holder
        std::set<int> recalled;                           // holders that were told to give back
        std::map<std::int64_t, std::int64_t> allowances;  // by id
        std::int64_t allowed() const {
            std::int64_t sum = 0;
            for (const auto& [id, amount] : allowances)
                sum += amount;
            return sum;
        }
        std::int64_t leased() const {
            std::int64_t sum = 0;
            for (const auto& [holder, amount] : leases)
                sum += amount;
            return sum;
        }
    };

    std::vector<gr::ledger::LeaseAnswer> lease(int holder,
                                               std::span<const gr::ledger::LeaseWork> work) {
        sync();  // a commit that waits for the disk takes what was written before with it
        std::vector<gr::ledger::LeaseAnswer> answers;
        for (const gr::ledger::LeaseWork& item : work) {
            Row& row = m_rows[{item.limit.key(), item.window.start}];
            for (const gr::ledger::Allowance& more : item.allow)
                row.allowances[more.id] = more.amount;
            std::int64_t& own = row.leases[holder];
            own -= item.giveBack;
            gr::ledger::LeaseAnswer answer;
            answer.allowed = row.allowed();
            const std::int64_t free =
                item.limit.amount + answer.allowed - row.settled - row.leased();
            if (item.want > 0 && free >= item.least)
                answer.granted = std::min(item.want, free);
            own += answer.granted;
            answer.own = own;
            answer.free = free - answer.granted;
            for (const auto& [other, amount] : row.leases)
                answer.others += other == holder || m_dead.contains(other) ? 0 : amount;
            if (item.want > 0 && answer.granted == 0) {
                for (const auto& [other, amount] : row.leases) {
                    if (other != holder && amount > 0 && !m_dead.contains(other))
                        row.recalled.insert(other);
                }
            }
            answers.push_back(answer);
        }
        m_durable = m_rows;
        return answers;
    }

    std::vector<std::string> recalled(int holder) {
        std::vector<std::string> out;
        for (auto& [key, row] : m_rows) {
            if (row.recalled.erase(holder) > 0)
                out.push_back(key.first);
        }
        return out;
    }

    void charge(int holder, const std::vector<gr::ledger::Charge>& charges) {
        for (const gr::ledger::Charge& charge : charges) {
            Row& row = m_rows[{charge.account, charge.windowMs}];
            row.settled += charge.amount;
            row.leases[holder] -= charge.leased;
        }
    }
    // What it held counts as spent from here on.
    void bury(int holder) { m_dead.insert(holder); }
    void sync() { m_durable = m_rows; }
    void losePower() { m_rows = m_durable; }

    const std::map<Key, Row>& rows() const { return m_rows; }

  private:
    std::map<Key, Row> m_rows;
    std::map<Key, Row> m_durable;
    std::set<int> m_dead;
};
