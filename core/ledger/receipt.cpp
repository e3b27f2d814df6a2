// SPDX-License-Identifier: MIT
#include "ledger/receipt.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/openssl_bytes.h"
#include "ledger/row.h"

namespace gr::ledger {
namespace {

using openssl::in;
using openssl::must;
using openssl::out;

struct MacDeleter {
    void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
};

void append(std::string& bytes, std::uint64_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>(value >> shift & 0xff));
}

}  // namespace

SignedText& SignedText::number(std::optional<std::int64_t> value) {
    m_bytes.push_back(value ? '\1' : '\0');
    if (value)
        append(m_bytes, static_cast<std::uint64_t>(*value), 8);
    return *this;
}

SignedText& SignedText::text(std::string_view value) {
    append(m_bytes, value.size(), 4);
    m_bytes += value;
    return *this;
}

void Signer::Deleter::operator()(evp_mac_ctx_st* context) const noexcept {
    EVP_MAC_CTX_free(context);
}

Signer::Signer(const Secret& key) {
    const std::unique_ptr<EVP_MAC, MacDeleter> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    must(mac != nullptr);
    m_context.reset(EVP_MAC_CTX_new(mac.get()));
    must(m_context != nullptr);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    must(EVP_MAC_init(m_context.get(), in(key.reveal()), key.size(), parameters) == 1);
}

std::string Signer::code(std::string_view bytes) {
    // Without a key it begins anew with the one it has.
    must(EVP_MAC_init(m_context.get(), nullptr, 0, nullptr) == 1);
    must(EVP_MAC_update(m_context.get(), in(bytes), bytes.size()) == 1);
    std::string code(32, '\0');
    std::size_t size = 0;
    must(EVP_MAC_final(m_context.get(), out(code), &size, code.size()) == 1);
    code.resize(kCodeSize);
    return code;
}

void write(SignedText& out, const SignedRow& row) {
    out.text("row").text(row.previous).text(row.chain).number(row.number).number(row.sequence);
    out.number(row.startedMs).number(row.outcome).text(row.id);
    for (const std::string_view name :
         {row.client, row.provider, row.model, row.asked, row.endpoint, row.error})
        out.text(name);
    for (const auto& count :
         {row.inputTokens, row.outputTokens, row.costPico, row.firstTokenMs, row.cacheRead,
          row.cacheWrite5m, row.cacheWrite1h, row.audioInput, row.audioOutput, row.reasoning})
        out.number(count);
    out.number(row.status).number(row.flags).number(row.totalMs).text(row.packedAttempts);
    for (const Attempt& attempt : *row.attempts)
        out.text(cutName(attempt.provider))
            .text(cutName(attempt.model))
            .text(cutName(attempt.error));
    out.text(row.packedCharges);
    for (const Charge& charge : *row.charges)
        out.text(cutName(charge.account));
}

}  // namespace gr::ledger
