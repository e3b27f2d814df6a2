// SPDX-License-Identifier: MIT
#pragma once

#include <QShortcut>
#include <QString>
#include <QWidget>

class QLineEdit;
class QStringListModel;

// Fields with help while typing, and keys of one widget.
namespace gr::ui {

// A field without a history of its own: undo and redo are the page's.
QLineEdit* makeField(const QString& name, QWidget* parent);
// The same for a model's name that offers what contains what was typed. `models` outlives it.
QLineEdit* makeModelField(const QString& name, QStringListModel& models, QWidget* parent);

// Calls `act` when the keys are pressed while `widget` itself has the keyboard.
template <class Act>
void onKey(QWidget* widget, QKeyCombination keys, QObject* context, Act act,
           Qt::ShortcutContext where = Qt::WidgetShortcut) {
    auto* shortcut = new QShortcut(QKeySequence(keys), widget);
    shortcut->setContext(where);
    QObject::connect(shortcut, &QShortcut::activated, context, std::move(act));
}

}  // namespace gr::ui
