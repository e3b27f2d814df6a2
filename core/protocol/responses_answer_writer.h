// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "protocol/adapter.h"

namespace gr::protocol {

// Writes answers of POST /v1/responses: one response object, or its stream of events. Ids are made
// of the context's id (resp_…, msg_…, rs_…, fc_…, ctc_… with the index in `output`), so that added,
// delta, done and the last event agree. Tools get back the name and kind under which the client
// declared them. Proofs of thoughts go through `context.seal` into encrypted_content when the
// client asked for it; those of redacted thoughts with the vendor "VENDOR:redacted". What
// `context.keep` gets has the proofs in any case. A broken stream ends with response.failed.
std::unique_ptr<AnswerWriter> makeResponsesWriter(AnswerContext context);

}  // namespace gr::protocol
