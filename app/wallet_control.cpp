// SPDX-License-Identifier: MIT
#include "app/wallet_control.h"

#include "app/control_line.h"
#include "json/writer.h"

namespace gr::app {

std::string walletLine(const gateway::WalletFacts& facts) {
    json::Writer out;
    out.object().key("ok").boolean(true).key("state").string(nameOf(facts.state));
    out.key("address").string(facts.address).key("backed_up").boolean(facts.backedUp);
    out.key("words").boolean(facts.words).key("in_vault").boolean(facts.inVault);
    return out.key("problem").string(facts.problem).end().take();
}

Result<gateway::WalletFacts> readWalletLine(std::string_view line) {
    const auto answer = json::scanObject(line);
    if (!answer)
        return fail(answer.error());
    const auto is = [&answer](std::string_view name) {
        const json::Member* const found = answer->find(name);
        return found != nullptr && found->type == json::Type::True;
    };
    const std::string state = member(*answer, "state");
    const auto known = gateway::walletState(state);
    if (!known)
        return fail(ErrorCode::BadRequest,
                    "The running gateway tells of a wallet in a state that this window does not "
                    "know: \"" +
                        state + "\".");
    gateway::WalletFacts facts;
    facts.state = *known;
    facts.address = member(*answer, "address");
    facts.backedUp = is("backed_up");
    facts.words = is("words");
    facts.inVault = is("in_vault");
    facts.problem = member(*answer, "problem");
    return facts;
}

}  // namespace gr::app
