// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/error.h"
#include "http/handler.h"

// Ready answers of the sandbox's server. Pure.
namespace gr::sandbox {

http::Reply jsonReply(int status, std::string body);
http::Reply errorReply(const Error& error);  // in OpenAI's form

}  // namespace gr::sandbox
