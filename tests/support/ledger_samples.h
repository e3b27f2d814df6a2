// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "base/ulid.h"
#include "ledger/entry.h"

// Requests as a gateway books them, for the tests and the bench of the ledger.
namespace gr::test {

inline ledger::RequestRecord sampleRecord(UnixMs at) {
    ledger::RequestRecord record;
    record.id = newRequestId(at);
    record.startedAt = at;
    record.client = "my-tools";
    record.endpoint = "chat.completions";
    record.askedModel = "openai/gpt-4o-mini";
    record.provider = "openai";
    record.model = "gpt-4o-mini";
    record.attempts = {{.provider = "openai",
                        .model = "gpt-4o-mini",
                        .httpStatus = 200,
                        .error = "",
                        .startedMs = 1,
                        .headMs = 210,
                        .endedMs = 1'450}};
    record.tokens = {.input = 812, .cacheRead = 0, .output = 164, .reasoning = std::nullopt};
    record.cost = Money::fromPico(220'200'000);
    record.streamed = true;
    record.status = 200;
    record.firstTokenMs = 245;
    record.totalMs = 1'451;
    return record;
}

// Varied ones: a few clients, a dozen models, now and then a failure or an unknown cost.
class RandomRecords final {
  public:
    explicit RandomRecords(std::uint64_t seed) : m_random(seed) {}

    ledger::RequestRecord next(UnixMs at) {
        ledger::RequestRecord record = sampleRecord(at);
        const std::uint64_t model = below(12);
        record.client = "client-" + std::to_string(below(4));
        record.provider = "provider-" + std::to_string(model / 3);
        record.model = "model-" + std::to_string(model);
        record.askedModel = record.provider + "/" + record.model;
        record.attempts[0].provider = record.provider;
        record.attempts[0].model = record.model;
        record.tokens.input = static_cast<std::int64_t>(below(20'000));
        record.tokens.output = static_cast<std::int64_t>(below(2'000));
        record.cost = Money::fromPico(static_cast<std::int64_t>(below(5'000'000'000)));
        record.firstTokenMs = static_cast<std::int64_t>(100 + below(900));
        record.totalMs = *record.firstTokenMs + static_cast<std::int64_t>(below(9'000));
        if (below(10) == 0)
            record.cost.reset();
        if (below(50) == 0)
            fail(record);
        return record;
    }

    std::uint64_t below(std::uint64_t limit) { return m_random() % limit; }

  private:
    void fail(ledger::RequestRecord& record) {
        record.outcome = static_cast<ledger::Outcome>(1 + below(5));
        record.status = 502;
        record.error = "provider_failed";
        record.attempts.insert(record.attempts.begin(), record.attempts[0]);
        record.attempts[0].httpStatus = 503;
        record.attempts[0].error = "provider_failed";
        record.attempts[0].headMs.reset();
        record.tokens = {};
        record.cost.reset();
        record.firstTokenMs.reset();
    }

    std::mt19937_64 m_random;
};

}  // namespace gr::test
