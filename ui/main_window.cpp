// SPDX-License-Identifier: MIT
#include "main_window.h"

#include <QCloseEvent>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QStackedWidget>
#include <utility>

#include "dialogs/command_palette.h"
#include "dialogs/passphrase_dialog.h"
#include "dialogs/stop_gateway_dialog.h"
#include "limit_watch.h"
#include "models/page_list_model.h"
#include "models/provider_model.h"
#include "page_address.h"
#include "pages/activity_page.h"
#include "pages/connect_page.h"
#include "pages/limits_page.h"
#include "pages/overview_page.h"
#include "pages/playground_page.h"
#include "pages/providers_page.h"
#include "pages/routing_page.h"
#include "pages/selling_page.h"
#include "pages/settings_page.h"
#include "pages/wallet_page.h"
#include "payment_desk.h"
#include "provider_link.h"
#include "sidebar.h"
#include "status_strip.h"
#include "theme/icons.h"
#include "tray.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kNarrowBelow = 1040;  // the sidebar shows icons only
const auto kGeometry = u"window"_s;
const auto kNarrow = u"sidebar/narrow"_s;
const auto kTrayTold = u"tray/told"_s;
const auto kHideAmounts = u"appearance/hide_amounts"_s;
}  // namespace

MainWindow::MainWindow(Backend& backend, Preferences& preferences, Theme& theme)
    : m_backend(backend),
      m_preferences(preferences),
      m_theme(theme),
      m_sidebar(new Sidebar(this)),
      m_stack(new QStackedWidget(this)),
      m_status(new StatusStrip(backend, this)) {
    setWindowTitle(u"GateRouter"_s);
    setMinimumSize(920, 600);
    resize(1180, 820);
    m_commands.fillMenuBar(menuBar());
    hideAmounts(m_preferences.flag(kHideAmounts, false));
    auto* middle = new QWidget(this);
    auto* row = new QHBoxLayout(middle);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_sidebar);
    row->addWidget(m_stack, 1);
    setCentralWidget(middle);
    setStatusBar(m_status);
    if (Tray::possible()) {
        m_tray = new Tray({backend, m_commands, preferences}, this);
        connect(m_tray, &Tray::openWanted, this, &MainWindow::raiseToFront);
        connect(m_status, &StatusStrip::todayChanged, m_tray, &Tray::setToday);
    }
    connectCommands();
    connectBackend();
    restoreGeometry(m_preferences.state(kGeometry));
    applyAppearance();
    setNarrow(m_preferences.flag(kNarrow, false));
    showGatewayState();
    showVaultState();
    showPage(PageId::Overview);
    m_stack->setFocus();  // no ring before the keyboard is used
}

MainWindow::~MainWindow() {
    m_preferences.setState(kGeometry, saveGeometry());
}

void MainWindow::connectCommands() {
    const auto on = [this](CommandId id, auto&& run) {
        connect(m_commands.action(id), &QAction::triggered, this, run);
    };
    for (int i = 0; i < kPageCount; ++i) {
        const auto page = static_cast<PageId>(i);
        connect(m_commands.showPage(page), &QAction::triggered, this,
                [this, page] { showPage(page); });
    }
    on(CommandId::ToggleGateway, [this] { toggleGateway(); });
    on(CommandId::CopyBaseUrl, [this] { copyText(m_backend.baseUrl().toString()); });
    on(CommandId::NewClientKey, [this] {
        showPage(PageId::Connect);
        static_cast<ConnectPage*>(page(PageId::Connect))->newKey();
    });
    on(CommandId::AddProvider, [this] {
        showPage(PageId::Providers);
        static_cast<ProvidersPage*>(page(PageId::Providers))->addProvider();
    });
    on(CommandId::FindServers, [this] {
        showPage(PageId::Providers);
        m_backend.lookForServers();
    });
    on(CommandId::UnlockVault, [this] {
        if (m_backend.vaultState() == VaultState::KeychainClosed) {
            m_backend.askKeychain();
        } else {
            PassphraseDialog::openFor(m_backend, this);
        }
    });
    on(CommandId::Refresh, [this] { static_cast<Page*>(m_stack->currentWidget())->refresh(); });
    on(CommandId::Filter, [this] { static_cast<Page*>(m_stack->currentWidget())->focusFilter(); });
    on(CommandId::Palette, [this] { openPalette(); });
    on(CommandId::ToggleSidebar, [this] { setNarrow(!m_preferences.flag(kNarrow, false)); });
    on(CommandId::HideAmounts, [this] { hideAmounts(!m_preferences.flag(kHideAmounts, false)); });
    on(CommandId::ThemeSystem, [this] { m_preferences.setTheme(ThemeMode::System); });
    on(CommandId::ThemeLight, [this] { m_preferences.setTheme(ThemeMode::Light); });
    on(CommandId::ThemeDark, [this] { m_preferences.setTheme(ThemeMode::Dark); });
    on(CommandId::About, [this] {
        showPage(PageId::Settings);
        static_cast<SettingsPage*>(page(PageId::Settings))->showAbout();
    });
    on(CommandId::Quit, [this] {
        m_quitting = true;
        emit quitWanted();
    });
    connect(m_sidebar, &Sidebar::chosen, this, &MainWindow::showPage);
    connect(m_status, &StatusStrip::costClicked, this, [this] {
        ledger::Filter today;
        today.from = startOfDay(m_backend.clock().now());
        showActivity(today);
    });
    connect(&m_preferences, &Preferences::appearanceChanged, this, &MainWindow::applyAppearance);
}

void MainWindow::connectBackend() {
    connect(&m_backend, &Backend::gatewayStatusChanged, this, &MainWindow::showGatewayState);
    connect(&m_backend, &Backend::vaultStateChanged, this, &MainWindow::showVaultState);
    const auto countFaults = [this] {
        ProviderModel model;
        const UnixMs now = m_backend.clock().now();
        model.set(m_backend.providers(), now);
        model.setStatuses(m_backend.providerStatuses(), now);
        const int faults = model.faults();
        m_sidebar->model().setBadge(PageId::Providers, faults,
                                    tr("%n want attention", nullptr, faults));
    };
    connect(&m_backend, &Backend::providersChanged, this, countFaults);
    connect(&m_backend, &Backend::providerStatusesChanged, this, countFaults);
    countFaults();
    auto* limits = new LimitWatch(m_backend, this);
    connect(limits, &LimitWatch::waitingChanged, this, [this, before = 0](int requests) mutable {
        const QString words = tr("%n requests wait for you", nullptr, requests);
        m_sidebar->model().setBadge(PageId::Limits, requests, words);
        if (requests > std::exchange(before, requests) && m_tray != nullptr && !isActiveWindow()) {
            m_tray->say(tr("A limit has no room"), words);
        }
    });
    m_payments = new PaymentDesk(m_backend, m_commands, *m_status, this);
    connect(m_payments, &PaymentDesk::heldMore, this, [this](const QString& words) {
        if (m_tray != nullptr && !isActiveWindow()) {
            m_tray->say(tr("A payment is held"), words, [this] { m_payments->review(); });
        }
    });
    connect(m_payments, &PaymentDesk::doubtWanted, this, [this] { showPage(PageId::Wallet); });
    connect(&m_payments->watch(), &PaymentWatch::changed, this, [this] {
        const auto held = static_cast<int>(m_payments->watch().view().held.size());
        m_sidebar->model().setBadge(PageId::Wallet, held,
                                    tr("%n payments wait for you", nullptr, held));
    });
    connect(&m_backend, &Backend::trouble, this, [this](const QString& title, const QString& body) {
        static_cast<Page*>(m_stack->currentWidget())
            ->notices()
            ->showError(u"trouble"_s, title, body);
        if (m_tray != nullptr && !isVisible()) {
            m_tray->say(title, body);
        }
    });
}

Page* MainWindow::makePage(PageId id) {
    const PageContext context{m_backend, m_commands, m_preferences};
    switch (id) {
        case PageId::Overview: {
            auto* overview = new OverviewPage(context, m_stack);
            connect(overview, &OverviewPage::activityWanted, this, &MainWindow::showActivity);
            return overview;
        }
        case PageId::Connect:
            return new ConnectPage(context, m_stack);
        case PageId::Playground:
            return new PlaygroundPage(context, m_stack);
        case PageId::Activity: {
            auto* activity = new ActivityPage(context, m_stack);
            connect(activity, &ActivityPage::tryWanted, this,
                    [this](const ledger::RequestRecord& record) {
                        showPage(PageId::Routing);
                        static_cast<RoutingPage*>(page(PageId::Routing))->tryRecorded(record);
                    });
            return activity;
        }
        case PageId::Providers:
            return new ProvidersPage(context, m_stack);
        case PageId::Routing: {
            auto* routing = new RoutingPage(context, m_stack);
            connect(routing, &RoutingPage::activityWanted, this,
                    [this] { showPage(PageId::Activity); });
            return routing;
        }
        case PageId::Wallet: {
            auto* wallet = new WalletPage(context, m_stack);
            connect(wallet, &WalletPage::reviewWanted, m_payments, &PaymentDesk::review);
            connect(wallet, &WalletPage::lockWanted, m_payments, &PaymentDesk::setLocked);
            connect(wallet, &WalletPage::requestWanted, this, &MainWindow::showRequest);
            connect(&m_payments->watch(), &PaymentWatch::changed, wallet,
                    [this, wallet] { wallet->takeHeld(m_payments->watch().view()); });
            return wallet;
        }
        case PageId::Selling: {
            auto* selling = new SellingPage(context, m_stack);
            connect(selling, &SellingPage::requestWanted, this, &MainWindow::showRequest);
            return selling;
        }
        case PageId::Limits:
            return new LimitsPage(context, m_stack);
        case PageId::Settings:
            return new SettingsPage(context, m_stack);
    }
    return nullptr;
}

Page* MainWindow::page(PageId id) {
    Page*& made = m_pages[static_cast<std::size_t>(id)];
    if (made == nullptr) {
        made = makePage(id);
        m_stack->addWidget(made);
    }
    return made;
}

void MainWindow::showPage(PageId id) {
    Page* shown = page(id);
    m_sidebar->setCurrent(id);
    if (m_stack->currentWidget() == shown) {
        return;
    }
    m_stack->setCurrentWidget(shown);
    setWindowTitle(tr("%1 – GateRouter").arg(pageTitle(id)));
}

void MainWindow::showActivity(const ledger::Filter& filter) {
    showPage(PageId::Activity);
    static_cast<ActivityPage*>(page(PageId::Activity))->showFilter(filter);
}

void MainWindow::showRequest(const std::string& requestId) {
    ledger::Filter one;
    one.text = requestId;
    showActivity(one);
}

void MainWindow::openPalette() {
    std::vector<PaletteEntry> entries;
    for (const CommandSpec& spec : commandSpecs()) {
        QAction* action = m_commands.action(spec.id);
        if (action->isEnabled() && action->isVisible() && spec.id != CommandId::Palette) {
            entries.push_back({.title = action->text().remove(u'&').remove(u'…'),
                               .icon = QString::fromLatin1(spec.icon),
                               .keys = action->shortcut().toString(QKeySequence::NativeText),
                               .run = [action] { action->trigger(); }});
        }
    }
    for (const ProviderInfo& provider : m_backend.providers()) {
        entries.push_back({.title = tr("Provider %1").arg(text(provider.title)),
                           .icon = u"key-round"_s,
                           .keys = {},
                           .run = [this, id = provider.id] {
                               showPage(PageId::Providers);
                               static_cast<ProvidersPage*>(page(PageId::Providers))->select(id);
                           }});
    }
    (new CommandPalette(std::move(entries), this))->open();
}

// Other programs may live on a gateway in the background: that one is ended after a question only.
void MainWindow::toggleGateway() {
    if (m_backend.gatewayStatus().state != gateway::GatewayStatus::State::Running) {
        m_backend.startGateway();
    } else if (m_backend.background()) {
        raiseToFront();
        (new StopGatewayDialog(m_backend, this))->open();
    } else {
        m_backend.stopGateway();
    }
}

void MainWindow::showGatewayState() {
    using State = gateway::GatewayStatus::State;
    const State state = m_backend.gatewayStatus().state;
    const bool running = state == State::Running;
    QAction* toggle = m_commands.action(CommandId::ToggleGateway);
    const bool elsewhere = running && m_backend.background();
    toggle->setText(elsewhere ? tr("S&top gateway…")
                    : running ? tr("S&top gateway")
                              : tr("S&tart gateway"));
    QAction* quit = m_commands.action(CommandId::Quit);
    quit->setToolTip((elsewhere ? tr("Close the window; the gateway in the background goes on")
                                : tr("Stop the gateway and quit")) +
                     u" ("_s + quit->shortcut().toString(QKeySequence::NativeText) + u')');
    toggle->setIcon(themedIcon(running ? u"square"_s : u"play"_s, Tint::Muted));
    toggle->setToolTip((running ? tr("Stop answering requests") : tr("Begin to answer requests")) +
                       u" ("_s + toggle->shortcut().toString(QKeySequence::NativeText) + u')');
    toggle->setEnabled(state != State::Starting && state != State::Stopping);
}

void MainWindow::showVaultState() {
    const VaultState state = m_backend.vaultState();
    m_commands.action(CommandId::UnlockVault)
        ->setVisible(state == VaultState::Locked || state == VaultState::NeedsChoice ||
                     state == VaultState::KeychainClosed);
    const bool asks = state == VaultState::Locked || state == VaultState::NeedsChoice;
    if (asks && m_asked != state && isVisible()) {
        m_asked = state;
        PassphraseDialog::openFor(m_backend, this);
    }
}

void MainWindow::showEvent(QShowEvent* event) {
    QMainWindow::showEvent(event);
    showVaultState();
}

void MainWindow::applyAppearance() {
    const ThemeMode mode = m_preferences.theme();
    m_theme.setMode(mode);
    m_theme.setTextStep(m_preferences.textStep());
    m_commands
        .action(mode == ThemeMode::Light  ? CommandId::ThemeLight
                : mode == ThemeMode::Dark ? CommandId::ThemeDark
                                          : CommandId::ThemeSystem)
        ->setChecked(true);
}

void MainWindow::hideAmounts(bool hidden) {
    m_preferences.setFlag(kHideAmounts, hidden);
    m_commands.action(CommandId::HideAmounts)->setChecked(hidden);
    setAmountsHidden(hidden);
    for (Page* made : m_pages) {
        if (auto* wallet = qobject_cast<WalletPage*>(made)) {
            wallet->showAmounts();
        } else if (made != nullptr) {
            made->refresh();
        }
    }
    m_status->askToday();
}

void MainWindow::setNarrow(bool narrow) {
    m_preferences.setFlag(kNarrow, narrow);
    m_commands.action(CommandId::ToggleSidebar)->setChecked(narrow);
    fitSidebar();
}

void MainWindow::fitSidebar() {
    m_sidebar->setNarrow(m_preferences.flag(kNarrow, false) || width() < kNarrowBelow);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
    QMainWindow::resizeEvent(event);
    fitSidebar();
}

bool MainWindow::openAddress(const QString& address) {
    if (const auto known = pageAt(address)) {
        showPage(*known);
        return true;
    }
    const auto link = providerLinkAt(address);
    if (!link) {
        return false;
    }
    showPage(PageId::Providers);
    static_cast<ProvidersPage*>(page(PageId::Providers))->open(*link);
    return true;
}

void MainWindow::raiseToFront() {
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (m_quitting || m_tray == nullptr || !m_preferences.closeToTray()) {
        event->accept();
        if (!m_quitting) {
            m_quitting = true;
            emit quitWanted();
        }
        return;
    }
    event->ignore();
    hide();
    if (!m_preferences.flag(kTrayTold, false)) {
        m_preferences.setFlag(kTrayTold, true);
        m_tray->say(tr("GateRouter goes on running"),
                    tr("Your tools are still answered. Quit from this icon or with Ctrl+Q."));
    }
}

}  // namespace gr::ui
