// SPDX-License-Identifier: MIT
#pragma once

#include "models/provider_model.h"
#include "pages/page.h"

class QListView;
class QStackedWidget;
class QTimer;
class QVBoxLayout;

namespace gr::ui {

class ProviderDetails;
struct ProviderLink;

// Where answers come from: the list with each one's state, details at the right.
class ProvidersPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ProvidersPage)

  public:
    explicit ProvidersPage(const PageContext& context, QWidget* parent = nullptr);
    void refresh() override;
    QWidget* firstFocus() override;
    void addProvider();
    void select(const std::string& id);
    // Shows what a link asks for; the person adds it, or not.
    void open(const ProviderLink& link);

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    void makeEmpty();
    void take();
    void showCurrent();
    void showFound();
    void remove(const std::string& id, const QString& title);

    ProviderModel* m_model;
    QListView* m_list = nullptr;
    ProviderDetails* m_details = nullptr;
    QStackedWidget* m_stack = nullptr;
    QTimer* m_tick = nullptr;  // counts a cooling time down
    std::string m_wanted;      // selected as soon as it is there
};

}  // namespace gr::ui
