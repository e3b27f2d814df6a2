// SPDX-License-Identifier: MIT
#include "base/error.h"

#include <array>
#include <cstddef>

namespace gr {
namespace {

using enum Fault;
constexpr std::string_view kInvalid = "invalid_request_error";
constexpr std::string_view kServer = "server_error";
constexpr std::string_view kApi = "api_error";

// In the order of ErrorCode; a static_assert below keeps the two in step.
constexpr std::array kTable{
    ErrorInfo{"bad_request", 400, kInvalid, "", kInvalid, false, Client,
              "The request is malformed"},
    ErrorInfo{"invalid_json", 400, kInvalid, "", kInvalid, false, Client, "The body is not JSON"},
    ErrorInfo{"duplicate_key", 400, kInvalid, "", kInvalid, false, Client, "A key stands twice"},
    ErrorInfo{"missing_field", 400, kInvalid, "missing_required_parameter", kInvalid, false, Client,
              "A field is missing"},
    ErrorInfo{"invalid_field", 400, kInvalid, "invalid_value", kInvalid, false, Client,
              "A field has a wrong value"},
    ErrorInfo{"unsupported_media_type", 415, kInvalid, "", kInvalid, false, Client,
              "The content type is not accepted"},
    ErrorInfo{"body_too_large", 413, kInvalid, "", "request_too_large", false, Client,
              "The body is too large"},
    ErrorInfo{"head_too_large", 431, kInvalid, "", kInvalid, false, Client,
              "The request head is too large"},
    ErrorInfo{"uri_too_long", 414, kInvalid, "", kInvalid, false, Client,
              "The address is too long"},
    ErrorInfo{"not_implemented", 501, kInvalid, "", kInvalid, false, Client,
              "This form of request is not supported"},
    ErrorInfo{"not_found", 404, kInvalid, "unknown_url", "not_found_error", false, Client,
              "Nothing is served at this path"},
    ErrorInfo{"method_not_allowed", 405, kInvalid, "method_not_supported", kInvalid, false, Client,
              "The path does not take this method"},
    ErrorInfo{"request_timeout", 408, kInvalid, "", kInvalid, true, Client,
              "The request did not arrive in time"},
    ErrorInfo{"unauthorized", 401, kInvalid, "invalid_api_key", "authentication_error", false,
              Client, "The client key is missing or unknown"},
    ErrorInfo{"host_refused", 403, kInvalid, "", "permission_error", false, Client,
              "The Host header is not allowed"},
    ErrorInfo{"origin_refused", 403, kInvalid, "", "permission_error", false, Client,
              "Requests from this web page are refused"},
    ErrorInfo{"model_forbidden", 403, kInvalid, "model_not_allowed", "permission_error", false,
              Client, "This key may not use the model"},
    ErrorInfo{"rule_refused", 403, kInvalid, "rule_refused", "permission_error", false, Client,
              "A rule refuses the request"},
    ErrorInfo{"model_not_found", 404, kInvalid, "model_not_found", "not_found_error", false, Client,
              "No provider offers this model"},
    ErrorInfo{"no_candidate", 422, kInvalid, "no_candidate", kInvalid, false, Client,
              "No model can take this request"},
    ErrorInfo{"record_not_found", 404, kInvalid, "record_not_found", "not_found_error", false,
              Client, "The books have no such request"},
    ErrorInfo{"response_not_found", 404, kInvalid, "response_not_found", "not_found_error", false,
              Client, "No such response is kept"},
    ErrorInfo{"previous_response_not_found", 400, kInvalid, "previous_response_not_found", kInvalid,
              false, Client, "The response to go on from is not kept"},
    ErrorInfo{"limit_reached", 429, "insufficient_quota", "insufficient_quota", "rate_limit_error",
              false, Client, "A limit is reached"},
    ErrorInfo{"cost_unbounded", 422, kInvalid, "cost_unbounded", kInvalid, false, Client,
              "What this costs cannot be bounded"},
    ErrorInfo{"overloaded", 503, kServer, "overloaded", "overloaded_error", true, Gateway,
              "The gateway is at its limit"},
    ErrorInfo{"locked", 503, kServer, "locked", kApi, true, Gateway, "The vault is locked"},
    ErrorInfo{"shutting_down", 503, kServer, "shutting_down", kApi, true, Gateway,
              "The gateway is stopping"},
    ErrorInfo{"internal", 500, kServer, "", kApi, true, Gateway, "Something went wrong inside"},
    ErrorInfo{"provider_unreachable", 502, kServer, "provider_unreachable", kApi, true, Provider,
              "The provider cannot be reached"},
    ErrorInfo{"provider_timeout", 504, kServer, "provider_timeout", kApi, true, Provider,
              "The provider did not answer in time"},
    ErrorInfo{"provider_tls", 502, kServer, "provider_tls", kApi, false, Provider,
              "The provider's certificate is not trusted"},
    ErrorInfo{"provider_refused_key", 502, kServer, "provider_refused_key", kApi, false, Provider,
              "The provider refused the key"},
    ErrorInfo{"provider_rate_limited", 429, "rate_limit_error", "rate_limit_exceeded",
              "rate_limit_error", true, Provider, "The provider asks to wait"},
    ErrorInfo{"provider_no_credit", 502, kServer, "provider_no_credit", kApi, false, Provider,
              "The account at the provider has no credit"},
    ErrorInfo{"provider_rejected", 400, kInvalid, "", kInvalid, false, Client,
              "The provider rejected the request"},
    ErrorInfo{"provider_model_unknown", 404, kInvalid, "model_not_found", "not_found_error", false,
              Client, "The provider does not know the model"},
    ErrorInfo{"prompt_too_long", 400, kInvalid, "context_length_exceeded", kInvalid, false, Client,
              "The prompt is too long for the model"},
    ErrorInfo{"provider_failed", 502, kServer, "provider_failed", kApi, true, Provider,
              "The provider failed"},
    ErrorInfo{"provider_overloaded", 503, kServer, "provider_overloaded", "overloaded_error", true,
              Provider, "The provider is overloaded"},
    ErrorInfo{"provider_answer_invalid", 502, kServer, "provider_answer_invalid", kApi, true,
              Provider, "The provider's answer makes no sense"},
    ErrorInfo{"stream_broken", 502, kServer, "stream_broken", kApi, true, Provider,
              "The answer stopped early"},
    ErrorInfo{"config_invalid", 500, kServer, "", kApi, false, Machine,
              "The configuration has a problem"},
    ErrorInfo{"config_too_new", 500, kServer, "", kApi, false, Machine,
              "The configuration is from a newer version"},
    ErrorInfo{"config_changed", 500, kServer, "", kApi, true, Machine,
              "The configuration was changed elsewhere"},
    ErrorInfo{"file_unreadable", 500, kServer, "", kApi, false, Machine, "A file cannot be read"},
    ErrorInfo{"file_unwritable", 500, kServer, "", kApi, false, Machine,
              "A file cannot be written"},
    ErrorInfo{"disk_full", 500, kServer, "", kApi, false, Machine, "The disk is full"},
    ErrorInfo{"read_only", 500, kServer, "", kApi, false, Machine, "The folder is read-only"},
    ErrorInfo{"data_dir_in_use", 500, kServer, "", kApi, false, Machine,
              "Another GateRouter uses this data directory"},
    ErrorInfo{"port_in_use", 500, kServer, "", kApi, false, Machine, "The port is in use"},
    ErrorInfo{"address_unavailable", 500, kServer, "", kApi, false, Machine,
              "The address cannot be listened on"},
    ErrorInfo{"ledger_corrupt", 500, kServer, "", kApi, false, Machine, "The ledger is damaged"},
    ErrorInfo{"ledger_too_new", 500, kServer, "", kApi, false, Machine,
              "The ledger is from a newer version"},
    ErrorInfo{"ledger_busy", 500, kServer, "", kApi, true, Machine, "The ledger is busy"},
    ErrorInfo{"secret_missing", 500, kServer, "", kApi, false, Machine, "A secret is missing"},
    ErrorInfo{"vault_locked", 503, kServer, "", kApi, false, Machine, "The vault is locked"},
    ErrorInfo{"vault_corrupt", 500, kServer, "", kApi, false, Machine, "The vault is damaged"},
    ErrorInfo{"keychain_unavailable", 500, kServer, "", kApi, false, Machine,
              "No system keychain found"},
    ErrorInfo{"wrong_passphrase", 500, kServer, "", kApi, false, Machine,
              "The passphrase is wrong"},
    ErrorInfo{"cancelled", 499, kServer, "", kApi, true, Client, "Cancelled"},
    ErrorInfo{"unreachable", 500, kServer, "", kApi, true, Machine,
              "The running gateway does not answer"},
};

static_assert(kTable.size() == static_cast<std::size_t>(ErrorCode::Unreachable) + 1);

}  // namespace

const ErrorInfo& errorInfo(ErrorCode code) {
    return kTable[static_cast<std::size_t>(code)];
}

}  // namespace gr
