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

[[nodiscard]] inline Failure fail(Error error) {
    return Failure(std::move(error));
}

}  // namespace gr
