// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/job_thread.h"
#include "http/net.h"
#include "ledger/relayer_book.h"
#include "payment/relay_fees.h"
#include "payment/signing_key.h"
#include "payment/transaction.h"

namespace gr::gateway {

// The one place that signs transactions of this gateway, and the book behind it: each nonce once,
// each transaction durable before anybody sends it. Its work is done on a thread of its own, whose
// commits wait for the disk. Shared by the io threads; outlives them.
class RelayDesk final {
  public:
    // `location`: of the ledger, where the book is opened at the first use.
    RelayDesk(ledger::Location location, const Clock& clock);
    ~RelayDesk();
    RelayDesk(const RelayDesk&) = delete;
    RelayDesk& operator=(const RelayDesk&) = delete;

    template <class T>
    using Answer = http::Awaitable<Result<T>>;
    struct Caller {
        http::Executor io;
        http::AbortSlot& abort;
    };
    using Row = ledger::RelayTransaction;

    // A transaction without its nonce.
    struct Order {
        std::shared_ptr<const payment::SigningKey> key;
        payment::Transaction transaction;
        std::int64_t counted =
            0;                // transactions of the key that the chain knows, with waiting ones
        std::string purpose;  // id of the sale
        Money cost;           // at most
        Money perDay;         // what those of 24 hours may cost together
    };
    // Signs it with the next nonce. Errors: LimitReached (the day's gas), VaultLocked, those of the
    // ledger, Overloaded, Cancelled: nothing was signed.
    Answer<Row> prepare(Order order, Caller caller);
    // Signs what `stuck` does once more, with the fees of `order.transaction`. Nothing: it is not
    // the last with its nonce any more.
    Answer<std::optional<Row>> replace(Row stuck, Order order, Caller caller);

    Answer<bool> sent(std::int64_t sequence, Caller caller);  // a node has it
    Answer<bool> mined(payment::ChainId chain, std::string hash, std::int64_t block, Caller caller);
    Answer<bool> unmined(payment::ChainId chain, std::string hash, Caller caller);  // block is gone
    // Something else has its nonce, for good.
    Answer<bool> lost(std::int64_t sequence, Caller caller);

    Answer<std::vector<Row>> pending(Caller caller);  // by nonce
    Answer<std::vector<Row>> of(std::string purpose, Caller caller);
    Answer<Money> costOfDay(Caller caller);

    // Waits until everything asked so far is done.
    void drain() { m_thread.drain(); }

  private:
    template <class T>
    using Work = std::function<Result<T>(ledger::RelayerBook&)>;
    template <class T>
    Answer<T> run(Work<T> work, Caller caller);
    Result<ledger::RelayerBook*> book();  // on the thread
    UnixMs dayAgo() const;

    const ledger::Location m_location;
    const Clock& m_clock;
    std::unique_ptr<ledger::RelayerBook> m_book;  // of the thread
    JobThread m_thread;                           // goes first
};

}  // namespace gr::gateway
