// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>
#include <QHash>
#include <QTimer>
#include <functional>
#include <vector>

class QHBoxLayout;
class QVBoxLayout;
class QLabel;
class QPushButton;

namespace gr::ui {

enum class NoticeTone : quint8 { Info, Success, Warning, Danger };

struct NoticeAction {
    QString label;
    std::function<void()> run;
};

// What happened, what it means, and the next action as a button.
struct NoticeSpec {
    NoticeTone tone = NoticeTone::Info;
    QString title;
    QString body;  // rich text; escape what comes from outside
    std::vector<NoticeAction> actions;
    int seconds = 0;  // 0: stays until closed
    bool closable = true;
};

class Notice final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Notice)

  public:
    explicit Notice(const NoticeSpec& spec, QWidget* parent = nullptr);

  signals:
    void closed();

  private:
    void addButtons(const NoticeSpec& spec, QHBoxLayout* row);
};

// The place under a page's header where notices stand, by key: a second one with the same key
// replaces the first. Takes no room while empty.
class NoticeArea final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(NoticeArea)

  public:
    explicit NoticeArea(QWidget* parent = nullptr);
    void show(const QString& key, const NoticeSpec& spec);
    void hide(const QString& key);
    bool has(const QString& key) const { return m_notices.contains(key); }
    // "X removed · Undo", for ten seconds.
    void showUndo(const QString& key, const QString& title, std::function<void()> undo);
    // An error of a command that the person just gave.
    void showError(const QString& key, const QString& title, const QString& plainBody);

  private:
    QVBoxLayout* m_column;
    QHash<QString, Notice*> m_notices;
};

}  // namespace gr::ui
