// SPDX-License-Identifier: MIT
#pragma once

#include <QMainWindow>
#include <array>
#include <optional>

#include "backend.h"
#include "commands.h"
#include "preferences.h"
#include "theme/theme.h"

class QStackedWidget;

namespace gr::ui {

class Page;
class PaymentDesk;
class Sidebar;
class StatusStrip;
class Tray;

// The frame: sidebar, pages (each made at first visit), status line, menu, tray. Knows where things
// stand and which command leads where; what a page does is the page's own.
class MainWindow final : public QMainWindow {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(MainWindow)

  public:
    // All three outlive the window.
    MainWindow(Backend& backend, Preferences& preferences, Theme& theme);
    ~MainWindow() override;

    Commands& commands() { return m_commands; }
    void showPage(PageId page);
    Page* page(PageId page);  // made if it was not yet
    void raiseToFront();
    // What an address that came from elsewhere asks for: a page, or a provider to add, as a
    // preview. False, and nothing happens, when it is neither (page_address.h, provider_link.h).
    bool openAddress(const QString& address);

  signals:
    void quitWanted();

  protected:
    void closeEvent(QCloseEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    Page* makePage(PageId page);
    void connectCommands();
    void connectBackend();
    void toggleGateway();
    void showGatewayState();
    void showVaultState();
    void openPalette();
    void applyAppearance();
    void hideAmounts(bool hidden);
    void setNarrow(bool narrow);
    void fitSidebar();
    void showActivity(const ledger::Filter& filter);
    void showRequest(const std::string& requestId);

    Backend& m_backend;
    Preferences& m_preferences;
    Theme& m_theme;
    Commands m_commands;
    Sidebar* m_sidebar;
    QStackedWidget* m_stack;
    StatusStrip* m_status;
    Tray* m_tray = nullptr;
    PaymentDesk* m_payments = nullptr;
    std::array<Page*, kPageCount> m_pages{};
    std::optional<VaultState> m_asked;  // each state asks once by itself
    bool m_quitting = false;
};

}  // namespace gr::ui
