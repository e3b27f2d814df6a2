// SPDX-License-Identifier: MIT
#pragma once

#include "models/client_key_model.h"
#include "pages/page.h"

class QFileSystemWatcher;
class QListWidget;
class QPushButton;
class QTableView;
class QTimer;

namespace gr::ui {

class ToolCard;

// The tools on this machine, how far each is set up and how one is pointed at the endpoint; and the
// keys of the tools. Follows the files while it is shown.
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
    QWidget* makeKeys();
    void showTool();
    void showStates();
    void showKeys();
    void watchFiles(const QStringList& paths);
    void revoke();
    QString suggestedName() const;

    ClientKeyModel* m_keys;
    QListWidget* m_tools = nullptr;
    ToolCard* m_card = nullptr;
    QFileSystemWatcher* m_watcher;
    QTimer* m_filesChanged;  // some changes come as many
    QTableView* m_table = nullptr;
    QPushButton* m_revoke = nullptr;
};

}  // namespace gr::ui
