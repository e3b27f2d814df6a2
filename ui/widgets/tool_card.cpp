// SPDX-License-Identifier: MIT
#include "widgets/tool_card.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "connect/line_diff.h"
#include "format.h"
#include "theme/tokens.h"
#include "widgets/notice.h"
#include "widgets/parts.h"
#include "widgets/probe_view.h"
#include "widgets/snippet_view.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// Entries of the list of keys that are no names.
const QString kPresent = u"@present"_s;
const QString kNew = u"@new"_s;
constexpr const char* kKeyToBe = "gr-NEW-KEY";  // in the change, until there is one
constexpr int kMostModels = 300;

QString masked(std::string_view key) {
    return text(key.substr(0, 3)) + u"••••••••••••"_s +
           text(key.substr(key.size() - std::min<std::size_t>(4, key.size())));
}

}  // namespace

ToolCard::ToolCard(Backend& backend, NoticeArea* notices, QWidget* parent)
    : QFrame(parent),
      m_backend(backend),
      m_notices(notices),
      m_title(makeLabel({}, "section", this)),
      m_state(new StateLabel(this)),
      m_where(makeParagraph({}, "muted", this)),
      m_note(makeParagraph({}, "muted", this)),
      m_lines(new SnippetView(tr("Snippet"), this)),
      m_probe(new ProbeView(backend, this)) {
    setProperty("card", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kL, space::kM, space::kL, space::kM);
    column->setSpacing(space::kS);
    auto* head = new QHBoxLayout;
    head->setSpacing(space::kM);
    head->addWidget(m_title);
    head->addWidget(m_state);
    head->addStretch();
    column->addLayout(head);
    column->addWidget(m_where);
    m_choices = makeChoices();
    column->addWidget(m_choices);
    column->addWidget(m_lines, 1);
    column->addWidget(m_note);
    m_buttons = makeButtons();
    column->addWidget(m_buttons);
    column->addWidget(m_probe);
    connect(m_lines, &SnippetView::copyWanted, this, &ToolCard::copySnippet);
    connect(m_probe, &ProbeView::finished, m_test, [this] { m_test->setEnabled(true); });
}

QWidget* ToolCard::makeChoices() {
    auto* choices = new QWidget(this);
    auto* row = new QHBoxLayout(choices);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kS);
    m_key = new QComboBox(choices);
    m_key->setAccessibleName(tr("Key in the snippet"));
    m_model = new QComboBox(choices);
    m_model->setAccessibleName(tr("Model in the snippet"));
    for (QComboBox* box : {m_key, m_model}) {
        // Long names are cut by the box, not the box by them.
        box->setMinimumContentsLength(12);
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        connect(box, &QComboBox::activated, this, &ToolCard::showLines);
    }
    m_reveal = makeIconButton(u"eye"_s, tr("Show keys"), choices);
    m_reveal->setCheckable(true);
    connect(m_reveal, &QPushButton::toggled, this, &ToolCard::showLines);
    row->addWidget(makeLabel(tr("Key"), "muted", choices));
    row->addWidget(m_key, 1);
    row->addWidget(makeLabel(tr("Model"), "muted", choices));
    row->addWidget(m_model, 1);
    row->addWidget(m_reveal);
    return choices;
}

QWidget* ToolCard::makeButtons() {
    auto* buttons = new QWidget(this);
    auto* row = new QHBoxLayout(buttons);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kS);
    m_test = makeButton(tr("Test"), ButtonKind::Normal, u"activity"_s, buttons);
    m_test->setToolTip(tr("Send one real request with this key"));
    m_copy = makeButton(tr("Copy"), ButtonKind::Normal, u"copy"_s, buttons);
    m_undo = makeButton(tr("Undo"), ButtonKind::Normal, u"undo-2"_s, buttons);
    m_undo->setAccessibleName(tr("Undo the change of files"));
    m_undo->setToolTip(tr("Bring back what its files said before"));
    m_apply = makeButton(tr("Set up"), ButtonKind::Primary, u"plug"_s, buttons);
    m_apply->setToolTip(tr("Write this change; what is there now is kept beside it"));
    row->addWidget(m_test);
    row->addWidget(m_copy);
    row->addStretch();
    row->addWidget(m_undo);
    row->addWidget(m_apply);
    connect(m_test, &QPushButton::clicked, this, &ToolCard::runTest);
    connect(m_copy, &QPushButton::clicked, this, &ToolCard::copySnippet);
    connect(m_undo, &QPushButton::clicked, this, [this] { undo(tool()); });
    connect(m_apply, &QPushButton::clicked, this, &ToolCard::setUp);
    return buttons;
}

void ToolCard::showTool(const ToolText& tool) {
    if (m_text != &tool) {
        m_text = &tool;
        m_key->clear();
        m_model->clear();
        m_reveal->setChecked(false);
    }
    refresh();
}

void ToolCard::wantKey(const std::string& id) {
    m_wantedKey = id;
}

void ToolCard::refresh() {
    if (m_text == nullptr) {
        return;
    }
    m_view = toolView(m_backend, m_text->id);
    fillKeys();
    fillModels();
    showState();
    showLines();
}

// A name for a new key that no key has, or had.
std::string ToolCard::freeKeyName() const {
    const std::vector<ClientKeyInfo> keys = m_backend.clientKeys();
    std::string name = m_text->id;
    const auto isTaken = [&] { return std::ranges::count(keys, name, &ClientKeyInfo::id) > 0; };
    for (int number = 2; isTaken(); ++number) {
        name = m_text->id + ("-" + std::to_string(number));
    }
    return name;
}

void ToolCard::fillKeys() {
    QString chosen = m_wantedKey.empty() ? m_key->currentData().toString() : text(m_wantedKey);
    m_key->clear();
    const connect::State& state = m_view.state;
    const bool present = byFiles() && state.found.key &&
                         state.standing != connect::Standing::NotSetUp &&
                         state.drift != connect::Drift::Key &&
                         (state.drift != connect::Drift::Address || m_view.keyIsOurs);
    if (present) {
        m_key->addItem(
            m_view.keyIsOurs ? tr("%1 (in use)").arg(text(m_view.keyId)) : tr("Its present key"),
            kPresent);
    }
    QString own;
    for (const ClientKeyInfo& key : m_backend.clientKeys()) {
        if (!key.revealable || key.revokedAt || (present && key.id == m_view.keyId)) {
            continue;
        }
        m_key->addItem(text(key.id), text(key.id));
        own = key.id == m_text->id ? text(key.id) : own;
    }
    if (byFiles()) {
        m_key->addItem(tr("New key %1").arg(text(freeKeyName())), kNew);
    } else if (m_key->count() == 0) {
        m_key->addItem(tr("Make a key to fill it in"));
    }
    if (chosen.isEmpty() || m_key->findData(chosen) < 0) {
        chosen = present ? kPresent : !own.isEmpty() ? own : byFiles() ? kNew : QString();
    }
    m_key->setCurrentIndex(qMax(0, m_key->findData(chosen)));
    if (m_key->currentData().toString() == text(m_wantedKey)) {
        m_wantedKey.clear();
    }
}

void ToolCard::fillModels() {
    QString chosen = m_model->currentText();
    QStringList names;
    QString simulated;
    QString first;
    for (const ProviderInfo& provider : m_backend.providers()) {
        if (!provider.enabled || !provider.answerable ||
            provider.key == ProviderInfo::Key::Missing) {
            continue;
        }
        for (const ModelInfo& model : provider.models) {
            const QString name = text(provider.id) + u'/' + text(model.id);
            QString& place = provider.simulated ? simulated : first;
            place = place.isEmpty() ? name : place;
            if (names.size() < kMostModels) {
                names << name;
            }
        }
    }
    if (chosen.isEmpty()) {
        chosen = !first.isEmpty() ? first : simulated.isEmpty() ? u"provider/model"_s : simulated;
        // What the tool asks for already, where that means us.
        const connect::State& state = m_view.state;
        if (byFiles() && state.standing != connect::Standing::NotSetUp && state.found.model) {
            chosen = text(*state.found.model);
        }
    }
    names.prepend(u"auto"_s);
    if (!names.contains(chosen)) {
        names.prepend(chosen);
    }
    m_model->clear();
    m_model->addItems(names);
    m_model->setCurrentText(chosen);
}

QString ToolCard::chosenModel() const {
    return m_model->currentText();
}

std::optional<Secret> ToolCard::chosenKey() const {
    const QString id = m_key->currentData().toString();
    if (id == kPresent) {
        return Secret(*m_view.state.found.key);
    }
    return id.isEmpty() || id == kNew ? std::nullopt : m_backend.clientKeySecret(utf8(id));
}

// Empty: a key that goes by no name here.
std::string ToolCard::chosenKeyId() const {
    const QString id = m_key->currentData().toString();
    if (id == kPresent) {
        return m_view.keyIsOurs ? m_view.keyId : std::string();
    }
    return utf8(id);
}

connect::Target ToolCard::target(std::string_view key, const QString& model) const {
    return {utf8(endpointRoot(m_backend)), std::string(key), utf8(model)};
}

void ToolCard::showState() {
    const StateLook look = toolLook(m_view);
    m_title->setText(QString::fromUtf8(m_view.tool->title));
    m_state->set(look.icon, look.word, look.tone);
    m_note->setText(toolNote(*m_text));
    m_note->setVisible(!m_note->text().isEmpty());
    const bool usable = *m_text->snippet != '\0';
    m_lines->setVisible(usable);
    m_choices->setVisible(usable);
    m_buttons->setVisible(usable);
    m_undo->setVisible(m_view.undoable);
    m_apply->setVisible(byFiles());
}

void ToolCard::showLines() {
    if (m_text == nullptr) {
        return;
    }
    const auto key = chosenKey();
    m_proposal.reset();
    QString problem = toolMeaning(m_view);
    if (byFiles()) {
        auto proposal = m_backend.connections().propose(
            tool(), target(key ? key->reveal() : std::string_view(kKeyToBe), chosenModel()));
        if (proposal) {
            m_proposal = std::move(*proposal);
        } else {
            problem = text(proposal.error().message.text);
        }
    }
    const bool changes = m_proposal && !m_proposal->changes.empty();
    m_apply->setEnabled(changes);
    QStringList files;
    for (const connect::FileView& file : m_view.files) {
        files << text(file.shown);
    }
    QString where = toolWhere(*m_text);
    if (changes) {
        where = tr("This is what would change:");
    } else if (m_proposal) {
        where = tr("It is set up in %1.").arg(files.join(u", "_s));
    }
    m_where->setText(problem.isEmpty() ? where : problem + u' ' + where);
    m_lines->setAccessibleName(changes ? tr("Change of files") : tr("Snippet"));
    m_reveal->setVisible(changes);
    if (changes) {
        showChange(*m_proposal);
        return;
    }
    const QString root = endpointRoot(m_backend);
    const QString shown = key ? masked(key->reveal()) : u"YOUR-KEY"_s;
    m_lines->setSnippet(filled(*m_text, root, shown, chosenModel()), {root, shown});
}

void ToolCard::showChange(const connect::Proposal& proposal) {
    using Kind = connect::DiffLine::Kind;
    QStringList lines;
    for (const connect::FileChange& change : proposal.changes) {
        if (!lines.isEmpty()) {
            lines << QString();
        }
        lines << (change.before.exists ? text(change.shown)
                                       : tr("%1 (a new file)").arg(text(change.shown)));
        for (const connect::DiffLine& line : connect::lineDiff(change.before.bytes, change.after)) {
            const QString words =
                text(m_reveal->isChecked() ? line.text : connect::withKeysMasked(line.text));
            switch (line.kind) {
                case Kind::Same:
                    lines << u"  "_s + words;
                    break;
                case Kind::Removed:
                    lines << u"- "_s + words;
                    break;
                case Kind::Added:
                    lines << u"+ "_s + words;
                    break;
                case Kind::Gap:
                    lines << u"  ⋯"_s;
                    break;
            }
        }
    }
    m_lines->setChange(lines.join(u'\n'));
}

void ToolCard::setUp() {
    if (!m_proposal) {
        return;
    }
    m_apply->setEnabled(false);
    if (const auto key = chosenKey()) {
        write(*m_proposal, chosenModel(), chosenKeyId(), *key);
        return;
    }
    ClientKeyDraft draft;
    draft.id = freeKeyName();
    // Another tool may be shown when the key is there.
    const auto made = [this, id = draft.id, model = chosenModel(),
                       shown = *m_proposal](const Result<Secret>& key) {
        if (key) {
            write(shown, model, id, *key);
            return;
        }
        m_notices->showError(u"connect"_s, tr("No key was made"), text(key.error().message.text));
        refresh();
    };
    m_backend.createClientKey(this, draft, made);
}

// What is written is what was shown, with the key in it.
void ToolCard::write(connect::Proposal shown, const QString& model, const std::string& keyId,
                     const Secret& key) {
    const QString title = QString::fromUtf8(shown.tool->title);
    auto& desk = m_backend.connections();
    connect::Target wanted = target(key.reveal(), model);
    auto proposal = desk.propose(*shown.tool, wanted);
    wipe(wanted.key.data(), wanted.key.size());
    Result<void> written;
    if (!proposal) {
        written = fail(std::move(proposal.error()));
    } else if (!proposal->sameBasis(shown)) {
        written = fail(ErrorCode::ConfigChanged,
                       utf8(tr("Its files changed in the meantime. Look at the change again.")));
    } else {
        written = desk.apply(*proposal, keyId);
    }
    if (!written) {
        m_notices->showError(u"connect"_s, tr("%1 was not set up").arg(title),
                             text(written.error().message.text));
        refresh();
        return;
    }
    m_key->clear();
    m_model->clear();
    m_notices->showUndo(u"connect"_s, tr("%1 is set up").arg(title),
                        [this, tool = shown.tool] { undo(*tool); });
    refresh();
    emit filesChanged();
    m_test->setEnabled(false);
    m_probe->run(model, QByteArray(key.reveal().data(), static_cast<qsizetype>(key.size())),
                 shown.tool->speaks);
}

void ToolCard::undo(const connect::Tool& tool) {
    const QString title = QString::fromUtf8(tool.title);
    if (const auto undone = m_backend.connections().undo(tool); !undone) {
        m_notices->showError(u"connect"_s, tr("Nothing was undone"),
                             text(undone.error().message.text));
    } else {
        m_notices->show(u"connect"_s, {.tone = NoticeTone::Info,
                                       .title = tr("%1 is as it was before").arg(title),
                                       .body = {},
                                       .actions = {},
                                       .seconds = 10});
    }
    m_key->clear();
    m_model->clear();
    refresh();
    emit filesChanged();
}

void ToolCard::copySnippet() {
    const auto key = chosenKey();
    const QString root = endpointRoot(m_backend);
    if (key) {
        copySecret(utf8(filled(*m_text, root, text(key->reveal()), chosenModel()).trimmed()));
    } else {
        copyText(filled(*m_text, root, u"YOUR-KEY"_s, chosenModel()).trimmed());
    }
    m_copy->setText(tr("Copied"));
    QTimer::singleShot(1500, m_copy, [this] { m_copy->setText(tr("Copy")); });
}

void ToolCard::runTest() {
    m_test->setEnabled(false);
    const auto key = chosenKey();
    m_probe->run(
        chosenModel(),
        key ? QByteArray(key->reveal().data(), static_cast<qsizetype>(key->size())) : QByteArray(),
        tool().speaks);
}

}  // namespace gr::ui
