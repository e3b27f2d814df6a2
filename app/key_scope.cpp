// SPDX-License-Identifier: MIT
#include "app/key_scope.h"

#include "json/writer.h"
#include "settings/client_scope.h"

namespace gr::app {

std::string scopeOf(const ui::ClientKeyDraft& draft) {
    if (draft.models.empty() && draft.limits.empty()) {
        return {};
    }
    json::Writer out;
    out.object();
    if (!draft.models.empty()) {
        out.key("models").array();
        for (const std::string& model : draft.models) {
            out.string(model);
        }
        out.end();
    }
    if (!draft.limits.empty()) {
        out.key("limits").array();
        for (const ledger::Limit& limit : draft.limits) {
            out.object().key("window").string(nameOf(limit.window)).key(nameOf(limit.unit));
            if (limit.unit == ledger::LimitUnit::Usd) {
                out.string(Money::fromPico(limit.amount).toDecimal());
            } else {
                out.number(limit.amount);
            }
            out.end();
        }
        out.end();
    }
    return out.end().take();
}

void readScope(const std::string& scope, const std::string& limitDefaults,
               ui::ClientKeyInfo& info) {
    auto read = settings::readClientScope(info.id, scope, limitDefaults);
    if (!read) {
        return;
    }
    if (read->models != std::vector<std::string>{"*"}) {
        info.models = std::move(read->models);
    }
    info.limits = std::move(read->limits);
}

}  // namespace gr::app
