// SPDX-License-Identifier: MIT
#include "app/provider_probe.h"

#include <QElapsedTimer>
#include <QHostAddress>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <memory>

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPatienceMs = 15'000;

bool isLoopback(const QUrl& url) {
    return url.host() == "localhost"_L1 || QHostAddress(url.host()).isLoopback();
}

// Where the list of models lies. Addresses are joined leniently, as the gateway does.
QUrl modelsUrl(const std::string& kind, const std::string& baseUrl) {
    QString base = QString::fromStdString(baseUrl);
    while (base.endsWith(u'/')) {
        base.chop(1);
    }
    const bool bare = QUrl(base).path().isEmpty();
    if (kind == "gemini") {
        return QUrl(base + (bare ? u"/v1beta/models"_s : u"/models"_s));
    }
    return QUrl(base + (bare ? u"/v1/models"_s : u"/models"_s));
}

void addKey(QNetworkRequest& request, const std::string& kind, const Secret& key) {
    const QByteArray text(key.reveal().data(), static_cast<qsizetype>(key.size()));
    if (kind == "anthropic") {
        request.setRawHeader("x-api-key", text);
    } else if (kind == "gemini") {
        request.setRawHeader("x-goog-api-key", text);
    } else {
        request.setRawHeader("Authorization", "Bearer " + text);
    }
}

// What happened and what it means, for the codes that people meet.
QString sentence(const QString& title, int status, const QNetworkReply& reply) {
    switch (status) {
        case 401:
        case 403:
            return ProviderProbe::tr(
                       "%1 refused this key. It may be revoked or belong to another "
                       "account.")
                .arg(title);
        case 402:
            return ProviderProbe::tr("The account at %1 has no credit.").arg(title);
        case 404:
            return ProviderProbe::tr(
                "Nothing answers at this address. Is it the root of the "
                "interface, such as https://host/v1?");
        case 429:
            return ProviderProbe::tr("%1 asks to wait: too many requests.").arg(title);
        default:
            break;
    }
    if (status >= 300 && status < 400) {
        return ProviderProbe::tr(
            "The address sends elsewhere. Keys are not sent along: enter the "
            "final address.");
    }
    if (status >= 500) {
        return ProviderProbe::tr("%1 has a problem of its own (%2). Try again later.")
            .arg(title)
            .arg(status);
    }
    switch (reply.error()) {
        case QNetworkReply::HostNotFoundError:
            return ProviderProbe::tr(
                       "The name %1 is not known. Check the address and your "
                       "connection.")
                .arg(reply.url().host());
        case QNetworkReply::ConnectionRefusedError:
            return ProviderProbe::tr("Nobody listens at %1.").arg(reply.url().authority());
        case QNetworkReply::SslHandshakeFailedError:
            return ProviderProbe::tr("The certificate of %1 is not trusted.")
                .arg(reply.url().host());
        case QNetworkReply::TimeoutError:
        case QNetworkReply::OperationCanceledError:
            return ProviderProbe::tr("%1 did not answer within 15 seconds.").arg(title);
        default:
            return reply.errorString();
    }
}

}  // namespace

void ProviderProbe::run(QObject* context, const Target& target,
                        ui::Backend::Reply<ui::ProviderTest> reply) {
    const QUrl url = modelsUrl(target.kind, target.baseUrl);
    m_network.setProxy(isLoopback(url) ? QNetworkProxy(QNetworkProxy::NoProxy)
                                       : QNetworkProxy(QNetworkProxy::DefaultProxy));
    QNetworkRequest request(url);
    request.setTransferTimeout(kPatienceMs);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute,
                         QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    if (target.kind == "anthropic") {
        request.setRawHeader("anthropic-version", "2023-06-01");
    }
    if (target.key) {
        addKey(request, target.kind, *target.key);
    }
    auto clock = std::make_shared<QElapsedTimer>();
    clock->start();
    QNetworkReply* answer = m_network.get(request);
    connect(answer, &QNetworkReply::finished, answer, &QObject::deleteLater);
    connect(
        answer, &QNetworkReply::finished, context,
        [answer, clock, title = target.title, reply = std::move(reply)] {
            ui::ProviderTest test;
            test.ms = clock->elapsed();
            const int status = answer->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            const QJsonObject body = QJsonDocument::fromJson(answer->readAll()).object();
            const QJsonValue list = body.contains("data"_L1) ? body["data"_L1] : body["models"_L1];
            test.ok = status == 200 && list.isArray();
            test.models = static_cast<int>(list.toArray().size());
            if (!test.ok) {
                test.sentence =
                    status == 200
                        ? ProviderProbe::tr("The address answers, but not with a list of models.")
                              .toStdString()
                        : sentence(title, status, *answer).toStdString();
            }
            reply(test);
        });
}

}  // namespace gr::app
