// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/adapter.h"
#include "protocol/ask.h"
#include "protocol/passage.h"

// What OpenAI's Responses say about memory between requests: `previous_response_id`, `store`, and
// the items of earlier turns. Items stay the JSON text they were. Pure.
namespace gr::protocol {

struct MemoryAsk {
    bool store = true;
    const json::Member* previous = nullptr;  // previous_response_id, a string; null for none
    std::string previousId;
};

// Errors: InvalidField, for `store` and `previous_response_id` of a wrong type.
Result<MemoryAsk> readMemoryAsk(const Ask& ask);

// The items of the request itself as a JSON array; an `input` that is a text becomes a message.
// What is neither is passed on for the reader of the request to refuse: "[]".
std::string inputItems(const Ask& ask);

// `ask`'s body with `history` (a JSON array) in front of its items and without
// `memory.previous`, which must be set. Ids of items are left out of the history where the protocol
// does not need them: to a provider they would mean things that it keeps itself.
std::string bodyWithHistory(const Ask& ask, const MemoryAsk& memory, std::string_view history);

// The elements of both JSON arrays in one.
std::string joinedItems(std::string_view first, std::string_view second);

// What a client asks for of a list of items.
struct ItemsQuery {
    std::size_t limit = 20;
    bool descending = true;
    std::string after;          // the id of an item; empty: from the start
    bool encryptedToo = false;  // include reasoning.encrypted_content
};

// The answer to GET /v1/responses/{id}/input_items for the JSON array `items`. Items without an id
// get one that stays the same. Error: InvalidField, `after` names none of them.
Result<std::string> itemsPage(std::string_view items, std::string_view responseId,
                              const ItemsQuery& query);

// A passage of the Responses protocol on both sides that also hands the finished answer to `keep`,
// before its last bytes go on.
std::unique_ptr<Passage> keeping(std::unique_ptr<Passage> passage, KeepResponse keep);

}  // namespace gr::protocol
