// SPDX-License-Identifier: MIT
#include "gateway/relay_desk.h"

#include <utility>

#include "http/offload.h"

namespace gr::gateway {
namespace {

using ledger::RelayerBook;

constexpr std::size_t kMostJobs = 256;
constexpr std::int64_t kDay = 24 * 3'600'000;  // ms

Result<RelayDesk::Row> signedRow(const RelayDesk::Order& order, std::int64_t nonce) {
    const auto key = order.key->borrow();
    if (!key)
        return fail(ErrorCode::VaultLocked, "The wallet that settles payments is locked.");
    payment::Transaction transaction = order.transaction;
    transaction.nonce = static_cast<std::uint64_t>(nonce);
    const payment::SignedTransaction made = payment::sign(transaction, *key);
    RelayDesk::Row row;
    row.raw = made.raw;
    row.hash = made.hash.toHex();
    row.maxFee = transaction.maxFeePerGas.toDecimal();
    row.tip = transaction.maxPriorityFeePerGas.toDecimal();
    row.cost = order.cost;
    return row;
}

}  // namespace

RelayDesk::RelayDesk(ledger::Location location, const Clock& clock)
    : m_location(std::move(location)), m_clock(clock), m_thread("relays", kMostJobs) {}

RelayDesk::~RelayDesk() {
    m_thread.drain();
}

Result<RelayerBook*> RelayDesk::book() {
    if (!m_book) {
        auto opened = RelayerBook::open(m_location);
        if (!opened)
            return fail(std::move(opened.error()));
        m_book = std::move(*opened);
    }
    return m_book.get();
}

UnixMs RelayDesk::dayAgo() const {
    return {m_clock.now().value - kDay};
}

template <class T>
auto RelayDesk::run(Work<T> work, Caller caller) -> Answer<T> {
    std::function<Result<T>()> job = [this, work = std::move(work)]() -> Result<T> {
        const auto book = this->book();
        if (!book)
            return fail(book.error());
        return work(**book);
    };
    auto answer = co_await http::offload<T>(m_thread, caller.io, caller.abort, std::move(job));
    co_return answer;
}

auto RelayDesk::prepare(Order order, Caller caller) -> Answer<Row> {
    Work<Row> work = [this, order = std::move(order)](RelayerBook& book) -> Result<Row> {
        const auto day = book.costSince(dayAgo());
        if (!day)
            return fail(day.error());
        const auto all = day->plus(order.cost);
        if (!all || *all > order.perDay) {
            return fail(ErrorCode::LimitReached,
                        "Gas for $" + day->toDecimal() +
                            " was spent on settlements in the last 24 hours; another $" +
                            order.cost.toDecimal() + " would be more than $" +
                            order.perDay.toDecimal() + " (sell.settle.self.gas_per_day_usd).");
        }
        return book.prepare(
            static_cast<std::int64_t>(order.transaction.chainId), order.key->address().toHex(),
            order.counted, order.purpose,
            [&order](std::int64_t nonce) -> Result<Row> { return signedRow(order, nonce); });
    };
    return run<Row>(std::move(work), caller);
}

auto RelayDesk::replace(Row stuck, Order order, Caller caller) -> Answer<std::optional<Row>> {
    using Replaced = std::optional<Row>;
    Work<Replaced> work = [stuck = std::move(stuck), order = std::move(order)](RelayerBook& book) {
        return book.replace(
            stuck.sequence, stuck.purpose,
            [&order](std::int64_t nonce) -> Result<Row> { return signedRow(order, nonce); });
    };
    return run<Replaced>(std::move(work), caller);
}

auto RelayDesk::sent(std::int64_t sequence, Caller caller) -> Answer<bool> {
    return run<bool>([sequence](RelayerBook& book) { return book.broadcast(sequence); }, caller);
}

auto RelayDesk::mined(payment::ChainId chain, std::string hash, std::int64_t block, Caller caller)
    -> Answer<bool> {
    Work<bool> work = [chain, hash = std::move(hash), block](RelayerBook& book) {
        return book.mined(static_cast<std::int64_t>(chain), hash, block);
    };
    return run<bool>(std::move(work), caller);
}

auto RelayDesk::unmined(payment::ChainId chain, std::string hash, Caller caller) -> Answer<bool> {
    Work<bool> work = [chain, hash = std::move(hash)](RelayerBook& book) {
        return book.unmined(static_cast<std::int64_t>(chain), hash);
    };
    return run<bool>(std::move(work), caller);
}

auto RelayDesk::lost(std::int64_t sequence, Caller caller) -> Answer<bool> {
    return run<bool>([sequence](RelayerBook& book) { return book.lost(sequence); }, caller);
}

auto RelayDesk::pending(Caller caller) -> Answer<std::vector<Row>> {
    return run<std::vector<Row>>([](RelayerBook& book) { return book.pending(); }, caller);
}

auto RelayDesk::of(std::string purpose, Caller caller) -> Answer<std::vector<Row>> {
    Work<std::vector<Row>> work = [purpose = std::move(purpose)](RelayerBook& book) {
        return book.of(purpose);
    };
    return run<std::vector<Row>>(std::move(work), caller);
}

auto RelayDesk::costOfDay(Caller caller) -> Answer<Money> {
    return run<Money>([this](RelayerBook& book) { return book.costSince(dayAgo()); }, caller);
}

}  // namespace gr::gateway
