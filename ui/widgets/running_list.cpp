// SPDX-License-Identifier: MIT
#include "widgets/running_list.h"

#include <QHBoxLayout>
#include <QVBoxLayout>
#include <algorithm>

#include "format.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

RunningList::RunningList(QWidget* parent)
    : QFrame(parent),
      m_column(new QVBoxLayout(this)),
      m_title(makeLabel(tr("Running now"), "strong", this)),
      m_rest(makeButton({}, ButtonKind::Link, {}, this)) {
    setProperty("card", true);
    m_column->setContentsMargins(space::kL, space::kM, space::kS, space::kS);
    m_column->setSpacing(space::kHalf);
    m_column->addWidget(m_title);
    for (std::size_t i = 0; i < kMostRows; ++i) {
        addRow();
    }
    m_column->addWidget(m_rest, 0, Qt::AlignLeft);
    connect(m_rest, &QPushButton::clicked, this, &RunningList::restClicked);
    hide();
}

void RunningList::addRow() {
    auto* box = new QWidget(this);
    Row row{.box = box,
            .state = new StateLabel(box),
            .model = makeLabel({}, "", box),
            .client = makeLabel({}, "muted", box),
            .time = makeLabel({}, "muted", box),
            .cancel = makeButton(tr("Cancel"), ButtonKind::Flat, u"x"_s, box),
            .id = {}};
    auto* line = new QHBoxLayout(box);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(space::kL);
    row.state->setMinimumWidth(110);
    row.time->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row.time->setMinimumWidth(70);
    line->addWidget(row.state);
    line->addWidget(row.model, 2);
    line->addWidget(row.client, 1);
    line->addWidget(row.time);
    line->addWidget(row.cancel);
    m_column->addWidget(box);
    const std::size_t at = m_rows.size();
    connect(row.cancel, &QPushButton::clicked, this, [this, at] {
        m_rows[at].cancel->setEnabled(false);
        emit cancelled(m_rows[at].id);
    });
    m_rows.push_back(row);
}

void RunningList::setRunning(const std::vector<gateway::RunningExchange>& running, UnixMs now) {
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        Row& row = m_rows[i];
        row.box->setVisible(i < running.size());
        if (i >= running.size()) {
            row.id.clear();
            continue;
        }
        const gateway::RunningExchange& one = running[i];
        if (row.id != one.id) {
            row.id = one.id;
            row.cancel->setEnabled(true);
        }
        row.state->set(one.answering ? u"activity"_s : u"clock"_s,
                       one.answering ? tr("Answering") : tr("Waiting"), Tone::Accent);
        const QString model = text(one.model.empty() ? one.askedModel : one.model);
        row.model->setText(one.model.empty() || one.model == one.askedModel
                               ? model
                               : u"%1 → %2"_s.arg(text(one.askedModel), model));
        row.client->setText(text(one.client));
        row.time->setText(duration(std::max<std::int64_t>(0, now.value - one.startedAt.value)));
        row.cancel->setAccessibleName(tr("Cancel the request for %1").arg(model));
    }
    const std::size_t rest = running.size() > m_rows.size() ? running.size() - m_rows.size() : 0;
    m_rest->setText(tr("and %n more", nullptr, static_cast<int>(rest)));
    m_rest->setVisible(rest > 0);
    setVisible(!running.empty());
}

}  // namespace gr::ui
