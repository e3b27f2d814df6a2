// SPDX-License-Identifier: MIT
#include "app/wallet_commands.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "app/balance_ask.h"
#include "app/configuration.h"
#include "app/control_line.h"
#include "app/hide_memory.h"
#include "app/open_vault.h"
#include "app/terminal.h"
#include "app/wallet_access.h"
#include "app/wallet_control.h"
#include "app/wallet_vault.h"
#include "base/log.h"
#include "gateway/control.h"
#include "json/scan.h"
#include "json/writer.h"
#include "payment/address.h"
#include "payment/policy_change.h"
#include "payment/wallet_record.h"
#include "settings/passphrase.h"
#include "settings/policy_text.h"

namespace gr::app {
namespace {

using payment::Mnemonic;
using payment::WalletRecord;
using settings::SecretRef;
using settings::SecretStore;

// Where a wallet is put.
Result<std::string> entryOf(const settings::Settings& settings, const WalletOptions& options) {
    const SecretRef reference = referenceOf(settings, options);
    if (reference.kind != SecretRef::Kind::Vault)
        return fail(ErrorCode::InvalidField,
                    "The configuration takes the wallet's key from elsewhere than the vault. "
                    "Remove wallet.key there, or give this wallet a name with --name.");
    return reference.name;
}

// By passphrase unless the person says otherwise: whatever the keychain opens by itself, every
// program of the user opens.
Result<void> openForWallet(Configuration& configuration, const WalletOptions& options) {
    using State = SecretStore::State;
    SecretStore& secrets = configuration.secrets();
    if (const auto made = settings::makePrivateFolder(configuration.paths().dataDir); !made)
        return made;
    if (secrets.state() == State::NoVault && options.keychain)
        return {};  // is made with the first entry
    const auto ask = [&secrets](auto change) -> Result<void> {
        const auto passphrase = settings::readNewPassphrase();
        return passphrase ? (secrets.*change)(*passphrase) : Result<void>(fail(passphrase.error()));
    };
    if (secrets.state() == State::NoVault)
        return ask(&SecretStore::createWithPassphrase);
    const bool byKeychain = secrets.state() == State::NeedsKeychain;
    if (byKeychain && !options.keychain && !options.passphrase)
        return fail(
            ErrorCode::InvalidField,
            "The key of the vault lies in the system keychain, which every program of this "
            "user can ask. Run this with --passphrase, and the vault opens with a "
            "passphrase alone from now on (the gateway asks for it when it starts), or with "
            "--keychain to keep the wallet so.");
    if (auto opened = openVault(secrets, configuration.settings()); !opened)
        return opened;
    return byKeychain && options.passphrase ? ask(&SecretStore::changePassphrase) : Result<void>();
}

Result<void> keepNew(SecretStore& secrets, const std::string& entry, const WalletRecord& record) {
    log::hide(record.words());
    return saveSecret(secrets, entry, record.text());
}

// Past stdio, whose buffers nobody wipes.
void writeOut(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
        if (count <= 0)
            return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

void showWords(const WalletRecord& record) {
    std::string page;
    page.reserve(4096);  // growing would leave copies behind
    page +=
        "\nThese words are the wallet. Whoever has them has its money, and without them the money "
        "is\nlost with this machine. Write them on paper, in this order, and show them to "
        "nobody.\n\n";
    std::string_view rest = record.words().reveal();
    for (int place = 1; !rest.empty(); ++place) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        page.append(place < 10 ? "   " : "  ").append(std::to_string(place)).append(" ");
        page.append(word).append(place % 4 == 0 ? 1 : 10 - word.size(),
                                 place % 4 == 0 ? '\n' : ' ');
    }
    page += "\n";
    writeOut(page);
    wipe(page.data(), page.size());
}

Result<void> mustBeTerminal() {
    if (::isatty(STDOUT_FILENO) == 1)
        return {};
    return fail(ErrorCode::InvalidField,
                "The words of a wallet are shown on a terminal alone, and standard output is none. "
                "Run this on a terminal.");
}

void tellAddress(const WalletRecord& record) {
    std::printf("%s\n", payment::checksumText(record.address()).c_str());
}

// A watch-only wallet needs no vault.
Result<payment::Address> addressOf(Configuration& configuration, const WalletOptions& options) {
    const auto& watched = configuration.settings().wallet.watchOnly;
    if (watched && options.name.empty())
        return *watched;
    const auto record = readWallet(configuration, options);
    if (!record)
        return fail(record.error());
    return record->address();
}

// The next line that was handed in, or what a person types.
Result<Secret> askFor(const char* prompt) {
    return ::isatty(STDIN_FILENO) == 1 ? settings::askOnTerminal(prompt)
                                       : settings::readSecretLine(STDIN_FILENO);
}

Result<WalletRecord> importedFrom(const Secret& text, const WalletOptions& options) {
    Secret passphrase;
    if (options.wordsPassphrase && !payment::parsePrivateKey(text.reveal())) {
        auto given = askFor("Passphrase of the words: ");
        if (!given)
            return fail(given.error());
        passphrase = std::move(*given);
    }
    return importedWallet(text, passphrase, options.account);
}

// At a terminal; a script that handed in the passphrase has said so.
Result<void> mustSayYes() {
    if (::isatty(STDIN_FILENO) != 1 || saysYes("Approve it? [y/N] "))
        return {};
    return fail(ErrorCode::Cancelled, "Nothing was approved.");
}

}  // namespace

int newWallet(const settings::Paths& paths, const WalletOptions& options) {
    return onConfiguration(paths, [&options](Configuration& configuration) -> Result<void> {
        if (auto terminal = mustBeTerminal(); !terminal)
            return terminal;
        const auto entry = entryOf(configuration.settings(), options);
        if (!entry)
            return fail(entry.error());
        if (auto opened = openForWallet(configuration, options); !opened)
            return opened;
        if (auto free = mustBeFree(configuration.secrets(), *entry); !free)
            return free;
        const auto length =
            options.words == 24 ? Mnemonic::Length::TwentyFour : Mnemonic::Length::Twelve;
        const auto record = WalletRecord::fromWords(Mnemonic::create(length), Secret(), 0);
        if (!record)
            return fail(record.error());
        if (auto kept = keepNew(configuration.secrets(), *entry, *record); !kept)
            return kept;
        showWords(*record);
        std::printf("Address: ");
        tellAddress(*record);
        std::printf("Then show that the paper is right: gaterouterd wallet backup-check\n");
        return {};
    });
}

int importWallet(const settings::Paths& paths, const WalletOptions& options) {
    return onConfiguration(paths, [&options](Configuration& configuration) -> Result<void> {
        const auto entry = entryOf(configuration.settings(), options);
        if (!entry)
            return fail(entry.error());
        const auto text = askFor("Words, or private key (not shown): ");
        if (!text)
            return fail(text.error());
        const auto record = importedFrom(*text, options);
        if (!record)
            return fail(record.error());
        if (auto opened = openForWallet(configuration, options); !opened)
            return opened;
        if (auto free = mustBeFree(configuration.secrets(), *entry); !free)
            return free;
        if (auto kept = keepNew(configuration.secrets(), *entry, *record); !kept)
            return kept;
        tellAddress(*record);
        return {};
    });
}

int showAddress(const settings::Paths& paths, const WalletOptions& options) {
    return onConfiguration(paths, [&options](Configuration& configuration) -> Result<void> {
        const auto address = addressOf(configuration, options);
        if (!address)
            return fail(address.error());
        std::printf("%s\n", payment::checksumText(*address).c_str());
        return {};
    });
}

int showBalance(const settings::Paths& paths, const WalletOptions& options) {
    return onConfiguration(paths, [&options](Configuration& configuration) -> Result<void> {
        const settings::Wallet& wallet = configuration.settings().wallet;
        if (wallet.networks.empty())
            return fail(ErrorCode::InvalidField,
                        "No network is set up. List those to pay on under wallet.networks in the "
                        "configuration, each with the address of an RPC server.");
        const auto address = addressOf(configuration, options);
        if (!address)
            return fail(address.error());
        std::printf("%s\n", payment::checksumText(*address).c_str());
        BalanceAsk ask(balanceQuestion(wallet, *address));
        std::size_t unknown = 0;
        for (const payment::ChainBalance& balance : ask.run()) {
            std::printf("%s\n", balanceLine(balance, wallet.known).c_str());
            unknown += balance.problem.empty() ? 0 : 1;
        }
        if (unknown > 0)
            return fail(ErrorCode::Unreachable,
                        "Not all chains gave an answer (" + std::to_string(unknown) + " of " +
                            std::to_string(wallet.networks.size()) + " did not).");
        return {};
    });
}

int checkBackup(const settings::Paths& paths, const WalletOptions& options) {
    return onConfiguration(paths, [&options](Configuration& configuration) -> Result<void> {
        const auto entry = entryOf(configuration.settings(), options);
        if (!entry)
            return fail(entry.error());
        if (auto terminal = mustBeTerminal(); options.show && !terminal)
            return terminal;
        auto record = readWallet(configuration, options);
        if (!record)
            return fail(record.error());
        if (options.show && record->words().empty())
            return fail(ErrorCode::InvalidField,
                        "This wallet was imported as a private key and has no words.");
        if (options.show) {
            showWords(*record);
            return {};
        }
        const auto text = askFor("Words, or private key, from your backup (not shown): ");
        if (!text)
            return fail(text.error());
        if (auto right = mustBeBackup(*record, *text); !right)
            return right;
        record->setBackedUp();
        if (auto kept = keepNew(configuration.secrets(), *entry, *record); !kept)
            return kept;
        std::printf("The backup is right.\n");
        return {};
    });
}

int unlockWallet(const settings::Paths& paths, const WalletOptions&) {
    hideMemory();
    const auto ask = [&paths](std::string_view line) -> Result<std::string> {
        auto answer = gateway::askControl(paths.controlSocket(), line);
        const auto object =
            answer ? json::scanObject(*answer) : Result<json::Object>(fail(answer.error()));
        if (!object)
            return fail(object.error());
        const std::string problem = member(*object, "error");
        return problem.empty() ? std::move(answer) : fail(ErrorCode::BadRequest, problem);
    };
    const auto facts = ask(R"({"command":"wallet"})");
    const auto wallet =
        facts ? readWalletLine(*facts) : Result<gateway::WalletFacts>(fail(facts.error()));
    if (!wallet)
        return complain(wallet.error());
    if (wallet->state != gateway::WalletFacts::State::Locked) {
        std::printf("The wallet is not locked.\n");
        return 0;
    }
    const auto passphrase = settings::readPassphrase("Passphrase of the vault: ");
    if (!passphrase)
        return complain(passphrase.error());
    json::Writer out;
    out.object().key("command").string("vault.unlock");
    std::string line = out.key("passphrase").string(passphrase->reveal()).end().take();
    const auto opened = ask(line);
    wipe(line.data(), line.size());
    if (!opened)
        return complain(opened.error());
    std::printf("The wallet is unlocked.\n");
    return 0;
}

int approvePolicy(const settings::Paths& paths, const WalletOptions& options) {
    return onConfiguration(paths, [&options](Configuration& configuration) -> Result<void> {
        if (const auto entry = entryOf(configuration.settings(), options); !entry)
            return fail(entry.error());
        if (configuration.secrets().state() == SecretStore::State::NoVault)
            return fail(ErrorCode::SecretMissing,
                        "There is no wallet yet. Make one with `gaterouterd wallet new`, or import "
                        "one with `gaterouterd wallet import`.");
        if (auto opened = openForWallet(configuration, options); !opened)
            return opened;
        SecretStore& secrets = configuration.secrets();
        const payment::PolicyChange change = policyChange(secrets, configuration.settings().wallet);
        if (change.loosened.empty()) {
            std::printf("The configuration allows no more than was approved.\n");
            return {};
        }
        std::printf("wallet.policy allows more than was approved:\n");
        for (const std::string& name : change.loosened)
            std::printf("  %s\n", name.c_str());
        std::fflush(stdout);
        if (auto sure = mustSayYes(); !sure)
            return sure;
        if (auto kept = saveSecret(secrets, std::string(settings::kApprovedPolicy),
                                   Secret(settings::policyText(change.asked)));
            !kept)
            return kept;
        std::printf("Approved. A running gateway takes it over with `gaterouterd reload`.\n");
        return {};
    });
}

}  // namespace gr::app
