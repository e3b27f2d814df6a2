// SPDX-License-Identifier: MIT
#include "gateway/approver.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/time_text.h"
#include "payment/relay_calls.h"
#include "payment/token_amount.h"

namespace gr::gateway {
namespace {

using ledger::RelayState;
using payment::ApprovalSight;
using payment::ApprovalStep;
using payment::Uint256;
namespace rpc = payment::rpc;

constexpr Milliseconds kResend{10'000};
constexpr Milliseconds kStuck{45'000};
// A transaction whose nonce another one has is given up after that: nodes do not all know of a
// block at once.
constexpr Milliseconds kLost{600'000};
constexpr int kLooks = 20;  // until a node that is behind knows of what was just mined

bool waits(const ledger::RelayTransaction& row) {
    return row.state == RelayState::Prepared || row.state == RelayState::Broadcast;
}

Failure refused(std::string why) {
    return fail(ErrorCode::PaymentRefused, std::move(why));
}

}  // namespace

std::string Approver::purpose() const {
    return "allow " + m_wish.token.address.toHex();
}

std::string Approver::amountText(const Uint256& units) const {
    return payment::decimalOf(units, m_wish.token.decimals) + " " + m_wish.token.symbol;
}

Result<std::vector<Approver::Row>> Approver::rows() {
    auto all = m_book.of(purpose());
    if (all) {
        std::erase_if(*all, [this](const Row& row) {
            return row.chainId != static_cast<std::int64_t>(m_wish.network.id) ||
                   row.relayer != m_wish.owner.toHex();
        });
    }
    return all;
}

Result<void> Approver::run() {
    if (auto done = finishEarlier(); !done)
        return done;
    const auto sight = look();
    if (!sight)
        return fail(sight.error());
    if (sight->allowance == m_wish.units) {
        m_world.tell("Permit2 may move " + amountText(m_wish.units) + " already.");
        return {};
    }
    auto step = payment::nextApproval(m_wish, *sight);
    if (!step)
        return fail(std::move(step.error()));
    if (auto sure = m_world.confirm(*sight, *step); !sure)
        return sure;
    auto now = lookAgain(*sight);  // a person may take long
    if (!now)
        return fail(std::move(now.error()));
    if (step->toNone) {
        const auto first = sign(step->transaction, now->counted);
        if (!first)
            return fail(first.error());
        if (auto done = bring(*first); !done)
            return done;
        step = secondStep(*step);
        if (!step)
            return fail(std::move(step.error()));
    }
    const auto row = sign(step->transaction, now->counted);
    if (!row)
        return fail(row.error());
    if (auto done = bring(*row); !done)
        return done;
    return tellEnd();
}

// What a run before this one signed comes first: a second transaction for it is never made.
Result<void> Approver::finishEarlier() {
    const auto all = rows();
    if (!all)
        return fail(all.error());
    for (const Row& row : *all) {
        if (!waits(row))
            continue;
        const auto transaction = payment::readTransaction(row.raw);
        const auto units = transaction ? payment::approvedBy(*transaction) : std::nullopt;
        m_world.tell("The approval of " + (units ? amountText(*units) : std::string("another")) +
                     " that was signed at " + isoTime(row.createdAt) + " (" + row.hash +
                     ") is not known to be in a block. It is brought to its end first.");
        const auto last = raised(row);
        if (!last)
            return fail(last.error());
        if (auto done = bring(*last); !done)
            return done;
    }
    return {};
}

// The same with higher fees, where the chain asks for more than it pays by now and a person wants
// it; else itself.
Result<Approver::Row> Approver::raised(Row row) {
    const auto old = payment::readTransaction(row.raw);
    const Milliseconds age(m_clock.now().value - row.createdAt.value);
    if (!old || age < kStuck)
        return row;
    const auto answers =
        m_world.ask(std::vector<rpc::Call>{rpc::blockByTag("latest"), rpc::priorityFee()});
    const auto block = answers ? rpc::blockIn((*answers)[0]) : std::nullopt;
    const auto now = answers ? payment::feesIn((*answers)[0], (*answers)[1]) : std::nullopt;
    const auto least = block ? block->baseFee.plus(old->maxPriorityFeePerGas) : std::nullopt;
    if (!now || !least || *least <= old->maxFeePerGas)
        return row;
    const auto fees = payment::raisedFees({old->maxFeePerGas, old->maxPriorityFeePerGas}, *now);
    const auto most = fees ? fees->most.times(old->gasLimit) : std::nullopt;
    if (!most || !m_world.mayRaise(*most))
        return row;
    payment::Transaction dearer = *old;
    dearer.maxFeePerGas = fees->most;
    dearer.maxPriorityFeePerGas = fees->tip;
    auto taken = m_book.replace(row.sequence, row.purpose, [&](std::int64_t nonce) -> Result<Row> {
        dearer.nonce = static_cast<std::uint64_t>(nonce);
        const payment::SignedTransaction made = payment::sign(dearer, m_key);
        Row next;
        next.raw = made.raw;
        next.hash = made.hash.toHex();
        next.maxFee = dearer.maxFeePerGas.toDecimal();
        next.tip = dearer.maxPriorityFeePerGas.toDecimal();
        return next;
    });
    if (!taken)
        return fail(std::move(taken.error()));
    return *taken ? std::move(**taken) : std::move(row);
}

Result<ApprovalSight> Approver::look() {
    const auto answers = m_world.ask(payment::askApproval(m_wish));
    if (!answers)
        return fail(answers.error());
    auto sight = payment::readApproval(m_wish, *answers);
    const auto all = rows();
    if (!sight || !all)
        return fail(sight ? all.error() : sight.error());
    for (const Row& row : *all) {
        // What it says of the allowance would be of yesterday.
        if (row.state == RelayState::Mined && static_cast<std::int64_t>(sight->block) < row.block)
            return fail(ErrorCode::Unreachable, "The RPC server of " + m_wish.network.name +
                                                    " is behind: it does not know the block of the "
                                                    "last approval yet. Try again in a moment.");
    }
    if (sight->counted > sight->mined)
        return refused("Nothing was signed. A transaction of " + m_wish.owner.toHex() + " on " +
                       m_wish.network.name +
                       " waits for a block already. Try again when it is in one.");
    return sight;
}

// Right before signing: nothing may have changed since the person was asked.
Result<ApprovalSight> Approver::lookAgain(const ApprovalSight& before) {
    auto now = look();
    if (now && (now->allowance != before.allowance || now->counted != before.counted))
        return refused(
            "Nothing was signed. The chain has changed meanwhile: another transaction of this "
            "address, or a payment. Look again.");
    return now;
}

// Sets the allowance that is 0 by now, for no more than what the person agreed to.
Result<ApprovalStep> Approver::secondStep(const ApprovalStep& first) {
    for (int i = 0; i < kLooks; ++i) {
        const auto sight = look();
        if (sight && sight->allowance.isZero()) {
            auto step = payment::nextApproval(m_wish, *sight);
            if (!step)
                return step;
            step->transaction.maxFeePerGas = first.transaction.maxFeePerGas;
            step->transaction.maxPriorityFeePerGas = first.transaction.maxPriorityFeePerGas;
            const auto both = first.transaction.maxFeePerGas.times(first.transaction.gasLimit +
                                                                   step->transaction.gasLimit);
            if (both && *both <= first.most)
                return step;
            return refused(
                "The allowance is 0 now. Raising it would take more gas than was "
                "agreed to; ask for the same again.");
        }
        if (!m_world.rest(Milliseconds(1'000 * i)))
            break;
    }
    return refused("The allowance is 0 now, but the RPC server of " + m_wish.network.name +
                   " does not show it yet. Ask for the same again.");
}

Result<Approver::Row> Approver::sign(const payment::Transaction& transaction,
                                     std::uint64_t counted) {
    return m_book.prepare(static_cast<std::int64_t>(m_wish.network.id), m_wish.owner.toHex(),
                          static_cast<std::int64_t>(counted), purpose(),
                          [&](std::int64_t nonce) -> Result<Row> {
                              payment::Transaction whole = transaction;
                              whole.nonce = static_cast<std::uint64_t>(nonce);
                              const payment::SignedTransaction made = payment::sign(whole, m_key);
                              Row row;
                              row.raw = made.raw;
                              row.hash = made.hash.toHex();
                              row.maxFee = whole.maxFeePerGas.toDecimal();
                              row.tip = whole.maxPriorityFeePerGas.toDecimal();
                              return row;
                          });
}

void Approver::send(const Row& row) {
    const auto answers = m_world.ask(std::vector<rpc::Call>{rpc::send(row.raw)});
    const auto hash = payment::Bytes32::parse(row.hash);
    if (answers && hash && payment::isTaken(answers->front(), *hash)) {
        if (row.state == RelayState::Prepared && !m_book.broadcast(row.sequence))
            log::write(LogLevel::Warning, "approval.not_noted", {{"transaction", row.hash}});
        return;
    }
    const bool objects = answers && answers->front().problem;
    log::write(LogLevel::Warning, "approval.not_taken",
               {{"transaction", row.hash},
                {"why", objects    ? answers->front().problem->message
                        : !answers ? answers.error().message.text
                                   : "no hash"}});
}

// Of those that had its nonce any may have been mined.
std::optional<Approver::Watched> Approver::watch(const std::vector<Row>& sameNonce) {
    std::vector<rpc::Call> asked{rpc::transactionCount(m_wish.owner, "latest")};
    for (const Row& row : sameNonce)
        asked.push_back(
            rpc::receipt(payment::Bytes32::parse(row.hash).value_or(payment::Bytes32())));
    const auto answers = m_world.ask(asked);
    const auto count = answers ? rpc::countIn(answers->front()) : std::nullopt;
    if (!count)
        return std::nullopt;
    Watched seen;
    seen.count = *count;
    for (std::size_t i = 0; i < sameNonce.size(); ++i) {
        const auto receipt = rpc::receiptIn((*answers)[i + 1]);
        if (!receipt)
            return std::nullopt;
        if (!receipt->mined || receipt->receipt.transaction.toHex() != sameNonce[i].hash)
            continue;
        seen.mined = true;
        seen.succeeded = receipt->receipt.succeeded;
        const auto noted = m_book.mined(sameNonce[i].chainId, sameNonce[i].hash,
                                        static_cast<std::int64_t>(receipt->receipt.block));
        if (!noted)
            log::write(LogLevel::Error, "approval.not_noted",
                       {{"transaction", sameNonce[i].hash}, {"why", noted.error().message.text}});
    }
    return seen;
}

Result<void> Approver::bring(Row row) {
    auto same = rows();
    if (!same)
        return fail(std::move(same.error()));
    std::erase_if(*same, [&row](const Row& one) { return one.nonce != row.nonce; });
    const SteadyTime begin = m_clock.steady();
    std::optional<SteadyTime> sent;
    for (;;) {
        if (!sent || m_clock.steady() - *sent >= kResend) {
            send(row);
            sent = m_clock.steady();
        }
        const auto seen = watch(*same);
        if (seen && seen->mined) {
            if (seen->succeeded)
                return {};
            return refused("The token's contract refused the approval (transaction " + row.hash +
                           "): nothing was allowed, and the gas is paid.");
        }
        const bool taken = seen && seen->count > static_cast<std::uint64_t>(row.nonce);
        const Milliseconds age(m_clock.now().value - row.createdAt.value);
        if (taken && age >= kLost) {
            if (const auto gone = m_book.lost(row.sequence); !gone)
                return fail(gone.error());
            return refused("Another program sent a transaction in the place of the approval " +
                           row.hash + ", which is void now. Ask for the same again.");
        }
        const auto waited = std::chrono::duration_cast<Milliseconds>(m_clock.steady() - begin);
        if (waited >= m_patience || !m_world.rest(waited))
            return fail(ErrorCode::PaymentUnconfirmed,
                        "The approval is signed (transaction " + row.hash +
                            ") and not known to be in a block. Ask for the same again later: it "
                            "sends the same transaction, never a second one.");
    }
}

Result<void> Approver::tellEnd() {
    const auto sight = look();
    if (sight && sight->allowance == m_wish.units)
        m_world.tell("Done: Permit2 may move up to " + amountText(sight->allowance) + " now.");
    else
        m_world.tell(
            "The transaction is in a block. The chain does not show the new allowance "
            "yet; asking for the same again tells when it does.");
    return {};
}

}  // namespace gr::gateway
