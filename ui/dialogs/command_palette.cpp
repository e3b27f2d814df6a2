// SPDX-License-Identifier: MIT
#include "dialogs/command_palette.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kKeysRole = Qt::UserRole + 1;
constexpr int kEntryRole = Qt::UserRole + 2;
constexpr int kWidth = 560;
constexpr int kRows = 9;

// The row as the style draws it, and the shortcut at its end.
class ShortcutDelegate final : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        QStyledItemDelegate::paint(painter, option, index);
        painter->save();
        painter->setPen(tokensOf(option.palette).textMuted);
        painter->drawText(option.rect.adjusted(space::kM, 0, -space::kM, 0),
                          Qt::AlignVCenter | Qt::AlignTrailing, index.data(kKeysRole).toString());
        painter->restore();
    }
};

}  // namespace

int paletteScore(const QString& typed, const QString& title) {
    int score = 0;
    qsizetype at = -1;
    for (const QChar letter : typed) {
        if (letter.isSpace()) {
            continue;
        }
        const qsizetype found = title.indexOf(letter, at + 1, Qt::CaseInsensitive);
        if (found < 0) {
            return -1;
        }
        const bool beginsWord = found == 0 || !title.at(found - 1).isLetterOrNumber();
        score += (found == at + 1 ? 4 : 0) + (beginsWord ? 6 : 0) + 1;
        at = found;
    }
    return score;
}

CommandPalette::CommandPalette(std::vector<PaletteEntry> entries, QWidget* parent)
    : QDialog(parent, Qt::Dialog | Qt::FramelessWindowHint),
      m_entries(std::move(entries)),
      m_find(new QLineEdit(this)),
      m_list(new QListWidget(this)),
      m_before(QApplication::focusWidget()) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Commands"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kM, space::kM, space::kM, space::kM);
    column->setSpacing(space::kS);
    m_find->setPlaceholderText(tr("What do you want to do?"));
    m_find->setAccessibleName(tr("Find a command"));
    m_find->installEventFilter(this);
    m_list->setAccessibleName(tr("Commands"));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setItemDelegate(new ShortcutDelegate(m_list));
    m_list->setIconSize(QSize(size::kIconText, size::kIconText));
    m_list->setFixedSize(kWidth, kRows * size::kRow + space::kM);
    column->addWidget(m_find);
    column->addWidget(m_list);
    connect(m_find, &QLineEdit::textChanged, this, &CommandPalette::fill);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
    connect(this, &QDialog::finished, this, [this] {
        if (m_before) {
            m_before->setFocus();
        }
    });
    fill();
    m_find->setFocus();
}

void CommandPalette::fill() {
    struct Hit {
        std::size_t entry;
        int score;
    };
    std::vector<Hit> hits;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const int score = paletteScore(m_find->text(), m_entries[i].title);
        if (score >= 0) {
            hits.push_back({i, score});
        }
    }
    std::ranges::stable_sort(hits, std::greater(), &Hit::score);
    m_list->clear();
    for (const Hit& hit : hits) {
        const PaletteEntry& entry = m_entries[hit.entry];
        auto* item = new QListWidgetItem(entry.title, m_list);
        if (!entry.icon.isEmpty()) {
            item->setIcon(themedIcon(entry.icon, Tint::Muted));
        }
        item->setSizeHint(QSize(kWidth - 32, size::kRow));
        item->setData(kKeysRole, entry.keys);
        item->setData(kEntryRole, QVariant::fromValue(hit.entry));
    }
    m_list->setCurrentRow(0);
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const int rows = m_list->count();
        switch (key->key()) {
            case Qt::Key_Down:
                m_list->setCurrentRow(rows > 0 ? (m_list->currentRow() + 1) % rows : -1);
                return true;
            case Qt::Key_Up:
                m_list->setCurrentRow(rows > 0 ? (m_list->currentRow() + rows - 1) % rows : -1);
                return true;
            case Qt::Key_Return:
            case Qt::Key_Enter:
                runCurrent();
                return true;
            default:
                break;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void CommandPalette::runCurrent() {
    const QListWidgetItem* item = m_list->currentItem();
    if (item == nullptr) {
        return;
    }
    const auto entry = item->data(kEntryRole).value<std::size_t>();
    // After the palette is gone and the keyboard is back where it was.
    QTimer::singleShot(0, parentWidget(), m_entries[entry].run);
    accept();
}

}  // namespace gr::ui
