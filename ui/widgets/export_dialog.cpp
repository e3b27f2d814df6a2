// SPDX-License-Identifier: MIT
#include "widgets/export_dialog.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>

#include "format.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

struct Say {
    Q_DECLARE_TR_FUNCTIONS(ExportDialog)
};

}  // namespace

void openExportDialog(QWidget* parent, const QString& title, const QString& name,
                      ExportChosen chosen) {
    auto* dialog = new QFileDialog(parent, title, QDir::homePath());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setNameFilters({Say::tr("Table (*.csv)"), Say::tr("JSON (*.json)")});
    dialog->setDefaultSuffix(u"csv"_s);
    dialog->selectFile(name + u".csv"_s);
    QObject::connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& one) {
        dialog->setDefaultSuffix(one.contains(u".json"_s) ? u"json"_s : u"csv"_s);
    });
    QObject::connect(dialog, &QFileDialog::fileSelected, parent,
                     [chosen = std::move(chosen)](const QString& path) {
                         const bool json = path.endsWith(u".json"_s, Qt::CaseInsensitive);
                         chosen(path,
                                json ? ledger::ExportFormat::Json : ledger::ExportFormat::Csv);
                     });
    dialog->open();
}

void tellExported(NoticeArea& notices, const QString& path,
                  const Result<ledger::Exported>& written) {
    const auto key = u"export"_s;
    if (!written) {
        notices.showError(key, Say::tr("The export failed"), text(written.error().message.text));
        return;
    }
    notices.show(
        key, {.tone = NoticeTone::Success,
              .title = Say::tr("%n rows exported", nullptr, static_cast<int>(written->requests)),
              .body = QDir::toNativeSeparators(path).toHtmlEscaped(),
              .actions = {{Say::tr("Copy the file's name"), [path] { copyText(path); }}}});
}

}  // namespace gr::ui
