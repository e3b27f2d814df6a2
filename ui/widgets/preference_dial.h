// SPDX-License-Identifier: MIT
#pragma once

#include <QWidget>
#include <optional>

class QLabel;
class QSlider;

namespace gr::ui {

// The dial between cheap and good, with words for where it stands.
class PreferenceDial final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PreferenceDial)

  public:
    explicit PreferenceDial(QWidget* parent = nullptr);
    void set(double preference);  // 0 cheap to 1 good

    // What this place does with the models there are: shares of the requests that go to the
    // stronger ones, and of the money that is saved against the strongest. Absent: not known.
    void setOutcome(std::optional<double> strongShare, std::optional<double> saving);

  signals:
    void turned(double preference);  // by the person

  private:
    void showWords();

    QSlider* m_slider;
    QLabel* m_word;
    QLabel* m_meaning;
    QLabel* m_outcome;
};

}  // namespace gr::ui
