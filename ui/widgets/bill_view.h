// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>

#include "models/bill_text.h"

namespace gr::ui {

// Tokens × price = cost of one attempt: a line for each class of tokens, the sum, and which price
// it was. The keyboard reaches it, and it speaks as a whole.
class BillView final : public QFrame {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BillView)

  public:
    BillView(const BillText& bill, bool withModel, QWidget* parent = nullptr);

  protected:
    void paintEvent(QPaintEvent* event) override;
};

}  // namespace gr::ui
