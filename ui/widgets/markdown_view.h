// SPDX-License-Identifier: MIT
#pragma once

#include <QTextBrowser>
#include <QWidget>

class QVBoxLayout;

namespace gr::ui {

// Text of a model, as tall as its content. Nothing is ever loaded from elsewhere: a picture in an
// answer would tell its host that the answer was read.
class MarkdownView final : public QTextBrowser {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MarkdownView)

  public:
    explicit MarkdownView(QWidget* parent = nullptr);
    void append(const QString& plain);  // while streaming
    void dressTables();                 // lines and room as in our own tables
    QVariant loadResource(int type, const QUrl& name) override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {80, 24}; }

  protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

  private:
    void fitHeight();
};

// A whole answer: paragraphs as Markdown, code in blocks with a Copy button of their own.
class AnswerView final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AnswerView)

  public:
    explicit AnswerView(QWidget* parent = nullptr);
    void append(const QString& plain);          // while it streams: plain text
    void setMarkdown(const QString& markdown);  // when it is whole

  private:
    void clear();
    void addCode(const QString& language, const QString& code);

    QVBoxLayout* m_column;
    MarkdownView* m_streaming = nullptr;
};

// An answer cut at its code fences (``` or ~~~). Pure; exposed for its test.
struct AnswerPart {
    bool code = false;
    QString language;
    QString text;
};
QList<AnswerPart> answerParts(const QString& markdown);

}  // namespace gr::ui
