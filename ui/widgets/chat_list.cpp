// SPDX-License-Identifier: MIT
#include "widgets/chat_list.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>

#include "base/clock.h"
#include "format.h"
#include "models/payment_text.h"
#include "theme/icons.h"
#include "widgets/fields.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kWidth = 216;
}

ChatList::ChatList(Chats& chats, const Clock& clock, QWidget* parent)
    : QFrame(parent),
      m_chats(chats),
      m_clock(clock),
      m_search(new QLineEdit(this)),
      m_list(new QListWidget(this)),
      m_words(makeParagraph({}, "muted", this)),
      m_remove(makeButton(tr("Remove"), ButtonKind::Flat, u"trash-2"_s, this)),
      m_typing(new QTimer(this)) {
    setProperty("card", true);
    setFixedWidth(kWidth);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kS, space::kS, space::kS, space::kS);
    column->setSpacing(space::kS);
    m_search->setPlaceholderText(tr("Search"));
    m_search->setAccessibleName(tr("Search in conversations"));
    m_search->setClearButtonEnabled(true);
    m_search->addAction(themedIcon(u"search"_s, Tint::Muted), QLineEdit::LeadingPosition);
    m_list->setAccessibleName(tr("Conversations"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setTextElideMode(Qt::ElideRight);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_remove->setToolTip(tr("Remove the chosen conversation (Delete)"));
    column->addWidget(m_search);
    column->addWidget(m_words);
    column->addWidget(m_list, 1);
    column->addWidget(m_remove, 0, Qt::AlignLeading);
    m_typing->setSingleShot(true);
    m_typing->setInterval(200);
    connect(m_typing, &QTimer::timeout, this, &ChatList::refresh);
    connect(m_search, &QLineEdit::textChanged, this, [this] { m_typing->start(); });
    const auto open = [this](const QListWidgetItem* item) {
        emit openWanted(utf8(item->data(Qt::UserRole).toString()));
    };
    connect(m_list, &QListWidget::itemActivated, this, open);
    connect(m_list, &QListWidget::itemClicked, this, open);
    connect(m_list, &QListWidget::currentRowChanged, this,
            [this] { m_remove->setEnabled(m_list->currentItem() != nullptr); });
    const auto remove = [this] {
        if (const std::string id = currentId(); !id.empty()) {
            emit removeWanted(id);
        }
    };
    connect(m_remove, &QPushButton::clicked, this, remove);
    onKey(m_list, QKeyCombination(Qt::Key_Delete), this, remove);
    m_remove->setEnabled(false);
}

void ChatList::focusSearch() {
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void ChatList::setCurrent(const std::string& id) {
    m_shown = id;
    showCurrent();
}

std::string ChatList::currentId() const {
    const QListWidgetItem* item = m_list->currentItem();
    return item != nullptr ? utf8(item->data(Qt::UserRole).toString()) : std::string();
}

void ChatList::refresh() {
    const Chats::Keeping keeping = m_chats.keeping();
    m_search->setEnabled(keeping == Chats::Keeping::Kept);
    if (keeping != Chats::Keeping::Kept) {
        m_list->clear();
        m_words->setText(
            keeping == Chats::Keeping::NoVault
                ? tr("Conversations are kept, sealed, once there is a vault: it is made with the "
                     "first provider key or wallet.")
                : tr("The vault is locked. Conversations are kept and shown once it is open."));
        m_words->show();
        return;
    }
    m_chats.list(this, utf8(m_search->text().trimmed()),
                 [this](const Result<Chats::List>& list) { show(list); });
}

void ChatList::show(const Result<Chats::List>& list) {
    const int before = m_list->currentRow();
    m_list->clear();
    if (!list) {
        m_words->setText(plainLine(list.error().message.text, 300).toHtmlEscaped());
        m_words->show();
        return;
    }
    for (const settings::ChatHead& head : list->chats) {
        const QString title = head.title.empty() ? tr("Without a title") : plainLine(head.title);
        const QString when = shortTime(head.changedAt, m_clock.now());
        auto* item = new QListWidgetItem(title, m_list);
        item->setData(Qt::UserRole, text(head.id));
        item->setToolTip(u"%1\n%2"_s.arg(title, dateAndTime(head.changedAt)));
        item->setData(Qt::AccessibleTextRole, tr("%1, %2").arg(title, when));
        item->setSizeHint(QSize(0, size::kRow));
    }
    QStringList lines;
    if (list->chats.empty()) {
        lines << (m_search->text().trimmed().isEmpty() ? tr("Nothing is kept yet")
                                                       : tr("Nothing matches"));
    }
    if (list->unreadable > 0) {
        lines << tr("%n cannot be read", nullptr, static_cast<int>(list->unreadable));
    }
    m_words->setText(lines.join(u". "_s));
    m_words->setVisible(!lines.isEmpty());
    showCurrent();
    if (m_list->currentItem() == nullptr && before >= 0 && m_list->hasFocus()) {
        m_list->setCurrentRow(qMin(before, m_list->count() - 1));
    }
    m_remove->setEnabled(m_list->currentItem() != nullptr);
}

void ChatList::showCurrent() {
    m_list->setCurrentItem(nullptr);
    for (int row = 0; row < m_list->count(); ++row) {
        if (utf8(m_list->item(row)->data(Qt::UserRole).toString()) == m_shown) {
            m_list->setCurrentRow(row);
        }
    }
}

}  // namespace gr::ui
