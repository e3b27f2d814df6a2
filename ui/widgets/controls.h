// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractButton>
#include <QFrame>
#include <QLineEdit>
#include <QWidget>

#include "base/secret.h"

class QButtonGroup;
class QHBoxLayout;
class QLabel;
class QPushButton;

namespace gr::ui {

// On or off, taking effect at once.
class Switch final : public QAbstractButton {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Switch)

  public:
    explicit Switch(const QString& name, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {40, 28}; }

  protected:
    void paintEvent(QPaintEvent* event) override;
};

// A few choices side by side, one of them taken.
class Segments final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Segments)

  public:
    Segments(const QString& name, const QStringList& labels, QWidget* parent = nullptr);
    int current() const;
    void setCurrent(int index);
    void setOffered(int index, bool offered);  // else it is not shown; the first one always is

  signals:
    void chosen(int index);  // by the person

  private:
    QButtonGroup* m_group;
};

// A line of text to copy: read-only, fixed width, left to right.
class CopyField final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CopyField)

  public:
    CopyField(const QString& name, const QString& value, QWidget* parent = nullptr);
    void setValue(const QString& value);

  private:
    QLineEdit* m_edit;
};

// A field for a key: masked, with reveal and paste. Wiped with clear().
class SecretEdit final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SecretEdit)

  public:
    explicit SecretEdit(const QString& name, QWidget* parent = nullptr);
    Secret take();  // gives what was typed and clears the field
    bool isEmpty() const { return m_edit->text().trimmed().isEmpty(); }
    void setPlaceholder(const QString& text) { m_edit->setPlaceholderText(text); }
    QLineEdit* edit() const { return m_edit; }

  signals:
    void edited();
    void accepted();  // Enter

  private:
    QLineEdit* m_edit;
    QPushButton* m_reveal;
};

// One figure with its label and a line of explanation.
class MetricCard final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MetricCard)

  public:
    explicit MetricCard(const QString& label, QWidget* parent = nullptr);
    void set(const QString& value, const QString& note, const QString& tip = {});

  signals:
    void activated();  // click, Enter or Space

  protected:
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    QLabel* m_label;
    QLabel* m_value;
    QLabel* m_note;
};

// What a place shows while there is nothing: a picture, two lines, and what to do next.
class EmptyState final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EmptyState)

  public:
    EmptyState(const QString& icon, const QString& title, const QString& body,
               QWidget* parent = nullptr);
    void setText(const QString& title, const QString& body);
    void addButton(QPushButton* button);
    void setButtonsVisible(bool visible);

  private:
    QLabel* m_title;
    QLabel* m_body;
    QHBoxLayout* m_buttons;
};

}  // namespace gr::ui
