// SPDX-License-Identifier: MIT
#include "pages/limits_page.h"

#include <QHBoxLayout>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <utility>

#include "format.h"
#include "models/limit_row.h"
#include "widgets/controls.h"
#include "widgets/limit_card.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kToCardEdge = 10;  // cards leave the room of a scroll bar free
}

LimitsPage::LimitsPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Limits, parent),
      m_stack(new QStackedWidget(this)),
      m_empty(new EmptyState(u"gauge"_s, {}, {}, this)),
      m_tick(new QTimer(this)) {
    auto* list = new QWidget;
    m_column = new QVBoxLayout(list);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(space::kM);
    m_column->addStretch();
    m_stack->addWidget(makeScroll(list));
    m_stack->addWidget(m_empty);
    body()->addWidget(m_stack, 1);
    body()->addWidget(makeFoot());
    m_tick->setInterval(1000);
    connect(m_tick, &QTimer::timeout, this, &LimitsPage::refresh);
    connect(&backend(), &Backend::gatewayStatusChanged, this, [this] {
        m_asking = false;  // an answer of a gateway that is gone never comes
        refresh();
    });
}

QWidget* LimitsPage::makeFoot() {
    auto* foot = new QWidget(this);
    auto* row = new QHBoxLayout(foot);
    row->setContentsMargins(0, 0, kToCardEdge, 0);
    row->setSpacing(space::kL);
    QLabel* words = makeLabel(tr("Limits are set in the configuration file."), "muted", foot);
    words->setWordWrap(true);
    m_path = new CopyField(tr("Configuration file"), backend().configFile(), foot);
    m_path->setMinimumWidth(340);
    row->addWidget(words, 1);
    row->addWidget(m_path);
    return foot;
}

QWidget* LimitsPage::firstFocus() {
    return m_cards.empty() ? static_cast<QWidget*>(m_path) : m_cards.front();
}

void LimitsPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_tick->start();
    refresh();
}

void LimitsPage::hideEvent(QHideEvent* event) {
    m_tick->stop();
    Page::hideEvent(event);
}

void LimitsPage::refresh() {
    if (!isVisible() || window()->isMinimized() || m_asking) {
        return;
    }
    m_asking = true;
    backend().queryLimits(this, [this](const Result<LimitsView>& view) {
        m_asking = false;
        take(view);
    });
}

void LimitsPage::take(const Result<LimitsView>& view) {
    const auto failed = u"limits"_s;
    if (view) {
        m_view = *view;
        m_answered = true;
        m_failed = false;
        notices()->hide(failed);
    } else if (view.error().code != ErrorCode::Unreachable && !std::exchange(m_failed, true)) {
        // A gateway that is not there is told of by every page.
        notices()->showError(failed, tr("How the limits stand is not known"),
                             text(view.error().message.text));
    }
    if (backend().gatewayStatus().state != gateway::GatewayStatus::State::Running && !isSilent()) {
        m_view = {};
    }
    showCards();
    showEmptiness();
    showClock();
    showQuestions();
}

// One that is there and says nothing may have spent more; one that ended spends nothing.
bool LimitsPage::isSilent() const {
    const auto background = backend().background();
    return background && background->state == Background::State::Silent;
}

void LimitsPage::showCards() {
    while (m_cards.size() < m_view.limits.size()) {
        auto* card = new LimitCard;
        m_column->insertWidget(static_cast<int>(m_cards.size()), card);
        m_cards.push_back(card);
    }
    while (m_cards.size() > m_view.limits.size()) {
        delete m_cards.back();
        m_cards.pop_back();
    }
    const UnixMs time{now().value - m_view.clockLeapMs.value_or(0)};
    for (std::size_t i = 0; i < m_cards.size(); ++i) {
        m_cards[i]->set(limitRow(m_view.limits[i], time));
    }
}

void LimitsPage::showEmptiness() {
    const bool runs = backend().gatewayStatus().state == gateway::GatewayStatus::State::Running;
    const bool empty = m_view.limits.empty() && (m_answered || !runs);
    if (empty && runs) {
        m_empty->setText(
            tr("No limit holds"),
            tr("Requests are sent whatever they cost. To bound that, list limits in the "
               "configuration file; where it has no “limits” at all, one of $5.00 a "
               "day holds."));
    } else if (empty && isSilent()) {
        m_empty->setText(tr("The gateway does not answer"),
                         tr("It may go on answering your tools, and the limits go on holding. How "
                            "they stand is shown as soon as it says so."));
    } else if (empty) {
        m_empty->setText(tr("The gateway is not running"),
                         tr("Nothing is spent now. How the limits stand is shown while it runs; "
                            "what was spent stays spent."));
    }
    m_stack->setCurrentIndex(empty ? 1 : 0);
}

// Only when it changes: a notice that is made anew loses the keyboard.
void LimitsPage::showClock() {
    const auto key = u"clock"_s;
    const auto& leap = m_view.clockLeapMs;
    const auto minutes = leap ? std::optional(*leap / 60'000) : std::nullopt;
    if (minutes == m_toldLeap) {
        return;
    }
    m_toldLeap = minutes;
    if (!leap) {
        notices()->hide(key);
        return;
    }
    const QString much = roughTime(*leap < 0 ? -*leap : *leap);
    notices()->show(
        key, {.tone = NoticeTone::Warning,
              .title = *leap > 0 ? tr("The clock leapt ahead by %1").arg(much)
                                 : tr("The clock leapt back by %1").arg(much),
              .body = tr("Limits do not follow it: they go on by the time that really passed, so "
                         "that none begins anew too early. If the clock is right now, say so."),
              .actions = {{tr("The clock is right"),
                           [this] {
                               m_toldLeap.reset();  // its notice goes with the click
                               backend().believeClock(
                                   this, reporting(tr("The clock is still not believed"),
                                                   [this] { refresh(); }));
                           }}},
              .closable = false});
}

// A notice for each request that waits; it goes when somebody answered, here or elsewhere.
void LimitsPage::showQuestions() {
    std::set<std::string> open;
    for (const LimitQuestion& question : m_view.questions) {
        open.insert(question.id);
        if (!m_asked.contains(question.id)) {
            showQuestion(question);
        }
    }
    for (const std::string& id : m_asked) {
        if (!open.contains(id)) {
            notices()->hide(u"question "_s + text(id));
        }
    }
    m_asked = std::move(open);
}

void LimitsPage::showQuestion(const LimitQuestion& question) {
    const QString needed = limitAmount(question.unit, question.needed);
    const QString lacking = limitAmount(question.unit, question.lacking);
    notices()->show(
        u"question "_s + text(question.id),
        {.tone = NoticeTone::Warning,
         .title = tr("A request of “%1” waits for you").arg(text(question.client)),
         .body = tr("%1 may take up to %2, that is %3 more than is left. It is refused at %4.")
                     .arg(text(question.model), needed, lacking, timeOfDay(question.until))
                     .toHtmlEscaped(),
         .actions = {{tr("Refuse"), [this, id = question.id] { answer(id, false); }},
                     {tr("Let it go on"), [this, id = question.id] { answer(id, true); }}},
         .closable = false});
}

void LimitsPage::answer(const std::string& id, bool goesOn) {
    m_asked.erase(id);  // its notice goes with the click; shown again if it still waits
    backend().answerQuestion(this, id, goesOn,
                             reporting(tr("The answer was not taken"), [this] { refresh(); }));
}

}  // namespace gr::ui
