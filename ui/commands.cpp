// SPDX-License-Identifier: MIT
#include "commands.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QMenu>
#include <QMenuBar>

#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// Marks a text for translation and leaves it as it is.
#define SAY(text) QT_TRANSLATE_NOOP("Commands", text)

constexpr std::array kSpecs{
    CommandSpec{CommandId::ShowOverview, MenuId::Go, SAY("&Overview"),
                SAY("What runs, and what it cost today"), "layout-dashboard", "Ctrl+1"},
    CommandSpec{CommandId::ShowConnect, MenuId::Go, SAY("&Connect"),
                SAY("Point your tools at GateRouter"), "plug", "Ctrl+2"},
    CommandSpec{CommandId::ShowPlayground, MenuId::Go, SAY("&Playground"), SAY("Talk to any model"),
                "message-square-text", "Ctrl+3"},
    CommandSpec{CommandId::ShowActivity, MenuId::Go, SAY("&Activity"),
                SAY("Every request, with its attempts and cost"), "receipt-text", "Ctrl+4"},
    CommandSpec{CommandId::ShowProviders, MenuId::Go, SAY("P&roviders"),
                SAY("Where answers come from, and the keys for it"), "key-round", "Ctrl+5"},
    CommandSpec{CommandId::ShowRouting, MenuId::Go, SAY("Ro&uting"),
                SAY("Which model answers, by the dial, your names and your rules"), "route",
                "Ctrl+6"},
    CommandSpec{CommandId::ShowWallet, MenuId::Go, SAY("&Wallet"),
                SAY("What pays sellers: balance, address, and every payment"), "wallet", "Ctrl+7"},
    CommandSpec{CommandId::ShowSelling, MenuId::Go, SAY("S&elling"),
                SAY("What strangers can buy here, and what came in"), "store", "Ctrl+8"},
    CommandSpec{CommandId::ShowLimits, MenuId::Go, SAY("&Limits"),
                SAY("How much may be spent, and how much is left"), "gauge", "Ctrl+9"},
    CommandSpec{CommandId::ShowSettings, MenuId::Program, SAY("&Settings"),
                SAY("Change how GateRouter works and looks"), "settings", "Ctrl+,"},
    CommandSpec{CommandId::ToggleGateway, MenuId::Gateway, SAY("S&tart gateway"),
                SAY("Begin to answer requests"), "play", "Ctrl+Shift+G"},
    CommandSpec{CommandId::CopyBaseUrl, MenuId::Gateway, SAY("&Copy base URL"),
                SAY("Put the address for your tools on the clipboard"), "copy", "Ctrl+Shift+C"},
    CommandSpec{CommandId::NewClientKey, MenuId::Gateway, SAY("&New client key…"),
                SAY("Make a key for one of your tools"), "plus", "", true},
    CommandSpec{CommandId::AddProvider, MenuId::Gateway, SAY("&Add provider…"),
                SAY("Add a place where answers come from"), "plus", ""},
    CommandSpec{CommandId::FindServers, MenuId::Gateway, SAY("&Find local servers"),
                SAY("Look for Ollama, LM Studio, llama.cpp and vLLM on this machine"), "search",
                ""},
    CommandSpec{CommandId::UnlockVault, MenuId::Gateway, SAY("&Unlock keys…"),
                SAY("Open the vault that holds your provider keys"), "lock-open", "", true},
    CommandSpec{CommandId::ReviewPayments, MenuId::Gateway, SAY("&Waiting payments…"),
                SAY("Approve or deny payments that wait for you"), "inbox", "Ctrl+Shift+P", true},
    CommandSpec{CommandId::PausePayments, MenuId::Gateway, SAY("Pause pa&yments"),
                SAY("Pay nobody until you say so, also after a restart"), "circle-pause", ""},
    CommandSpec{CommandId::LockWallet, MenuId::Gateway, SAY("&Lock wallet"),
                SAY("Take its key out of memory: nothing is paid until you unlock it"), "lock",
                "Ctrl+L"},
    CommandSpec{CommandId::Refresh, MenuId::View, SAY("&Refresh"),
                SAY("Read the figures of this page again"), "refresh-cw", "F5"},
    CommandSpec{CommandId::Filter, MenuId::View, SAY("&Find on this page"),
                SAY("Move to the filter of this page"), "search", "Ctrl+F"},
    CommandSpec{CommandId::Palette, MenuId::View, SAY("Find a &command…"),
                SAY("Do anything by typing a few letters of it"), "terminal", "Ctrl+K"},
    CommandSpec{CommandId::ToggleSidebar, MenuId::View, SAY("&Narrow sidebar"),
                SAY("Show only the icons of the sidebar"), "panel-left", "Ctrl+B", true},
    CommandSpec{
        CommandId::HideAmounts, MenuId::View, SAY("&Hide amounts"),
        SAY("Show no balances and sums, for when others look on; what is asked of you stays"),
        "eye-off", "Ctrl+Shift+H"},
    CommandSpec{CommandId::ThemeSystem, MenuId::View, SAY("&System theme"),
                SAY("Light or dark as the desktop"), "monitor", "", true},
    CommandSpec{CommandId::ThemeLight, MenuId::View, SAY("&Light theme"), SAY("Always light"),
                "sun", ""},
    CommandSpec{CommandId::ThemeDark, MenuId::View, SAY("&Dark theme"), SAY("Always dark"), "moon",
                ""},
    CommandSpec{CommandId::About, MenuId::Help, SAY("&About GateRouter"),
                SAY("Version and licences"), "info", ""},
    CommandSpec{CommandId::Quit, MenuId::Program, SAY("&Quit"), SAY("Stop the gateway and quit"),
                "log-out", "Ctrl+Q", true},
};
static_assert(kSpecs.size() == kCommandCount);

struct MenuSpec {
    MenuId id;
    const char* text;
};
constexpr std::array kMenus{
    MenuSpec{MenuId::Program, SAY("Gate&Router")}, MenuSpec{MenuId::Gateway, SAY("&Gateway")},
    MenuSpec{MenuId::View, SAY("&View")},          MenuSpec{MenuId::Go, SAY("G&o")},
    MenuSpec{MenuId::Help, SAY("&Help")},
};

#undef SAY

QString translated(const char* sentence) {
    return QCoreApplication::translate("Commands", sentence);
}

QAction* makeAction(const CommandSpec& spec, QObject* parent) {
    auto* action = new QAction(translated(spec.text), parent);
    const QKeySequence keys(QString::fromLatin1(spec.keys), QKeySequence::PortableText);
    action->setShortcut(keys);
    QString tip = translated(spec.tip);
    if (!keys.isEmpty()) {
        tip += u" ("_s + keys.toString(QKeySequence::NativeText) + u')';
    }
    action->setToolTip(tip);
    action->setStatusTip(QString());
    if (*spec.icon != '\0') {
        action->setIcon(themedIcon(QString::fromLatin1(spec.icon), Tint::Muted));
    }
    return action;
}

}  // namespace

std::span<const CommandSpec> commandSpecs() {
    return kSpecs;
}

Commands::Commands(QObject* parent) : QObject(parent) {
    for (const CommandSpec& spec : kSpecs) {
        m_actions[static_cast<std::size_t>(spec.id)] = makeAction(spec, this);
    }
    action(CommandId::ShowSettings)->setMenuRole(QAction::PreferencesRole);
    action(CommandId::Quit)->setMenuRole(QAction::QuitRole);
    action(CommandId::About)->setMenuRole(QAction::AboutRole);
    action(CommandId::ToggleSidebar)->setCheckable(true);
    action(CommandId::PausePayments)->setCheckable(true);
    action(CommandId::HideAmounts)->setCheckable(true);
    // Settings is the tenth page: its place in the row of Ctrl+1…0 works too.
    action(CommandId::ShowSettings)
        ->setShortcuts(
            {QKeySequence(Qt::CTRL | Qt::Key_Comma), QKeySequence(Qt::CTRL | Qt::Key_0)});
    auto* themes = new QActionGroup(this);
    for (CommandId id : {CommandId::ThemeSystem, CommandId::ThemeLight, CommandId::ThemeDark}) {
        action(id)->setCheckable(true);
        themes->addAction(action(id));
    }
}

QAction* Commands::showPage(PageId page) const {
    return m_actions[static_cast<std::size_t>(CommandId::ShowOverview) +
                     static_cast<std::size_t>(page)];
}

void Commands::fillMenuBar(QMenuBar* bar) const {
    for (const MenuSpec& menu : kMenus) {
        QMenu* shown = bar->addMenu(translated(menu.text));
        for (const CommandSpec& spec : kSpecs) {
            if (spec.menu != menu.id) {
                continue;
            }
            if (spec.separatorBefore) {
                shown->addSeparator();
            }
            shown->addAction(action(spec.id));
        }
    }
}

QString pageTitle(PageId page) {
    const auto index =
        static_cast<std::size_t>(CommandId::ShowOverview) + static_cast<std::size_t>(page);
    return translated(kSpecs[index].text).remove(u'&');
}

QString pageIcon(PageId page) {
    const auto index =
        static_cast<std::size_t>(CommandId::ShowOverview) + static_cast<std::size_t>(page);
    return QString::fromLatin1(kSpecs[index].icon);
}

}  // namespace gr::ui
