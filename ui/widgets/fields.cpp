// SPDX-License-Identifier: MIT
#include "widgets/fields.h"

#include <QCompleter>
#include <QKeyEvent>
#include <QLineEdit>
#include <QStringListModel>

namespace gr::ui {

namespace {

// Lets the keys of undo and redo pass to shortcuts, which a field would take for itself.
class NoHistory final : public QObject {
  public:
    using QObject::QObject;
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::ShortcutOverride) {
            const auto* key = static_cast<QKeyEvent*>(event);
            if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo)) {
                event->ignore();
                return true;
            }
        }
        return QObject::eventFilter(watched, event);
    }
};

}  // namespace

QLineEdit* makeField(const QString& name, QWidget* parent) {
    auto* field = new QLineEdit(parent);
    field->setAccessibleName(name);
    field->installEventFilter(new NoHistory(field));
    return field;
}

QLineEdit* makeModelField(const QString& name, QStringListModel& models, QWidget* parent) {
    QLineEdit* field = makeField(name, parent);
    auto* completer = new QCompleter(&models, field);
    completer->setFilterMode(Qt::MatchContains);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setMaxVisibleItems(12);
    field->setCompleter(completer);
    return field;
}

}  // namespace gr::ui
