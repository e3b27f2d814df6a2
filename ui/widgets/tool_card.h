// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>
#include <functional>
#include <optional>

#include "backend.h"
#include "models/tools.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace gr::ui {

class NoticeArea;
class ProbeView;
class SnippetView;
class StateLabel;

// One tool: how it is set up, the change that would do it, with the key and model that are chosen
// here; makes that change and takes it back, and tries the way that the tool would go.
class ToolCard final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ToolCard)

  public:
    // Both outlive it. What it did is told in `notices`.
    ToolCard(Backend& backend, NoticeArea* notices, QWidget* parent = nullptr);
    void showTool(const ToolText& tool);
    // Reads files, keys and address again.
    void refresh();
    // Chosen as soon as it is listed.
    void wantKey(const std::string& id);

  signals:
    void filesChanged();  // by this card

  private:
    QWidget* makeChoices();
    QWidget* makeButtons();
    void fillKeys();
    void fillModels();
    void showState();
    void showLines();
    void showChange(const connect::Proposal& proposal);
    void setUp();
    void write(connect::Proposal shown, const QString& model, const std::string& keyId,
               const Secret& key);
    void undo(const connect::Tool& tool);
    void copySnippet();
    void runTest();
    const connect::Tool& tool() const { return *m_view.tool; }
    bool byFiles() const { return tool().way == connect::Way::Files && !m_view.problem; }
    std::string freeKeyName() const;
    QString chosenModel() const;
    std::optional<Secret> chosenKey() const;
    std::string chosenKeyId() const;
    connect::Target target(std::string_view key, const QString& model) const;

    Backend& m_backend;
    NoticeArea* m_notices;
    const ToolText* m_text = nullptr;
    connect::ToolView m_view;
    std::optional<connect::Proposal> m_proposal;
    std::string m_wantedKey;
    QLabel* m_title;
    StateLabel* m_state;
    QLabel* m_where;
    QLabel* m_note;
    QWidget* m_choices = nullptr;
    QWidget* m_buttons = nullptr;
    QComboBox* m_key = nullptr;
    QComboBox* m_model = nullptr;
    QPushButton* m_reveal = nullptr;
    QPushButton* m_test = nullptr;
    QPushButton* m_copy = nullptr;
    QPushButton* m_undo = nullptr;
    QPushButton* m_apply = nullptr;
    SnippetView* m_lines;
    ProbeView* m_probe;
};

}  // namespace gr::ui
