// SPDX-License-Identifier: MIT
#include "widgets/gateway_notice.h"

#include <QCoreApplication>

#include "format.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

struct Say {
    Q_DECLARE_TR_FUNCTIONS(GatewayNotice)
};

// "node (process 4312)" → "<i>node</i> (process 4312)"
QString emphasised(const std::string& holder) {
    const QString whole = text(holder);
    const qsizetype cut = whole.indexOf(u" (");
    if (cut < 0) {
        return u"<i>"_s + whole.toHtmlEscaped() + u"</i>"_s;
    }
    return u"<i>"_s + whole.left(cut).toHtmlEscaped() + u"</i>"_s + whole.mid(cut).toHtmlEscaped();
}

NoticeSpec portTaken(Backend& backend, const gateway::GatewayStatus& status) {
    const int port = status.port;
    const auto next = static_cast<std::uint16_t>(port < 65535 ? port + 1 : 4402);
    NoticeSpec spec{.tone = NoticeTone::Danger,
                    .title = Say::tr("Port %1 is in use").arg(port),
                    .body = {},
                    .actions = {},
                    .closable = false};
    spec.body = status.portHolder.empty()
                    ? Say::tr(
                          "Another program is listening there. Your tools cannot reach "
                          "GateRouter until this is solved.")
                    : Say::tr(
                          "%1 is listening there. Your tools cannot reach GateRouter until "
                          "this is solved.")
                          .arg(emphasised(status.portHolder));
    spec.actions.push_back({Say::tr("Use %1").arg(next), [&backend, next] {
                                SettingsPatch patch;
                                patch.port = next;
                                backend.patchSettings(
                                    &backend, patch, [&backend](const auto& done) {
                                        if (done) {
                                            backend.restartGateway(&backend, [](const auto&) {});
                                        }
                                    });
                            }});
    spec.actions.push_back({Say::tr("Try again"), [&backend] { backend.startGateway(); }});
    return spec;
}

}  // namespace

std::optional<NoticeSpec> gatewayNotice(Backend& backend) {
    const gateway::GatewayStatus status = backend.gatewayStatus();
    if (status.state != gateway::GatewayStatus::State::Failed || backgroundNotice(backend)) {
        return std::nullopt;
    }
    if (status.error && status.error->code == ErrorCode::PortInUse) {
        return portTaken(backend, status);
    }
    const QString body = status.error ? text(status.error->message.text) : QString();
    return NoticeSpec{.tone = NoticeTone::Danger,
                      .title = Say::tr("The gateway is not running"),
                      .body = body.toHtmlEscaped(),
                      .actions = {{Say::tr("Try again"), [&backend] { backend.startGateway(); }}},
                      .closable = false};
}

std::optional<NoticeSpec> backgroundNotice(Backend& backend) {
    const std::optional<Background> background = backend.background();
    if (!background) {
        return std::nullopt;
    }
    using State = Background::State;
    const QString who = u"<i>%1</i> "_s.arg(text(background->program).toHtmlEscaped()) +
                        Say::tr("(process %1)").arg(background->pid);
    const NoticeAction here{Say::tr("Start it here"), [&backend] { backend.startGateway(); }};
    switch (background->state) {
        case State::Attached:
            return std::nullopt;
        case State::Silent:
            return NoticeSpec{.tone = NoticeTone::Danger,
                              .title = Say::tr("The gateway in the background does not answer"),
                              .body = Say::tr("%1 is there but says nothing. What you see may be "
                                              "out of date. This window goes on asking; if it "
                                              "stays so, end that process.")
                                          .arg(who),
                              .actions = {},
                              .closable = false};
        case State::Stopped:
            return NoticeSpec{.tone = NoticeTone::Info,
                              .title = Say::tr("The gateway in the background was stopped"),
                              .body = Say::tr("Your tools get no answers until a gateway runs "
                                              "again. This program can run it itself."),
                              .actions = {here},
                              .closable = false};
        case State::Ended:
            return NoticeSpec{.tone = NoticeTone::Danger,
                              .title = Say::tr("The gateway in the background has ended"),
                              .body = Say::tr("%1 is gone. Your tools get no answers until a "
                                              "gateway runs again. This program can run it "
                                              "itself; one that is started elsewhere is found.")
                                          .arg(who),
                              .actions = {here},
                              .closable = false};
    }
    return std::nullopt;
}

}  // namespace gr::ui
