// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"
#include "json/scan.h"

// The lines of the control socket. Pure.
namespace gr::app {

// {"ok":false,"error":"a sentence","code":"slug"}
std::string failure(const Error& error);
// {"ok":true}
std::string done();
std::string answerOf(const Result<void>& result);
// {"ok":true,"said":"…"}: with a sentence for who asked at a terminal.
std::string answerSaying(const Result<void>& result, std::string_view said);

// What a question says; empty or absent where it does not, or in another type.
std::string member(const json::Object& object, std::string_view key);
std::optional<std::int64_t> numberMember(const json::Object& object, std::string_view key);

}  // namespace gr::app
