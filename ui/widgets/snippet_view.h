// SPDX-License-Identifier: MIT
#pragma once

#include <QPlainTextEdit>

namespace gr::ui {

// Code to copy, read-only; lines with one of `marks` are emphasised: they are what changes. Or a
// change of files, whose lines begin with "+" or "-" where they come or go.
class SnippetView final : public QPlainTextEdit {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SnippetView)

  public:
    explicit SnippetView(const QString& name, QWidget* parent = nullptr);
    void setSnippet(const QString& shown, const QStringList& marks);
    void setChange(const QString& lines);

  signals:
    void copyWanted();  // Ctrl+C with nothing selected

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void emphasise();
    QStringList m_marks;
    bool m_change = false;
};

}  // namespace gr::ui
