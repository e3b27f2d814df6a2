// SPDX-License-Identifier: MIT
#include "pages/settings_page.h"

#include <QFile>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "autostart.h"
#include "format.h"
#include "theme/theme.h"
#include "tray.h"
#include "widgets/controls.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kFirstTextStep = -1;
}

SettingsPage::SettingsPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Settings, parent),
      m_categories(new QListWidget(this)),
      m_stack(new QStackedWidget(this)) {
    m_categories->setAccessibleName(tr("Categories"));
    m_categories->setFixedWidth(200);
    m_categories->setIconSize(QSize(size::kIconText, size::kIconText));
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kL);
    row->addWidget(m_categories);
    row->addWidget(m_stack, 1);
    body()->addLayout(row);
    makeGeneral();
    makeAppearance();
    makeGateway();
    makePrivacy();
    makeAbout();
    connect(m_categories, &QListWidget::currentRowChanged, m_stack,
            &QStackedWidget::setCurrentIndex);
    connect(&backend(), &Backend::settingsChanged, this, &SettingsPage::showSettings);
    connect(&this->context().preferences, &Preferences::appearanceChanged, this,
            &SettingsPage::showAppearance);
    m_categories->setCurrentRow(0);
    showSettings();
    showAppearance();
}

QWidget* SettingsPage::firstFocus() {
    return m_categories;
}

void SettingsPage::showAbout() {
    m_categories->setCurrentRow(m_categories->count() - 1);
}

QVBoxLayout* SettingsPage::addCategory(const QString& icon, const QString& title) {
    auto* item = new QListWidgetItem(themedIcon(icon, Tint::Muted), title, m_categories);
    item->setSizeHint(QSize(100, size::kSidebarItem));
    QFrame* card = makeCard(m_stack);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(space::kXl, space::kL, space::kXl, space::kL);
    column->setSpacing(space::kL);
    column->addWidget(makeLabel(title, "section", card));
    m_stack->addWidget(card);
    return column;
}

void SettingsPage::addSetting(QVBoxLayout* column, const QString& title, const QString& explanation,
                              QWidget* control) {
    column->addWidget(makeRule(column->parentWidget()));
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kXl);
    auto* words = new QVBoxLayout;
    words->setSpacing(space::kHalf);
    QLabel* head = makeLabel(title, "strong", column->parentWidget());
    words->addWidget(head);
    words->addWidget(makeParagraph(explanation, "muted", column->parentWidget()));
    row->addLayout(words, 1);
    row->addWidget(control, 0, Qt::AlignVCenter | Qt::AlignRight);
    column->addLayout(row);
}

void SettingsPage::makeGeneral() {
    QVBoxLayout* column = addCategory(u"sliders-horizontal"_s, tr("General"));
    Preferences& preferences = context().preferences;
    auto* start = new Switch(tr("Start the gateway with the program"), this);
    start->setChecked(preferences.startGateway());
    connect(start, &QAbstractButton::toggled, this,
            [&preferences](bool on) { preferences.setStartGateway(on); });
    addSetting(column, tr("Start the gateway with the program"),
               tr("Off: it answers only after you press Start."), start);
    if (Autostart::isPossible()) {
        addAutostart(column);
    }
    if (Tray::possible()) {
        auto* toTray = new Switch(tr("Close to the tray"), this);
        toTray->setChecked(preferences.closeToTray());
        connect(toTray, &QAbstractButton::toggled, this,
                [&preferences](bool on) { preferences.setCloseToTray(on); });
        addSetting(column, tr("Close to the tray"),
                   tr("Closing the window leaves the gateway running; Ctrl+Q quits."), toTray);
    }
    auto* config = new CopyField(tr("Configuration file"), backend().configFile(), this);
    config->setMinimumWidth(340);
    addSetting(column, tr("Configuration"),
               tr("The file that both programs read. Unknown entries are kept."), config);
    auto* folder = new CopyField(tr("Data folder"), backend().dataDirectory(), this);
    folder->setMinimumWidth(340);
    addSetting(column, tr("Data"), tr("The books and the vault. Only you can read it."), folder);
    column->addStretch();
}

// What the desktop's own settings changed meanwhile shows when the page is opened anew.
void SettingsPage::addAutostart(QVBoxLayout* column) {
    auto* session = new Switch(tr("Start with your session"), this);
    session->setChecked(Autostart::ofThisProgram().isOn());
    connect(session, &QAbstractButton::clicked, this, [this, session](bool on) {
        const auto done = Autostart::ofThisProgram().setOn(on);
        if (!done) {
            session->setChecked(!on);
        }
        reporting(tr("The session was not changed"))(done);
    });
    addSetting(column, tr("Start with your session"),
               tr("In the background: your tools are answered from the login on."), session);
}

void SettingsPage::makeAppearance() {
    QVBoxLayout* column = addCategory(u"palette"_s, tr("Appearance"));
    Preferences& preferences = context().preferences;
    m_theme = new Segments(tr("Theme"), {tr("System"), tr("Light"), tr("Dark")}, this);
    connect(m_theme, &Segments::chosen, this,
            [&preferences](int index) { preferences.setTheme(static_cast<ThemeMode>(index)); });
    addSetting(column, tr("Theme"), tr("System follows the setting of your desktop."), m_theme);
    m_textSize =
        new Segments(tr("Text size"),
                     {tr("Small"), tr("Normal"), tr("Large"), tr("Larger"), tr("Largest")}, this);
    connect(m_textSize, &Segments::chosen, this,
            [&preferences](int index) { preferences.setTextStep(index + kFirstTextStep); });
    addSetting(column, tr("Text size"), tr("Relative to the text size of your desktop."),
               m_textSize);
    if (Tray::possible()) {
        auto* tray =
            new Segments(tr("Icon in the tray"), {tr("In colour"), tr("White"), tr("Black")}, this);
        tray->setCurrent(static_cast<int>(preferences.trayStyle()));
        connect(tray, &Segments::chosen, this, [&preferences](int index) {
            preferences.setTrayStyle(static_cast<TrayStyle>(index));
        });
        addSetting(column, tr("Icon in the tray"),
                   tr("White suits a dark panel, black a light one."), tray);
    }
    column->addStretch();
}

void SettingsPage::makeGateway() {
    QVBoxLayout* column = addCategory(u"network"_s, tr("Gateway"));
    auto* portBox = new QWidget(this);
    auto* row = new QHBoxLayout(portBox);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kS);
    m_port = new QSpinBox(portBox);
    m_port->setRange(1, 65535);
    m_port->setGroupSeparatorShown(false);
    m_port->setAccessibleName(tr("Port"));
    m_port->setMinimumWidth(100);
    m_savePort = makeButton(tr("Save and restart"), ButtonKind::Primary, {}, portBox);
    m_savePort->hide();
    row->addWidget(m_savePort);
    row->addWidget(m_port);
    addSetting(column, tr("Port"),
               tr("Tools that were set up with the old port must be told the new one. Running "
                  "requests end when the gateway restarts."),
               portBox);
    m_address = makeLabel({}, "", this);
    addSetting(column, tr("Address"),
               tr("127.0.0.1 and ::1 are this machine only: no other computer can reach the "
                  "gateway. Another address is set in the configuration file."),
               m_address);
    column->addStretch();
    connect(m_port, &QSpinBox::valueChanged, this,
            [this](int port) { m_savePort->setVisible(port != backend().settings().port); });
    connect(m_savePort, &QPushButton::clicked, this, &SettingsPage::savePort);
}

void SettingsPage::makePrivacy() {
    QVBoxLayout* column = addCategory(u"shield"_s, tr("Privacy"));
    m_keepDays =
        addDays(1, tr("Keep the history for"), &SettingsPatch::keepDays, &SettingsView::keepDays);
    addSetting(column, tr("Keep the history for"),
               tr("Older requests are removed from the books. Times, models, tokens and costs are "
                  "kept; what was said is not."),
               m_keepDays);
    m_bodies = makeLabel({}, "", this);
    addSetting(column, tr("Recording of requests and answers"),
               tr("What your tools send and what models answer is not written down, apart from "
                  "the answers below."),
               m_bodies);
    m_keepAnswers = addDays(0, tr("Keep answers for later turns for"),
                            &SettingsPatch::keepAnswersDays, &SettingsView::keepAnswersDays);
    m_keepAnswers->setSpecialValueText(tr("not kept"));
    addSetting(
        column, tr("Keep answers for later turns for"),
        tr("Tools that speak OpenAI's Responses may go on from an earlier answer. It is kept "
           "encrypted with the vault's key, or in memory where there is no vault."),
        m_keepAnswers);
    addSetting(column, tr("Telemetry"),
               tr("GateRouter reports nothing to anybody. It talks to your providers only."),
               makeLabel(tr("none"), "", this));
    column->addStretch();
}

// A number of days that is saved as it changes.
QSpinBox* SettingsPage::addDays(int least, const QString& name,
                                std::optional<unsigned> SettingsPatch::*patched,
                                unsigned SettingsView::*shown) {
    auto* days = new QSpinBox(this);
    days->setRange(least, 36'500);
    days->setSuffix(tr(" days"));
    days->setAccessibleName(name);
    days->setMinimumWidth(130);
    days->setKeyboardTracking(false);
    connect(days, &QSpinBox::valueChanged, this, [this, patched, shown](int value) {
        if (static_cast<unsigned>(value) == backend().settings().*shown) {
            return;
        }
        SettingsPatch patch;
        patch.*patched = static_cast<unsigned>(value);
        backend().patchSettings(this, patch, reporting(tr("The setting was not saved")));
    });
    return days;
}

void SettingsPage::makeAbout() {
    QVBoxLayout* column = addCategory(u"info"_s, tr("About"));
    QWidget* page = column->parentWidget();
    column->addWidget(
        makeParagraph(u"GateRouter "_s + QString::fromLatin1(GR_VERSION), "strong", page));
    column->addWidget(
        makeParagraph(tr("An independent implementation, not affiliated with Gate."), "", page));
    column->addWidget(makeParagraph(
        tr("The source is under the MIT licence. This window uses Qt Charts, which is under the "
           "GNU "
           "General Public License 3.0; distributed binaries of the desktop program are therefore "
           "under GPL-3.0. The program gaterouterd and the core library link none of it. Qt %1 is "
           "used under the LGPL-3.0.")
            .arg(QString::fromLatin1(qVersion())),
        "muted", page));
    column->addWidget(makeParagraph(
        tr("Icons: Lucide, ISC licence, with parts of Feather, MIT licence. Prices and limits of "
           "models: models.dev and genai-prices, MIT licence."),
        "muted", page));
    auto* licence = new QPlainTextEdit(page);
    licence->setReadOnly(true);
    licence->setProperty("code", true);
    licence->setAccessibleName(tr("Licence of the icons"));
    licence->setTabChangesFocus(true);
    QFile file(u":/icons/LICENSE-lucide"_s);
    if (file.open(QIODevice::ReadOnly)) {
        licence->setPlainText(QString::fromUtf8(file.readAll()));
    }
    column->addWidget(licence, 1);
}

void SettingsPage::showSettings() {
    const SettingsView settings = backend().settings();
    m_port->setValue(settings.port);
    m_savePort->hide();
    m_address->setText(text(settings.address));
    m_keepDays->setValue(static_cast<int>(settings.keepDays));
    m_keepAnswers->setValue(static_cast<int>(settings.keepAnswersDays));
    m_bodies->setText(settings.recordBodies ? tr("asked for, not in this version") : tr("off"));
}

void SettingsPage::savePort() {
    SettingsPatch patch;
    patch.port = static_cast<std::uint16_t>(m_port->value());
    backend().patchSettings(this, patch, reporting(tr("The port was not saved"), [this] {
                                backend().restartGateway(
                                    this, reporting(tr("The gateway does not use the new port")));
                            }));
}

void SettingsPage::showAppearance() {
    m_theme->setCurrent(static_cast<int>(context().preferences.theme()));
    m_textSize->setCurrent(qBound(0, context().preferences.textStep() - kFirstTextStep, 4));
}

}  // namespace gr::ui
