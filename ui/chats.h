// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <functional>
#include <string>

#include "base/result.h"
#include "settings/chat_store.h"

namespace gr::ui {

// The playground's conversations that are kept: a part of the door that Backend is. Main thread;
// replies as Backend's. What the window asks for is done in its order.
class Chats : public QObject {
    Q_OBJECT

  public:
    template <class T>
    using Reply = std::function<void(Result<T>)>;
    using List = settings::ChatStore::List;

    using QObject::QObject;

    // Without a vault that is open here there is no key to seal them with: every reply is
    // VaultLocked then.
    enum class Keeping : std::uint8_t { Kept, NoVault, VaultLocked };
    virtual Keeping keeping() const = 0;
    // Those that contain all words of `query`, the one that changed last first.
    virtual void list(QObject* context, const std::string& query, Reply<List> reply) = 0;
    virtual void read(QObject* context, const std::string& id, Reply<settings::KeptChat> reply) = 0;
    virtual void keep(QObject* context, const settings::KeptChat& chat, Reply<void> reply) = 0;
    virtual void remove(QObject* context, const std::string& id, Reply<void> reply) = 0;
};

}  // namespace gr::ui
