// SPDX-License-Identifier: MIT
#pragma once

#include <QWidget>

#include "backend.h"
#include "commands.h"
#include "preferences.h"

class QHBoxLayout;
class QScrollArea;
class QVBoxLayout;

namespace gr::ui {

class NoticeArea;

// What every page may use; each outlives all pages.
struct PageContext {
    Backend& backend;
    Commands& commands;
    Preferences& preferences;
};

// Title and actions, then notices, then the content. Made at first visit. Main thread.
class Page : public QWidget {
    Q_OBJECT

  public:
    Page(const PageContext& context, PageId id, QWidget* parent = nullptr);

    NoticeArea* notices() const { return m_notices; }
    // Reads the page's figures again.
    virtual void refresh() {}
    // Moves to the field that narrows the page's list, where there is one.
    virtual void focusFilter() {}
    // Where Tab begins.
    virtual QWidget* firstFocus() { return nullptr; }

  protected:
    Backend& backend() const { return m_context.backend; }
    const PageContext& context() const { return m_context; }
    QHBoxLayout* actions() const { return m_actions; }
    QVBoxLayout* body() const { return m_body; }
    UnixMs now() const { return m_context.backend.clock().now(); }
    // Makes `content` scroll as a whole, with the bar in the page's margin.
    QScrollArea* makeScroll(QWidget* content);
    // A reply that shows its error on this page under `title` and calls `done` when there is none.
    Backend::Reply<void> reporting(const QString& title, std::function<void()> done = {});

  private:
    void showBackground();

    PageContext m_context;
    QHBoxLayout* m_actions;
    NoticeArea* m_notices;
    QVBoxLayout* m_body;
};

}  // namespace gr::ui
