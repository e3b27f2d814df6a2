// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/cashier.h"
#include "gateway/client_answer.h"
#include "gateway/exchange_state.h"
#include "gateway/paid_work.h"
#include "gateway/purse.h"
#include "gateway/quote_desk.h"
#include "gateway/sale_desk.h"
#include "gateway/snapshot.h"
#include "payment/payment_reader.h"
#include "payment/quote.h"

namespace gr::gateway {

// The sale of one request to somebody without a key (docs/selling.md): names the price, checks what
// is paid, takes the money before the work, and books what became of both. The exchange does the
// work in between. Lives in the io thread, as long as its exchange.
class Checkout final : public PaidWork {
  public:
    // `path`: of the endpoint, as payers are told.
    Checkout(ExchangeState& state, ClientAnswer& out, Expenses& expenses,
             const SnapshotPtr& snapshot, std::string_view path);
    Checkout(const Checkout&) = delete;
    Checkout& operator=(const Checkout&) = delete;

    // Prices the request, as it was quoted where it is paid now; leaves those among the candidates
    // that the price covers. Errors: CostUnbounded; NoCandidate, none is sold for the money that is
    // taken here.
    // `chat`: what was asked, if it is a chat; it outlives the call.
    http::Awaitable<Result<void>> price(std::vector<routing::Candidate>& candidates,
                                        const protocol::ChatRequest* chat);

    // Reads the payment and checks all that needs no chain. False: the client has its answer, the
    // price or what is wrong.
    http::Awaitable<bool> readPayment();

    // Takes the money, or a credit. False: the client has its answer, and nothing is served.
    http::Awaitable<bool> takeMoney();
    bool paid() const { return m_paid; }  // or will be, by what is used

    // Why nothing is delivered, as a payer is told it: the owner's affairs are no part of that.
    Error failure(const Error& why) const;

    // A payer who leaves does not end the work: what is charged by use, and what the same payment
    // can be sent again for.
    bool outlivesPayer() const;

    bool holdsBack() const override;
    http::Awaitable<bool> beforeContent(std::string_view answer, bool stream) override;
    http::Awaitable<void> beforeRefusal() override;
    void addHeaders(http::HeaderLines& lines) const override;

    // The work is over. Does not wait.
    void end();

  private:
    using Problem = payment::PaymentProblem;

    std::string requestDigest() const;
    http::Awaitable<std::optional<std::int64_t>> countInput(
        const std::vector<routing::Candidate>& candidates, const protocol::ChatRequest& chat);
    http::Awaitable<Result<SalePrice>> priceAnew(std::vector<routing::Candidate> candidates,
                                                 const protocol::ChatRequest* chat);
    http::Awaitable<Result<std::vector<payment::SaleOffer>>> offers();
    http::Awaitable<void> demand(const Problem& problem);
    http::Awaitable<void> refuse(ErrorCode code, std::string message);
    http::Awaitable<void> closed(const Error& why);
    http::Awaitable<void> conflict(std::string message);
    http::Awaitable<bool> takeCredit(bool signedAnew);
    http::Awaitable<bool> claimAgain(ledger::SaleReserved reserved);
    http::Awaitable<std::optional<ledger::SaleReserved>> reserve();
    http::Awaitable<bool> clearUp(const ledger::Sale& sale);
    http::Awaitable<bool> reclaim(const ledger::Sale& sale);
    bool isNamed(const ledger::SaleReserved& reserved) const;
    http::Awaitable<bool> giveAgain();
    void keepAnswer(std::string body, bool stream);
    http::Awaitable<void> refuseUnconfirmed(bool another);
    http::Awaitable<void> refuseCredit();
    http::Awaitable<bool> settle();
    http::Awaitable<bool> bring(ledger::SaleState from);
    http::Awaitable<bool> chargeUse();
    bool byUse() const { return offer().scheme == payment::Scheme::Upto; }
    http::Awaitable<bool> booked(const Cashier::Settlement& settlement);
    ledger::SaleIntent intent() const;
    Cashier::Paying paying() const;
    http::Awaitable<Result<bool>> advance(ledger::SaleState from, ledger::SaleState to,
                                          ledger::SaleChange change);
    http::Awaitable<Result<bool>> advance(ledger::SaleState from, ledger::SaleState to);
    http::Awaitable<bool> resume(const ledger::Sale& sale);
    void note(ledger::SaleState from, ledger::SaleState to, std::string why);
    void note(ledger::SaleState from, ledger::SaleState to, ledger::SaleChange change);
    void showReceipt(std::string transaction);
    void showReceiptOf(const ledger::Sale& sale);
    // What ends the wait: the payer's leaving, as long as nothing outlives that.
    http::AbortSlot& abort() const { return *m_state.own.abort; }
    SaleDesk::Caller caller() const;
    const payment::SaleOffer& offer() const { return m_quote.offers[m_offer]; }

    ExchangeState& m_state;
    ClientAnswer& m_out;
    Expenses& m_expenses;
    const SaleEntry& m_sale;
    const Snapshot& m_snapshot;
    payment::Quote m_quote;
    std::string m_digest;
    SalePricePtr m_price;
    std::optional<payment::ReceivedPayment> m_payment;
    std::size_t m_offer = 0;      // that the payment is for
    bool m_ownSignature = false;  // the payer's key made it
    std::string m_id;             // of the sale
    std::string m_ownRow;         // of the payment that came; another's where a credit is taken
    bool m_mayBeOut = false;      // somebody tried to settle it before, and it may be on its way
    payment::Uint256 m_charge;    // of the offer's amount, or what was used of it
    bool m_tried = false;         // to have it settled
    bool m_unconfirmed = false;   // and nobody knows whether it was
    bool m_credit = false;        // it is served for a credit given before
    bool m_paid = false;          // the work may begin
    enum class Service : std::uint8_t { Open, Begun, Over } m_service = Service::Open;
    std::string m_receipt;             // field and value
    std::optional<AnswerCopy> m_copy;  // of what the same payment may ask for again
};

}  // namespace gr::gateway
