// SPDX-License-Identifier: MIT
#pragma once

#include <QWidget>

#include "models/routing_draft.h"

class QLineEdit;
class QListView;
class QPushButton;
class QStringListModel;

namespace gr::ui {

class NameModel;

// The names of one's own: each with the models that it stands for, in order. Edits go into the
// draft, which outlives the widget.
class NamesEditor final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(NamesEditor)

  public:
    // `models`: what to offer while a model's name is typed; outlives the widget.
    NamesEditor(RoutingDraft& draft, QStringListModel& models, QWidget* parent = nullptr);
    void addName();

  private:
    QWidget* makeNames();
    QWidget* makeModels();
    void follow();
    void showModels();
    void addModel();
    void moveModel(int from, int to);
    void removeModel();
    void removeName();
    void rename(int row, const QString& name);
    int row() const;
    RoutingDraft::Path modelsPath() const;

    RoutingDraft& m_draft;
    QStringListModel& m_offered;
    std::vector<RoutingDraft::Names> m_all;
    NameModel* m_names;
    NameModel* m_models;
    QListView* m_nameList;
    QListView* m_modelList;
    QLineEdit* m_model = nullptr;
    QPushButton* m_add = nullptr;
    QList<QPushButton*> m_ofName;   // buttons that need a name
    QList<QPushButton*> m_ofModel;  // buttons that need a model
};

}  // namespace gr::ui
