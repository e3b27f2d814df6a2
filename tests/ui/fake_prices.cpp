// SPDX-License-Identifier: MIT
#include <QTimer>
#include <array>

#include "base/time_text.h"
#include "fake_backend.h"
#include "gateway/attempt_cost.h"
#include "ledger/attempt_sums.h"

namespace gr::ui {
namespace {

struct Listed {
    const char* provider;
    const char* model;
    const char* input;
    const char* cached;
    const char* output;
};
constexpr std::array kListed{Listed{"openai", "gpt-5.4-mini", "0.25", "0.025", "2"},
                             Listed{"openai", "gpt-5.4", "2.5", "0.25", "15"},
                             Listed{"anthropic", "claude-haiku-4-5", "1", "0.1", "5"},
                             Listed{"deepseek", "deepseek-chat", "0.27", "0.07", "1.1"}};

gateway::Quote quoteOf(const Listed& listed) {
    using catalog::TokenClass;
    catalog::PriceRow row;
    row.from = parseTime("2026-03-05T00:00:00Z").value_or(UnixMs{});
    row.rates.set(TokenClass::Input, catalog::Rate::parse(listed.input));
    row.rates.set(TokenClass::CacheRead, catalog::Rate::parse(listed.cached));
    row.rates.set(TokenClass::Output, catalog::Rate::parse(listed.output));
    catalog::Price price;
    price.rows = {row};
    return {std::make_shared<const catalog::Price>(price), false, true};
}

}  // namespace

gateway::Repricer::Prices scriptedPrices() {
    std::map<std::string, gateway::PriceList> lists;
    for (const Listed& listed : kListed) {
        lists[listed.provider].add(listed.model, quoteOf(listed));
    }
    gateway::Repricer::Prices prices;
    for (auto& [provider, list] : lists) {
        prices[provider] = std::make_shared<const gateway::PriceList>(std::move(list));
    }
    // A simulated provider, and one that costs nothing.
    prices["sandbox"] = std::make_shared<const gateway::PriceList>(true);
    return prices;
}

void bookAsTheGateway(ledger::RequestRecord& record) {
    const gateway::Repricer::Prices prices = scriptedPrices();
    for (ledger::Attempt& attempt : record.attempts) {
        const bool last = &attempt == &record.attempts.back();
        gateway::AttemptFacts facts;
        facts.refused = attempt.httpStatus >= 400;
        facts.complete = last && record.status == 200;
        facts.usage = last ? record.tokens : TokenUsage();
        facts.sentAt = UnixMs{record.startedAt.value + attempt.startedMs};
        const auto list = prices.find(attempt.provider);
        settle(attempt, facts,
               list == prices.end() ? gateway::Quote() : list->second->find(attempt.model));
    }
    record.cost = ledger::costOf(record.attempts);
}

void FakeBackend::querySavings(QObject* context, UnixMs from, Reply<gateway::CacheSavings> reply) {
    gateway::CacheSavings savings;
    for (const ledger::StoredRecord& stored : records) {
        if (stored.record.startedAt >= from) {
            savings.take(stored.record, scriptedPrices());
        }
    }
    QTimer::singleShot(0, context, [reply = std::move(reply), savings] { reply(savings); });
}

std::vector<gateway::AttemptBill> FakeBackend::bills(const ledger::RequestRecord& record) const {
    return gateway::billsOf(record, scriptedPrices());
}

}  // namespace gr::ui
