// SPDX-License-Identifier: MIT
#pragma once

#include <QTimer>
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "chats.h"

namespace gr::ui {

// Conversations in memory; answers later, as FakeBackend.
class FakeChats final : public Chats {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FakeChats)

  public:
    FakeChats() = default;

    std::map<std::string, settings::KeptChat> kept;
    Keeping how = Keeping::Kept;
    std::size_t unreadable = 0;
    std::optional<Error> nextError;  // the next command fails with it

    Keeping keeping() const override { return how; }
    void list(QObject* context, const std::string& query, Reply<List> reply) override {
        List list;
        list.unreadable = unreadable;
        for (const auto& [id, chat] : kept) {
            if (settings::contains(chat, query)) {
                list.chats.push_back({id, chat.title, chat.changedAt, chat.messages.size()});
            }
        }
        std::ranges::sort(list.chats, [](const auto& a, const auto& b) {
            return std::pair(a.changedAt, a.id) > std::pair(b.changedAt, b.id);
        });
        later<List>(context, std::move(reply), std::move(list));
    }
    void read(QObject* context, const std::string& id, Reply<settings::KeptChat> reply) override {
        const auto found = kept.find(id);
        later<settings::KeptChat>(
            context, std::move(reply),
            found != kept.end()
                ? Result<settings::KeptChat>(found->second)
                : Result<settings::KeptChat>(fail(ErrorCode::RecordNotFound, "It is gone.")));
    }
    void keep(QObject* context, const settings::KeptChat& chat, Reply<void> reply) override {
        change(context, std::move(reply), [&] { kept[chat.id] = chat; });
    }
    void remove(QObject* context, const std::string& id, Reply<void> reply) override {
        change(context, std::move(reply), [&] { kept.erase(id); });
    }

  private:
    template <class T>
    static void later(QObject* context, Reply<T> reply, Result<T> value) {
        QTimer::singleShot(0, context,
                           [reply = std::move(reply), value = std::move(value)] { reply(value); });
    }
    template <class Done>
    void change(QObject* context, Reply<void> reply, Done done) {
        if (nextError) {
            later<void>(context, std::move(reply), fail(*std::exchange(nextError, {})));
            return;
        }
        done();
        later<void>(context, std::move(reply), {});
    }
};

}  // namespace gr::ui
