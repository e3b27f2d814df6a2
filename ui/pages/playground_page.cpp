// SPDX-License-Identifier: MIT
#include "pages/playground_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QJsonObject>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <utility>

#include "chats.h"
#include "format.h"
#include "models/payment_text.h"
#include "widgets/chat_list.h"
#include "widgets/controls.h"
#include "widgets/message_view.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMostComposerLines = 8;
constexpr int kColumnWidth = 820;
constexpr std::size_t kMostEarly = 64;
const auto kAuto = u"auto"_s;

// model · tokens · cost · first token
QString footnote(const AnswerEnd& end, const ledger::RequestRecord* record) {
    QStringList parts;
    if (!end.model.isEmpty()) {
        parts << end.model;
    }
    const auto tokens = end.tokens;
    parts << (tokens ? PlaygroundPage::tr("%1 tokens").arg(count(*tokens))
                     : PlaygroundPage::tr("tokens unknown"));
    if (record != nullptr) {
        parts << (record->cost ? moneyExact(*record->cost) : PlaygroundPage::tr("cost unknown"));
    }
    if (end.firstTokenMs) {
        parts << PlaygroundPage::tr("first token %1").arg(duration(*end.firstTokenMs));
    }
    if (end.stopped) {
        parts << PlaygroundPage::tr("stopped by you");
    }
    return parts.join(u" · "_s);
}

}  // namespace

PlaygroundPage::PlaygroundPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Playground, parent), m_endpoint(new Endpoint(backend(), this)) {
    makeColumns();
    makeHeader();
    makeTranscript();
    makeComposer();
    connect(&backend(), &Backend::exchangesArrived, this, &PlaygroundPage::takeRecords);
    connect(&backend(), &Backend::vaultStateChanged, m_list, &ChatList::refresh);
    connect(&backend(), &Backend::gatewayStatusChanged, this, &PlaygroundPage::refresh);
    connect(&backend(), &Backend::providersChanged, this, &PlaygroundPage::refresh);
    auto* fresh = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_N), this);
    fresh->setContext(Qt::WidgetWithChildrenShortcut);
    connect(fresh, &QShortcut::activated, this, &PlaygroundPage::newChat);
    auto* escape = new QShortcut(QKeySequence(Qt::Key_Escape), this);
    escape->setContext(Qt::WidgetWithChildrenShortcut);
    connect(escape, &QShortcut::activated, this, &PlaygroundPage::stop);
}

void PlaygroundPage::makeColumns() {
    auto* columns = new QWidget(this);
    auto* row = new QHBoxLayout(columns);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kL);
    m_list = new ChatList(backend().chats(), backend().clock(), columns);
    row->addWidget(m_list);
    m_talk = new QVBoxLayout;
    m_talk->setSpacing(body()->spacing());
    row->addLayout(m_talk, 1);
    body()->addWidget(columns, 1);
    connect(m_list, &ChatList::openWanted, this, &PlaygroundPage::openChat);
    connect(m_list, &ChatList::removeWanted, this, &PlaygroundPage::removeChat);
}

void PlaygroundPage::makeHeader() {
    m_listButton =
        makeButton(tr("Conversations"), ButtonKind::Normal, u"message-square-text"_s, this);
    m_listButton->setCheckable(true);
    m_listButton->setChecked(true);
    m_listButton->setToolTip(tr("Show those that are kept"));
    connect(m_listButton, &QPushButton::toggled, m_list, &QWidget::setVisible);
    m_model = new QComboBox(this);
    m_model->setAccessibleName(tr("Model"));
    m_model->setMinimumWidth(240);
    m_model->setMaxVisibleItems(16);
    m_model->setPlaceholderText(tr("No models: start the gateway"));
    m_systemButton =
        makeButton(tr("System prompt"), ButtonKind::Normal, u"sliders-horizontal"_s, this);
    m_systemButton->setCheckable(true);
    QPushButton* fresh = makeButton(tr("New chat"), ButtonKind::Normal, u"plus"_s, this);
    fresh->setToolTip(tr("Begin again (Ctrl+N)"));
    actions()->addWidget(m_listButton);
    actions()->addWidget(m_model);
    actions()->addWidget(m_systemButton);
    actions()->addWidget(fresh);
    m_system = new QPlainTextEdit(this);
    m_system->setAccessibleName(tr("System prompt"));
    m_system->setPlaceholderText(tr("How the model should behave, sent before every message"));
    m_system->setFixedHeight(84);
    m_system->setTabChangesFocus(true);
    m_system->hide();
    m_talk->addWidget(m_system);
    connect(m_systemButton, &QPushButton::toggled, this, [this](bool shown) {
        m_system->setVisible(shown);
        if (shown) {
            m_system->setFocus();
        }
    });
    connect(fresh, &QPushButton::clicked, this, &PlaygroundPage::newChat);
}

void PlaygroundPage::makeTranscript() {
    m_stack = new QStackedWidget(this);
    makeExamples();
    auto* ground = new QWidget;
    auto* centre = new QHBoxLayout(ground);
    centre->setContentsMargins(0, 0, 0, 0);
    auto* column = new QWidget(ground);
    column->setMaximumWidth(kColumnWidth);
    m_column = new QVBoxLayout(column);
    m_column->setContentsMargins(0, 0, space::kS, 0);
    m_column->setSpacing(space::kS);
    m_column->addStretch();
    centre->addStretch(1);
    centre->addWidget(column, 100);
    centre->addStretch(1);
    m_scroll = makeScroll(ground);
    m_stack->addWidget(m_scroll);
    m_talk->addWidget(m_stack, 1);
    QScrollBar* bar = m_scroll->verticalScrollBar();
    connect(bar, &QScrollBar::rangeChanged, this, &PlaygroundPage::keepAtEnd);
    connect(bar, &QScrollBar::actionTriggered, this,
            [this, bar] { m_stickToEnd = bar->sliderPosition() >= bar->maximum() - 24; });
}

void PlaygroundPage::makeExamples() {
    m_empty = new EmptyState(u"message-square-text"_s, tr("Ask any model"),
                             tr("The request takes the same road as those of your tools."), this);
    const QStringList prompts{
        tr("Explain in two sentences what an API gateway does."),
        tr("Write a haiku about a quiet machine room."),
        tr("Show a small table of three sorting algorithms and their cost."),
    };
    for (const QString& prompt : prompts) {
        QPushButton* example =
            makeButton(prompt.section(u' ', 0, 3) + u"…"_s, ButtonKind::Normal, {}, m_empty);
        example->setAccessibleName(prompt);
        example->setToolTip(prompt);
        connect(example, &QPushButton::clicked, this, [this, prompt] { send(prompt); });
        m_empty->addButton(example);
    }
    m_stack->addWidget(m_empty);
}

void PlaygroundPage::makeComposer() {
    auto* line = new QWidget(this);
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 10, 0);
    row->setSpacing(space::kS);
    m_composer = new QPlainTextEdit(line);
    m_composer->setObjectName(u"composer"_s);
    m_composer->setAccessibleName(tr("Your message"));
    m_composer->setPlaceholderText(tr("Your message. Ctrl+Enter sends."));
    m_composer->setTabChangesFocus(true);
    m_composer->installEventFilter(this);
    m_send = makeButton(tr("Send"), ButtonKind::Primary, u"arrow-up"_s, line);
    row->addWidget(m_composer, 1);
    row->addWidget(m_send, 0, Qt::AlignBottom);
    m_talk->addWidget(line);
    connect(m_composer, &QPlainTextEdit::textChanged, this, &PlaygroundPage::growComposer);
    connect(m_send, &QPushButton::clicked, this, [this] {
        if (m_stream) {
            stop();
        } else {
            send(m_composer->toPlainText().trimmed());
        }
    });
    growComposer();
}

void PlaygroundPage::focusFilter() {
    m_listButton->setChecked(true);
    m_list->focusSearch();
}

QWidget* PlaygroundPage::firstFocus() {
    return m_composer;
}

void PlaygroundPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    refresh();
    m_list->refresh();
    m_composer->setFocus();
}

bool PlaygroundPage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_composer && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (enter && key->modifiers().testFlag(Qt::ControlModifier)) {
            if (!m_stream) {
                send(m_composer->toPlainText().trimmed());
            }
            return true;
        }
        if (key->key() == Qt::Key_Up && m_composer->toPlainText().isEmpty()) {
            m_composer->setPlainText(m_lastPrompt);
            m_composer->moveCursor(QTextCursor::End);
            return true;
        }
    }
    return Page::eventFilter(watched, event);
}

void PlaygroundPage::refresh() {
    if (!isVisible() || backend().gatewayStatus().state != gateway::GatewayStatus::State::Running) {
        return;
    }
    m_endpoint->listModels(this, [this](const Result<QStringList>& models) { showModels(models); });
}

void PlaygroundPage::showModels(const Result<QStringList>& models) {
    if (!models) {
        notices()->showError(u"models"_s, tr("The list of models could not be read"),
                             text(models.error().message.text));
        return;
    }
    notices()->hide(u"models"_s);
    const QString chosen = m_model->currentData().toString();
    m_model->clear();
    if (!models->isEmpty()) {
        m_model->addItem(tr("auto (chosen for each message)"), kAuto);
    }
    int firstModel = 0;
    for (const QString& name : *models) {
        if (name == kAuto) {
            continue;
        }
        if (firstModel == 0 && name.contains(u'/')) {
            firstModel = m_model->count();
        }
        m_model->addItem(isSimulated(name) ? tr("%1 (simulated)").arg(name) : name, name);
    }
    const int before = m_model->findData(chosen);
    m_model->setCurrentIndex(before >= 0 ? before : firstModel);
    m_model->setPlaceholderText(tr("No models: add a provider"));
    m_send->setEnabled(m_model->count() > 0);
}

MessageView* PlaygroundPage::addMessage(bool person, const QString& name) {
    auto* view = new MessageView(person ? MessageView::Author::Person : MessageView::Author::Model,
                                 name, m_scroll->widget());
    connect(view, &MessageView::againWanted, this, &PlaygroundPage::again);
    m_column->insertWidget(m_column->count() - 1, view);
    for (MessageView* older : m_messages) {
        older->setLast(false);
    }
    view->setLast(!person);
    m_messages.push_back(view);
    return view;
}

void PlaygroundPage::send(const QString& prompt) {
    if (prompt.isEmpty() || m_stream || m_model->count() == 0) {
        return;
    }
    m_lastPrompt = prompt;
    m_composer->clear();
    addMessage(true, tr("You"))->setText(prompt);
    ask();
}

void PlaygroundPage::ask() {
    const QString model = m_model->currentData().toString();
    QJsonArray messages;
    if (m_systemButton->isChecked() && !m_system->toPlainText().trimmed().isEmpty()) {
        messages.append(
            QJsonObject{{u"role"_s, u"system"_s}, {u"content"_s, m_system->toPlainText()}});
    }
    for (std::size_t i = 0; i < m_messages.size(); ++i) {
        if (!m_messages[i]->text().isEmpty()) {
            messages.append(QJsonObject{{u"role"_s, i % 2 == 0 ? u"user"_s : u"assistant"_s},
                                        {u"content"_s, m_messages[i]->text()}});
        }
    }
    MessageView* answer = addMessage(false, model);
    answer->setSimulated(isSimulated(model));
    m_stack->setCurrentWidget(m_scroll);
    m_stickToEnd = true;
    m_stream = m_endpoint->chat(model, messages);
    connect(m_stream, &ChatStream::delta, answer, &MessageView::append);
    connect(m_stream, &ChatStream::finished, answer,
            [this, answer, chosen = model == kAuto](const AnswerEnd& end) {
                finish(answer, end);
                if (chosen && end.ok && !end.stopped && !end.requestId.empty()) {
                    offerJudgement(answer, end.requestId);
                }
            });
    setBusy(true);
}

// Of an answer whose model `auto` chose: it learns from what the person says.
void PlaygroundPage::offerJudgement(MessageView* answer, const std::string& requestId) {
    answer->offerJudgement();
    connect(answer, &MessageView::judged, this, [this, requestId](bool good) {
        m_endpoint->judge(requestId, good, this, [this](const Result<void>& taken) {
            if (!taken) {
                notices()->showError(u"judged"_s, tr("What you said of the answer was not taken"),
                                     gr::ui::text(taken.error().message.text));
            }
        });
    });
}

void PlaygroundPage::again() {
    if (m_stream || m_messages.size() < 2) {
        return;
    }
    MessageView* last = m_messages.back();
    m_messages.pop_back();
    last->hide();
    last->deleteLater();
    ask();
}

void PlaygroundPage::stop() {
    if (m_stream) {
        m_stream->stop();
    }
}

void PlaygroundPage::newChat() {
    clearTalk();
    m_composer->setFocus();
}

// Leaves the keyboard where it is.
void PlaygroundPage::clearTalk() {
    stop();
    m_stream = nullptr;
    for (MessageView* view : m_messages) {
        view->deleteLater();
    }
    m_messages.clear();
    m_waiting = nullptr;
    m_kept = {};
    m_list->setCurrent({});
    m_stack->setCurrentWidget(m_empty);
    setBusy(false);
}

void PlaygroundPage::finish(MessageView* view, const AnswerEnd& end) {
    m_stream = nullptr;
    setBusy(false);
    view->finish();
    if (!end.ok) {
        const QString title = end.code.isEmpty() ? tr("No answer") : errorTitle(utf8(end.code));
        view->showError(title, end.sentence);
    }
    if (!end.requestId.empty() && (end.ok || !view->text().isEmpty())) {
        view->setFootnote(footnote(end, nullptr));
        m_waiting = view;
        m_waitingEnd = end;
        for (const ledger::RequestRecord& record : std::exchange(m_early, {})) {
            settle(record);
        }
    }
    keepChat();
    m_composer->setFocus();
}

settings::KeptChat PlaygroundPage::currentChat() const {
    settings::KeptChat chat;
    chat.id = m_kept.id;
    chat.title = m_kept.title;
    chat.system = m_systemButton->isChecked() ? utf8(m_system->toPlainText()) : std::string();
    chat.model = utf8(m_model->currentData().toString());
    chat.createdAt = m_keptSince;
    chat.changedAt = now();
    for (std::size_t i = 0; i < m_messages.size(); ++i) {
        const MessageView& view = *m_messages[i];
        const bool person = i % 2 == 0;
        chat.messages.push_back({person, utf8(view.text()),
                                 person ? std::string() : utf8(view.name()),
                                 person ? std::string() : utf8(view.footnote())});
    }
    return chat;
}

// After every answer, so that nothing is lost with the window.
void PlaygroundPage::keepChat() {
    if (m_messages.empty() || backend().chats().keeping() != Chats::Keeping::Kept) {
        return;
    }
    if (m_kept.id.empty()) {
        m_keptSince = now();
        m_kept.id = settings::newChatId(m_keptSince);
        m_kept.title = settings::titleOf(utf8(m_messages.front()->text()));
    }
    backend().chats().keep(this, currentChat(),
                           reporting(tr("The conversation was not kept"), [this] {
                               m_list->setCurrent(m_kept.id);
                               m_list->refresh();
                           }));
}

void PlaygroundPage::openChat(const std::string& id) {
    if (id == m_kept.id) {
        return;
    }
    backend().chats().read(this, id, [this](const Result<settings::KeptChat>& chat) {
        if (chat) {
            show(*chat);
        } else {
            notices()->showError(u"chat"_s, tr("The conversation could not be opened"),
                                 gr::ui::text(chat.error().message.text));
        }
    });
}

void PlaygroundPage::show(const settings::KeptChat& chat) {
    clearTalk();
    notices()->hide(u"chat"_s);
    m_kept.id = chat.id;
    m_kept.title = chat.title;
    m_keptSince = chat.createdAt;
    m_system->setPlainText(gr::ui::text(chat.system));
    m_systemButton->setChecked(!chat.system.empty());
    if (const int model = m_model->findData(gr::ui::text(chat.model)); model >= 0) {
        m_model->setCurrentIndex(model);
    }
    for (const settings::ChatMessage& message : chat.messages) {
        const QString name = message.person ? tr("You") : gr::ui::text(message.model);
        MessageView* view = addMessage(message.person, name);
        if (message.person) {
            view->setText(gr::ui::text(message.text));
            continue;
        }
        view->setSimulated(isSimulated(name));
        view->append(gr::ui::text(message.text));
        view->finish();
        view->setFootnote(gr::ui::text(message.note));
    }
    m_list->setCurrent(chat.id);
    m_stickToEnd = true;
    if (!chat.messages.empty()) {
        m_stack->setCurrentWidget(m_scroll);
    }
}

// It is read first, so that the removal can be undone.
void PlaygroundPage::removeChat(const std::string& id) {
    backend().chats().read(this, id, [this, id](const Result<settings::KeptChat>& chat) {
        if (chat) {
            removeKept(*chat);
            return;
        }
        notices()->showError(u"chat"_s, tr("The conversation was not removed"),
                             gr::ui::text(chat.error().message.text));
    });
}

void PlaygroundPage::removeKept(const settings::KeptChat& chat) {
    const auto removed = [this, chat] {
        if (m_kept.id == chat.id) {
            clearTalk();
        }
        m_list->refresh();
        notices()->show(u"removed chat"_s,
                        {.tone = NoticeTone::Info,
                         .title = tr("The conversation was removed"),
                         .body = plainLine(chat.title).toHtmlEscaped(),
                         .actions = {{tr("Undo"),
                                      [this, chat] {
                                          backend().chats().keep(
                                              this, chat,
                                              reporting(tr("The conversation was not put back"),
                                                        [this] { m_list->refresh(); }));
                                      }}},
                         .seconds = 10});
    };
    backend().chats().remove(this, chat.id,
                             reporting(tr("The conversation was not removed"), removed));
}

void PlaygroundPage::takeRecords(const std::vector<gateway::ExchangeEvent>& events) {
    for (const gateway::ExchangeEvent& event : events) {
        if (!event.finished) {
            continue;
        }
        if (m_stream) {
            m_early.push_back(*event.finished);
            if (m_early.size() > kMostEarly) {
                m_early.erase(m_early.begin());
            }
        } else {
            settle(*event.finished);
        }
    }
}

void PlaygroundPage::settle(const ledger::RequestRecord& record) {
    if (!m_waiting || record.id != m_waitingEnd.requestId) {
        return;
    }
    if (const auto tokens = record.tokens.total()) {
        m_waitingEnd.tokens = *tokens;
    }
    m_waiting->setFootnote(footnote(m_waitingEnd, &record));
    m_waiting->setSimulated(record.simulated || isSimulated(m_waitingEnd.model));
    m_waiting = nullptr;
    keepChat();  // with what it cost
}

void PlaygroundPage::setBusy(bool busy) {
    setProperty("busy", busy);
    m_send->setText(busy ? tr("Stop") : tr("Send"));
    m_send->setIcon(
        themedIcon(busy ? u"square"_s : u"arrow-up"_s, busy ? Tint::Text : Tint::OnAccent));
    m_send->setToolTip(busy ? tr("Stop the answer (Esc)") : tr("Send (Ctrl+Enter)"));
    setKind(m_send, busy ? ButtonKind::Normal : ButtonKind::Primary);
}

void PlaygroundPage::growComposer() {
    const int line = m_composer->fontMetrics().lineSpacing();
    const int lines =
        qBound(2, qRound(m_composer->document()->size().height()), kMostComposerLines);
    m_composer->setFixedHeight(line * lines + 24);
}

void PlaygroundPage::keepAtEnd() {
    if (m_stickToEnd) {
        m_scroll->verticalScrollBar()->setValue(m_scroll->verticalScrollBar()->maximum());
    }
}

}  // namespace gr::ui
