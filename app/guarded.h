// SPDX-License-Identifier: MIT
#pragma once

#include <QPointer>
#include <utility>

#include "ui/backend.h"

namespace gr::app {

// The reply, unless who asked is gone by then.
template <class T>
ui::Backend::Reply<T> guarded(QObject* context, ui::Backend::Reply<T> reply) {
    return [alive = QPointer<QObject>(context), reply = std::move(reply)](Result<T> result) {
        if (alive) {
            reply(std::move(result));
        }
    };
}

}  // namespace gr::app
