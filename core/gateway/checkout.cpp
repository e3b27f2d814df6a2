// SPDX-License-Identifier: MIT
#include "gateway/checkout.h"

#include "base/log.h"
#include "base/text.h"
#include "gateway/error_body.h"
#include "payment/envelope.h"
#include "payment/sale_calls.h"
#include "payment/sale_offers.h"
#include "payment/settle_answer.h"

namespace gr::gateway {
namespace {

using http::Awaitable;
using ledger::SaleState;
using payment::PaymentProblem;

// A payment is good for so long from its signing, and needs so much of it when it comes, in
// seconds: a settlement takes a few blocks.
constexpr std::uint64_t kGoodFor = 120;
constexpr std::uint64_t kMargin = 10;
// The same of payments by use, which wait for the end of the work.
constexpr std::uint64_t kGoodForUse = 900;
constexpr std::uint64_t kMarginOfUse = 300;
// What could be taken for longer would have to be remembered for longer.
constexpr std::uint64_t kLongest = 3'600;

std::string_view errorNameOf(WireFormat format) {
    switch (format) {
        case WireFormat::OpenAi:
            break;
        case WireFormat::Anthropic:
            return "anthropic_error";
        case WireFormat::Gemini:
            return "gemini_error";
    }
    return "openai_error";
}

// A stream costs what a whole answer does: the members that ask for it are no tokens to any model.
void leaveOutStreaming(const json::Object& body, protocol::Bound& bound) {
    std::int64_t end = 1;  // of the member before, or of the opening bracket
    for (const json::Member& member : body.members) {
        if (member.key == "stream" || member.key == "stream_options")
            bound.inputTokens = std::max<std::int64_t>(
                bound.inputTokens - (std::int64_t{member.valueEnd} - end), 0);
        end = member.valueEnd;
    }
}

// Who settles what is charged by use, by chain.
std::map<payment::ChainId, payment::Address> settlersOf(
    const SaleEntry& sale, const std::optional<payment::Supported>& supported) {
    std::map<payment::ChainId, payment::Address> settlers;
    for (const SaleChain& chain : sale.chains) {
        if (sale.relayer)
            settlers[chain.network.id] = sale.relayer->address();
    }
    if (!supported)
        return settlers;
    for (const payment::SupportedKind& kind : supported->kinds) {
        const auto chain = payment::chainOf(kind.network);
        if (kind.scheme == payment::Scheme::Upto && chain && kind.facilitator)
            settlers[*chain] = *kind.facilitator;
    }
    return settlers;
}

}  // namespace

Checkout::Checkout(ExchangeState& state, ClientAnswer& out, Expenses& expenses,
                   const SnapshotPtr& snapshot, std::string_view path)
    : m_state(state),
      m_out(out),
      m_expenses(expenses),
      m_sale(*snapshot->policy->sale),
      m_snapshot(*snapshot) {
    m_quote.resource = m_sale.publicUrl.empty()
                           ? "http://127.0.0.1:" + std::to_string(snapshot->policy->listen.port)
                           : m_sale.publicUrl;
    m_quote.resource.append(path);
    m_quote.description = "The answer of a language model to this request";
    m_quote.serviceName = "GateRouter";
    m_quote.paymentId = true;
}

SaleDesk::Caller Checkout::caller() const {
    return {m_state.services.io.get_executor(), abort()};
}

// What makes it this request: all that the price or the answer may hang on.
std::string Checkout::requestDigest() const {
    std::string text = m_quote.resource;
    text.append("\n").append(m_state.ask.model).append("\n");
    for (const http::Fields::Field& field : m_state.request.head.fields.all()) {
        const auto begins = [&field](std::string_view with) {
            return equalsIgnoreCase(field.name.substr(0, with.size()), with);
        };
        if (begins("x-gaterouter-") || begins("anthropic-"))
            text.append(field.name).append(":").append(field.value).append("\n");
    }
    text.append("\n").append(m_state.request.body);
    return m_state.services.sales.digestOf(text);
}

// No fewer tokens than the model that is asked first will read, by its own vocabulary; nothing
// where the bytes are the better bound, or the only one. Counting costs us more than asking costs a
// stranger, so long prompts are not counted for nothing.
Awaitable<std::optional<std::int64_t>> Checkout::countInput(
    const std::vector<routing::Candidate>& candidates, const protocol::ChatRequest& chat) {
    constexpr std::size_t kMostCounted = 256 * 1024;  // bytes
    const protocol::Bound& bound = *m_expenses.bound;
    const bool plain = bound.readings == 1 && bound.images == 0 && !bound.fillsContext &&
                       bound.unbounded.empty() && m_state.body().size() <= kMostCounted;
    if (!plain || candidates.empty())
        co_return std::nullopt;
    const tokens::Rule rule = countRuleOf(m_snapshot, candidates.front());
    const SaleDesk::Turn turn = m_state.services.sales.countingTurn();
    if (!rule.own || !turn)
        co_return std::nullopt;
    const auto counted = co_await m_state.services.tokens.most(
        chat, rule, m_state.services.io.get_executor(), abort());
    if (!counted || !*counted || **counted >= bound.inputTokens)
        co_return std::nullopt;
    co_return *counted;
}

Awaitable<Result<SalePrice>> Checkout::priceAnew(std::vector<routing::Candidate> candidates,
                                                 const protocol::ChatRequest* chat) {
    protocol::Bound& bound = *m_expenses.bound;
    const UnixMs now = m_state.services.clock.now();
    std::optional<std::int64_t> counted;
    if (chat != nullptr)
        counted = co_await countInput(candidates, *chat);
    if (counted) {
        // The count holds for models of the same vocabulary alone: no other stands in.
        const std::int64_t bytes = std::exchange(bound.inputTokens, *counted);
        const auto same = ofOneVocabulary(m_snapshot, candidates);
        auto sale = priceSale(m_snapshot, m_sale.terms, bound, same, now);
        if (sale) {
            sale->counted = counted;
            co_return std::move(sale);
        }
        bound.inputTokens = bytes;
    }
    co_return priceSale(m_snapshot, m_sale.terms, bound, candidates, now);
}

Awaitable<Result<void>> Checkout::price(std::vector<routing::Candidate>& candidates,
                                        const protocol::ChatRequest* chat) {
    m_digest = requestDigest();
    const SteadyTime now = m_state.services.clock.steady();
    m_expenses.bound = protocol::boundOf(m_state.ask, m_state.body(), m_state.effort.has_value());
    leaveOutStreaming(m_state.ask.body, *m_expenses.bound);
    m_price = m_state.services.quotes.find(m_digest, now);
    std::vector<routing::Candidate> pinned;
    if (m_price)
        pinned = pinnedBy(*m_price, m_snapshot);
    if (!pinned.empty()) {
        m_expenses.bound->inputTokens = m_price->counted.value_or(m_expenses.bound->inputTokens);
    } else {
        auto priced = co_await priceAnew(candidates, chat);
        if (!priced)
            co_return fail(std::move(priced.error()));
        m_price = std::make_shared<const SalePrice>(std::move(*priced));
        pinned = pinnedBy(*m_price, m_snapshot);
    }
    candidates = std::move(pinned);
    m_expenses.sold = Expenses::Sold{m_price->cost, m_price->outputCap};
    co_return Result<void>();
}

// In what this request can be paid for just now.
Awaitable<Result<std::vector<payment::SaleOffer>>> Checkout::offers() {
    payment::SaleTerms terms;
    for (const SaleChain& chain : m_sale.chains) {
        if (isSoldFor(m_price->simulated, chain.network.money, m_sale.terms.acceptTestMoney))
            terms.networks.push_back(chain.network.id);
    }
    terms.payTo = *m_sale.terms.payTo;
    terms.exact = m_sale.terms.exact;
    terms.maxTimeoutSeconds = kGoodFor;
    std::optional<payment::Supported> supported;
    if (m_sale.facilitator)
        supported = co_await m_state.services.cashier.supported(m_sale, abort());
    if (m_sale.terms.upto)
        terms.uptoSettlers = settlersOf(m_sale, supported);
    std::vector<payment::SaleOffer> all = offersFor(m_price->price, terms, m_sale.networks);
    for (payment::SaleOffer& offer : all) {
        if (offer.scheme == payment::Scheme::Upto)
            offer.maxTimeoutSeconds = kGoodForUse;
    }
    if (all.empty())
        co_return fail(ErrorCode::NoCandidate,
                       "This model is not sold for the money that is taken here.");
    if (!m_sale.facilitator)
        co_return all;
    if (!supported)
        co_return fail(ErrorCode::Overloaded,
                       "Payments cannot be taken just now: who settles them does not answer. Try "
                       "again in a moment.");
    std::erase_if(all, [&](const payment::SaleOffer& offer) {
        return supported->find(offer, 2) == nullptr && supported->find(offer, 1) == nullptr;
    });
    if (all.empty())
        co_return fail(ErrorCode::Overloaded,
                       "Payments cannot be taken just now: who settles them takes none of the "
                       "tokens that are asked for here.");
    co_return all;
}

// The price, because nothing or the wrong thing was paid.
Awaitable<void> Checkout::demand(const PaymentProblem& problem) {
    m_quote.error = problem.reason;
    const WireFormat format = wireFormatOf(m_state.ask.protocol);
    const Error error(ErrorCode::PaymentRequired,
                      problem.message.empty()
                          ? "This request costs $" + m_price->price.toDecimal() +
                                ", paid with it (x402): the header PAYMENT-REQUIRED says how."
                          : problem.message);
    m_quote.clientErrorName = errorNameOf(format);
    m_quote.clientErrorJson = errorBody(error, format);
    const payment::WrittenQuote written = writeQuote(m_quote);
    m_state.services.quotes.keep(m_digest, m_price, m_state.services.clock.steady());
    http::HeaderLines lines;
    lines.add(payment::field::kRequired, written.header);
    lines.add("x-gaterouter-price", m_price->price.toDecimal());
    lines.add("Cache-Control", "no-store");
    lines.add("x-should-retry", "false");
    if (m_tried) {  // what was only looked at has no settlement to tell of
        payment::SettleAnswer refusal;
        refusal.network = m_payment->network;
        refusal.errorReason = problem.reason;
        lines.add(
            m_payment->version == 1 ? payment::field::kPaymentResponse : payment::field::kResponse,
            writeReceipt(refusal, m_payment->version));
    }
    co_await m_out.demand(problem.status, lines, written.body);
}

Awaitable<void> Checkout::refuse(ErrorCode code, std::string message) {
    const Error error(code, std::move(message));
    co_await m_out.refuse(error, std::nullopt);
}

// What is wrong with our own way to the chain is the owner's business.
Awaitable<void> Checkout::closed(const Error& why) {
    if (why.code == ErrorCode::Cancelled) {
        co_await m_out.refuse(why, std::nullopt);
        co_return;
    }
    log::write(LogLevel::Warning, "sale.closed", {{"why", why.message.text}});
    co_await refuse(ErrorCode::Overloaded,
                    "Payments cannot be taken just now. Nothing was taken; try again later.");
}

Awaitable<void> Checkout::conflict(std::string message) {
    co_await refuse(ErrorCode::PaymentConflict, std::move(message));
}

Awaitable<bool> Checkout::readPayment() {
    auto offered = co_await offers();
    if (!offered) {
        co_await m_out.refuse(offered.error(), std::nullopt);
        co_return false;
    }
    m_quote.offers = std::move(*offered);
    payment::PaymentReading reading = payment::readPayment(m_state.request.head.fields);
    std::optional<PaymentProblem> problem = std::move(reading.problem);
    m_payment = std::move(reading.payment);
    if (m_payment) {
        const auto match = matchOffer(*m_payment, m_quote.offers);
        const auto now = static_cast<std::uint64_t>(m_state.services.clock.now().value) / 1'000;
        if (!match) {
            problem = PaymentProblem{402, "No matching payment requirements",
                                     "The payment is for none of the offers for this request."};
        } else {
            m_offer = *match;
            m_charge = offer().amount;
            problem = checkPayment(*m_payment, offer(), now, byUse() ? kMarginOfUse : kMargin);
            const bool lasts =
                endOf(m_payment->paid.authorization) > payment::Uint256(now + kLongest);
            if (!problem && lasts)
                problem =
                    PaymentProblem{402, "invalid_exact_evm_payload_authorization_valid_before",
                                   "The payment is good for more than an hour; sign one for "
                                   "the time that is asked for."};
        }
    }
    if (problem && problem->status == 400) {
        co_await refuse(ErrorCode::BadRequest, problem->message);
        co_return false;
    }
    if (!problem && !m_payment)
        problem.emplace();
    if (problem) {
        co_await demand(*problem);
        co_return false;
    }
    const payment::Authorization& signedBy = m_payment->paid.authorization;
    m_ownSignature = signerOf(m_payment->paid, offer()) == payerOf(signedBy);
    co_return true;
}

void Checkout::showReceipt(std::string transaction) {
    payment::SettleAnswer receipt;
    receipt.success = true;
    receipt.transaction = std::move(transaction);
    receipt.network = m_payment->network;
    receipt.payer = payerOf(m_payment->paid.authorization);
    if (byUse())
        receipt.amount = m_charge;
    m_receipt = writeReceipt(receipt, m_payment->version);
}

// Of a sale whose money pays for this request.
void Checkout::showReceiptOf(const ledger::Sale& sale) {
    payment::SettleAnswer receipt;
    receipt.success = true;
    receipt.transaction = sale.transaction;
    const auto chain = static_cast<payment::ChainId>(sale.chainId);
    const payment::Network* const network = m_sale.networks.find(chain);
    receipt.network = chain == offer().network.id ? m_payment->network
                      : network != nullptr        ? network->caip2()
                                                  : "eip155:" + std::to_string(chain);
    receipt.payer = payerOf(m_payment->paid.authorization);
    if (sale.order == ledger::SaleOrder::ServedFirst)
        receipt.amount = payment::Uint256::parse(sale.charged);
    m_receipt = writeReceipt(receipt, m_payment->version);
}

Error Checkout::failure(const Error& why) const {
    log::write(LogLevel::Warning, "sale.not_done",
               {{"id", m_id}, {"why", log::redacted(why.message.text)}});
    if (errorInfo(why.code).fault == Fault::Client)
        return why;
    return {ErrorCode::ProviderFailed,
            byUse() && !m_credit
                ? "The model gave no answer. Nothing was charged."
                : "The model gave no answer. The payment was taken, so one is owed for seven "
                  "days: send the same request with a new signature, of which no money is taken, "
                  "or with the same payment if it has a payment identifier."};
}

void Checkout::addHeaders(http::HeaderLines& lines) const {
    if (!m_receipt.empty())
        lines.add(
            m_payment->version == 1 ? payment::field::kPaymentResponse : payment::field::kResponse,
            m_receipt);
    lines.add("x-gaterouter-price", m_price->price.toDecimal());
}

bool Checkout::outlivesPayer() const {
    return (byUse() && !m_credit) || !m_payment->paymentId.empty();
}

bool Checkout::holdsBack() const {
    return byUse() && !m_credit && m_service == Service::Open;
}

// What cannot be noted costs its owner a second answer to the same request, should the gateway die
// just now; the client waits for nothing more.
Awaitable<bool> Checkout::beforeContent(std::string_view answer, bool stream) {
    if (m_service != Service::Open)
        co_return true;
    m_service = Service::Begun;
    if (!m_payment->paymentId.empty())
        m_out.copyTo(&m_copy.emplace(m_state.services.sales.longestKept()));
    if (m_copy && stream)  // its head may be out
        m_copy->streams();
    if (byUse() && !m_credit) {
        const bool charged = co_await chargeUse();
        if (!charged && m_unconfirmed)  // the same payment asks for it once the chain tells
            keepAnswer(std::string(answer), stream);
        co_return charged;
    }
    if (!m_credit) {
        const auto done = co_await advance(SaleState::Settled, SaleState::Serving);
        if (!done && done.error().code != ErrorCode::Cancelled)
            log::write(LogLevel::Error, "sale.not_noted",
                       {{"id", m_id}, {"why", done.error().message.text}});
        co_return true;
    }
    const SaleDesk::Caller caller = this->caller();
    std::function<Result<bool>(ledger::SaleBook&)> work = [id = m_id](ledger::SaleBook& book) {
        return book.spendCredit(id);
    };
    const auto done = co_await m_state.services.sales.ask(std::move(work), caller);
    if (!done)
        log::write(LogLevel::Error, "sale.not_noted",
                   {{"id", m_id}, {"why", done.error().message.text}});
    co_return true;
}

// A payer who leaves loses the answer: else leaving again and again would cost us one each time.
Awaitable<void> Checkout::beforeRefusal() {
    if (m_service != Service::Open)
        co_return;
    m_service = Service::Over;
    if (byUse() && !m_credit) {
        note(SaleState::Serving, SaleState::Failed, "nothing was delivered, and nothing charged");
        co_return;
    }
    const std::string id = m_id;
    const UnixMs end = creditEnd(m_state.services.clock.now());
    const bool left = m_state.responder.clientGone();
    const bool credit = m_credit;
    const auto work = [id, end, left, credit](ledger::SaleBook& book) -> Result<bool> {
        if (credit)
            return left ? book.spendCredit(id) : book.returnCredit(id);
        if (!left) {
            const auto given = book.giveCredit(id, {SaleState::Settled}, end, creditBounds());
            if (!given || given->done)
                return given ? Result<bool>(true) : fail(given.error());
        }
        ledger::SaleChange change;
        change.note = left ? "the payer left" : "more credits are owed than are given";
        const auto done = book.advance(id, {SaleState::Settled}, SaleState::Failed, change);
        return done ? Result<bool>(true) : fail(done.error());
    };
    if (m_state.responder.abort().fired()) {  // nothing is waited for any more
        m_state.services.sales.tell([work](ledger::SaleBook& book) -> Result<void> {
            const auto done = work(book);
            return done ? Result<void>() : fail(done.error());
        });
        co_return;
    }
    const SaleDesk::Caller caller = this->caller();
    const std::function<Result<bool>(ledger::SaleBook&)> job = work;
    const auto done = co_await m_state.services.sales.ask(job, caller);
    if (!done)
        log::write(LogLevel::Error, "sale.not_noted",
                   {{"id", m_id}, {"why", done.error().message.text}});
}

void Checkout::end() {
    if (!m_paid || m_service != Service::Begun)
        return;
    const bool whole = m_state.record.outcome == ledger::Outcome::Answered;
    if (m_copy && whole && !m_unconfirmed && !m_copy->tooLong())
        keepAnswer(m_copy->take(), m_copy->isStream());
    m_out.copyTo(nullptr);
    if (m_credit)
        return;
    ledger::SaleChange change;
    change.note = whole ? "" : "broken off";
    if (const std::string sum = m_out.sum(); !sum.empty())
        change.answerDigest = m_state.services.sales.digestOf(sum);
    note(byUse() ? SaleState::Settled : SaleState::Serving, SaleState::Served, std::move(change));
}

}  // namespace gr::gateway
