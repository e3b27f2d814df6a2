// SPDX-License-Identifier: MIT
#pragma once

#include <QAction>
#include <QObject>
#include <array>
#include <span>

class QMenuBar;

namespace gr::ui {

enum class PageId : quint8 {
    Overview,
    Connect,
    Playground,
    Activity,
    Providers,
    Routing,
    Wallet,
    Selling,
    Limits,
    Settings
};
inline constexpr int kPageCount = 10;

enum class CommandId : quint8 {
    ShowOverview,
    ShowConnect,
    ShowPlayground,
    ShowActivity,
    ShowProviders,
    ShowRouting,
    ShowWallet,
    ShowSelling,
    ShowLimits,
    ShowSettings,
    ToggleGateway,
    CopyBaseUrl,
    NewClientKey,
    AddProvider,
    FindServers,
    UnlockVault,
    ReviewPayments,
    PausePayments,
    LockWallet,
    Refresh,
    Filter,
    Palette,
    ToggleSidebar,
    HideAmounts,
    ThemeSystem,
    ThemeLight,
    ThemeDark,
    About,
    Quit,
};
inline constexpr int kCommandCount = 29;

enum class MenuId : quint8 { Program, Gateway, View, Go, Help };

// A command as data: menus, buttons, tooltips, tray and empty states all come from this row.
struct CommandSpec {
    CommandId id;
    MenuId menu;
    const char* text;  // with mnemonic; context "Commands"
    const char* tip;
    const char* icon;  // empty: none
    const char* keys;  // portable text, empty: none
    bool separatorBefore = false;
};
std::span<const CommandSpec> commandSpecs();

// The QActions of the table, made once; who can do a thing connects to its action. Main thread.
class Commands final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Commands)

  public:
    explicit Commands(QObject* parent = nullptr);
    QAction* action(CommandId id) const { return m_actions[static_cast<std::size_t>(id)]; }
    QAction* showPage(PageId page) const;
    void fillMenuBar(QMenuBar* bar) const;

  private:
    std::array<QAction*, kCommandCount> m_actions{};
};

// The title of a page and its icon, for sidebar, window and menus.
QString pageTitle(PageId page);
QString pageIcon(PageId page);

}  // namespace gr::ui
