// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "gateway/chain_view.h"
#include "gateway/facilitator_client.h"
#include "gateway/relayer.h"
#include "gateway/sale_entry.h"
#include "payment/payment_reader.h"
#include "payment/quote.h"
#include "payment/sale_fate.h"

namespace gr::gateway {

struct CashierPace {
    Milliseconds poll{700};    // between two looks at the chain
    Milliseconds tend{2'000};  // between two looks at transactions of ours
    RelayPace relays{};
};

// Checks payments on the chain and has them settled. Nobody's word but that of our own RPC servers
// makes a payment settled: one of them, or two and a block behind it from `terms.large` on, as far
// as the chain has two. Lives in an io thread; all that it is made of outlives it.
class Cashier final {
  public:
    Cashier(http::Client& client, http::Deadlines& deadlines, const Clock& clock, http::Executor io,
            RelayDesk& relays, CashierPace pace = {});
    Cashier(const Cashier&) = delete;
    Cashier& operator=(const Cashier&) = delete;

    // A payment that matches the offer and passed checkPayment(). All of it outlives the call.
    struct Paying {
        const SaleEntry& sale;
        const payment::ReceivedPayment& payment;
        const payment::SaleOffer& offer;
        const payment::Quote& quote;
        payment::Uint256 amount;  // to charge: the offer's own, or less for upto
        std::string saleId;
    };

    // Whether the signature, which is no key's own (payment::signerOf), is good for a wallet that
    // is a contract (EIP-1271). Nothing: it is. Errors: those of check().
    http::Awaitable<Result<std::optional<payment::PaymentProblem>>> checkContractSignature(
        const Paying& paying, http::AbortSlot& abort);

    // Whether it would settle now. Changes nothing. A nonce that was used is a problem, unless the
    // chain shows that it paid this very money: then `alreadySettled`, whoever brought it there; it
    // may be anybody's who saw it on the chain. Errors: Unreachable (no server gave an answer that
    // can be read; our relayer cannot pay the gas now: the sentence says why), Cancelled.
    struct Checked {
        std::optional<payment::PaymentProblem> problem{};
        bool alreadySettled = false;
        std::string transaction{};  // these two when it is
        std::int64_t block = 0;
    };
    http::Awaitable<Result<Checked>> check(const Paying& paying, http::AbortSlot& abort);

    // Has it settled, and waits until the chain shows it, at most as long as `patience`. That it
    // may be sent must be durable before. Where we bring it ourselves, one transaction of a sale at
    // a time is on its way, however often this is asked.
    struct Settlement {
        enum class Kind : std::uint8_t {
            Settled,  // the money is there
            Refused,  // the settler said no, or was not there, and the chain shows the nonce unused
            Unknown,  // nobody can say; it may come yet
        };
        Kind kind = Kind::Unknown;
        // Of Refused: 402 for what is wrong with the payment, 503 where it was not even tried. Of
        // Unknown the reason, for the log and the books.
        std::optional<payment::PaymentProblem> problem{};
        std::string transaction{};  // as far as it is known
        std::int64_t block = 0;
        payment::Uint256 charged{};
        payment::SettleAnswer answer{};  // for the payer's receipt
    };
    http::Awaitable<Settlement> settle(const Paying& paying, Milliseconds patience,
                                       http::AbortSlot& abort);

    // What became of a sale that is not final. Nothing: nothing new, or nobody can say.
    http::Awaitable<std::optional<payment::SaleFate>> lookUp(const SaleEntry& sale,
                                                             const ledger::Sale& row,
                                                             http::AbortSlot& abort);

    // Looks after the transactions of our relayer that wait, those of before the start among them.
    // For whoever watches over sales, in every round. True: some wait.
    http::Awaitable<bool> tendRelays(const SaleEntry& sale, http::AbortSlot& abort);

    // What the sale's facilitator settles. Nothing: it did not say. (facilitator_client.h)
    http::Awaitable<std::optional<payment::Supported>> supported(const SaleEntry& sale,
                                                                 http::AbortSlot& abort);

  private:
    struct Waiting;

    http::Awaitable<Result<Checked>> checkUsed(const Paying& paying, ChainPtr chain,
                                               http::AbortSlot& abort);
    http::Awaitable<void> askFacilitator(const Paying& paying, Waiting& waiting,
                                         Settlement& settlement, http::AbortSlot& abort);
    http::Awaitable<void> askRelayer(const Paying& paying, Waiting& waiting,
                                     http::AbortSlot& abort);
    http::Awaitable<void> tendWaiting(const Paying& paying, Waiting& waiting,
                                      http::AbortSlot& abort);
    http::Awaitable<void> waitForMoney(const Paying& paying, Waiting& waiting,
                                       Settlement& settlement, http::AbortSlot& abort);
    std::uint64_t seconds() const;  // since 1970
    static bool isLarge(const Paying& paying, const payment::Uint256& units);
    static Error notSoldOn(payment::ChainId chain);

    const Clock& m_clock;
    http::Executor m_io;
    const CashierPace m_pace;
    ChainView m_view;
    FacilitatorClient m_facilitator;
    Relayer m_relayer;
    std::map<payment::ChainId, SteadyTime> m_tendAgain;
};

}  // namespace gr::gateway
