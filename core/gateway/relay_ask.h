// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/id_book.h"
#include "gateway/snapshot.h"
#include "http/handler.h"
#include "protocol/passthrough.h"
#include "protocol/wishes.h"

// What passes byte for byte to a provider of OpenAI's form: pictures, sound, moderations, files,
// batches, rerank. What is asked, whether this client may, and of whom. Pure.
namespace gr::gateway {

struct RelayAsk {
    std::string target;    // behind the provider's base path, with its query
    std::string endpoint;  // for the records: "images/generations", "files"
    std::string contentType;
    std::string model;  // empty where the request names none
    protocol::Wishes wishes;
    std::optional<protocol::Splice> modelPlace;  // its bytes; the text is to be filled in
    bool quotedModel = false;                    // JSON: the text is a string with its quotes
    std::vector<std::string> ids;                // that must be the client's own
    std::string_view json;  // the body, where it is JSON: may name no id of another client
    bool list = false;      // of files or batches: everybody's
};

// `path`: of matchEndpoint, behind the version. Errors: InvalidJson, DuplicateKey, InvalidField,
// UnsupportedMediaType.
Result<RelayAsk> readRelay(const http::Request& request, std::string_view path);

struct RelayChoice {
    std::size_t provider = 0;  // in the snapshot
    std::string model;         // as the provider calls it; empty where none is named
};

// The provider: the one that made the ids, the header's (`named`), the model's, the first of kind
// openai. Errors: RecordNotFound (an id that is not the client's), ModelForbidden, NoCandidate,
// ModelNotFound, CostUnbounded (a key with a USD limit or a model scope, where neither can be
// kept). Whom `rules` forbid is not asked, and no other in the place of a provider that was named.
Result<RelayChoice> chooseRelay(const RelayAsk& ask, const Snapshot& snapshot,
                                const ClientEntry& client, std::optional<std::string_view> named,
                                const IdBook& ids, const routing::RuleEffect& rules = {});

// The ids that a provider's answer tells its client: of itself and of a batch's files.
std::vector<std::string> idsToldBy(std::string_view answer);

// A list without what belongs to others: `data` filtered, `first_id` and `last_id` to match.
// The answer itself when it is no list.
std::string ownPart(std::string_view answer, const std::string& client, const IdBook& ids);

}  // namespace gr::gateway
