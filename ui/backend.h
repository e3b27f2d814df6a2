// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <QUrl>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "base/secret.h"
#include "connect/desk.h"
#include "gateway/bill.h"
#include "gateway/events.h"
#include "gateway/replay.h"
#include "gateway/routing_traffic.h"
#include "ledger/entry.h"
#include "ledger/export.h"
#include "ledger/key_program.h"
#include "ledger/limit.h"
#include "ledger/reader.h"

// The one door between the window and everything else: values come up, commands go down. The pages
// know no socket, no SQL and no key store; a test stands in with scripted values, and the program
// may stand in with its own gateway or with one that already runs.
namespace gr::ui {

class Chats;
class Payments;

struct ModelInfo {
    std::string id;
    std::optional<Money> inputPrice;       // USD per million tokens
    std::optional<Money> outputPrice;      // USD per million tokens
    std::optional<std::uint64_t> context;  // tokens
};

// A provider as configured.
struct ProviderInfo {
    enum class Key : std::uint8_t { NotNeeded, Missing, Vault, Memory, Environment, Elsewhere };
    std::string id;
    std::string title;     // "OpenAI"
    std::string kind;      // openai, anthropic, gemini
    std::string baseUrl;   // as configured or from the catalog
    std::string finalUrl;  // where a chat request goes
    std::string keyPage;   // where a person gets a key; may be empty
    Key key = Key::Missing;
    std::string keySource;  // Environment: the variable
    bool enabled = true;
    bool simulated = false;
    bool removable = true;
    bool answerable = true;  // false: this version cannot send requests to its kind
    std::vector<ModelInfo> models;
};

// What the catalog knows about a provider that could be added.
struct ProviderPreset {
    std::string id;
    std::string title;
    std::string kind;
    std::string baseUrl;
    std::string keyPage;
    bool needsKey = true;
    bool answerable = true;  // see ProviderInfo
};

struct ProviderDraft {
    std::string id;  // of a preset, or chosen by the user: letters, digits, '-', '_', '.'
    std::string kind = "openai";
    std::string baseUrl;  // empty: the catalog's
    std::string dialect;  // empty: from the catalog
    bool needsKey = true;
};

struct ProviderTest {
    bool ok = false;
    std::int64_t ms = 0;
    int models = 0;        // ok: how many the provider lists
    std::string sentence;  // not ok: what happened and what it means
};

struct ClientKeyInfo {
    std::string id;
    std::optional<UnixMs> createdAt;  // absent: from the configuration
    std::optional<UnixMs> expiresAt;
    std::optional<UnixMs> revokedAt;
    bool revealable = false;                     // clientKeySecret() would give it
    bool revocable = true;                       // false: written in the configuration by hand
    std::vector<std::string> models{};           // names with `*`; none: all
    std::vector<ledger::Limit> limits{};         // of this key alone
    std::vector<ledger::KeyProgram> programs{};  // that connected with it, the last one first
};

// A key to be made, and what it may do.
struct ClientKeyDraft {
    std::string id;
    std::optional<UnixMs> expires{};
    std::vector<std::string> models{};    // as in ClientKeyInfo
    std::vector<ledger::Limit> limits{};  // window, unit and amount count
};

// Where provider keys go.
enum class VaultState : std::uint8_t {
    Open,            // keys can be read and written
    Locked,          // a passphrase opens it
    KeychainClosed,  // its key lies in the keychain, which did not give it
    NeedsChoice,     // no keychain and no vault yet: a new passphrase, or memory only
    MemoryOnly,      // the user chose so until the program ends
};

// The settings that pages show; the file holds more.
struct SettingsView {
    std::uint16_t port = 4402;
    std::string address = "127.0.0.1";
    unsigned keepDays = 365;
    unsigned keepAnswersDays = 30;  // of the Responses protocol; 0: none is kept
    bool recordBodies = false;
};

struct SettingsPatch {
    std::optional<std::uint16_t> port;
    std::optional<unsigned> keepDays;
    std::optional<unsigned> keepAnswersDays;
};

// What is wrong, or odd, about a configuration of routing.
struct RoutingFinding {
    bool error = false;   // else it works, and perhaps not as meant
    std::string path;     // "$.routing.rules[1].if.client"
    std::string message;  // a sentence, or one that begins behind the path
};

// What to export of the history, and where to.
struct ExportOrder {
    ledger::Filter filter;
    ledger::ExportFormat format = ledger::ExportFormat::Csv;
    QString path;
};

// How a limit stands; amounts in its unit.
struct LimitInfo {
    ledger::Limit limit;  // without its zone
    ledger::Window window;
    std::int64_t allowed = 0;  // beyond its amount, by a person, until the window ends
    std::int64_t spent = 0;
    std::int64_t stranded = 0;   // of it: held by gateways that ended suddenly
    std::int64_t reserved = 0;   // by requests under way
    std::int64_t elsewhere = 0;  // set aside for other gateways on the same ledger
    bool known = true;           // false: the ledger has not been asked yet

    std::int64_t cap() const { return limit.amount + allowed; }
};

// A request that a limit has no room for, and that waits for a person's answer.
struct LimitQuestion {
    std::string id;  // of the request
    std::string client;
    std::string model;  // with its provider
    ledger::LimitUnit unit = ledger::LimitUnit::Usd;
    std::int64_t needed = 0;   // what it may take at most
    std::int64_t lacking = 0;  // of it, what is not left
    UnixMs until{};            // then it is refused
};

struct LimitsView {
    std::vector<LimitInfo> limits;         // in the order of the configuration
    std::vector<LimitQuestion> questions;  // the oldest first
    // By how many milliseconds the wall clock leapt ahead (or back) of the time that limits go by.
    std::optional<std::int64_t> clockLeapMs;
};

// A gateway that runs in another process, which the window watches and steers.
struct Background {
    enum class State : std::uint8_t {
        Attached,
        Silent,   // the process is there and does not answer
        Stopped,  // it ended because the person asked
        Ended,    // it ended by itself, or was killed
    };
    State state = State::Attached;
    std::string program;  // "gaterouterd"
    std::int64_t pid = 0;
};

// Main thread only. What is a signal here may follow any call, never during it, so that pages need
// not fear to be called back half way.
class Backend : public QObject {
    Q_OBJECT

  public:
    // Called once, later, on the main thread; never after `context` is gone.
    template <class T>
    using Reply = std::function<void(Result<T>)>;

    using QObject::QObject;

    virtual const Clock& clock() const = 0;
    virtual bool sandbox() const = 0;  // play money: nothing here is real

    // The gateway.
    virtual gateway::GatewayStatus gatewayStatus() const = 0;
    // Absent: it runs in this process, or will.
    virtual std::optional<Background> background() const = 0;
    // Takes the place of one in the background that ended.
    virtual void startGateway() = 0;
    // Ends one in the background for good: ask first.
    virtual void stopGateway() = 0;
    // Listens anew, where the settings say. Running requests end.
    virtual void restartGateway(QObject* context, Reply<void> reply) = 0;
    virtual std::vector<gateway::RunningExchange> runningRequests() const = 0;  // oldest first
    virtual void cancelRequest(const std::string& requestId) = 0;
    virtual QUrl baseUrl() const = 0;  // "http://127.0.0.1:4402/v1"
    // Key of the window itself towards the endpoint; for this run of the gateway only.
    virtual QByteArray sessionKey() const = 0;

    // The books. Queries run on a thread of their own.
    virtual void queryHistory(QObject* context, const ledger::Filter& filter,
                              std::optional<std::int64_t> before, int limit,
                              Reply<std::vector<ledger::StoredRecord>> reply) = 0;
    virtual void queryTotals(QObject* context, const ledger::Filter& filter,
                             Reply<ledger::Totals> reply) = 0;
    virtual void querySeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                             ledger::GroupBy by, Reply<std::vector<ledger::Bucket>> reply) = 0;
    virtual void queryGaps(QObject* context, UnixMs from, UnixMs to,
                           Reply<std::vector<ledger::Gap>> reply) = 0;

    // Writes requests to a file, on a thread of its own; `progress` (requests done, and in all
    // about) is called on the main thread until the reply. One at a time. Without success, also
    // after cancelExport (Cancelled), no file is left, and one that was there stays as it was.
    using ExportProgress = std::function<void(std::int64_t done, std::int64_t all)>;
    virtual void exportHistory(QObject* context, const ExportOrder& order, ExportProgress progress,
                               Reply<ledger::Exported> reply) = 0;
    virtual void cancelExport() = 0;
    // What reading from the providers' caches saved in the requests that began since `from`.
    virtual void querySavings(QObject* context, UnixMs from,
                              Reply<gateway::CacheSavings> reply) = 0;
    // How the costs of a request's attempts came to be, one for each.
    virtual std::vector<gateway::AttemptBill> bills(const ledger::RequestRecord& record) const = 0;

    // How the limits stand now; none while the gateway does not run.
    virtual void queryLimits(QObject* context, Reply<LimitsView> reply) = 0;
    // The wall clock is right, though it leapt: limits follow it again.
    virtual void believeClock(QObject* context, Reply<void> reply) = 0;
    // The answer to a LimitQuestion: the request goes on, or is refused.
    virtual void answerQuestion(QObject* context, const std::string& id, bool goesOn,
                                Reply<void> reply) = 0;

    // Providers.
    virtual std::vector<ProviderInfo> providers() const = 0;
    virtual std::vector<gateway::ProviderStatus> providerStatuses() const = 0;
    virtual std::vector<ProviderPreset> presets() const = 0;
    virtual std::vector<gateway::FoundServer> foundServers() const = 0;
    virtual void lookForServers() = 0;
    virtual void addProvider(QObject* context, const ProviderDraft& draft, Reply<void> reply) = 0;
    // A new address drops the key: keys are bound to scheme, host and port.
    virtual void changeProviderAddress(QObject* context, const std::string& id,
                                       const std::string& baseUrl, Reply<void> reply) = 0;
    virtual void setProviderEnabled(const std::string& id, bool enabled) = 0;
    virtual void removeProvider(QObject* context, const std::string& id, Reply<void> reply) = 0;
    // Undoes the last removal of this provider, its key included, for as long as the program runs.
    virtual void restoreProvider(QObject* context, const std::string& id, Reply<void> reply) = 0;
    virtual void putProviderKey(QObject* context, const std::string& id, Secret key,
                                Reply<void> reply) = 0;
    virtual void removeProviderKey(QObject* context, const std::string& id, Reply<void> reply) = 0;
    virtual void restoreProviderKey(QObject* context, const std::string& id, Reply<void> reply) = 0;
    // Lists the provider's models with the stored key; costs nothing.
    virtual void testProvider(QObject* context, const std::string& id,
                              Reply<ProviderTest> reply) = 0;

    // Client keys.
    virtual std::vector<ClientKeyInfo> clientKeys() const = 0;
    virtual void createClientKey(QObject* context, const ClientKeyDraft& draft,
                                 Reply<Secret> reply) = 0;
    virtual void revokeClientKey(QObject* context, const std::string& id, Reply<void> reply) = 0;
    virtual void restoreClientKey(QObject* context, const std::string& id, Reply<void> reply) = 0;
    // The key itself where it can still be known: just made, or lying in the vault.
    virtual std::optional<Secret> clientKeySecret(const std::string& id) const = 0;

    // The tools on this machine and their configuration files. As long as this.
    virtual connect::Desk& connections() = 0;

    // What is paid, and conversations that are kept. As long as this.
    virtual Payments& payments() = 0;
    virtual Chats& chats() = 0;

    // The vault. `openVault` creates it when the state is NeedsChoice.
    virtual VaultState vaultState() const = 0;
    virtual void openVault(QObject* context, Secret passphrase, Reply<void> reply) = 0;
    virtual void keepKeysInMemory() = 0;
    virtual void askKeychain() = 0;  // once more, when the state is KeychainClosed

    // Settings.
    virtual SettingsView settings() const = 0;
    virtual void patchSettings(QObject* context, const SettingsPatch& patch, Reply<void> reply) = 0;

    // The member `routing` of the configuration file as a document of its own, comments and all;
    // see settings::SettingsEdit::section.
    virtual Result<std::string> routing() const = 0;
    // What the gateway would say of such a document in place of the file's.
    virtual std::vector<RoutingFinding> checkRouting(const std::string& document) const = 0;
    // Writes it and lets the gateway follow. ConfigChanged unless the file still says `before`.
    virtual void applyRouting(QObject* context, const std::string& before, const std::string& after,
                              Reply<void> reply) = 0;
    // Who would answer `body` (a chat request) under such a document, as gateway/explain.h tells
    // it. Nothing is sent.
    virtual void explainRoute(QObject* context, const std::string& document,
                              const std::string& body, Reply<std::string> reply) = 0;
    // The same of a request of the books, from what is kept of it (gateway::explainRecorded).
    virtual void explainRecorded(QObject* context, const std::string& document,
                                 const std::string& requestId, Reply<std::string> reply) = 0;
    // What the rules of `after` have to do with the requests of the last days, and how many of them
    // it treats otherwise than `before` (gateway/routing_traffic.h). A new question ends the one
    // before (Cancelled). ConfigInvalid while a rule is wrong.
    virtual void measureRouting(QObject* context, const std::string& before,
                                const std::string& after, int days,
                                Reply<gateway::RoutingTraffic> reply) = 0;
    // What such a document would have made of the requests of the last days (gateway/replay.h).
    // `progress` on the main thread, until the reply; Cancelled after cancelReplay().
    virtual void replayRouting(QObject* context, const std::string& document, int days,
                               ExportProgress progress, Reply<gateway::ReplayReport> reply) = 0;
    virtual void cancelReplay() = 0;
    virtual QString configFile() const = 0;
    virtual QString dataDirectory() const = 0;

  signals:
    void gatewayStatusChanged();
    void exchangesArrived(const std::vector<gr::gateway::ExchangeEvent>& events);
    // Events were missed: what was running may have ended; runningRequests() and the books know.
    void exchangesMissed();
    void providersChanged();
    void providerStatusesChanged();
    void foundServersChanged();
    void clientKeysChanged();
    void vaultStateChanged();
    void settingsChanged();
    // Something went wrong outside a call; a sentence for the person.
    void trouble(const QString& title, const QString& body);
};

}  // namespace gr::ui
