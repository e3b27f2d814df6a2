// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "models/limit_row.h"

class QLabel;

namespace gr::ui {

class StateLabel;

// How full a limit is: spent, reserved, held by other gateways; told apart by pattern, too. Its
// words stand beside it.
class LimitBar final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LimitBar)

  public:
    enum class Part : quint8 { Spent, Reserved, Elsewhere };

    explicit LimitBar(QWidget* parent = nullptr);
    void set(const LimitRow& row);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    std::array<double, 3> m_shares{};
    Tone m_tone = Tone::Neutral;
};

// A square filled like a part of the bar, for the legend.
class LimitSwatch final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LimitSwatch)

  public:
    LimitSwatch(LimitBar::Part part, QWidget* parent);
    void setTone(Tone tone);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    LimitBar::Part m_part;
    Tone m_tone = Tone::Neutral;
};

// One limit, as a card that the keyboard reaches and that speaks as a whole.
class LimitCard final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(LimitCard)

  public:
    explicit LimitCard(QWidget* parent = nullptr);
    void set(const LimitRow& row);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    struct Figure {
        QWidget* box;
        LimitSwatch* swatch;
        QLabel* words;
    };
    Figure makeFigure(LimitBar::Part part);

    QLabel* m_title;
    StateLabel* m_state;
    LimitBar* m_bar;
    std::array<Figure, 3> m_figures;
    QLabel* m_anew;
    QLabel* m_forecast;
    QLabel* m_note;
};

}  // namespace gr::ui
