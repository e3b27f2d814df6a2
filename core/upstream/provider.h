// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "http/client.h"
#include "http/origin.h"
#include "protocol/dialects.h"

namespace gr::upstream {

// A provider, ready to be called. Immutable; any thread.
struct Provider {
    std::string id;
    std::string kind;  // openai, anthropic, gemini
    http::Origin origin;
    std::string basePath;  // in front of "/chat/completions": "/v1", "/v1beta" or the like
    const protocol::Dialect* dialect = nullptr;
    std::vector<std::shared_ptr<const Secret>> keys;
    bool needsKey = true;
    bool simulated = false;
    bool paysX402 = false;  // the wallet may pay it

    bool usable() const { return !needsKey || !keys.empty(); }
};

// Takes an address apart. A missing version is added ("https://host" is read as "https://host/v1",
// for Gemini "/v1beta"), a full path to an endpoint is cut back. ConfigInvalid for no address.
Result<void> setAddress(Provider& provider, std::string_view baseUrl);

// A request that is not a POST of JSON.
struct RequestLine {
    std::string_view method;
    std::string_view target;       // behind the provider's base path, with its query
    std::string_view contentType;  // empty: there is no body
    std::string_view accept;
};

// The head of that request, with a body of `bodySize` bytes; otherwise as below.
std::string requestHead(const Provider& provider, const Secret* key, const RequestLine& line,
                        std::size_t bodySize, std::string_view moreLines,
                        const http::Client::Route& route);

// The head of a POST with a JSON body of `bodySize` bytes. Holds the key: wipe it after use.
// `moreLines`: whole header lines of the protocol, and of the client that pass on.
std::string requestHead(const Provider& provider, const Secret* key, std::string_view path,
                        std::size_t bodySize, bool stream, std::string_view moreLines,
                        const http::Client::Route& route);

}  // namespace gr::upstream
