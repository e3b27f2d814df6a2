// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <functional>

#include "base/result.h"
#include "ledger/export.h"

class QWidget;

namespace gr::ui {

class NoticeArea;

// Asks where an export goes; the suffix of the file is its format. `parent` owns the dialog;
// `chosen` is called once, or never.
using ExportChosen = std::function<void(const QString& path, ledger::ExportFormat format)>;
void openExportDialog(QWidget* parent, const QString& title, const QString& name,
                      ExportChosen chosen);

// Says how the export of payments or sales to `path` went.
void tellExported(NoticeArea& notices, const QString& path,
                  const Result<ledger::Exported>& written);

}  // namespace gr::ui
