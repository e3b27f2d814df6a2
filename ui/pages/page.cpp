// SPDX-License-Identifier: MIT
#include "pages/page.h"

#include <QHBoxLayout>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

#include "format.h"
#include "widgets/gateway_notice.h"
#include "widgets/notice.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kScrollBar = 10;  // width with margins, as the style sheet has it
}

Page::Page(const PageContext& context, PageId id, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_actions(new QHBoxLayout),
      m_notices(new NoticeArea(this)),
      m_body(new QVBoxLayout) {
    setAccessibleName(pageTitle(id));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kXl, 0, 0, 20);
    column->setSpacing(0);
    auto* header = new QWidget(this);
    header->setMinimumHeight(size::kHeader + space::kS);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(0, 0, space::kXl, 0);
    row->setSpacing(space::kM);
    row->addWidget(makeLabel(pageTitle(id), "title", header));
    row->addStretch();
    m_actions->setSpacing(space::kS);
    row->addLayout(m_actions);
    column->addWidget(header);
    column->addWidget(m_notices);
    m_notices->setContentsMargins(0, 0, space::kXl, space::kM);
    m_body->setContentsMargins(0, 0, space::kXl, 0);
    m_body->setSpacing(space::kL);
    column->addLayout(m_body, 1);
    connect(&m_context.backend, &Backend::gatewayStatusChanged, this, &Page::showBackground);
    showBackground();
}

// That nobody answers any more is worth knowing on every page.
void Page::showBackground() {
    if (const auto notice = backgroundNotice(m_context.backend)) {
        m_notices->show(u"background"_s, *notice);
    } else {
        m_notices->hide(u"background"_s);
    }
}

Backend::Reply<void> Page::reporting(const QString& title, std::function<void()> done) {
    return [this, title, done = std::move(done)](const Result<void>& result) {
        if (!result) {
            m_notices->showError(u"failed"_s, title, text(result.error().message.text));
        } else if (done) {
            done();
        }
    };
}

QScrollArea* Page::makeScroll(QWidget* content) {
    auto* scroll = new QScrollArea(this);
    content->setProperty("ground", true);
    scroll->setWidget(content);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    // The bar stands in the page's margin, so that cards end where the header's buttons end.
    m_body->setContentsMargins(0, 0, space::kXl - kScrollBar, 0);
    const auto fit = [scroll, content] {
        const bool bar = scroll->verticalScrollBar()->maximum() > 0;
        content->setContentsMargins(0, 0, bar ? 0 : kScrollBar, 0);
    };
    connect(scroll->verticalScrollBar(), &QScrollBar::rangeChanged, content, fit);
    fit();
    return scroll;
}

}  // namespace gr::ui
