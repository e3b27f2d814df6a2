// SPDX-License-Identifier: MIT
#include "widgets/notice.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

struct ToneLook {
    QString name;
    QString icon;
    Tint tint;
};

ToneLook lookOf(NoticeTone tone) {
    switch (tone) {
        case NoticeTone::Info:
            return {u"info"_s, u"info"_s, Tint::Accent};
        case NoticeTone::Success:
            return {u"success"_s, u"circle-check"_s, Tint::Success};
        case NoticeTone::Warning:
            return {u"warning"_s, u"triangle-alert"_s, Tint::Warning};
        case NoticeTone::Danger:
            return {u"danger"_s, u"circle-alert"_s, Tint::Danger};
    }
    return {};
}

}  // namespace

Notice::Notice(const NoticeSpec& spec, QWidget* parent) : QFrame(parent) {
    const ToneLook look = lookOf(spec.tone);
    setProperty("notice", look.name);
    setAccessibleName(spec.title);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::kM, space::kS, space::kS, space::kS);
    row->setSpacing(space::kM);
    row->addWidget(new IconLabel(look.icon, 20, look.tint, this));
    auto* words = new QVBoxLayout;
    words->setSpacing(space::kHalf);
    words->addWidget(makeLabel(spec.title, "strong", this));
    if (!spec.body.isEmpty()) {
        QLabel* body = makeParagraph(spec.body, "", this);
        body->setTextFormat(Qt::RichText);
        words->addWidget(body);
    }
    row->addLayout(words, 1);
    addButtons(spec, row);
    if (spec.seconds > 0) {
        QTimer::singleShot(spec.seconds * 1000, this, &Notice::closed);
    }
}

void Notice::addButtons(const NoticeSpec& spec, QHBoxLayout* row) {
    for (const NoticeAction& action : spec.actions) {
        QPushButton* button = makeButton(action.label, ButtonKind::Normal, {}, this);
        // The notice may be replaced by what the action does, so the action goes last and by value.
        connect(button, &QPushButton::clicked, this, [this, run = action.run] {
            const auto last = run;
            emit closed();
            last();
        });
        row->addWidget(button);
    }
    if (spec.closable) {
        QPushButton* close = makeIconButton(u"x"_s, tr("Close this notice"), this);
        connect(close, &QPushButton::clicked, this, &Notice::closed);
        row->addWidget(close);
    }
}

NoticeArea::NoticeArea(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this)) {
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(space::kS);
    QWidget::hide();
}

void NoticeArea::show(const QString& key, const NoticeSpec& spec) {
    hide(key);
    auto* notice = new Notice(spec, this);
    m_notices.insert(key, notice);
    m_column->addWidget(notice);
    connect(notice, &Notice::closed, this, [this, key, notice] {
        if (m_notices.value(key) == notice) {
            hide(key);
        }
    });
    QWidget::show();
    QAccessibleEvent event(notice, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void NoticeArea::hide(const QString& key) {
    if (Notice* notice = m_notices.take(key)) {
        notice->hide();
        m_column->removeWidget(notice);
        notice->deleteLater();
    }
    if (m_notices.isEmpty()) {
        QWidget::hide();
    }
}

void NoticeArea::showUndo(const QString& key, const QString& title, std::function<void()> undo) {
    show(key, NoticeSpec{.tone = NoticeTone::Info,
                         .title = title,
                         .body = {},
                         .actions = {{tr("Undo"), std::move(undo)}},
                         .seconds = 10});
}

void NoticeArea::showError(const QString& key, const QString& title, const QString& plainBody) {
    show(key, NoticeSpec{.tone = NoticeTone::Danger,
                         .title = title,
                         .body = plainBody.toHtmlEscaped(),
                         .actions = {}});
}

}  // namespace gr::ui
