// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace gr {

// The value of anything that can fail at run time. Functions that return one do not throw.
template <class T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

[[nodiscard]] inline Failure fail(ErrorCode code, std::string message, std::string detail = {}) {
    return Failure(Error(code, std::move(message), LogDetail{std::move(detail)}));
}

// For a wrong field of a request; the message should name it too.
[[nodiscard]] inline Failure failField(ErrorCode code, std::string field, std::string message) {
    Error error(code, std::move(message));
    error.field = std::move(field);
    return Failure(std::move(error));
}

[[nodiscard]] inline Failure fail(Error error) {
    return Failure(std::move(error));
}

}  // namespace gr
