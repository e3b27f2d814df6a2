// SPDX-License-Identifier: MIT
#include "provider_link.h"

#include <QRegularExpression>
#include <QUrl>
#include <QUrlQuery>

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kLongest = 1000;

// An address that a key may be entered for: no name or password in it, no query, https unless it is
// on this machine.
bool isAddress(const QString& address) {
    const QUrl url(address, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty() || !url.userInfo().isEmpty() || url.hasQuery() ||
        url.hasFragment()) {
        return false;
    }
    const QString host = url.host();
    const bool here = host == "127.0.0.1"_L1 || host == "::1"_L1 || host == "localhost"_L1;
    return url.scheme() == "https"_L1 || (url.scheme() == "http"_L1 && here);
}

}  // namespace

std::optional<ProviderLink> providerLinkAt(const QString& link) {
    static const QRegularExpression form(
        u"^gaterouter:(?://)?providers/?\\?(.+)$"_s,
        QRegularExpression::CaseInsensitiveOption | QRegularExpression::DotMatchesEverythingOption);
    static const QRegularExpression name(u"\\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\z"_s);
    const QRegularExpressionMatch match = form.match(link);
    if (link.size() > kLongest || !match.hasMatch()) {
        return std::nullopt;
    }
    ProviderLink wanted;
    for (const auto& [member, value] :
         QUrlQuery(match.captured(1)).queryItems(QUrl::FullyDecoded)) {
        QString* const place = member == "add"_L1       ? &wanted.id
                               : member == "address"_L1 ? &wanted.address
                                                        : nullptr;
        if (place == nullptr || !place->isEmpty() || value.isEmpty()) {
            return std::nullopt;
        }
        *place = value;
    }
    if (!name.match(wanted.id).hasMatch() ||
        (!wanted.address.isEmpty() && !isAddress(wanted.address))) {
        return std::nullopt;
    }
    return wanted;
}

}  // namespace gr::ui
