// SPDX-License-Identifier: MIT
#include "widgets/preference_dial.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <array>
#include <cmath>

#include "widgets/parts.h"

namespace gr::ui {

namespace {
constexpr int kWhole = 100;
constexpr int kTicks = kWhole / 4;
}  // namespace

PreferenceDial::PreferenceDial(QWidget* parent)
    : QWidget(parent),
      m_slider(new QSlider(Qt::Horizontal, this)),
      m_word(makeLabel({}, "strong", this)),
      m_meaning(makeLabel({}, "muted", this)),
      m_outcome(makeLabel({}, "", this)) {
    m_slider->setRange(0, kWhole);
    m_slider->setSingleStep(kWhole / 20);
    m_slider->setPageStep(kTicks);
    m_slider->setTickInterval(kTicks);
    m_slider->setTickPosition(QSlider::TicksBelow);
    m_slider->setMinimumHeight(28);
    m_slider->setAccessibleName(tr("Between economy and best"));
    setFocusProxy(m_slider);
    m_meaning->setWordWrap(true);
    m_outcome->setWordWrap(true);
    m_outcome->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kXs);
    column->addWidget(m_slider);
    auto* ends = new QHBoxLayout;
    ends->addWidget(makeLabel(tr("Economy"), "muted", this), 1, Qt::AlignLeading);
    ends->addWidget(makeLabel(tr("Balanced"), "muted", this), 1, Qt::AlignHCenter);
    ends->addWidget(makeLabel(tr("Best"), "muted", this), 1, Qt::AlignTrailing);
    column->addLayout(ends);
    column->addSpacing(space::kS);
    column->addWidget(m_word);
    column->addWidget(m_meaning);
    column->addWidget(m_outcome);
    connect(m_slider, &QSlider::valueChanged, this, [this](int value) {
        showWords();
        emit turned(static_cast<double>(value) / kWhole);
    });
    showWords();
}

void PreferenceDial::set(double preference) {
    const QSignalBlocker quiet(m_slider);
    m_slider->setValue(static_cast<int>(std::lround(preference * kWhole)));
    showWords();
}

void PreferenceDial::setOutcome(std::optional<double> strongShare, std::optional<double> saving) {
    const bool known = strongShare && saving;
    m_outcome->setVisible(known);
    if (known) {
        const auto percent = [](double share) {
            return QString(QLocale().toString(std::lround(share * 100)) + QLocale().percent());
        };
        m_outcome->setText(tr("With your models: about %1 of usual requests go to the stronger "
                              "ones, and about %2 of the cost of the strongest is saved.")
                               .arg(percent(*strongShare), percent(*saving)));
    }
}

void PreferenceDial::showWords() {
    struct Place {
        int upTo;
        QString word;
        QString meaning;
    };
    const std::array places{
        Place{10, tr("As cheap as possible"),
              tr("A dearer model is asked only where the cheap ones cannot do it.")},
        Place{40, tr("Rather cheap"),
              tr("A dearer model is asked where it is likely to answer much better.")},
        Place{60, tr("Balanced"),
              tr("Easy requests go to cheap models, hard ones to those that answer them well.")},
        Place{90, tr("Rather good"),
              tr("A cheap model is asked where it is likely to answer as well.")},
        Place{kWhole, tr("As good as possible"),
              tr("The best model for the request is asked, whatever it costs within the limits.")}};
    std::size_t i = 0;
    while (m_slider->value() > places[i].upTo) {
        ++i;
    }
    m_word->setText(places[i].word);
    m_meaning->setText(places[i].meaning);
    m_slider->setAccessibleDescription(places[i].word);
}

}  // namespace gr::ui
