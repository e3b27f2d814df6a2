// SPDX-License-Identifier: MIT
#pragma once

#include <QUndoStack>
#include <string>
#include <vector>

#include "settings/json_edit.h"

namespace gr::ui {

// How many things differ between two configurations of routing (documents): dial, default, names,
// and rules, of which a moved one counts once. Pure; any thread.
int routingChanges(const settings::JsonNode& before, const settings::JsonNode& after);

// The configuration of routing while a person edits it: what the file says, and the text that would
// take its place. All that is not edited, comments and unknown members too, stays byte for byte.
// Every edit can be undone. Main thread.
class RoutingDraft final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RoutingDraft)

  public:
    using Node = settings::JsonNode;
    using Path = settings::JsonPath;

    struct Names {
        std::string name;
        std::vector<std::string> models;  // in order
    };

    explicit RoutingDraft(QObject* parent = nullptr);

    // Begins anew with what the file says (ui::Backend::routing). False when it is not JSON: then
    // nothing changed.
    bool load(const std::string& document);
    // What the draft says is in the file now. What was done can still be undone.
    void markApplied();
    // Another text in place of all that stands here, as one step.
    void replace(const std::string& document, const QString& what);

    const std::string& base() const { return m_base; }
    const std::string& text() const { return m_text; }
    int changes() const { return m_changes; }
    QUndoStack* undoStack() { return &m_undo; }

    double preference() const;
    QString defaultModel() const;
    std::vector<Names> names() const;
    // The rules as they stand; each an object, if its author wrote one.
    std::vector<Node> rules() const;
    std::vector<std::string> ruleTexts() const;  // the bytes of each
    // The value at `path` inside `routing`; null when there is none.
    const Node* at(const Path& path) const;

    // Edits. `path` is inside `routing`; `what` says it for the undo stack. Edits one after another
    // with the same `joint` that is not empty are one step.
    void set(const Path& path, const Node& value, const QString& what, const QString& joint = {});
    void remove(const Path& path, const QString& what, const QString& joint = {});
    void moveItem(const Path& list, int from, int to, const QString& what);
    // A new item at `place`, from the text of a JSON value.
    void insertItem(const Path& list, int place, const std::string& json, const QString& what);
    void renameMember(const Path& object, const std::string& name, const std::string& newName,
                      const QString& what);

  signals:
    void changed();

  private:
    friend class RoutingEdit;
    void edit(Result<std::string> edited, const QString& what, const QString& joint = {});
    void take(const std::string& text);
    void count();
    static Path inRouting(const Path& path);

    std::string m_base;
    std::string m_text;
    Node m_baseRoot;
    Node m_root;
    int m_changes = 0;
    QUndoStack m_undo;
};

}  // namespace gr::ui
