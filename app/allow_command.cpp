// SPDX-License-Identifier: MIT
#include "app/allow_command.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <utility>
#include <vector>

#include "app/approval_run.h"
#include "app/terminal.h"
#include "app/wallet_access.h"
#include "base/text.h"
#include "payment/address.h"
#include "payment/eip712.h"
#include "payment/offer_choice.h"
#include "payment/token_amount.h"

namespace gr::app {
namespace {

using payment::ApprovalSight;
using payment::ApprovalStep;
using payment::ApprovalWish;
using payment::Uint256;

constexpr unsigned kWeiDecimals = 18;

Failure wrong(std::string why) {
    return fail(ErrorCode::InvalidField, std::move(why));
}

Result<payment::Token> tokenOf(const settings::Wallet& wallet, const payment::Network& network,
                               const std::string& name) {
    const auto address = payment::Address::parse(name);
    std::vector<const payment::Token*> found;
    std::string known;
    for (const payment::Token* token : wallet.known.tokensOf(network.id)) {
        known += (known.empty() ? "" : ", ") + token->symbol;
        if (address ? token->address == *address : toLower(token->symbol) == toLower(name))
            found.push_back(token);
    }
    if (found.size() == 1)
        return *found.front();
    if (found.size() > 1)
        return wrong("Several tokens on " + network.name + " are called " + plain(name) +
                     "; name the one by its address.");
    return wrong("\"" + plain(name) + "\" is none of the tokens that are known on " + network.name +
                 " (" + (known.empty() ? "none is" : known) +
                 "); add it under `assets` of wallet.networks in the configuration.");
}

Result<Uint256> unitsOf(const payment::Token& token, const std::string& upTo) {
    const std::string text = upTo.empty() ? std::to_string(payment::kUsualAllowance) : upTo;
    const auto units = payment::unitsOfDecimal(text, token.decimals);
    if (!units)
        return wrong("\"" + plain(text) + "\" is no amount of " + token.symbol +
                     "; write it as 2.50 (0 allows nothing any more).");
    return *units;
}

std::string coinText(const ApprovalWish& wish, const Uint256& wei) {
    const std::string& coin = wish.network.coin;
    return payment::decimalOf(wei, kWeiDecimals) + " " +
           (coin.empty() ? std::string("of its coin") : coin);
}

void describe(const ApprovalWish& wish, const ApprovalSight& sight, const ApprovalStep& step) {
    const auto amount = [&wish](const Uint256& units) {
        return payment::decimalOf(units, wish.token.decimals) + " " + wish.token.symbol;
    };
    std::string page = wish.units.isZero()
                           ? "From now on Permit2 may move nothing"
                           : "From now on Permit2 may move up to " + amount(wish.units);
    page += " of " + payment::checksumText(wish.owner) + " on " + wish.network.name + ".\n";
    page += "  now       " + amount(sight.allowance) + "; the wallet has " + amount(sight.balance) +
            "\n  token     " + payment::checksumText(wish.token.address) + "\n  Permit2   " +
            payment::checksumText(payment::kPermit2) + "\n";
    page += "  costs     a transaction of the wallet's own address" +
            std::string(step.toNone ? ", and another: this token wants 0 in between" : "") +
            ",\n            " + coinText(wish, step.most) + " of gas at most; it has " +
            coinText(wish, sight.coins) + "\n";
    if (!wish.units.isZero())
        page +=
            "Permit2 is a contract that moves tokens on the owner's signature alone. Each one "
            "names who is\npaid, how much at most, and until when; the gateway signs them "
            "within wallet.policy. But whoever\ngets this wallet to sign for Permit2 in any "
            "other program, or has its key, can take up to that\nmuch too. "
            "--up-to 0 ends it.\n";
    std::printf("%s", page.c_str());
    std::fflush(stdout);
}

bool rest(Milliseconds waited) {
    if (::isatty(STDERR_FILENO) == 1)
        std::fprintf(stderr, "\rWaiting for a block, %lld s \x1b[K",
                     static_cast<long long>(waited.count() / 1'000));
    std::this_thread::sleep_for(std::chrono::seconds(1));
    if (::isatty(STDERR_FILENO) == 1)
        std::fprintf(stderr, "\r\x1b[K");
    return true;
}

gateway::Approver::World personAt(const ApprovalWish& wish) {
    gateway::Approver::World world;
    world.confirm = [wish](const ApprovalSight& sight, const ApprovalStep& step) -> Result<void> {
        describe(wish, sight, step);
        return saysYes("Send it? [y/N] ") ? Result<void>()
                                          : fail(ErrorCode::Cancelled, "Nothing was signed.");
    };
    world.mayRaise = [wish](const Uint256& wei) {
        std::printf("The chain asks for higher fees by now than it pays: up to %s in all.\n",
                    coinText(wish, wei).c_str());
        return saysYes("Pay them? [y/N] ");
    };
    world.tell = [](std::string_view sentence) {
        std::printf("%.*s\n", static_cast<int>(sentence.size()), sentence.data());
        std::fflush(stdout);
    };
    world.rest = rest;
    return world;
}

Result<void> allow(Configuration& configuration, const WalletOptions& options,
                   const AllowOptions& wanted) {
    const settings::Wallet& wallet = configuration.settings().wallet;
    const auto place = approvalPlace(wallet, wanted.network);
    if (!place)
        return fail(place.error());
    const auto token = tokenOf(wallet, place->network, wanted.token);
    if (!token)
        return fail(token.error());
    const auto units = unitsOf(*token, wanted.upTo);
    if (!units)
        return fail(units.error());
    if (::isatty(STDIN_FILENO) != 1)
        return wrong(
            "Nothing was signed. What Permit2 may move is a person's to say, and standard "
            "input is no terminal. Run this on a terminal.");
    if (wallet.watchOnly && options.name.empty())
        return wrong("This wallet only watches; its key is elsewhere, and must sign this there.");
    const auto record = readWallet(configuration, options);
    if (!record)
        return fail(record.error());
    auto key = record->key();
    if (!key)
        return fail(key.error());
    const settings::Paths& paths = configuration.paths();
    const ApprovalWish wish{place->network, *token, key->address(), *units};
    ApprovalOrder order{wish, place->rpc, std::move(*key),
                        std::chrono::seconds(wanted.waitSeconds)};
    ApprovalRun run(paths.dataDir, paths.ledger(configuration.settings().ledger.url),
                    std::move(order), personAt(wish));
    return run.run();
}

}  // namespace

int allowPermit2(const settings::Paths& paths, const WalletOptions& wallet,
                 const AllowOptions& options) {
    return onConfiguration(
        paths, [&](Configuration& configuration) { return allow(configuration, wallet, options); });
}

}  // namespace gr::app
