// SPDX-License-Identifier: MIT
#include "widgets/snippet_view.h"

#include <QEvent>
#include <QKeyEvent>
#include <QTextBlock>
#include <algorithm>

#include "theme/theme.h"

namespace gr::ui {

SnippetView::SnippetView(const QString& name, QWidget* parent) : QPlainTextEdit(parent) {
    setReadOnly(true);
    setProperty("code", true);
    setAccessibleName(name);
    setFont(monospaceFont());
    setLayoutDirection(Qt::LeftToRight);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setTabChangesFocus(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
}

void SnippetView::setSnippet(const QString& shown, const QStringList& marks) {
    m_marks = marks;
    setPlainText(shown.trimmed());
    emphasise();
}

void SnippetView::emphasise() {
    QList<QTextEdit::ExtraSelection> lines;
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        const bool marked = std::ranges::any_of(m_marks, [&](const QString& mark) {
            return !mark.isEmpty() && block.text().contains(mark);
        });
        if (!marked) {
            continue;
        }
        QTextEdit::ExtraSelection line;
        line.cursor = QTextCursor(block);
        line.format.setBackground(tokensOf(palette()).accentSoft);
        line.format.setProperty(QTextFormat::FullWidthSelection, true);
        lines.append(line);
    }
    setExtraSelections(lines);
}

void SnippetView::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy) && !textCursor().hasSelection()) {
        emit copyWanted();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void SnippetView::changeEvent(QEvent* event) {
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        emphasise();
    }
}

}  // namespace gr::ui
