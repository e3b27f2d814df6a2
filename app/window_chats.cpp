// SPDX-License-Identifier: MIT
#include "app/window_chats.h"

#include <memory>
#include <utility>

#include "app/guarded.h"
#include "app/wallet_lock.h"

namespace gr::app {

using settings::ChatStore;
using settings::KeptChat;

WindowChats::WindowChats(Configuration& configuration) : m_configuration(configuration) {
    m_worker.setMaxThreadCount(1);
}

WindowChats::~WindowChats() {
    m_worker.waitForDone();
}

ui::Chats::Keeping WindowChats::keeping() const {
    const settings::SecretStore& secrets = m_configuration.secrets();
    if (secrets.state() == settings::SecretStore::State::NoVault) {
        return Keeping::NoVault;
    }
    // What a locked wallet keeps; see WalletLock.
    return secrets.derivedKey(kStatePurpose) ? Keeping::Kept : Keeping::VaultLocked;
}

template <class T>
void WindowChats::work(QObject* context, std::function<Result<T>(const ChatStore&)> task,
                       Reply<T> reply) {
    const auto answer = [this, done = guarded<T>(context, std::move(reply))](Result<T> result) {
        auto held = std::make_shared<Result<T>>(std::move(result));
        QMetaObject::invokeMethod(
            this, [done, held] { done(std::move(*held)); }, Qt::QueuedConnection);
    };
    const auto key = m_configuration.secrets().derivedKey(kStatePurpose);
    if (!key) {
        answer(fail(ErrorCode::VaultLocked,
                    "The vault whose key seals conversations is not open in this window."));
        return;
    }
    const auto store =
        std::make_shared<const ChatStore>(m_configuration.paths().dataDir / "chats", *key);
    m_worker.start([store, answer, task = std::move(task)] { answer(task(*store)); });
}

void WindowChats::list(QObject* context, const std::string& query, Reply<List> reply) {
    work<List>(
        context, [query](const ChatStore& store) { return store.list(query); }, std::move(reply));
}

void WindowChats::read(QObject* context, const std::string& id, Reply<KeptChat> reply) {
    work<KeptChat>(
        context, [id](const ChatStore& store) { return store.read(id); }, std::move(reply));
}

void WindowChats::keep(QObject* context, const KeptChat& chat, Reply<void> reply) {
    work<void>(
        context, [chat](const ChatStore& store) { return store.keep(chat); }, std::move(reply));
}

void WindowChats::remove(QObject* context, const std::string& id, Reply<void> reply) {
    work<void>(
        context, [id](const ChatStore& store) { return store.remove(id); }, std::move(reply));
}

}  // namespace gr::app
