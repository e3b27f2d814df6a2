// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "backend.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QStandardItemModel;
class QTableView;
class QVBoxLayout;

namespace gr::ui {

class CopyField;
class NoticeArea;
class SecretEdit;
class StateLabel;
class Switch;

// One provider: state and what to do about it, key, address, models.
class ProviderDetails final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ProviderDetails)

  public:
    ProviderDetails(Backend& backend, NoticeArea* notices, QWidget* parent);
    void show(const ProviderInfo& info, const gateway::ProviderStatus* status, UnixMs now);
    void test();
    void removeShown();

  signals:
    void removeWanted(const std::string& id, const QString& title);

  private:
    void makeHead(QVBoxLayout* column);
    void makeKey(QVBoxLayout* column);
    void makeAddress(QVBoxLayout* column);
    void makeModels(QVBoxLayout* column);
    void showState(const gateway::ProviderStatus* status, UnixMs now);
    void showKey();
    void showModels();
    void saveKey();
    void removeKey();
    void saveAddress();
    void testDone(const Result<ProviderTest>& result);
    Backend::Reply<void> reporting(const QString& title, std::function<void()> done = {});

    Backend& m_backend;
    NoticeArea* m_notices;
    ProviderInfo m_info;
    bool m_replacing = false;  // the key field is open although there is a key
    int m_testRound = 0;

    QLabel* m_title = nullptr;
    QLabel* m_simulated = nullptr;
    Switch* m_enabled = nullptr;
    QPushButton* m_remove = nullptr;
    StateLabel* m_state = nullptr;
    QLabel* m_stateText = nullptr;
    QPushButton* m_test = nullptr;
    QWidget* m_keyBox = nullptr;
    QLabel* m_keyState = nullptr;
    QWidget* m_keyButtons = nullptr;
    QPushButton* m_replaceKey = nullptr;
    QPushButton* m_removeKey = nullptr;
    QWidget* m_keyForm = nullptr;
    SecretEdit* m_key = nullptr;
    QPushButton* m_saveKey = nullptr;
    QLabel* m_keyPage = nullptr;
    QLineEdit* m_address = nullptr;
    QPushButton* m_saveAddress = nullptr;
    QLabel* m_finalUrl = nullptr;
    QLabel* m_modelsTitle = nullptr;
    QTableView* m_models = nullptr;
    QStandardItemModel* m_modelRows = nullptr;
};

}  // namespace gr::ui
