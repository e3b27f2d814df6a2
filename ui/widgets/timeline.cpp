// SPDX-License-Identifier: MIT
#include "widgets/timeline.h"

#include <QPainter>
#include <algorithm>

#include "format.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kBar = 8;
constexpr int kGap = 10;
}  // namespace

Timeline::Timeline(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

int Timeline::lineHeight() const {
    return fontMetrics().height() + kBar + 4 + kGap;
}

QSize Timeline::sizeHint() const {
    return {220, static_cast<int>(m_record.attempts.size()) * lineHeight()};
}

void Timeline::setRecord(const ledger::RequestRecord& record) {
    m_record = record;
    QStringList said;
    for (const ledger::Attempt& attempt : record.attempts) {
        said << tr("%1 from %2 to %3, %4")
                    .arg(text(attempt.provider), duration(attempt.startedMs),
                         duration(attempt.endedMs),
                         attempt.error.empty() ? tr("went well") : errorTitle(attempt.error));
    }
    setAccessibleName(tr("Attempts"));
    setAccessibleDescription(said.join(u"; "_s));
    setFixedHeight(sizeHint().height());
    update();
}

void Timeline::paintEvent(QPaintEvent*) {
    const Tokens& tokens = tokensOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const std::int64_t whole = std::max<std::int64_t>(1, m_record.totalMs);
    // Time runs left to right in every language.
    const auto at = [&](std::int64_t ms) {
        return static_cast<double>(std::min(ms, whole)) / static_cast<double>(whole) * width();
    };
    int top = 0;
    for (const ledger::Attempt& attempt : m_record.attempts) {
        const bool good = attempt.error.empty();
        const int words = fontMetrics().height();
        const QColor color = good ? tokens.accent : tokens.danger;
        painter.drawPixmap(
            0, top + (words - 14) / 2,
            themedPixmap(good ? u"circle-check"_s : u"circle-x"_s, 14, devicePixelRatioF(),
                         good ? tokens.success : tokens.danger));
        const QString took = duration(attempt.endedMs - attempt.startedMs);
        const int tookWidth = fontMetrics().horizontalAdvance(took);
        painter.setPen(tokens.textMuted);
        painter.drawText(QRect(0, top, width(), words), Qt::AlignRight | Qt::AlignVCenter, took);
        QString name = text(attempt.provider);
        if (attempt.httpStatus != 0) {
            name += u" · %1"_s.arg(attempt.httpStatus);
        }
        if (!good) {
            name += u" · "_s + errorTitle(attempt.error);
        }
        painter.setPen(tokens.text);
        const QRect place(20, top, width() - 28 - tookWidth, words);
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter,
                         fontMetrics().elidedText(name, Qt::ElideRight, place.width()));
        const double line = top + words + 4;
        painter.setPen(Qt::NoPen);
        painter.setBrush(tokens.sunken);
        painter.drawRoundedRect(QRectF(0, line, width(), kBar), 4, 4);
        // Waiting for the head is paler than receiving the answer.
        const double begin = at(attempt.startedMs);
        const double end = std::max(at(attempt.endedMs), begin + 4);
        QColor waiting = color;
        waiting.setAlphaF(0.35F);
        painter.setBrush(waiting);
        painter.drawRoundedRect(QRectF(begin, line, end - begin, kBar), 4, 4);
        if (attempt.headMs) {
            const double head = std::min(at(*attempt.headMs), end - 4);
            painter.setBrush(color);
            painter.drawRoundedRect(QRectF(head, line, end - head, kBar), 4, 4);
        }
        top += lineHeight();
    }
}

}  // namespace gr::ui
