// SPDX-License-Identifier: MIT
#pragma once

#include <QDialog>

class QHBoxLayout;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace gr::ui {

// The common shape of our dialogs: title, content, an error line, buttons. Opened with open(),
// never with a nested event loop; deletes itself when closed.
class Dialog : public QDialog {
    Q_OBJECT

  public:
    Dialog(const QString& title, const QString& primary, QWidget* parent);

  protected:
    QVBoxLayout* content() const { return m_content; }
    QPushButton* primary() const { return m_primary; }
    QPushButton* secondary() const { return m_secondary; }
    void addButton(QPushButton* button);  // between the other two
    void showError(const QString& sentence, QWidget* field = nullptr);
    void setPrimary(const QString& text);
    void setBusy(bool busy, const QString& doing = {});
    // The primary button was chosen.
    virtual void commit() = 0;

  private:
    QVBoxLayout* m_content;
    QHBoxLayout* m_buttons;
    QLabel* m_error;
    QPushButton* m_primary;
    QPushButton* m_secondary;
    QString m_primaryText;
};

// A field with its label above.
QLabel* addField(QVBoxLayout* column, const QString& label, QWidget* field);

}  // namespace gr::ui
