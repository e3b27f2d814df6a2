// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <string>

#include "gateway/endpoints.h"
#include "gateway/exchange.h"
#include "gateway/generation.h"
#include "gateway/snapshot.h"
#include "gateway/tidier.h"
#include "http/server.h"

namespace gr::gateway {

// The endpoint of one io thread: admits requests, answers the small ones itself and sends model
// calls on their road. Lives in its io thread.
class Gateway final : public http::Handler {
  public:
    Gateway(Services services, BookDesk& books, Tidier& tidier, SnapshotPtr snapshot);

    void apply(SnapshotPtr snapshot) { m_snapshot = std::move(snapshot); }
    void cancel(const std::string& requestId);
    void tellRunning() const;  // to somebody who begins to listen

    std::optional<http::Reply> admit(const http::RequestHead& head,
                                     std::shared_ptr<const void>& admission) override;
    http::Awaitable<void> handle(http::Request& request, http::Responder responder) override;
    http::Reply refuse(const Error& error, const http::RequestHead* head) override;

  private:
    // Who was let in where, under the policy of that moment. What handle() gets of admit().
    struct Admission {
        SnapshotPtr snapshot;
        EndpointMatch match;
        const ClientEntry* client = nullptr;  // in the snapshot; null where no key is needed
    };

    Result<Admission> check(const http::RequestHead& head);
    Result<const ClientEntry*> clientOf(const http::RequestHead& head);
    const ClientEntry* payerOf(const http::RequestHead& head,
                               const Result<EndpointMatch>& match) const;
    void noteProgram(const ClientEntry& client, http::Responder& responder);
    http::Reply turnAway(const Error& error, const http::RequestHead* head);
    http::Awaitable<http::Reply> lookUp(const http::Request& request, const Admission& admission,
                                        http::Responder& responder);
    http::Reply models(const http::RequestHead& head, const Admission& admission) const;
    Result<void> takeFeedback(const http::Request& request, const ClientEntry& client) const;
    http::Reply explain(const http::Request& request, const Admission& admission) const;
    http::Reply small(const http::Request& request, const Admission& admission) const;

    Services m_services;
    BookDesk& m_books;
    Tidier& m_tidier;
    SnapshotPtr m_snapshot;
    std::list<ExchangeState*> m_running;
    Secret m_lastKey;
    SnapshotPtr m_lastSnapshot;  // keeps m_lastClient
    const ClientEntry* m_lastClient = nullptr;
};

}  // namespace gr::gateway
