// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/relayer_book.h"
#include "payment/chain_client.h"
#include "payment/evm_key.h"
#include "payment/token_approval.h"

namespace gr::gateway {

// Lets Permit2 move some of a token of the wallet: one wish, at most one transaction for it (two,
// where the token changes allowances through 0 alone). What is signed lies in the ledger before a
// node gets it, so a run that was cut off is taken up by the next: the same bytes are sent again,
// and nothing second is signed while they may still be mined. One at a time for a ledger and a
// wallet (the caller holds a lock). Blocks; one thread. What it is given outlives it.
class Approver final {
  public:
    struct World {
        // As ChainClient::ask, of the wish's chain.
        std::function<payment::ChainClient::Answers(std::span<const payment::rpc::Call>)> ask;
        // A person's yes to what is sent. Its error ends the run: nothing was signed.
        std::function<Result<void>(const payment::ApprovalSight&, const payment::ApprovalStep&)>
            confirm;
        // A person's yes to higher fees for what waits, in all so many wei at most.
        std::function<bool(const payment::Uint256& wei)> mayRaise;
        std::function<void(std::string_view sentence)> tell;
        // Called when there is nothing to do for a moment: waits about a second. `waited`: so far.
        // False: nobody waits any more, as if the patience were over.
        std::function<bool(Milliseconds waited)> rest;
    };
    Approver(ledger::RelayerBook& book, const Clock& clock, const payment::EvmKey& key,
             payment::ApprovalWish wish, World world, Milliseconds patience)
        : m_book(book),
          m_clock(clock),
          m_key(key),
          m_wish(std::move(wish)),
          m_world(std::move(world)),
          m_patience(patience) {}

    // Errors: PaymentRefused (nothing was signed, or the chain refused what was; the sentence says
    // which), PaymentUnconfirmed (signed, and not known to be in a block: run it again), Cancelled
    // (the person said no), Unreachable, those of the ledger.
    Result<void> run();

  private:
    using Row = ledger::RelayTransaction;

    std::string purpose() const;
    std::string amountText(const payment::Uint256& units) const;
    Result<std::vector<Row>> rows();  // of this wish's token, the oldest first
    Result<void> finishEarlier();
    Result<Row> raised(Row row);
    Result<payment::ApprovalSight> look();
    Result<payment::ApprovalSight> lookAgain(const payment::ApprovalSight& before);
    Result<payment::ApprovalStep> secondStep(const payment::ApprovalStep& first);
    Result<Row> sign(const payment::Transaction& transaction, std::uint64_t counted);
    Result<void> bring(Row row);
    void send(const Row& row);
    struct Watched {
        bool mined = false;
        bool succeeded = false;
        std::uint64_t count = 0;  // of transactions in blocks
    };
    std::optional<Watched> watch(const std::vector<Row>& sameNonce);
    Result<void> tellEnd();

    ledger::RelayerBook& m_book;
    const Clock& m_clock;
    const payment::EvmKey& m_key;
    const payment::ApprovalWish m_wish;
    const World m_world;
    const Milliseconds m_patience;
};

}  // namespace gr::gateway
