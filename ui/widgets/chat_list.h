// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "chats.h"

class QLabel;
class QLineEdit;
class QListWidget;
class QListWidgetItem;
class QPushButton;
class QTimer;

namespace gr {
class Clock;
}

namespace gr::ui {

// The conversations that are kept, with a field that searches in them.
class ChatList final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ChatList)

  public:
    ChatList(Chats& chats, const Clock& clock, QWidget* parent = nullptr);  // which outlive it
    void refresh();
    void focusSearch();
    // The one that is shown beside it; empty: none that is kept.
    void setCurrent(const std::string& id);

  signals:
    void openWanted(const std::string& id);
    void removeWanted(const std::string& id);

  private:
    void show(const Result<Chats::List>& list);
    std::string currentId() const;
    void showCurrent();

    Chats& m_chats;
    const Clock& m_clock;
    QLineEdit* m_search;
    QListWidget* m_list;
    QLabel* m_words;
    QPushButton* m_remove;
    QTimer* m_typing;
    std::string m_shown;
};

}  // namespace gr::ui
