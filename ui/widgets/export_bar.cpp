// SPDX-License-Identifier: MIT
#include "widgets/export_bar.h"

#include <QDir>
#include <QHBoxLayout>
#include <QProgressBar>

#include "format.h"
#include "widgets/export_dialog.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kSteps = 1000;
}

ExportBar::ExportBar(Backend& backend, NoticeArea* notices, QWidget* parent)
    : QFrame(parent),
      m_backend(backend),
      m_notices(notices),
      m_words(makeLabel({}, "", this)),
      m_progress(new QProgressBar(this)) {
    setProperty("card", true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::kL, space::kS, space::kM, space::kS);
    row->setSpacing(space::kM);
    row->addWidget(m_words);
    m_progress->setRange(0, kSteps);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress of the export"));
    row->addWidget(m_progress, 1);
    QPushButton* cancel = makeButton(tr("Cancel export"), ButtonKind::Normal, u"x"_s, this);
    connect(cancel, &QPushButton::clicked, this, [this] { m_backend.cancelExport(); });
    row->addWidget(cancel);
    hide();
}

void ExportBar::ask(const ledger::Filter& filter) {
    if (m_running) {
        return;
    }
    openExportDialog(this, tr("Export requests"), u"requests"_s,
                     [this, filter](const QString& path, ledger::ExportFormat format) {
                         begin({filter, format, path});
                     });
}

void ExportBar::begin(const ExportOrder& order) {
    if (m_running) {
        return;
    }
    setRunning(true);
    showProgress(0, 0);
    m_backend.exportHistory(
        this, order, [this](std::int64_t done, std::int64_t all) { showProgress(done, all); },
        [this, order](const Result<ledger::Exported>& written) { finish(order, written); });
}

void ExportBar::showProgress(std::int64_t done, std::int64_t all) {
    m_words->setText(all == 0 ? tr("Exporting…")
                              : tr("%1 of %2 requests exported").arg(count(done), count(all)));
    m_progress->setValue(all == 0 ? 0 : static_cast<int>(done * kSteps / all));
}

void ExportBar::finish(const ExportOrder& order, const Result<ledger::Exported>& written) {
    setRunning(false);
    const auto key = u"export"_s;
    if (!written && written.error().code == ErrorCode::Cancelled) {
        m_notices->show(key, {.tone = NoticeTone::Info,
                              .title = tr("The export was cancelled"),
                              .body = tr("No file was written."),
                              .actions = {},
                              .seconds = 10});
        return;
    }
    if (!written) {
        m_notices->showError(key, tr("The export failed"), text(written.error().message.text));
        return;
    }
    QString body = QDir::toNativeSeparators(order.path).toHtmlEscaped();
    if (written->cut && (!order.filter.from || *order.filter.from < written->cut->before)) {
        body += u"<br>"_s + tr("Older ones than of %1 are not in it: they were removed because of "
                               "their age.")
                                .arg(dateAndTime(written->cut->before));
    }
    m_notices->show(
        key, {.tone = NoticeTone::Success,
              .title = tr("%1 requests exported", nullptr, static_cast<int>(written->requests))
                           .arg(count(written->requests)),
              .body = body,
              .actions = {{tr("Copy the file's name"), [path = order.path] { copyText(path); }}}});
}

void ExportBar::setRunning(bool running) {
    m_running = running;
    setVisible(running);
    emit runningChanged();
}

}  // namespace gr::ui
