// SPDX-License-Identifier: MIT
#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>

#include "app/allow_command.h"
#include "app/catalog_commands.h"
#include "app/catalog_file.h"
#include "app/command_tree.h"
#include "app/configuration.h"
#include "app/connect_command.h"
#include "app/control_client.h"
#include "app/eval_commands.h"
#include "app/ledger_commands.h"
#include "app/open_vault.h"
#include "app/play_money.h"
#include "app/replay_commands.h"
#include "app/serve.h"
#include "app/terminal.h"
#include "app/wallet_commands.h"
#include "base/log.h"
#include "gateway/explain.h"
#include "json/writer.h"
#include "settings/keychain.h"

namespace gr::app {
namespace {

struct Arguments {
    std::string config;
    std::string dataDir;
    std::string logLevel = "info";
    std::uint16_t port = 0;
    std::string address;
    bool sandbox = false;
    bool logRequests = false;
    NewKey key;
    std::string requestId;
    std::string limit;
    std::string alwaysUpTo;
    std::string amount;
    std::string exportFormat = "csv";
    std::string exportWhat = "requests";
    std::string exportFrom;
    std::string exportTo;
    std::string catalogName;  // a list's file or address, or a model
    bool yes = false;
    int days = 7;
    bool json = false;
    WalletOptions wallet;
    AllowOptions allow;
    ConnectOptions connect;
};

EngineOptions engineOptions(const Arguments& args, const CLI::App& cli) {
    EngineOptions options;
    if (!args.config.empty())
        options.configFile = args.config;
    if (!args.dataDir.empty())
        options.dataDir = args.dataDir;
    options.sandbox = args.sandbox;
    options.logRequests = args.logRequests;
    if (cli.count("--port") > 0)
        options.port = args.port;
    if (!args.address.empty())
        options.address = args.address;
    return options;
}

int check(const EngineOptions& options) {
    const auto file = pathsFor(options).configFile;
    const auto loaded = settings::loadSettings(file, loadCatalog(pathsFor(options).catalogFile()));
    if (!loaded)
        return complain(loaded.error());
    for (const settings::Problem& problem : loaded->problems)
        std::printf("%s\n", settings::toLine(problem).c_str());
    if (!loaded->problems.empty())
        return 1;
    std::printf("%s: no problem found\n", file.c_str());
    return 0;
}

// Runs `work` on what the configuration says, without a gateway.
int onSettings(const EngineOptions& options,
               const std::function<int(const settings::Settings&, const catalog::Catalog&,
                                       settings::SecretStore&)>& work) {
    const auto paths = pathsFor(options);
    const auto catalog = loadCatalog(paths.catalogFile());
    const auto loaded = settings::loadSettings(paths.configFile, catalog);
    if (!loaded)
        return complain(loaded.error());
    settings::SecretStore::Options store;
    store.vaultFile = paths.vaultFile();
    store.configFolder = paths.configFile.parent_path();
    settings::SecretStore secrets(std::move(store));
    return work(loaded->settings, catalog, secrets);
}

// What the routing decision for the request on standard input would be; nothing is sent.
int route(const EngineOptions& options) {
    const std::string body((std::istreambuf_iterator<char>(std::cin)),
                           std::istreambuf_iterator<char>());
    return onSettings(options, [&body](const auto& settings, const auto& catalog, auto& secrets) {
        const auto decided = gateway::explainRoute(body, settings, catalog, secrets);
        if (!decided)
            return complain(decided.error());
        std::printf("%s\n", decided->c_str());
        return 0;
    });
}

// What the configuration would have made of the last days' requests.
int replay(const EngineOptions& options, int days, bool json) {
    return onSettings(options, [&](const auto& settings, const auto& catalog, auto& secrets) {
        const ledger::Location books = pathsFor(options).ledger(settings.ledger.url);
        return replayHistory({books, settings, catalog, secrets}, days, json);
    });
}

// Runs `work` on the ledger that the configuration names.
int onBooks(const EngineOptions& options, const std::function<int(const ledger::Location&)>& work) {
    const auto paths = pathsFor(options);
    const auto loaded = settings::loadSettings(paths.configFile, catalog::Catalog::embedded());
    if (!loaded)
        return complain(loaded.error());
    return work(paths.ledger(loaded->settings.ledger.url));
}

int connectTools(const EngineOptions& options, const ConnectOptions& connect) {
    const auto paths = pathsFor(options);
    const auto loaded = settings::loadSettings(paths.configFile, catalog::Catalog::embedded());
    if (!loaded)
        return complain(loaded.error());
    const std::uint16_t port = options.port.value_or(loaded->settings.listen.port);
    return connectTools({port, paths.connectionsFile(), paths.controlSocket()}, connect);
}

int reprice(const EngineOptions& options, const std::string& from, const std::string& to) {
    const auto paths = pathsFor(options);
    const auto catalog = loadCatalog(paths.catalogFile());
    const auto loaded = settings::loadSettings(paths.configFile, catalog);
    if (!loaded)
        return complain(loaded.error());
    return repriceLedger({paths.ledger(loaded->settings.ledger.url), loaded->settings, catalog},
                         from, to);
}

// Checks the books, with the vault's key if it can be opened.
int verify(const EngineOptions& options) {
    int argc = 1;
    char name[] = "gaterouterd";
    char* argv[] = {name, nullptr};
    const QCoreApplication application(argc, argv);
    const auto keychain = settings::systemKeychain();
    std::vector<settings::Problem> problems;
    const auto configuration = Configuration::open(pathsFor(options), keychain.get(), problems);
    if (!configuration)
        return complain(configuration.error());
    const settings::Paths& paths = (*configuration)->paths();
    auto keys = ledger::readReceiptKeys(paths.dataDir, ledger::KeyFile::ReadOnly);
    if (!keys)
        return complain(keys.error());
    settings::SecretStore& secrets = (*configuration)->secrets();
    if (secrets.state() != settings::SecretStore::State::NoVault) {
        if (const auto opened = openVault(secrets, (*configuration)->settings()); !opened)
            std::fprintf(stderr, "%s\n", opened.error().message.text.c_str());
    }
    if (const auto key = secrets.derivedKey(kStatePurpose))
        keys->vault = ledger::receiptKeyOf(*key);
    return verifyLedger(paths.ledger((*configuration)->settings().ledger.url), *keys);
}

int sandboxHelp(const EngineOptions& options) {
    EngineOptions sandboxed = options;
    sandboxed.sandbox = true;
    const auto paths = pathsFor(sandboxed);
    std::printf(
        "The sandbox runs without keys, without a network and without money.\n"
        "  start it:  gaterouterd serve --sandbox\n"
        "  models:    sandbox/echo (repeats), sandbox/story (streams), sandbox/tools (calls "
        "tools)\n"
        "             all simulated: no model is asked\n"
        "  data:      %s\n"
        "  settings:  %s\n"
        "At its start it prints a curl line with a key that is valid until it stops, and where its "
        "play money is.\n",
        paths.dataDir.c_str(), paths.configFile.c_str());
    if (const auto play = askPlayMoney(paths.controlSocket()))
        std::fputs(linesOf(*play).c_str(), stdout);
    else
        std::printf(
            "No sandbox runs there now; once one does, this command tells its addresses.\n");
    return 0;
}

void setLogLevel(const std::string& name) {
    const std::map<std::string, LogLevel> levels{{"debug", LogLevel::Debug},
                                                 {"info", LogLevel::Info},
                                                 {"warning", LogLevel::Warning},
                                                 {"error", LogLevel::Error}};
    log::setLevel(levels.at(name));
}

void addServeOptions(CLI::App& app, Arguments& args) {
    app.add_option("--port", args.port, "Listen on this port instead of the configured one");
    app.add_option("--address", args.address, "Listen on this address");
    app.add_flag("--log-requests", args.logRequests,
                 "Write a line of JSON to standard error for every finished request");
    app.add_flag("--sandbox", args.sandbox, "Offer the simulated models; uses its own folders");
}

// The commands by group; the one that was named runs while the arguments are read.
class Commands final {
  public:
    Commands() {
        m_cli.set_version_flag("--version", "gaterouterd " GR_VERSION);
        m_cli.fallthrough();
        m_cli.require_subcommand(0, 1);
        m_cli.add_option("--config", m_args.config, "The configuration file");
        m_cli.add_option("--data-dir", m_args.dataDir,
                         "The folder for ledger, vault and control socket");
        m_cli.add_option("--log-level", m_args.logLevel, "debug, info, warning or error")
            ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
        addServeOptions(m_cli, m_args);
        addServing();
        addPayments();
        addKeys();
        addConnect();
        addBooks();
        addScoring();
        addCatalog();
        addWallet();
    }

    int run(int argc, char** argv) {
        try {
            m_cli.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            const bool asked = error.get_exit_code() == 0;
            m_cli.exit(error, std::cout, std::cerr);
            return asked ? 0 : 2;
        }
        if (m_cli.get_subcommands().empty()) {
            setLogLevel(m_args.logLevel);
            m_exitCode = runServe(engineOptions(m_args, m_cli));
        }
        return m_exitCode;
    }

    CommandFact facts() const { return factsOf(m_cli); }

  private:
    using Run = std::function<int(const EngineOptions&)>;

    CLI::App* command(CLI::App* sub, Run run) {
        sub->fallthrough();
        sub->callback([this, sub, run = std::move(run)] {
            if (!sub->get_subcommands().empty())
                return;  // that one was meant
            setLogLevel(m_args.logLevel);
            m_exitCode = run(engineOptions(m_args, m_cli));
        });
        return sub;
    }

    CLI::App* group(const char* name, const char* help) {
        CLI::App* sub = m_cli.add_subcommand(name, help);
        sub->require_subcommand(1)->fallthrough();
        return sub;
    }

    Run asks(const char* name) {
        return [this, name](const EngineOptions& o) {
            json::Writer line;
            line.object().key("command").string(name);
            if (!m_args.key.id.empty())
                line.key("id").string(m_args.key.id);
            if (!m_args.requestId.empty())
                line.key("id").string(m_args.requestId);
            if (!m_args.limit.empty())
                line.key("limit").string(m_args.limit);
            if (!m_args.alwaysUpTo.empty())
                line.key("always_up_to").string(m_args.alwaysUpTo);
            if (!m_args.amount.empty())
                line.key("amount").string(m_args.amount);
            return askGateway(pathsFor(o).controlSocket(), line.end().take());
        };
    }

    void addServing() {
        const auto add = [this](const char* name, const char* help, Run run) {
            command(m_cli.add_subcommand(name, help), std::move(run));
        };
        add("serve", "Run the endpoint (the default)", runServe);
        add("check", "Name every problem of the configuration", check);
        add("route", "Explain the routing of a request on standard input", route);
        CLI::App* const replayed =
            command(m_cli.add_subcommand("replay",
                                         "What this configuration would have made of the last "
                                         "days' requests: cost, models, time"),
                    [this](const EngineOptions& o) { return replay(o, m_args.days, m_args.json); });
        replayed->add_option("--days", m_args.days, "So many days back")
            ->check(CLI::Range(1, 3'650));
        replayed->add_flag("--json", m_args.json, "As JSON");
        add("sandbox", "Tell how to use the sandbox", sandboxHelp);
        add("reload", "Make the running gateway read its configuration again", asks("reload"));
        add("status", "Tell whether a gateway runs, and where", asks("status"));
        add("stop", "End the running gateway", asks("stop"));
        CLI::App* const experience = command(
            m_cli.add_subcommand("experience", "What answers taught the running gateway of models"),
            asks("experience"));
        command(experience->add_subcommand("forget", "Forget it"), asks("experience.forget"));
        CLI::App* const limits =
            command(m_cli.add_subcommand("limits", "How the limits of the running gateway stand"),
                    asks("limits"));
        command(limits->add_subcommand("clock", "Believe the clock that leapt"),
                asks("limits.clock"));
        command(limits->add_subcommand("free",
                                       "Count what gateways held that ended suddenly as spent no "
                                       "more; what their last requests cost is in no row"),
                asks("limits.free"));
        CLI::App* const allow =
            command(limits->add_subcommand("allow", "Let a request pass that a limit holds"),
                    asks("limits.allow"));
        allow->add_option("id", m_args.requestId, "Of the request")->required();
        allow->add_option("amount", m_args.amount,
                          "May be spent beyond the limit in its window; else what this one lacks");
        CLI::App* const raise = command(
            limits->add_subcommand("raise", "Let more be spent of a limit in its present window"),
            asks("limits.raise"));
        raise->add_option("limit", m_args.limit, "As `limits` has it in brackets")->required();
        raise->add_option("amount", m_args.amount, "How much more")->required();
        command(limits->add_subcommand("refuse", "Refuse it"), asks("limits.refuse"))
            ->add_option("id", m_args.requestId, "Of the request")
            ->required();
    }

    void addPayments() {
        command(m_cli.add_subcommand("pause", "Pay nobody until told otherwise"),
                asks("payments.pause"));
        command(m_cli.add_subcommand("resume", "Pay again"), asks("payments.resume"));
        CLI::App* const payments = command(
            m_cli.add_subcommand("payments", "Which payments wait for a person"), asks("payments"));
        CLI::App* const approve =
            command(payments->add_subcommand("approve", "Make a payment that waits"),
                    asks("payments.approve"));
        approve->add_option("id", m_args.requestId, "Of the payment")->required();
        approve->add_option("--always-up-to", m_args.alwaysUpTo,
                            "In USD: payments to this payee up to so much wait for nobody any "
                            "more");
        command(payments->add_subcommand("believe",
                                         "The books of payments are right, though the vault "
                                         "remembers others"),
                asks("payments.believe"));
        command(payments->add_subcommand("deny", "Refuse it"), asks("payments.deny"))
            ->add_option("id", m_args.requestId, "Of the payment")
            ->required();
    }

    void addKeys() {
        CLI::App* keys = group("keys", "Client keys of the running gateway");
        command(keys->add_subcommand("list", "List them"), asks("keys.list"));
        const auto named = [this, keys](const char* name, const char* help, Run run) {
            CLI::App* const sub = command(keys->add_subcommand(name, help), std::move(run));
            sub->add_option("id", m_args.key.id, "Name of the key, such as my-tools")->required();
            return sub;
        };
        named("revoke", "Refuse it from now on", asks("keys.revoke"));
        named("restore", "Undo a revocation", asks("keys.restore"));
        CLI::App* const made =
            named("create", "Make one; it is shown once", [this](const EngineOptions& o) {
                return createKey(pathsFor(o).controlSocket(), m_args.key);
            });
        made->add_option("--model", m_args.key.models,
                         "A model it may ask for, with * for any part; may stand more than once");
        made->add_option(
            "--limit", m_args.key.limits,
            "A limit as in the configuration: '{\"window\":\"day\",\"usd\":\"5.00\"}'; "
            "may stand more than once");
        made->add_option("--expires", m_args.key.expires,
                         "Its end, such as 2027-01-31 or 2027-01-31T12:00:00Z");
        made->add_flag("--allow-unpriced", m_args.key.allowUnpriced,
                       "It may use what has no known price");
    }

    void addConnect() {
        CLI::App* const sub = command(
            m_cli.add_subcommand("connect", "How the tools on this machine are pointed here"),
            [this](const EngineOptions& o) { return connectTools(o, m_args.connect); });
        sub->add_option("tool", m_args.connect.tool,
                        "Show the change for this one, such as codex; else list them all");
        sub->add_option("--model", m_args.connect.model, "The model it is to ask for");
        CLI::Option* const apply = sub->add_flag("--apply", m_args.connect.apply,
                                                 "Make the change, with a back-up; the running "
                                                 "gateway makes a key for the tool");
        sub->add_flag("--undo", m_args.connect.undo, "Bring back what was there before")
            ->excludes(apply);
        sub->add_flag("--key-stdin", m_args.connect.keyOnInput,
                      "Write the key on standard input instead of a new one");
    }

    void addScoring() {
        CLI::App* eval = group("eval", "What the learned router says of prompts, for benchmarks");
        command(
            eval->add_subcommand("duel", "How much each prompt needs the stronger of two models"),
            [](const EngineOptions&) { return evalDuel(); });
        command(eval->add_subcommand("pool", "How likely each model of a pool is right"),
                [](const EngineOptions&) { return evalPool(); });
    }

    void addBooks() {
        CLI::App* books = group("ledger", "The books: the record of every request");
        command(books->add_subcommand("verify", "Check them"), verify);
        const auto writeOut = [this](const ledger::Location& place) {
            return exportLedger(place, m_args.exportWhat, m_args.exportFormat, m_args.exportFrom,
                                m_args.exportTo);
        };
        CLI::App* exported =
            command(books->add_subcommand("export", "Write them to standard output"),
                    [writeOut](const EngineOptions& o) { return onBooks(o, writeOut); });
        exported->add_option("--format", m_args.exportFormat, "csv or json")
            ->check(CLI::IsMember({"csv", "json"}));
        exported
            ->add_option("--what", m_args.exportWhat,
                         "requests, purchases (what was paid) or sales (what others paid)")
            ->check(CLI::IsMember({"requests", "purchases", "sales"}));
        const auto compare = [this](const ledger::Location& place) {
            return reconcileLedger(place, m_args.exportFrom, m_args.exportTo);
        };
        CLI::App* const reconciled = command(
            books->add_subcommand("reconcile", "Compare payments with requests and the chain"),
            [compare](const EngineOptions& o) { return onBooks(o, compare); });
        CLI::App* const settled =
            command(books->add_subcommand("settle", "Tell what a request of unknown cost took"),
                    asks("ledger.settle"));
        settled->add_option("id", m_args.requestId, "Of the request")->required();
        settled->add_option("usd", m_args.amount, "By the provider's bill")->required();
        CLI::App* repriced =
            command(books->add_subcommand("reprice", "Tell what they cost at the prices of then"),
                    [this](const EngineOptions& o) {
                        return reprice(o, m_args.exportFrom, m_args.exportTo);
                    });
        for (CLI::App* sub : {exported, repriced, reconciled}) {
            sub->add_option("--from", m_args.exportFrom, "From this date or time on (UTC)");
            sub->add_option("--to", m_args.exportTo, "Before this date or time (UTC)");
        }
    }

    void addCatalog() {
        CLI::App* models = group("catalog", "Models and prices");
        const auto add = [this, models](const char* name, const char* help, const char* about,
                                        std::function<int(const CatalogFiles&)> run) {
            CLI::App* sub = command(models->add_subcommand(name, help),
                                    [run = std::move(run)](const EngineOptions& o) {
                                        const auto paths = pathsFor(o);
                                        return run({paths.catalogFile(), paths.controlSocket()});
                                    });
            sub->add_option("name", m_args.catalogName, about)->required();
            return sub;
        };
        constexpr const char* kList = "api.json of models.dev: a file or an https address";
        add("diff", "Tell what a list of models and prices would change", kList,
            [this](const CatalogFiles& f) { return diffCatalog(f, m_args.catalogName); });
        add("apply", "Use its prices and new models from now on", kList,
            [this](const CatalogFiles& f) {
                return applyCatalog(f, m_args.catalogName, m_args.yes);
            })
            ->add_flag("--yes", m_args.yes, "Do not ask");
        add("price", "Tell what a model costs", "PROVIDER/MODEL",
            [this](const CatalogFiles& f) { return showPrice(f, m_args.catalogName); });
    }

    void addWallet() {
        CLI::App* wallet = group("wallet", "The wallet that pays and is paid");
        const auto add = [this, wallet](const char* name, const char* help, auto act) {
            CLI::App* sub = command(wallet->add_subcommand(name, help), [this, act](const auto& o) {
                return act(pathsFor(o), m_args.wallet);
            });
            sub->add_option("--name", m_args.wallet.name,
                            "Entry wallet/NAME of the vault, instead of the configured one");
            return sub;
        };
        CLI::App* const made = add("new", "Make one and show its words", newWallet);
        made->add_option("--words", m_args.wallet.words, "How many words")
            ->check(CLI::IsMember({12, 24}));
        CLI::App* const imported =
            add("import", "Take words, or a private key, from the terminal or standard input",
                importWallet);
        imported->add_option("--account", m_args.wallet.account, "N of m/44'/60'/0'/0/N")
            ->check(CLI::Range(0, 0x7fffffff));
        imported->add_flag("--words-passphrase", m_args.wallet.wordsPassphrase,
                           "The words have a passphrase of their own: ask for it");
        CLI::App* const approved =
            command(wallet->add_subcommand("approve-policy",
                                           "Let wallet.policy allow more than was approved so far"),
                    [this](const auto& o) { return approvePolicy(pathsFor(o), m_args.wallet); });
        for (CLI::App* sub : {made, imported, approved}) {
            sub->add_flag("--keychain", m_args.wallet.keychain,
                          "Keep it in a vault that the system keychain opens by itself");
            sub->add_flag("--passphrase", m_args.wallet.passphrase,
                          "Give a vault that the keychain opens a passphrase from now on");
        }
        command(wallet->add_subcommand("lock", "Take its key out of the running gateway's memory"),
                asks("wallet.lock"));
        command(wallet->add_subcommand("unlock", "Let the running gateway pay again"),
                [this](const auto& o) { return unlockWallet(pathsFor(o), m_args.wallet); });
        add("address", "Tell its address", showAddress);
        add("balance", "Ask the chains what it holds", showBalance);
        CLI::App* const allow = command(
            wallet->add_subcommand("allow", "Let Permit2 move some of a token, for payments"),
            [this](const auto& o) {
                return allowPermit2(pathsFor(o), m_args.wallet, m_args.allow);
            });
        allow->add_option("--name", m_args.wallet.name,
                          "Entry wallet/NAME of the vault, instead of the configured one");
        allow->add_option("network", m_args.allow.network, "eip155:8453, or a name")->required();
        allow->add_option("token", m_args.allow.token, "Symbol, or address")->required();
        allow->add_option("--up-to", m_args.allow.upTo,
                          "How much, in whole tokens; 10 where nothing is said, 0 to end it");
        allow->add_option("--wait", m_args.allow.waitSeconds, "For its block, in seconds")
            ->check(CLI::Range(1, 3600));
        add("backup-check", "Show that the words on paper are right", checkBackup)
            ->add_flag("--show", m_args.wallet.show, "Show the words once more instead");
    }

    Arguments m_args;
    CLI::App m_cli{"GateRouter's endpoint without a window. Without a command it serves.",
                   "gaterouterd"};
    int m_exitCode = 0;
};

}  // namespace

int runDaemon(int argc, char** argv) {
    return Commands().run(argc, argv);
}

CommandFact daemonFacts() {
    return Commands().facts();
}

}  // namespace gr::app
