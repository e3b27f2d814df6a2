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
    m_change = false;
    setPlainText(shown.trimmed());
    emphasise();
}

void SnippetView::setChange(const QString& lines) {
    m_change = true;
    setPlainText(lines);
    emphasise();
}

void SnippetView::emphasise() {
    QList<QTextEdit::ExtraSelection> lines;
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        const Tokens& tokens = tokensOf(palette());
        const QString words = block.text();
        QColor ground;
        if (m_change) {
            ground = words.startsWith(u'+')   ? tokens.successSoft
                     : words.startsWith(u'-') ? tokens.dangerSoft
                                              : QColor();
        } else if (std::ranges::any_of(m_marks, [&](const QString& mark) {
                       return !mark.isEmpty() && words.contains(mark);
                   })) {
            ground = tokens.accentSoft;
        }
        if (!ground.isValid()) {
            continue;
        }
        QTextEdit::ExtraSelection line;
        line.cursor = QTextCursor(block);
        line.format.setBackground(ground);
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
