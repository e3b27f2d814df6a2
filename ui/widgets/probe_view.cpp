// SPDX-License-Identifier: MIT
#include "widgets/probe_view.h"

#include <QHBoxLayout>
#include <QJsonObject>
#include <QVBoxLayout>

#include "format.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

ProbeView::ProbeView(Backend& backend, QWidget* parent)
    : QWidget(parent), m_endpoint(backend), m_sentence(makeParagraph({}, "muted", this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kXs);
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kXl);
    for (StateLabel*& step : m_steps) {
        step = new StateLabel(this);
        row->addWidget(step);
    }
    row->addStretch();
    column->addLayout(row);
    column->addWidget(m_sentence);
    hide();
}

void ProbeView::set(Step step, Mark mark, const QString& word) {
    switch (mark) {
        case Mark::Open:
            m_steps[step]->set(u"circle-dashed"_s, word, Tone::Neutral);
            break;
        case Mark::Done:
            m_steps[step]->set(u"circle-check"_s, word, Tone::Success);
            break;
        case Mark::Failed:
            m_steps[step]->set(u"circle-x"_s, word, Tone::Danger);
            break;
    }
}

void ProbeView::run(const QString& model, const QByteArray& key, connect::Speaks format) {
    if (running()) {
        return;
    }
    show();
    set(Reached, Mark::Open, tr("reached"));
    set(Authenticated, Mark::Open, tr("key accepted"));
    set(Answered, Mark::Open, tr("answered"));
    m_sentence->setText(tr("Asking %1…").arg(model));
    const QString question = u"Say hello."_s;
    if (format != connect::Speaks::Chat) {
        m_waiting = true;
        m_endpoint.ask(format, model, question, key, this,
                       [this](const AnswerEnd& end) { finish(end); });
        return;
    }
    const QJsonArray messages{QJsonObject{{u"role"_s, u"user"_s}, {u"content"_s, question}}};
    m_stream = m_endpoint.chat(model, messages, key);
    connect(m_stream, &ChatStream::delta, this, [this] {
        set(Reached, Mark::Done, tr("reached"));
        set(Authenticated, Mark::Done, tr("key accepted"));
    });
    connect(m_stream, &ChatStream::finished, this, &ProbeView::finish);
}

void ProbeView::finish(const AnswerEnd& end) {
    m_stream = nullptr;
    m_waiting = false;
    const bool reached = end.ok || !end.requestId.empty() || !end.code.isEmpty();
    const bool known = reached && end.code != "unauthorized"_L1;
    set(Reached, reached ? Mark::Done : Mark::Failed, tr("reached"));
    set(Authenticated,
        known     ? Mark::Done
        : reached ? Mark::Failed
                  : Mark::Open,
        tr("key accepted"));
    set(Answered, end.ok ? Mark::Done : known ? Mark::Failed : Mark::Open, tr("answered"));
    if (!end.ok) {
        m_sentence->setText(end.sentence);
    } else {
        const QString who =
            isSimulated(end.model) ? tr("%1 (simulated)").arg(end.model) : end.model;
        m_sentence->setText(
            end.firstTokenMs ? tr("%1 answered, first token after %2. See Activity for the cost.")
                                   .arg(who, duration(*end.firstTokenMs))
                             : tr("%1 answered.").arg(who));
    }
    emit finished(end.ok);
}

}  // namespace gr::ui
