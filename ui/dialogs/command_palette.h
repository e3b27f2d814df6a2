// SPDX-License-Identifier: MIT
#pragma once

#include <QDialog>
#include <QPointer>
#include <functional>
#include <vector>

class QLineEdit;
class QListWidget;

namespace gr::ui {

// One thing to do or place to go.
struct PaletteEntry {
    QString title;
    QString icon;  // may be empty
    QString keys;  // shown at the right
    std::function<void()> run;
};

// How well `typed` fits `title`: its letters in order, better when they stand together and at the
// beginning of words; below zero when it does not fit at all. Pure; exposed for its test.
int paletteScore(const QString& typed, const QString& title);

// Everything that can be done, found by a few letters; Enter does it, Esc goes back to where the
// keyboard was. Opened with open(), deletes itself.
class CommandPalette final : public QDialog {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CommandPalette)

  public:
    CommandPalette(std::vector<PaletteEntry> entries, QWidget* parent);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void fill();
    void runCurrent();

    std::vector<PaletteEntry> m_entries;
    QLineEdit* m_find;
    QListWidget* m_list;
    QPointer<QWidget> m_before;
};

}  // namespace gr::ui
