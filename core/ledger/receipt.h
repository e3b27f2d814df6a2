// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "ledger/entry.h"

struct evp_mac_ctx_st;

// What is signed of a row, and how. Every gateway numbers the rows that it writes, and each row's
// code is made over the code before it and all the row says: one that was changed, taken, put in or
// moved breaks the chain. Pure; an object belongs to one thread at a time.
namespace gr::ledger {

// HMAC with SHA-256 (RFC 2104), cut to 128 bits (its section 5): half the room in each row, and no
// easier to guess in practice.
inline constexpr std::size_t kCodeSize = 16;

// What is signed, so that no two different lists of values are the same bytes: numbers with a mark
// whether they are there, texts behind their length.
class SignedText final {
  public:
    SignedText& number(std::optional<std::int64_t> value);
    SignedText& text(std::string_view value);
    void clear() { m_bytes.clear(); }
    std::string_view bytes() const { return m_bytes; }

  private:
    std::string m_bytes;
};

class Signer final {
  public:
    explicit Signer(const Secret& key);
    std::string code(std::string_view bytes);  // kCodeSize bytes

  private:
    struct Deleter {
        void operator()(evp_mac_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_mac_ctx_st, Deleter> m_context;
};

// A row of `requests` as its columns hold it, with names instead of their numbers: whoever changes
// the table of names changes what rows say.
struct SignedRow {
    std::string_view chain;  // its name
    std::int64_t number = 0;
    std::string_view previous;  // code
    std::int64_t sequence = 0;
    std::int64_t startedMs = 0;
    std::string_view client;
    std::string_view provider;
    std::string_view model;
    std::string_view asked;
    std::string_view endpoint;
    std::string_view error;
    std::int64_t outcome = 0;
    std::string_view id;
    std::optional<std::int64_t> inputTokens;  // totals, as the classes below
    std::optional<std::int64_t> outputTokens;
    std::optional<std::int64_t> costPico;
    std::optional<std::int64_t> firstTokenMs;
    std::optional<std::int64_t> cacheRead;
    std::optional<std::int64_t> cacheWrite5m;
    std::optional<std::int64_t> cacheWrite1h;
    std::optional<std::int64_t> audioInput;
    std::optional<std::int64_t> audioOutput;
    std::optional<std::int64_t> reasoning;
    std::int64_t status = 0;
    std::int64_t flags = 0;
    std::int64_t totalMs = 0;
    std::string_view packedAttempts;                 // as the column holds them, and …
    const std::vector<Attempt>* attempts = nullptr;  // … for the names in them
    std::string_view packedCharges;                  // the same of these
    const std::vector<Charge>* charges = nullptr;
};
void write(SignedText& out, const SignedRow& row);

}  // namespace gr::ledger
