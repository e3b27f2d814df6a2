// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "commands.h"

class QLabel;
class QListView;

namespace gr::ui {

class PageListModel;
class SidebarDelegate;

// The list of pages; narrow, it shows icons with tooltips and keeps the names for screen readers.
class Sidebar final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Sidebar)

  public:
    explicit Sidebar(QWidget* parent = nullptr);
    PageListModel& model() { return *m_model; }
    void setCurrent(PageId page);
    void setNarrow(bool narrow);

  signals:
    void chosen(gr::ui::PageId page);

  private:
    PageListModel* m_model;
    SidebarDelegate* m_delegate;
    QListView* m_list;
    QLabel* m_name;
    bool m_narrow = false;
};

}  // namespace gr::ui
