// SPDX-License-Identifier: MIT
#include "widgets/markdown_view.h"

#include <QDesktopServices>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextFrame>
#include <QTextTable>
#include <QVBoxLayout>
#include <QWheelEvent>

#include "theme/theme.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kRoomForCode = 600;  // wider lines may need a scroll bar
}

MarkdownView::MarkdownView(QWidget* parent) : QTextBrowser(parent) {
    setFrameShape(QFrame::NoFrame);
    setOpenLinks(false);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Answer"));
    viewport()->setAutoFillBackground(false);
    document()->setDocumentMargin(0);
    connect(this, &QTextBrowser::anchorClicked, this, [](const QUrl& link) {
        if (link.scheme() == "https"_L1 || link.scheme() == "http"_L1) {
            QDesktopServices::openUrl(link);
        }
    });
    connect(document(), &QTextDocument::contentsChanged, this, &MarkdownView::fitHeight);
}

void MarkdownView::append(const QString& plain) {
    QTextCursor cursor(document());
    cursor.movePosition(QTextCursor::End);
    cursor.insertText(plain);
}

QVariant MarkdownView::loadResource(int, const QUrl&) {
    return {};
}

QSize MarkdownView::sizeHint() const {
    return {400, qRound(document()->size().height()) + 2};
}

void MarkdownView::resizeEvent(QResizeEvent* event) {
    QTextBrowser::resizeEvent(event);
    fitHeight();
}

void MarkdownView::wheelEvent(QWheelEvent* event) {
    event->ignore();  // the transcript scrolls, not the paragraph
}

void MarkdownView::dressTables() {
    const Tokens& tokens = tokensOf(palette());
    for (QTextFrame* frame : document()->rootFrame()->childFrames()) {
        auto* table = qobject_cast<QTextTable*>(frame);
        if (table == nullptr) {
            continue;
        }
        QTextTableFormat format = table->format();
        format.setBorderCollapse(true);
        format.setBorder(1);
        format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
        format.setBorderBrush(tokens.border);
        format.setCellPadding(6);
        format.setTopMargin(space::kS);
        table->setFormat(format);
    }
}

void MarkdownView::changeEvent(QEvent* event) {
    QTextBrowser::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        dressTables();
    }
}

void MarkdownView::fitHeight() {
    document()->setTextWidth(viewport()->width());
    const int wanted = qRound(document()->size().height()) + 2;
    if (height() != wanted) {
        setFixedHeight(wanted);
    }
}

AnswerView::AnswerView(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this)) {
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(space::kS);
}

void AnswerView::clear() {
    while (QLayoutItem* item = m_column->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    m_streaming = nullptr;
}

void AnswerView::append(const QString& plain) {
    if (m_streaming == nullptr) {
        m_streaming = new MarkdownView(this);
        m_column->addWidget(m_streaming);
    }
    m_streaming->append(plain);
}

void AnswerView::setMarkdown(const QString& markdown) {
    clear();
    for (const AnswerPart& part : answerParts(markdown)) {
        if (part.code) {
            addCode(part.language, part.text);
            continue;
        }
        auto* view = new MarkdownView(this);
        view->document()->setMarkdown(
            part.text, QTextDocument::MarkdownFeatures(QTextDocument::MarkdownDialectGitHub) |
                           QTextDocument::MarkdownNoHTML);
        view->dressTables();
        m_column->addWidget(view);
    }
}

void AnswerView::addCode(const QString& language, const QString& code) {
    auto* box = new QFrame(this);
    box->setProperty("codeBlock", true);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(space::kM, space::kXs, space::kXs, space::kS);
    column->setSpacing(0);
    auto* head = new QHBoxLayout;
    head->addWidget(makeLabel(language, "caption", box));
    head->addStretch();
    QPushButton* copy = makeButton(tr("Copy"), ButtonKind::Flat, u"copy"_s, box);
    copy->setAccessibleName(tr("Copy this code"));
    connect(copy, &QPushButton::clicked, box, [code] { copyText(code); });
    head->addWidget(copy);
    column->addLayout(head);
    auto* view = new QPlainTextEdit(code, box);
    view->setReadOnly(true);
    view->setProperty("bareCode", true);
    view->setAccessibleName(tr("Code"));
    view->setFont(monospaceFont());
    view->setLayoutDirection(Qt::LeftToRight);
    view->setLineWrapMode(QPlainTextEdit::NoWrap);
    view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    view->document()->setDocumentMargin(0);
    int longest = 0;
    for (const QString& line : code.split(u'\n')) {
        longest = qMax(longest, QFontMetrics(view->font()).horizontalAdvance(line));
    }
    const int bar = longest > kRoomForCode ? 14 : 0;
    const int lines = view->document()->blockCount();
    view->setFixedHeight(QFontMetrics(view->font()).lineSpacing() * lines + 6 + bar);
    column->addWidget(view);
    m_column->addWidget(box);
}

QList<AnswerPart> answerParts(const QString& markdown) {
    QList<AnswerPart> parts;
    QStringList lines;
    bool inCode = false;
    QString fence;
    QString language;
    const auto close = [&] {
        const QString whole = lines.join(u'\n');
        if (inCode || !whole.trimmed().isEmpty()) {
            parts.append({inCode, inCode ? language : QString(), whole});
        }
        lines.clear();
    };
    for (const QString& line : markdown.split(u'\n')) {
        const QString bare = line.trimmed();
        const bool opens = bare.startsWith("```"_L1) || bare.startsWith("~~~"_L1);
        if (!inCode && opens) {
            close();
            inCode = true;
            fence = bare.left(3);
            language = bare.mid(3).trimmed();
        } else if (inCode && bare.startsWith(fence) && bare.size() == bare.count(fence.at(0))) {
            close();
            inCode = false;
        } else {
            lines << line;
        }
    }
    close();
    return parts;
}

}  // namespace gr::ui
