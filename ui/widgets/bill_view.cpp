// SPDX-License-Identifier: MIT
#include "widgets/bill_view.h"

#include <QGridLayout>
#include <QPainter>

#include "widgets/parts.h"

namespace gr::ui {

BillView::BillView(const BillText& bill, bool withModel, QWidget* parent) : QFrame(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setProperty("codeBlock", true);
    setAccessibleName(bill.spoken);
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(space::kM, space::kS, space::kM, space::kS);
    grid->setHorizontalSpacing(space::kS);
    grid->setVerticalSpacing(0);
    grid->setColumnStretch(0, 1);
    int row = 0;
    const auto gap = [&] { grid->setRowMinimumHeight(row++, space::kXs); };
    if (withModel) {
        grid->addWidget(makeParagraph(bill.model, "muted", this), row++, 0, 1, 2);
        gap();
    }
    for (const BillLine& line : bill.lines) {
        grid->addWidget(makeParagraph(line.what, "", this), row, 0);
        grid->addWidget(makeLabel(line.product, "", this), row++, 1, Qt::AlignRight);
        grid->addWidget(makeParagraph(line.times, "caption", this), row++, 0, 1, 2);
        gap();
    }
    if (!bill.lines.empty()) {
        grid->addWidget(makeRule(this), row++, 0, 1, 2);
        gap();
    }
    grid->addWidget(makeParagraph(bill.sumName, "strong", this), row, 0);
    grid->addWidget(makeLabel(bill.sum, "strong", this), row++, 1, Qt::AlignRight);
    if (!bill.note.isEmpty()) {
        gap();
        grid->addWidget(makeParagraph(bill.note, "caption", this), row, 0, 1, 2);
    }
}

void BillView::paintEvent(QPaintEvent* event) {
    QFrame::paintEvent(event);
    if (!hasFocus()) {
        return;
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(tokensOf(palette()).accent, 2));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), size::kCardRadius,
                            size::kCardRadius);
}

}  // namespace gr::ui
