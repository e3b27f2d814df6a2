// SPDX-License-Identifier: MIT
#include "routing/detect.h"

#include "routing/code_finder.h"
#include "routing/language.h"
#include "routing/secrets_finder.h"

namespace gr::routing {

void detect(RequestFacts& facts, const NeededFacts& needed, std::string_view body, bool json) {
    if (needed.secret)
        facts.hasSecret = json ? jsonHoldsSecret(body) : bytesHoldSecret(body);
    if (needed.code)
        facts.hasCode = hasCode(facts.lastUser);
    if (needed.language)
        facts.language = languageOf(facts.lastUser);
}

}  // namespace gr::routing
