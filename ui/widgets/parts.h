// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QString>

#include "theme/icons.h"

class QAction;
class QTableView;

// Small pieces that pages are made of; each gives back a widget that `parent` or a layout owns.
namespace gr::ui {

// Names of `role` stand in resources/style.qss: title, section, metric, strong, muted, caption.
QLabel* makeLabel(const QString& text, const char* role = "", QWidget* parent = nullptr);
// The same, wrapping long text and selectable by mouse.
QLabel* makeParagraph(const QString& text, const char* role = "", QWidget* parent = nullptr);

enum class ButtonKind : quint8 { Normal, Primary, Danger, Flat, Link };
QPushButton* makeButton(const QString& text, ButtonKind kind = ButtonKind::Normal,
                        const QString& icon = {}, QWidget* parent = nullptr);
// A square button with an icon alone; `name` is its accessible name and tooltip.
QPushButton* makeIconButton(const QString& icon, const QString& name, QWidget* parent = nullptr);
// A button that follows `action`: text, icon, tooltip, enabled; a click triggers it.
QPushButton* makeActionButton(QAction* action, ButtonKind kind = ButtonKind::Normal,
                              QWidget* parent = nullptr);
void setKind(QPushButton* button, ButtonKind kind);

QFrame* makeCard(QWidget* parent = nullptr);
QFrame* makeRule(QWidget* parent = nullptr);

// An icon in the text's height, following the theme.
class IconLabel final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(IconLabel)

  public:
    IconLabel(QString icon, int side, Tint tint, QWidget* parent = nullptr);
    void set(const QString& icon, Tint tint);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QIcon m_icon;
};

// Icon and word of a state, so that no state is told by colour alone.
class StateLabel final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StateLabel)

  public:
    explicit StateLabel(QWidget* parent = nullptr);
    void set(const QString& icon, const QString& word, Tone tone);
    QString word() const { return m_word->text(); }

  private:
    IconLabel* m_icon;
    QLabel* m_word;
};

// Rows of 32, no grid, headers aligned with their columns, keyboard moves by rows.
void setUpTable(QTableView* table);

// Sets a property that the style sheet asks for and makes it take effect.
void setStyleProperty(QWidget* widget, const char* name, const QVariant& value);

// Puts text on the clipboard.
void copyText(const QString& text);
// Puts a secret there, marked so that clipboard managers do not keep it, and takes it away after
// 30 s if it is still there.
void copySecret(std::string_view secret);

}  // namespace gr::ui
