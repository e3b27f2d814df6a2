// SPDX-License-Identifier: MIT
#pragma once

#include <QPointer>
#include <vector>

#include "net/endpoint.h"
#include "pages/page.h"
#include "settings/kept_chat.h"

class QComboBox;
class QPlainTextEdit;
class QPushButton;
class QScrollArea;
class QStackedWidget;
class QVBoxLayout;

namespace gr::ui {

class ChatList;
class EmptyState;
class MessageView;

// A conversation with any model, through the endpoint like any other client; and those that were
// kept before, where there is a vault to seal them.
class PlaygroundPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PlaygroundPage)

  public:
    explicit PlaygroundPage(const PageContext& context, QWidget* parent = nullptr);
    void refresh() override;
    void focusFilter() override;
    QWidget* firstFocus() override;

  protected:
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void makeHeader();
    void makeColumns();
    settings::KeptChat currentChat() const;
    void keepChat();
    void openChat(const std::string& id);
    void show(const settings::KeptChat& chat);
    void removeChat(const std::string& id);
    void removeKept(const settings::KeptChat& chat);
    void makeTranscript();
    void makeComposer();
    void makeExamples();
    void send(const QString& prompt);
    void ask();
    void offerJudgement(MessageView* answer, const std::string& requestId);
    void again();
    void stop();
    void newChat();
    void clearTalk();
    void finish(MessageView* view, const AnswerEnd& end);
    void takeRecords(const std::vector<gateway::ExchangeEvent>& events);
    void settle(const ledger::RequestRecord& record);
    void showModels(const Result<QStringList>& models);
    MessageView* addMessage(bool person, const QString& name);
    void setBusy(bool busy);
    void growComposer();
    void keepAtEnd();

    Endpoint* m_endpoint;
    QPointer<ChatStream> m_stream;
    std::vector<MessageView*> m_messages;  // person and model by turns
    // The answer whose record has not come up yet: its cost is known only to the books.
    QPointer<MessageView> m_waiting;
    AnswerEnd m_waitingEnd;
    std::vector<ledger::RequestRecord> m_early;  // records that came before their answer's end
    // Of the conversation that is shown; without an id it was not kept yet.
    settings::ChatHead m_kept;
    UnixMs m_keptSince;
    ChatList* m_list = nullptr;
    QPushButton* m_listButton = nullptr;
    QVBoxLayout* m_talk = nullptr;  // beside the list
    QComboBox* m_model = nullptr;
    QPushButton* m_systemButton = nullptr;
    QPlainTextEdit* m_system = nullptr;
    QStackedWidget* m_stack = nullptr;
    EmptyState* m_empty = nullptr;
    QScrollArea* m_scroll = nullptr;
    QVBoxLayout* m_column = nullptr;
    QPlainTextEdit* m_composer = nullptr;
    QPushButton* m_send = nullptr;
    QString m_lastPrompt;
    bool m_stickToEnd = true;
};

}  // namespace gr::ui
