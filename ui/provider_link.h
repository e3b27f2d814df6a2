// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <optional>

namespace gr::ui {

// A link that asks to add a provider: "gaterouter:providers?add=openai" for one that the catalog
// knows, "gaterouter:providers?add=NAME&address=https://…" for any other.
struct ProviderLink {
    QString id;
    QString address;  // empty: the catalog's
};

// Nothing when `link` is not such a link, or asks for more: a key, or any member not named above,
// makes it none. Anybody may write such a link, so whoever opens one shows what it asks for and
// does nothing by itself. Pure.
std::optional<ProviderLink> providerLinkAt(const QString& link);

}  // namespace gr::ui
