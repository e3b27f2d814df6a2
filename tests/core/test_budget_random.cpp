// SPDX-License-Identifier: MIT
#include <QtTest>
#include <random>

#include "budget_world.h"

using namespace gr::ledger;
using gr::UnixMs;

namespace {

// A gateway of the random schedules: what it holds open, and what its rows still have to say.
struct Gateway {
    struct Open {
        Reservation money;
        std::int64_t worst = 0;
        std::int64_t actual = 0;
        std::string client;
    };
    struct Asked {
        Budget::Ticket ticket;
        Open open;
    };
    std::unique_ptr<Budget> budget;
    int holder = 0;
    std::vector<Open> open;
    std::list<Asked> asked;
    std::vector<Charge> unwritten;
    std::vector<LeaseWork> underWay;   // taken, and committed …
    std::vector<LeaseAnswer> answers;  // … with these answers, not yet told
    bool answered = false;
    std::map<LeaseBook::Key, LeaseBook::Row> seen;  // each account at its last question …
    std::vector<Charge> unseen;                     // … and the charges that were not in it
};

class Schedule final {
  public:
    explicit Schedule(unsigned seed) : m_random(seed) {
        m_limits = {usdLimit(pick(1'000, 100'000)), usdLimit(pick(500, 20'000), WindowKind::Minute),
                    usdLimit(pick(10'000, 200'000), WindowKind::Total)};
        m_limits[1].scope = ScopeKind::Client;
        m_limits[1].name = "a";
        for (int i = 0; i < 2; ++i)
            start(m_gateways.emplace_back());
    }

    // A sentence when a promise was broken.
    QString run(int steps) {
        for (int i = 0; i < steps && m_broken.isEmpty(); ++i)
            step();
        return m_broken;
    }

  private:
    std::int64_t pick(std::int64_t from, std::int64_t to) {
        return std::uniform_int_distribution<std::int64_t>(from, to)(m_random);
    }

    void start(Gateway& gateway) {
        gateway.holder = ++m_holders;
        gateway.budget = std::make_unique<Budget>(m_now);
        gateway.budget->apply(m_limits, m_now);
    }

    // Nothing that it knew survives; what it had sent is billed all the same.
    void die(Gateway& gateway) {
        gateway.asked.clear();
        gateway.open.clear();
        gateway.unwritten.clear();
        gateway.underWay.clear();
        gateway.answered = false;
        gateway.budget.reset();
        m_book.bury(gateway.holder);
    }

    void step() {
        Gateway& gateway = m_gateways[static_cast<std::size_t>(pick(0, 1))];
        switch (pick(0, 19)) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4:
            case 5:
                ask(gateway);
                break;
            case 6:
            case 7:
            case 8:
            case 9:
                settle(gateway);
                break;
            case 10:
            case 11:
            case 12:
            case 13:
                lease(gateway);
                break;
            case 14:
            case 15:
                write(gateway);
                break;
            case 16:
            case 17:
                pass(pick(1, 700));
                break;
            case 18:
                if (pick(0, 9) == 0)
                    pass(pick(1'000, 90'000));
                break;
            default:
                trouble(gateway);
        }
        collect();
    }

    void trouble(Gateway& gateway) {
        switch (pick(0, 9)) {
            case 0:  // kill -9
                die(gateway);
                start(gateway);
                break;
            case 1:  // the machine loses power
                for (Gateway& each : m_gateways)
                    die(each);
                m_book.losePower();
                for (Gateway& each : m_gateways)
                    start(each);
                break;
            case 2:
                m_now.wall.value += pick(-2 * kDay, 2 * kDay);
                break;
            case 3:
                m_book.sync();
                break;
            case 4: {  // a person allows more
                const auto& limit = m_limits[static_cast<std::size_t>(pick(0, 2))];
                gateway.budget->allow(limit.key(), pick(1, 2'000), m_now);
                break;
            }
            default:
                break;
        }
    }

    void pass(std::int64_t ms) {
        m_now.wall.value += ms;
        m_now.runningMs += ms;
    }

    void ask(Gateway& gateway) {
        if (gateway.open.size() + gateway.asked.size() >= 64)
            return;
        Gateway::Open open;
        open.worst = pick(1, pick(0, 3) == 0 ? 20'000 : 800);
        open.actual = pick(0, open.worst);
        open.client = pick(0, 1) == 0 ? "a" : "b";
        const Spender spender{open.client, "p", "m", {}};
        const ReserveAsk ask{.spender = spender, .worst = usd(open.worst), .likely = {}};
        auto given = gateway.budget->reserve(ask, m_now, {});
        if (std::holds_alternative<Budget::Answer>(given)) {
            take(gateway, std::move(std::get<Budget::Answer>(given)), std::move(open));
        } else {
            gateway.asked.push_back({std::move(std::get<Budget::Ticket>(given)), std::move(open)});
        }
    }

    void take(Gateway& gateway, Budget::Answer answer, Gateway::Open open) {
        if (std::holds_alternative<Refusal>(answer)) {
            check(gateway, std::get<Refusal>(answer), open);
            return;
        }
        open.money = std::move(std::get<Reservation>(answer));
        // It is sent now: what it costs in the end is owed, whatever happens here.
        for (const Charge& charge : open.money.planned()) {
            const auto limit = std::find_if(m_limits.begin(), m_limits.end(), [&](const Limit& l) {
                return l.key() == charge.account;
            });
            std::int64_t& sum = m_billed[{charge.account, charge.windowMs}];
            sum += open.actual;
            const std::int64_t cap =
                limit->amount + allowedIn(m_book.rows(), {charge.account, charge.windowMs});
            if (sum > cap)
                m_broken = QStringLiteral("%1 of %2 spent under %3")
                               .arg(sum)
                               .arg(cap)
                               .arg(QString::fromStdString(charge.account));
        }
        gateway.open.push_back(std::move(open));
    }

    // A refusal is right when the request does not fit what is neither spent nor reserved nor
    // leased elsewhere: now, or when the ledger was asked.
    void check(const Gateway& gateway, const Refusal& refusal, const Gateway::Open& open) {
        if (refusal.why == Refusal::Why::Unreachable)
            return;
        const auto sumOf = [&](const std::vector<Charge>& charges) {
            std::int64_t sum = 0;
            for (const Charge& charge : charges) {
                if (charge.account == refusal.limit.key() &&
                    charge.windowMs == refusal.window.start)
                    sum += charge.amount;
            }
            return sum;
        };
        // Less than nothing where more was allowed.
        std::int64_t gone =
            std::max(heldIn(m_book.rows(), gateway, refusal) + sumOf(gateway.unwritten),
                     heldIn(gateway.seen, gateway, refusal) + sumOf(gateway.unseen));
        for (const Gateway::Open& other : gateway.open)
            gone += sumOf(other.money.planned());
        if (open.worst <= refusal.limit.amount - gone)
            m_broken = QStringLiteral("refused %1 (%2) under %3, though %4 of %5 is gone")
                           .arg(open.worst)
                           .arg(int(refusal.why))
                           .arg(QString::fromStdString(refusal.limit.key()))
                           .arg(gone)
                           .arg(refusal.limit.amount);
    }

    static std::int64_t heldIn(const std::map<LeaseBook::Key, LeaseBook::Row>& rows,
                               const Gateway& gateway, const Refusal& refusal) {
        const auto row = rows.find({refusal.limit.key(), refusal.window.start});
        if (row == rows.end())
            return 0;
        const auto own = row->second.leases.find(gateway.holder);
        return row->second.settled + row->second.leased() - row->second.allowed() -
               (own == row->second.leases.end() ? 0 : own->second);
    }

    static std::int64_t allowedIn(const std::map<LeaseBook::Key, LeaseBook::Row>& rows,
                                  const LeaseBook::Key& key) {
        const auto row = rows.find(key);
        return row == rows.end() ? 0 : row->second.allowed();
    }

    void settle(Gateway& gateway) {
        if (gateway.open.empty())
            return;
        const auto at =
            static_cast<std::size_t>(pick(0, static_cast<std::int64_t>(gateway.open.size()) - 1));
        Gateway::Open open = std::move(gateway.open[at]);
        gateway.open.erase(gateway.open.begin() + static_cast<std::ptrdiff_t>(at));
        std::vector<Charge> charges;
        if (pick(0, 9) == 0)
            charges = open.money.settle({});
        else
            charges = open.money.settle(spent(open.actual));
        gateway.unwritten.insert(gateway.unwritten.end(), charges.begin(), charges.end());
        gateway.unseen.insert(gateway.unseen.end(), charges.begin(), charges.end());
    }

    // The ledger's thread: a question, its commit, and the answer are three steps, and a crash may
    // come between any two.
    void lease(Gateway& gateway) {
        if (gateway.answered) {
            gateway.budget->did(gateway.underWay, gateway.answers, m_now);
            gateway.underWay.clear();
            gateway.answered = false;
        } else if (!gateway.underWay.empty() && pick(0, 19) == 0) {  // the ledger is away
            gateway.budget->did(gateway.underWay, gr::fail(gr::ErrorCode::LedgerBusy, "away"),
                                m_now);
            gateway.underWay.clear();
        } else if (!gateway.underWay.empty()) {
            gateway.answers = m_book.lease(gateway.holder, gateway.underWay);
            for (const LeaseWork& work : gateway.underWay)
                look(gateway, {work.limit.key(), work.window.start});
            gateway.answered = true;
        } else {
            for (const std::string& account : m_book.recalled(gateway.holder))
                gateway.budget->recall(account);
            const bool tick = pick(0, 1) == 0;
            if (tick)
                gateway.budget->expire(m_now);
            gateway.underWay = gateway.budget->takeWork(m_now, tick);
            if (gateway.underWay.empty())
                gateway.budget->did({}, std::vector<LeaseAnswer>(), m_now);
        }
    }

    void look(Gateway& gateway, const LeaseBook::Key& key) {
        gateway.seen[key] = m_book.rows().at(key);
        const auto isOfKey = [&key](const Charge& charge) {
            return charge.account == key.first && charge.windowMs == key.second;
        };
        std::erase_if(gateway.unseen, isOfKey);
        std::copy_if(gateway.unwritten.begin(), gateway.unwritten.end(),
                     std::back_inserter(gateway.unseen), isOfKey);
    }

    void write(Gateway& gateway) {
        m_book.charge(gateway.holder, std::exchange(gateway.unwritten, {}));
    }

    void collect() {
        for (Gateway& gateway : m_gateways) {
            for (auto it = gateway.asked.begin(); it != gateway.asked.end();) {
                auto answer = it->ticket.take();
                if (!answer) {
                    ++it;
                    continue;
                }
                Gateway::Open open = std::move(it->open);
                it = gateway.asked.erase(it);
                take(gateway, std::move(*answer), std::move(open));
            }
        }
    }

    std::mt19937 m_random;
    LeaseBook m_book;
    std::vector<Limit> m_limits;
    std::vector<Gateway> m_gateways = std::vector<Gateway>();
    Moment m_now{UnixMs{kStart}, 1'000};
    int m_holders = 0;
    std::map<LeaseBook::Key, std::int64_t> m_billed;
    QString m_broken;
};

}  // namespace

class BudgetRandomTest final : public QObject {
    Q_OBJECT

  private slots:
    // Two gateways on one ledger with up to 64 requests each, killed, losing power, with clocks
    // that jump: never more than a limit, and no refusal without a reason.
    void random() {
        const int schedules = qEnvironmentVariableIntValue("GR_FULL") != 0 ? 10'000 : 500;
        for (int seed = 1; seed <= schedules; ++seed) {
            const QString broken = Schedule(static_cast<unsigned>(seed)).run(2'000);
            QVERIFY2(broken.isEmpty(),
                     qPrintable(QStringLiteral("seed %1: %2").arg(seed).arg(broken)));
        }
    }
};

QTEST_GUILESS_MAIN(BudgetRandomTest)
#include "test_budget_random.moc"
