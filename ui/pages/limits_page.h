// SPDX-License-Identifier: MIT
#pragma once

#include <set>

#include "pages/page.h"

class QStackedWidget;
class QTimer;

namespace gr::ui {

class CopyField;
class EmptyState;
class LimitCard;

// How the limits stand: what is spent and reserved, what is left, and until when. Asks once a
// second while it is seen, and not at all otherwise.
class LimitsPage final : public Page {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LimitsPage)

  public:
    explicit LimitsPage(const PageContext& context, QWidget* parent = nullptr);
    void refresh() override;
    QWidget* firstFocus() override;

  protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    QWidget* makeFoot();
    void take(const Result<LimitsView>& view);
    bool isSilent() const;
    void showCards();
    void showEmptiness();
    void showClock();
    void showQuestions();
    void showQuestion(const LimitQuestion& question);
    void answer(const std::string& id, bool goesOn);

    LimitsView m_view;
    bool m_answered = false;
    bool m_asking = false;
    bool m_failed = false;
    std::optional<std::int64_t> m_toldLeap;  // minutes
    std::set<std::string> m_asked;           // whose notice is shown
    QStackedWidget* m_stack;
    QVBoxLayout* m_column = nullptr;
    std::vector<LimitCard*> m_cards;
    EmptyState* m_empty;
    CopyField* m_path = nullptr;
    QTimer* m_tick;
};

}  // namespace gr::ui
