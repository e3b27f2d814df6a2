// SPDX-License-Identifier: MIT
#include "page_address.h"

#include <algorithm>
#include <array>

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
// In the order of PageId. Never renamed: they stand in bookmarks and desktop files.
constexpr std::array<QLatin1StringView, kPageCount> kNames{
    "overview"_L1, "connect"_L1, "playground"_L1, "activity"_L1, "providers"_L1,
    "routing"_L1,  "wallet"_L1,  "selling"_L1,    "limits"_L1,   "settings"_L1};
}  // namespace

std::optional<PageId> pageAt(const QString& address) {
    QString name = address.toLower();
    if (!name.startsWith("gaterouter:"_L1)) {
        return std::nullopt;
    }
    name.remove(0, "gaterouter:"_L1.size());
    if (name.startsWith("//"_L1)) {
        name.remove(0, 2);
    }
    if (name.endsWith(u'/')) {
        name.chop(1);  // as browsers write it
    }
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    return found == kNames.end() ? std::nullopt
                                 : std::optional(static_cast<PageId>(found - kNames.begin()));
}

}  // namespace gr::ui
