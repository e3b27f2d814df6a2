// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;
class QTimer;

namespace gr::ui {

class AnswerView;
class IconLabel;

// One message of a conversation. An answer grows while it streams (plain text, at most 30 times a
// second) and is laid out as Markdown when it is whole.
class MessageView final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MessageView)

  public:
    enum class Author : quint8 { Person, Model };

    MessageView(Author author, const QString& name, QWidget* parent = nullptr);

    void setText(const QString& text);      // whole, of the person
    void append(const QString& piece);      // of the model
    void finish();                          // render what came
    void setFootnote(const QString& line);  // model · tokens · cost · first token
    void showError(const QString& title, const QString& sentence);
    void setSimulated(bool simulated);
    void offerJudgement();    // the person may say how good the answer was
    void setLast(bool last);  // only the last answer can be made again
    const QString& text() const { return m_text; }
    QString name() const;
    QString footnote() const;

  signals:
    void againWanted();  // Regenerate, or Retry after an error
    void judged(bool good);

  private:
    void flush();
    void judge(bool good);

    Author m_author;
    QString m_text;
    QString m_pending;
    bool m_finished = false;
    AnswerView* m_view;
    QLabel* m_name;
    QLabel* m_simulated;
    QLabel* m_footnote;
    QFrame* m_error;
    QLabel* m_errorTitle;
    QLabel* m_errorBody;
    QWidget* m_foot;
    QPushButton* m_copy;
    QPushButton* m_again;
    QPushButton* m_good;
    QPushButton* m_bad;
    QTimer* m_paint;
};

}  // namespace gr::ui
