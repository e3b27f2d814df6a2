// SPDX-License-Identifier: MIT
#include "dialogs/stop_gateway_dialog.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "format.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr std::int64_t kDayMs = 24LL * 3'600'000;
constexpr qsizetype kMostNames = 6;
}  // namespace

StopGatewayDialog::StopGatewayDialog(Backend& backend, QWidget* parent)
    : Dialog(tr("Stop the gateway in the background?"), tr("Stop it"), parent),
      m_backend(backend),
      m_running(makeParagraph({}, "strong", this)),
      m_users(makeParagraph({}, "", this)) {
    const Background background = backend.background().value_or(Background());
    const gateway::GatewayStatus status = backend.gatewayStatus();
    content()->addWidget(makeParagraph(
        tr("%1 (process %2) ends. Programs that ask %3 get no answers until a gateway runs again.")
            .arg(text(background.program))
            .arg(background.pid)
            .arg(u"%1:%2"_s.arg(text(status.address)).arg(status.port)),
        "", this));
    content()->addWidget(m_users);
    content()->addWidget(m_running);
    setKind(primary(), ButtonKind::Danger);
    secondary()->setFocus();
    m_users->setText(tr("Looking who used it within the last day…"));
    connect(&m_backend, &Backend::exchangesArrived, this, &StopGatewayDialog::showRunning);
    connect(&m_backend, &Backend::gatewayStatusChanged, this, [this] {
        const auto now = m_backend.background();
        if (!now || now->state != Background::State::Attached) {
            reject();  // there is nothing left to stop
        }
    });
    showRunning();
    askUsers();
}

// "editor, my-tools and 3 more"
QString StopGatewayDialog::listed(const QStringList& names) {
    const qsizetype more = names.size() - kMostNames;
    const QString first = names.mid(0, kMostNames).join(u", "_s);
    return more > 0 ? tr("%1 and %n more", nullptr, static_cast<int>(more)).arg(first) : first;
}

void StopGatewayDialog::showRunning() {
    QStringList lines;
    const auto running = m_backend.runningRequests();
    for (const gateway::RunningExchange& one : running) {
        const std::string& model = one.model.empty() ? one.askedModel : one.model;
        lines << tr("%1 (asks %2)").arg(text(one.client), text(model));
    }
    m_running->setVisible(!lines.isEmpty());
    m_running->setText(
        tr("Cut off in the middle: %n requests, of %1.", nullptr, static_cast<int>(lines.size()))
            .arg(listed(lines)));
}

void StopGatewayDialog::askUsers() {
    const UnixMs now = m_backend.clock().now();
    m_backend.querySeries(
        this, UnixMs{now.value - kDayMs}, UnixMs{now.value + 1}, ledger::Step::Day,
        ledger::GroupBy::Client, [this](const Result<std::vector<ledger::Bucket>>& buckets) {
            QStringList names;
            for (const ledger::Bucket& bucket : buckets.value_or(std::vector<ledger::Bucket>())) {
                if (!bucket.group.empty() && !names.contains(text(bucket.group))) {
                    names << text(bucket.group);
                }
            }
            names.sort();
            m_users->setText(!buckets ? tr("Who used it lately could not be read from the books.")
                             : names.isEmpty()
                                 ? tr("No program used it within the last day.")
                                 : tr("Used within the last day: %1.").arg(listed(names)));
        });
}

void StopGatewayDialog::commit() {
    m_backend.stopGateway();
    accept();
}

}  // namespace gr::ui
