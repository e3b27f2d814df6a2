// SPDX-License-Identifier: MIT
#pragma once

#include "models/client_key_model.h"
#include "pages/page.h"

class QComboBox;
class QLabel;
class QListWidget;
class QPushButton;
class QTableView;

namespace gr::ui {

class ProbeView;
class SnippetView;

// How to point a tool at the endpoint, with address and key filled in; and the keys of the tools.
class ConnectPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ConnectPage)

  public:
    explicit ConnectPage(const PageContext& context, QWidget* parent = nullptr);
    QWidget* firstFocus() override;
    void newKey();

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* makeTools();
    QWidget* makeSnippet();
    QWidget* makeKeys();
    void showTool();
    void showKeys();
    void copySnippet();
    void runTest();
    void revoke();
    QString suggestedName() const;
    QString model() const;
    QString maskedKey() const;
    std::optional<Secret> chosenKey() const;

    ClientKeyModel* m_keys;
    QListWidget* m_tools = nullptr;
    QLabel* m_title = nullptr;
    QLabel* m_where = nullptr;
    QLabel* m_note = nullptr;
    QWidget* m_keyRow = nullptr;
    QComboBox* m_key = nullptr;
    SnippetView* m_snippet = nullptr;
    QPushButton* m_copy = nullptr;
    QPushButton* m_test = nullptr;
    ProbeView* m_probe = nullptr;
    QTableView* m_table = nullptr;
    QPushButton* m_revoke = nullptr;
    std::string m_wantedKey;  // chosen as soon as it is listed
};

}  // namespace gr::ui
