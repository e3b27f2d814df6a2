// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gr {

// Everything that can go wrong, once. What each code means on the wire stands in the table of
// error.cpp (`errorInfo`), nowhere else.
enum class ErrorCode : std::uint8_t {
    // The caller's request.
    BadRequest,
    InvalidJson,
    DuplicateKey,
    MissingField,
    InvalidField,
    UnsupportedMediaType,
    BodyTooLarge,
    HeadTooLarge,
    UriTooLong,
    NotImplemented,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    Unauthorized,
    HostRefused,
    OriginRefused,
    ModelForbidden,
    RuleRefused,
    ModelNotFound,
    NoCandidate,
    RecordNotFound,
    ResponseNotFound,
    PreviousResponseNotFound,
    LimitReached,
    CostUnbounded,
    // Payments (x402): this gateway's to a provider, and a payer's to this gateway.
    PaymentRefused,
    PaymentUnconfirmed,
    PaymentRequired,
    PaymentConflict,
    // The gateway.
    Overloaded,
    Locked,
    ShuttingDown,
    Internal,
    // The provider.
    ProviderUnreachable,
    ProviderTimeout,
    ProviderTls,
    ProviderRefusedKey,
    ProviderRateLimited,
    ProviderNoCredit,
    ProviderRejected,
    ProviderModelUnknown,
    PromptTooLong,
    ProviderFailed,
    ProviderOverloaded,
    ProviderAnswerInvalid,
    StreamBroken,
    // This machine: files, ports, key stores.
    ConfigInvalid,
    ConfigTooNew,
    ConfigChanged,
    FileUnreadable,
    FileUnwritable,
    DiskFull,
    ReadOnly,
    DataDirInUse,
    PortInUse,
    AddressUnavailable,
    LedgerCorrupt,
    LedgerTooNew,
    LedgerBusy,
    SecretMissing,
    VaultLocked,
    VaultCorrupt,
    KeychainUnavailable,
    WrongPassphrase,
    Cancelled,
    Unreachable,
};

enum class Fault : std::uint8_t { Client, Gateway, Provider, Machine };

struct ErrorInfo {
    std::string_view slug;           // our own code, as in the header x-gaterouter-error
    int status;                      // HTTP status towards the client
    std::string_view openaiType;     // `error.type` of the OpenAI format
    std::string_view openaiCode;     // `error.code`; empty means null
    std::string_view anthropicType;  // `error.type` of the Anthropic format
    bool retryable;                  // may the same client try the same request again?
    Fault fault;
    std::string_view title;  // for people, a short heading
};

// The row of `code`. Never fails; any thread.
const ErrorInfo& errorInfo(ErrorCode code);

// A sentence for the person or program that asked: safe to show, free of secrets.
struct PublicText {
    std::string text;
};

// What only the log may hold. A type of its own, so that the two cannot be swapped.
struct LogDetail {
    std::string text;
};

struct Error {
    ErrorCode code = ErrorCode::Internal;
    PublicText message;
    LogDetail detail;
    std::string field;  // of the request or file that is at fault; may be empty

    Error(ErrorCode c, std::string publicMessage, LogDetail logDetail = {})
        : code(c), message{std::move(publicMessage)}, detail(std::move(logDetail)) {}
};

}  // namespace gr
