// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"
#include "gateway/auto_choice.h"
#include "gateway/id_book.h"
#include "gateway/session_desk.h"
#include "gateway/snapshot.h"
#include "http/message.h"
#include "ledger/entry.h"
#include "settings/secret_source.h"
#include "settings/settings.h"

namespace gr::gateway {

// Who asks, and what is known besides. Null: somebody who may ask for everything; nothing.
struct ExplainAsk {
    std::string_view body;
    const http::Fields* headers = nullptr;
    const ClientEntry* client = nullptr;
    const SessionDesk* sessions = nullptr;
    const IdBook* ids = nullptr;
    AutoSight sight;
};

// The routing decision for a request as JSON (docs/routing.md has its form). Nothing is sent.
// Errors as the request itself would get them. The body is that of chat completions, Responses
// ("input"), Messages or generateContent ("contents", with "model" beside it).
Result<std::string> explainRoute(const ExplainAsk& ask, const Snapshot& snapshot);

// The same for settings that no gateway runs with.
Result<std::string> explainRoute(std::string_view body, const settings::Settings& settings,
                                 const catalog::Catalog& catalog, settings::SecretSource& secrets);

// The same for a request of the books, from what they keep of it (routing/trace.h) and for the time
// it came at. `worst_cost` is null: that takes the request itself. Besides, `unexamined[]` has what
// rules ask about and nobody kept ("secrets", "code", "language", "headers"): there they are taken
// not to hold. `record`: with its features; RecordNotFound where there are none.
Result<std::string> explainRecorded(const ledger::RequestRecord& record, const Snapshot& snapshot);

}  // namespace gr::gateway
