// SPDX-License-Identifier: MIT
#include "fake_backend.h"

#include <QPointer>
#include <QTimer>
#include <algorithm>
#include <array>

#include "format.h"
#include "models/request_model.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

template <class T>
void later(QObject* context, Backend::Reply<T> reply, Result<T> value) {
    // Shared, because a value may be a secret, which is not copied.
    auto held = std::make_shared<Result<T>>(std::move(value));
    QTimer::singleShot(0, context, [reply = std::move(reply), held] { reply(std::move(*held)); });
}

Money usd(const char* amount) {
    return Money::parse(amount).value_or(Money());
}

ProviderInfo makeProvider(const char* id, const char* title, const char* url,
                          ProviderInfo::Key key) {
    ProviderInfo info;
    info.id = id;
    info.title = title;
    info.kind = info.id == "anthropic" ? "anthropic" : "openai";
    info.baseUrl = url;
    info.finalUrl = info.baseUrl + "/chat/completions";
    info.key = key;
    return info;
}

}  // namespace

ledger::RequestRecord scriptedRecord(int number, UnixMs now) {
    struct Kind {
        const char* asked;
        const char* provider;
        const char* model;
        const char* client;
        int input;
        int cached;  // of it
        int output;
        int firstToken;
    };
    static constexpr std::array kKinds{
        Kind{"auto", "openai", "gpt-5.4-mini", "my-tools", 1204, 799, 388, 310},
        Kind{"anthropic/claude-haiku-4-5", "anthropic", "claude-haiku-4-5", "editor", 8421, 6000,
             912, 402},
        Kind{"deepseek/deepseek-chat", "deepseek", "deepseek-chat", "my-tools", 2210, 1536, 640,
             512},
        Kind{"openai/gpt-5.4", "openai", "gpt-5.4", "notebook", 15210, 0, 1804, 688},
        Kind{"sandbox/story", "sandbox", "story", "playground", 12, 0, 240, 95},
        Kind{"ollama/qwen3:8b", "ollama", "qwen3:8b", "editor", 930, 0, 410, 180},
    };
    const Kind& kind = kKinds[static_cast<std::size_t>(number) % kKinds.size()];
    ledger::RequestRecord r;
    r.id = "req_01K" + QString::number(100000 - number).rightJustified(23, u'0').toStdString();
    r.startedAt = UnixMs{now.value - 47'000 - number * 137'000LL};
    r.client = kind.client;
    r.endpoint = "chat.completions";
    r.askedModel = kind.asked;
    r.provider = kind.provider;
    r.model = kind.model;
    r.tokens.input = kind.input - kind.cached;
    if (kind.cached > 0) {
        r.tokens.cacheRead = kind.cached;
    }
    r.tokens.output = kind.output;
    r.streamed = true;
    r.simulated = r.provider == "sandbox";
    r.status = 200;
    r.firstTokenMs = kind.firstToken;
    r.totalMs = kind.firstToken + kind.output * 4;
    if (number % 11 == 3) {
        r.attempts.push_back({.provider = "groq",
                              .model = kind.model,
                              .httpStatus = 503,
                              .error = "provider_failed",
                              .startedMs = 2,
                              .headMs = 190,
                              .endedMs = 195});
    }
    const std::int64_t began = r.attempts.empty() ? 2 : 200;
    r.attempts.push_back({.provider = kind.provider,
                          .model = kind.model,
                          .httpStatus = 200,
                          .error = {},
                          .startedMs = began,
                          .headMs = kind.firstToken - 20,
                          .endedMs = r.totalMs});
    if (number % 17 == 5) {
        r.outcome = ledger::Outcome::ProviderFailed;
        r.error = "provider_timeout";
        r.status = 504;
        r.tokens = {};
        r.firstTokenMs.reset();
        r.attempts.back().error = r.error;
        r.attempts.back().httpStatus = 0;
        r.attempts.back().headMs.reset();
    } else if (number % 13 == 7) {
        r.outcome = ledger::Outcome::ClientGone;
    }
    bookAsTheGateway(r);
    return r;
}

void FakeBackend::addRecords(int count) {
    for (int number = 0; number < count; ++number) {
        records.push_back(
            {.sequence = count - number, .record = scriptedRecord(number, fixedClock.time)});
    }
}

void FakeBackend::fillWithADay() {
    addRecords(412);
    fillTools();
    using Key = ProviderInfo::Key;
    providerList = {
        makeProvider("openai", "OpenAI", "https://api.openai.com/v1", Key::Vault),
        makeProvider("anthropic", "Anthropic", "https://api.anthropic.com", Key::Vault),
        makeProvider("deepseek", "DeepSeek", "https://api.deepseek.com", Key::Environment),
        makeProvider("groq", "Groq", "https://api.groq.com/openai/v1", Key::Vault),
        makeProvider("mistral", "Mistral", "https://api.mistral.ai/v1", Key::Missing),
        makeProvider("ollama", "Ollama", "http://127.0.0.1:11434/v1", Key::NotNeeded),
        makeProvider("sandbox", "Sandbox", "http://127.0.0.1:41234/v1", Key::NotNeeded)};
    providerList[0].models = {{"gpt-5.4", usd("2.50"), usd("15"), 1'050'000},
                              {"gpt-5.4-mini", usd("0.25"), usd("2"), 400'000},
                              {"gpt-5.4-nano", usd("0.05"), usd("0.40"), 400'000},
                              {"o5-mini", {}, {}, 200'000}};
    providerList[0].keyPage = providerList[4].keyPage = "https://platform.openai.com/api-keys";
    providerList[2].keySource = "DEEPSEEK_API_KEY";
    providerList[5].models = {{"qwen3:8b", {}, {}, 40'960}};
    providerList[6].models = {{"echo", Money(), Money(), 8192},
                              {"story", Money(), Money(), 8192},
                              {"tools", Money(), Money(), 8192}};
    providerList[6].simulated = true;
    providerList[6].removable = false;
    using State = gateway::ProviderStatus::State;
    statusList = {{"openai", State::Ready, {}, {}},
                  {"anthropic", State::Ready, {}, {}},
                  {"deepseek", State::KeyRejected, {}, "DeepSeek refused this key."},
                  {"groq", State::Cooling, UnixMs{fixedClock.time.value + 24'000}, "429"},
                  {"sandbox", State::Ready, {}, {}}};
    const std::int64_t day = 24LL * 3'600'000;
    keys = {{"my-tools", UnixMs{fixedClock.time.value - 12 * day}, {}, {}, true, true},
            {"editor",
             UnixMs{fixedClock.time.value - 3 * day},
             UnixMs{fixedClock.time.value + 27 * day},
             {},
             false,
             true},
            {"notebook", {}, {}, {}, false, false}};
    keys[1].programs = {{"editor", "/usr/bin/node", 4711, keys[1].createdAt.value_or(UnixMs()),
                         UnixMs{fixedClock.time.value - 84'000}},
                        {"editor", "/opt/editor/bin/editor", 4242, {}, *keys[1].createdAt}};
    keys[1].models = {"anthropic/*", "openai/gpt-5.4-mini"};
    keys[1].limits.resize(2);
    keys[1].limits[0].amount = 2 * Money::kPicoPerDollar;
    keys[1].limits[1].window = ledger::WindowKind::Minute;
    keys[1].limits[1].unit = ledger::LimitUnit::Requests;
    keys[1].limits[1].amount = 30;
    running = {{"req_live1", UnixMs{fixedClock.time.value - 4200}, "editor",
                "anthropic/claude-haiku-4-5", "anthropic", "claude-haiku-4-5", true},
               {"req_live2", UnixMs{fixedClock.time.value - 800}, "my-tools", "auto", "openai",
                "gpt-5.4-mini", false}};
    money.fill();
    fillLimits();
    fillRouting();
    const std::array<const char*, 4> models{"gpt-5.4-mini", "claude-haiku-4-5", "gpt-5.4",
                                            "deepseek-chat"};
    const std::int64_t hour = 3'600'000;
    for (int back = 0; back < 24; ++back) {
        const UnixMs start{(fixedClock.time.value / hour - back) * hour};
        for (std::size_t at = 0; at < models.size(); ++at) {
            const int work = (back * 7 + static_cast<int>(at) * 5) % 12 + (back < 8 ? 6 : 0);
            buckets.push_back(
                {start, models[at], work, work * 900,
                 Money::fromPico(work * (14LL - 3 * static_cast<int>(at)) * 900'000'000), 0});
        }
        if (back % 5 == 0) {
            buckets.push_back({start, "qwen3:8b", 3, 900, Money(), 3});
        }
    }
}

void FakeBackend::exportHistory(QObject*, const ExportOrder& order, ExportProgress progress,
                                Reply<ledger::Exported> reply) {
    exporting = {order, std::move(progress), std::move(reply)};
}

void FakeBackend::cancelExport() {
    command(u"cancel export"_s);
    exporting->reply(fail(ErrorCode::Cancelled, "The export was stopped."));
}

void FakeBackend::queryLimits(QObject* context, Reply<LimitsView> reply) {
    ++limitsAsked;
    later<LimitsView>(context, std::move(reply),
                      limitsError ? Result<LimitsView>(fail(*limitsError)) : limits);
}

void FakeBackend::believeClock(QObject* context, Reply<void> reply) {
    command(u"believe clock"_s);
    answer(context, std::move(reply), [&] { limits.clockLeapMs.reset(); });
}

void FakeBackend::emitExchanges(const std::vector<gateway::ExchangeEvent>& events) {
    emit exchangesArrived(events);
}

void FakeBackend::setGateway(const gateway::GatewayStatus& status) {
    m_status = status;
    emit gatewayStatusChanged();
}

void FakeBackend::setVault(VaultState state) {
    m_vault = state;
    emit vaultStateChanged();
}

void FakeBackend::answer(QObject* context, Reply<void> reply, const std::function<void()>& done) {
    if (nextError) {
        later<void>(context, std::move(reply), fail(*std::exchange(nextError, {})));
        return;
    }
    done();
    later<void>(context, std::move(reply), {});
}

ProviderInfo* FakeBackend::provider(const std::string& id) {
    const auto it = std::ranges::find(providerList, id, &ProviderInfo::id);
    return it == providerList.end() ? nullptr : &*it;
}

ClientKeyInfo* FakeBackend::key(const std::string& id) {
    const auto it = std::ranges::find(keys, id, &ClientKeyInfo::id);
    return it == keys.end() ? nullptr : &*it;
}

void FakeBackend::startGateway() {
    command(u"start"_s);
    m_status.state = gateway::GatewayStatus::State::Running;
    m_status.port = view.port;
    emit gatewayStatusChanged();
}

void FakeBackend::stopGateway() {
    command(u"stop"_s);
    m_status.state = gateway::GatewayStatus::State::Stopped;
    emit gatewayStatusChanged();
}

void FakeBackend::restartGateway(QObject* context, Reply<void> reply) {
    command(u"restart"_s);
    answer(context, std::move(reply), [&] {
        m_status.state = gateway::GatewayStatus::State::Running;
        m_status.port = view.port;
        emit gatewayStatusChanged();
    });
}

void FakeBackend::cancelRequest(const std::string& requestId) {
    command(u"cancel "_s + text(requestId));
}

QUrl FakeBackend::baseUrl() const {
    return m_baseUrl.isEmpty() ? QUrl(u"http://127.0.0.1:%1/v1"_s.arg(view.port)) : m_baseUrl;
}

void FakeBackend::queryHistory(QObject* context, const ledger::Filter& filter,
                               std::optional<std::int64_t> before, int limit,
                               Reply<std::vector<ledger::StoredRecord>> reply) {
    std::vector<ledger::StoredRecord> page;
    for (const ledger::StoredRecord& stored : records) {
        if (static_cast<int>(page.size()) < limit && (!before || stored.sequence < *before) &&
            matches(filter, stored.record)) {
            page.push_back(stored);
        }
    }
    later<std::vector<ledger::StoredRecord>>(context, std::move(reply), std::move(page));
}

void FakeBackend::queryTotals(QObject* context, const ledger::Filter& filter,
                              Reply<ledger::Totals> reply) {
    ledger::Totals totals;
    std::vector<std::int64_t> first;
    for (const ledger::StoredRecord& stored : records) {
        const ledger::RequestRecord& r = stored.record;
        if (!matches(filter, r)) {
            continue;
        }
        ++totals.requests;
        totals.inputTokens += r.tokens.inputTotal().value_or(0);
        totals.outputTokens += r.tokens.outputTotal().value_or(0);
        totals.unknownCost += r.cost ? 0 : 1;
        totals.knownCost = totals.knownCost.plus(r.cost.value_or(Money())).value_or(Money());
        totals.failures += r.outcome == ledger::Outcome::ProviderFailed ? 1 : 0;
        if (r.firstTokenMs) {
            first.push_back(*r.firstTokenMs);
        }
    }
    if (!first.empty()) {
        std::ranges::nth_element(first,
                                 first.begin() + static_cast<std::ptrdiff_t>(first.size() / 2));
        totals.medianFirstTokenMs = first[first.size() / 2];
    }
    later<ledger::Totals>(context, std::move(reply), totals);
}

void FakeBackend::querySeries(QObject* context, UnixMs from, UnixMs to, ledger::Step,
                              ledger::GroupBy by, Reply<std::vector<ledger::Bucket>> reply) {
    std::vector<ledger::Bucket> within;
    for (const ledger::Bucket& bucket : buckets) {
        if (bucket.start >= from && bucket.start < to) {
            within.push_back(bucket);
            if (by == ledger::GroupBy::Client) {
                within.back().group = within.size() % 2 == 0 ? "editor" : "my-tools";
            }
        }
    }
    later<std::vector<ledger::Bucket>>(context, std::move(reply), std::move(within));
}

void FakeBackend::queryGaps(QObject* context, UnixMs, UnixMs,
                            Reply<std::vector<ledger::Gap>> reply) {
    later<std::vector<ledger::Gap>>(context, std::move(reply), std::vector<ledger::Gap>{});
}

std::vector<ProviderPreset> FakeBackend::presets() const {
    return {{"openai", "OpenAI", "openai", "https://api.openai.com/v1",
             "https://platform.openai.com/api-keys", true},
            {"anthropic", "Anthropic", "anthropic", "https://api.anthropic.com",
             "https://console.anthropic.com/settings/keys", true},
            {"google", "Gemini", "gemini", "https://generativelanguage.googleapis.com",
             "https://aistudio.google.com/apikey", true},
            {"openrouter", "OpenRouter", "openai", "https://openrouter.ai/api/v1",
             "https://openrouter.ai/keys", true}};
}

void FakeBackend::lookForServers() {
    command(u"look"_s);
    found = {{"lmstudio",
              "LM Studio",
              "http://127.0.0.1:1234/v1",
              {"qwen3-8b", "gemma-3"},
              "you",
              true,
              false}};
    emit foundServersChanged();
}

void FakeBackend::addProvider(QObject* context, const ProviderDraft& draft, Reply<void> reply) {
    command(u"add "_s + text(draft.id) + u' ' + text(draft.baseUrl));
    answer(context, std::move(reply), [&] {
        ProviderInfo info = makeProvider(draft.id.c_str(), draft.id.c_str(), draft.baseUrl.c_str(),
                                         ProviderInfo::Key::Missing);
        providerList.push_back(info);
        emit providersChanged();
    });
}

void FakeBackend::changeProviderAddress(QObject* context, const std::string& id,
                                        const std::string& baseUrl, Reply<void> reply) {
    command(u"address "_s + text(id) + u' ' + text(baseUrl));
    answer(context, std::move(reply), [&] {
        provider(id)->baseUrl = baseUrl;
        provider(id)->key = ProviderInfo::Key::Missing;
        emit providersChanged();
    });
}

void FakeBackend::setProviderEnabled(const std::string& id, bool enabled) {
    command(u"%1 %2"_s.arg(enabled ? u"enable"_s : u"disable"_s, text(id)));
    provider(id)->enabled = enabled;
    emit providersChanged();
}

void FakeBackend::removeProvider(QObject* context, const std::string& id, Reply<void> reply) {
    command(u"remove "_s + text(id));
    answer(context, std::move(reply), [&] {
        m_removed[id] = *provider(id);
        std::erase_if(providerList, [&](const ProviderInfo& info) { return info.id == id; });
        emit providersChanged();
    });
}

void FakeBackend::restoreProvider(QObject* context, const std::string& id, Reply<void> reply) {
    command(u"restore "_s + text(id));
    answer(context, std::move(reply), [&] {
        providerList.push_back(m_removed[id]);
        emit providersChanged();
    });
}

void FakeBackend::putProviderKey(QObject* context, const std::string& id, Secret key,
                                 Reply<void> reply) {
    command(u"key %1 %2"_s.arg(text(id), text(key.reveal())));
    answer(context, std::move(reply), [&] {
        if (ProviderInfo* info = provider(id)) {
            info->key = ProviderInfo::Key::Vault;
        }
        emit providersChanged();
    });
}

void FakeBackend::removeProviderKey(QObject* context, const std::string& id, Reply<void> reply) {
    command(u"unkey "_s + text(id));
    answer(context, std::move(reply), [&] {
        provider(id)->key = ProviderInfo::Key::Missing;
        emit providersChanged();
    });
}

void FakeBackend::restoreProviderKey(QObject* context, const std::string& id, Reply<void> reply) {
    command(u"rekey "_s + text(id));
    answer(context, std::move(reply), [&] {
        provider(id)->key = ProviderInfo::Key::Vault;
        emit providersChanged();
    });
}

void FakeBackend::testProvider(QObject* context, const std::string& id, Reply<ProviderTest> reply) {
    command(u"test "_s + text(id));
    ProviderTest good;
    good.ok = true;
    good.ms = 212;
    good.models = 34;
    later<ProviderTest>(context, std::move(reply), test.value_or(good));
}

void FakeBackend::createClientKey(QObject* context, const ClientKeyDraft& draft,
                                  Reply<Secret> reply) {
    command(u"make key "_s + text(draft.id));
    if (nextError) {
        later<Secret>(context, std::move(reply), fail(*std::exchange(nextError, std::nullopt)));
        return;
    }
    m_secrets[draft.id] = "gr-newkeynewkeynewkeynewkey9876";
    ClientKeyInfo& made = keys.emplace_back();
    made.id = draft.id;
    made.createdAt = fixedClock.time;
    made.expiresAt = draft.expires;
    made.revealable = true;
    made.models = draft.models;
    made.limits = draft.limits;
    later<Secret>(context, std::move(reply), Secret(m_secrets[draft.id]));
    emit clientKeysChanged();
}

void FakeBackend::revokeClientKey(QObject* context, const std::string& id, Reply<void> reply) {
    command(u"revoke "_s + text(id));
    answer(context, std::move(reply), [&] {
        key(id)->revokedAt = fixedClock.time;
        emit clientKeysChanged();
    });
}

void FakeBackend::restoreClientKey(QObject* context, const std::string& id, Reply<void> reply) {
    command(u"unrevoke "_s + text(id));
    answer(context, std::move(reply), [&] {
        key(id)->revokedAt.reset();
        emit clientKeysChanged();
    });
}

std::optional<Secret> FakeBackend::clientKeySecret(const std::string& id) const {
    const auto it = m_secrets.find(id);
    return it == m_secrets.end() ? std::nullopt : std::optional<Secret>(Secret(it->second));
}

void FakeBackend::openVault(QObject* context, Secret passphrase, Reply<void> reply) {
    command(u"open vault %1"_s.arg(passphrase.size()));
    answer(context, std::move(reply), [&] { setVault(VaultState::Open); });
}

void FakeBackend::keepKeysInMemory() {
    command(u"memory"_s);
    setVault(VaultState::MemoryOnly);
}

void FakeBackend::askKeychain() {
    command(u"ask keychain"_s);
    setVault(VaultState::Open);
}

void FakeBackend::patchSettings(QObject* context, const SettingsPatch& patch, Reply<void> reply) {
    command(u"patch port=%1 days=%2"_s.arg(patch.port.value_or(0)).arg(patch.keepDays.value_or(0)));
    answer(context, std::move(reply), [&] {
        view.port = patch.port.value_or(view.port);
        view.keepDays = patch.keepDays.value_or(view.keepDays);
        view.keepAnswersDays = patch.keepAnswersDays.value_or(view.keepAnswersDays);
        emit settingsChanged();
    });
}

QString FakeBackend::configFile() const {
    return u"~/.config/gaterouter/config.json"_s;
}

QString FakeBackend::dataDirectory() const {
    return u"~/.local/share/gaterouter"_s;
}

}  // namespace gr::ui
