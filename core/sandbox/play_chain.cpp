// SPDX-License-Identifier: MIT
#include "sandbox/play_chain.h"

#include <algorithm>
#include <array>

#include "payment/contracts.h"
#include "payment/keccak.h"
#include "payment/network.h"

namespace gr::sandbox {

using payment::Address;
using payment::Bytes32;
using payment::Signature;
using payment::SignatureForm;
using payment::TransferAuthorization;
using payment::Uint256;

namespace {

constexpr std::uint64_t kBlockSeconds = 2;
constexpr std::uint64_t kHour = 3600;

Bytes32 wordOf(const Address& address) {
    Bytes32 word;
    std::copy(address.bytes.begin(), address.bytes.end(), word.bytes.begin() + 12);
    return word;
}

std::string textOf(const Uint256& value) {
    return {reinterpret_cast<const char*>(value.word().data()), Uint256::kBytes};
}

PlayLog transferLog(const Address& from, const Address& to, std::uint64_t units) {
    return {{payment::transferTopic(), wordOf(from), wordOf(to)}, textOf(units)};
}

// Circle's ECRecover and SignatureChecker for an account without code.
Refusal checkSigner(const Address& signer, const Bytes32& digest, std::string_view bytes) {
    const auto signature = Signature::fromBytes(bytes);
    if (!signature)
        return Refusal::SignatureLength;
    switch (payment::formOf(*signature)) {
        case SignatureForm::HighS:
            return Refusal::HighS;
        case SignatureForm::BareV:
        case SignatureForm::WrongV:
            return Refusal::WrongV;
        case SignatureForm::OutOfRange:
            return Refusal::NoSigner;
        case SignatureForm::Strict:
            break;
    }
    const auto found = payment::recover(digest, *signature);
    if (!found)
        return Refusal::NoSigner;
    return *found == signer ? Refusal::None : Refusal::WrongSigner;
}

}  // namespace

std::string_view revertText(Refusal refusal) {
    constexpr std::array<std::string_view, 13> kTexts{
        "",
        "Blacklistable: account is blacklisted",
        "FiatTokenV2: authorization is not yet valid",
        "FiatTokenV2: authorization is expired",
        "FiatTokenV2: authorization is used or canceled",
        "ECRecover: invalid signature length",
        "ECRecover: invalid signature 's' value",
        "ECRecover: invalid signature 'v' value",
        "ECRecover: invalid signature",
        "FiatTokenV2: invalid signature",
        "ERC20: transfer to the zero address",
        "ERC20: transfer amount exceeds balance",
        "The sandbox's chain is full; restart the sandbox"};
    return kTexts[static_cast<std::size_t>(refusal)];
}

Bytes32 cancelDigest(const Bytes32& separator, const Address& authorizer, const Bytes32& nonce) {
    static const Bytes32 kType =
        payment::keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");
    const std::array members{wordOf(authorizer), nonce};
    return payment::digestOf(separator, payment::structHash(kType, members));
}

PlayChain::PlayChain(const Clock& clock, PlayLimits limits) : m_clock(clock), m_limits(limits) {
    const auto list = payment::NetworkList::embedded();
    m_token = *list.tokensOf(payment::kPlayChain).front();
    m_separator = payment::domainSeparator(
        {m_token.domain->name, m_token.domain->version, m_token.chain, m_token.address});
    mine(std::nullopt, time());
}

std::uint64_t PlayChain::time() const {
    const auto now =
        static_cast<std::uint64_t>(std::max<std::int64_t>(m_clock.now().value, 0)) / 1000;
    return m_blocks.empty() ? now : std::max(now, m_blocks.back().time);
}

void PlayChain::mine(std::optional<Bytes32> transaction, std::uint64_t now) {
    PlayBlock next;
    next.time = now;
    if (!m_blocks.empty()) {
        next.number = m_blocks.back().number + 1;
        next.parent = m_blocks.back().hash;
    }
    next.transaction = transaction;
    std::string contents(next.parent.view());
    contents += textOf(next.number) + textOf(next.time);
    contents += transaction.value_or(Bytes32()).view();
    next.hash = payment::keccak256(contents);
    m_blocks.push_back(next);
    if (m_blocks.size() > m_limits.blocks)
        m_blocks.pop_front();
}

Bytes32 PlayChain::add(const Bytes32& hash, std::vector<PlayLog> logs, std::uint64_t now) {
    mine(hash, now);
    const PlayBlock& block = m_blocks.back();
    m_places.emplace(hash, m_transactions.size());
    m_transactions.push_back({hash, block.hash, block.number, std::move(logs)});
    return hash;
}

std::uint64_t PlayChain::unitsOf(const Address& owner) const {
    const auto found = m_balances.find(owner);
    return found == m_balances.end() ? 0 : found->second;
}

void PlayChain::take(const Address& owner, std::uint64_t units) {
    const auto found = m_balances.find(owner);
    if (found != m_balances.end() && (found->second -= units) == 0)
        m_balances.erase(found);
}

Refusal PlayChain::checkNow(const TransferAuthorization& authorization, const Bytes32& digest,
                            std::string_view signature, std::uint64_t now) const {
    if (authorization.from == m_token.address || authorization.to == m_token.address)
        return Refusal::Blacklisted;
    if (Uint256(now) <= authorization.validAfter)
        return Refusal::NotYetValid;
    if (Uint256(now) >= authorization.validBefore)
        return Refusal::Expired;
    if (m_uses.contains({authorization.from, authorization.nonce}))
        return Refusal::Used;
    if (const Refusal refusal = checkSigner(authorization.from, digest, signature);
        refusal != Refusal::None)
        return refusal;
    if (authorization.to.isZero())
        return Refusal::ToNobody;
    if (authorization.value > Uint256(unitsOf(authorization.from)))
        return Refusal::Balance;
    return full() ? Refusal::Full : Refusal::None;
}

Refusal PlayChain::check(const TransferAuthorization& authorization,
                         std::string_view signature) const {
    const Bytes32 digest = payment::digestOf(m_separator, authorization);
    const std::scoped_lock lock(m_lock);
    return checkNow(authorization, digest, signature, time());
}

PlayChain::Outcome PlayChain::settle(const TransferAuthorization& authorization,
                                     std::string_view signature) {
    const Bytes32 digest = payment::digestOf(m_separator, authorization);
    const std::scoped_lock lock(m_lock);
    const auto before = m_uses.find({authorization.from, authorization.nonce});
    if (before != m_uses.end() && before->second.digest == digest &&
        checkSigner(authorization.from, digest, signature) == Refusal::None)
        return {Refusal::None, before->second.transaction};
    const std::uint64_t now = time();
    if (const Refusal refusal = checkNow(authorization, digest, signature, now);
        refusal != Refusal::None)
        return {refusal, {}};
    const std::uint64_t units = *authorization.value.toUint64();  // not above the balance
    take(authorization.from, units);
    if (units > 0)
        m_balances[authorization.to] += units;
    const Bytes32 hash =
        payment::keccak256(payment::calls::transferWithAuthorization(authorization, signature));
    m_uses[{authorization.from, authorization.nonce}] = {digest, hash};
    const PlayLog use{
        {payment::authorizationUsedTopic(), wordOf(authorization.from), authorization.nonce}, {}};
    return {Refusal::None,
            add(hash, {use, transferLog(authorization.from, authorization.to, units)}, now)};
}

PlayChain::Outcome PlayChain::cancel(const Address& authorizer, const Bytes32& nonce,
                                     std::string_view signature) {
    static const Bytes32 kTopic = payment::keccak256("AuthorizationCanceled(address,bytes32)");
    const Bytes32 digest = cancelDigest(m_separator, authorizer, nonce);
    const std::scoped_lock lock(m_lock);
    if (m_uses.contains({authorizer, nonce}))
        return {Refusal::Used, {}};
    if (const Refusal refusal = checkSigner(authorizer, digest, signature);
        refusal != Refusal::None)
        return {refusal, {}};
    if (full())
        return {Refusal::Full, {}};
    // The digest holds who and what; a cancellation happens once.
    const Bytes32 hash = payment::keccak256("cancel" + std::string(digest.view()));
    m_uses[{authorizer, nonce}] = {digest, hash};
    return {Refusal::None, add(hash, {{{kTopic, wordOf(authorizer), nonce}, {}}}, time())};
}

Result<Bytes32> PlayChain::fill(const Address& to) {
    if (to.isZero() || to == m_token.address)
        return failField(ErrorCode::InvalidField, "address",
                         "address is one that nobody has a key for; name your own.");
    const std::scoped_lock lock(m_lock);
    if (full())
        return fail(ErrorCode::Overloaded, std::string(revertText(Refusal::Full)) + ".");
    if (m_filled >= m_limits.fills)
        return fail(ErrorCode::LimitReached,
                    "The faucet is empty; restart the sandbox to begin anew.");
    const std::uint64_t now = time();
    std::erase_if(m_fills, [now](const auto& one) { return now - one.second.since >= kHour; });
    Fills& fills = m_fills.try_emplace(to, Fills{now, 0}).first->second;
    if (fills.count >= m_limits.fillsPerHour)
        return fail(ErrorCode::LimitReached,
                    "The faucet gave this address all it gets in an hour; come back later, or use "
                    "another address.");
    ++fills.count;
    ++m_filled;
    m_balances[to] += kFill;
    const Bytes32 hash =
        payment::keccak256("faucet" + textOf(m_filled) + textOf(now) + std::string(to.view()));
    return add(hash, {transferLog(Address(), to, kFill)}, now);
}

Uint256 PlayChain::balanceOf(const Address& owner) const {
    const std::scoped_lock lock(m_lock);
    return unitsOf(owner);
}

Uint256 PlayChain::supply() const {
    const std::scoped_lock lock(m_lock);
    return m_filled * kFill;
}

bool PlayChain::used(const Address& from, const Bytes32& nonce) const {
    const std::scoped_lock lock(m_lock);
    return m_uses.contains({from, nonce});
}

PlayBlock PlayChain::head() {
    const std::scoped_lock lock(m_lock);
    if (const std::uint64_t now = time(); now - m_blocks.back().time >= kBlockSeconds)
        mine(std::nullopt, now);
    return m_blocks.back();
}

std::optional<PlayBlock> PlayChain::block(std::uint64_t number) const {
    const std::scoped_lock lock(m_lock);
    if (number < m_blocks.front().number || number > m_blocks.back().number)
        return std::nullopt;
    return m_blocks[number - m_blocks.front().number];
}

std::optional<PlayBlock> PlayChain::block(const Bytes32& hash) const {
    const std::scoped_lock lock(m_lock);
    const auto found = std::ranges::find(m_blocks, hash, &PlayBlock::hash);
    return found == m_blocks.end() ? std::nullopt : std::optional(*found);
}

std::optional<PlayTransaction> PlayChain::transaction(const Bytes32& hash) const {
    const std::scoped_lock lock(m_lock);
    const auto found = m_places.find(hash);
    return found == m_places.end() ? std::nullopt : std::optional(m_transactions[found->second]);
}

void PlayChain::transactions(std::uint64_t from, std::uint64_t to,
                             const std::function<bool(const PlayTransaction&)>& each) const {
    const std::scoped_lock lock(m_lock);
    auto next = std::ranges::lower_bound(m_transactions, from, {}, &PlayTransaction::block);
    while (next != m_transactions.end() && next->block <= to && each(*next))
        ++next;
}

}  // namespace gr::sandbox
