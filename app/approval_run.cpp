// SPDX-License-Identifier: MIT
#include "app/approval_run.h"

#include <utility>

#include "app/chain_line.h"
#include "app/terminal.h"
#include "base/file_lock.h"
#include "base/text.h"
#include "settings/data_directory.h"

namespace gr::app {

Result<ApprovalPlace> approvalPlace(const settings::Wallet& wallet, const std::string& name) {
    std::string known;
    for (const settings::Wallet::Chain& chain : wallet.networks) {
        const payment::Network* const network = wallet.known.find(chain.chain);
        if (network == nullptr)
            continue;
        known += (known.empty() ? "" : ", ") + network->caip2();
        if (name != network->caip2() && toLower(name) != toLower(network->name))
            continue;
        ApprovalPlace place{*network, {}};
        for (const std::string& server : chain.rpc) {
            if (const auto url = Url::parse(server))
                place.rpc.push_back(*url);
        }
        if (place.rpc.empty())
            return fail(ErrorCode::InvalidField,
                        "No RPC server is known for " + network->name +
                            "; name one as its `rpc` under wallet.networks in the configuration.");
        return place;
    }
    return fail(ErrorCode::InvalidField,
                "\"" + plain(name) + "\" is none of the networks of this wallet (" +
                    (known.empty() ? "wallet.networks in the configuration is empty" : known) +
                    ").");
}

ApprovalRun::ApprovalRun(std::filesystem::path dataDir, ledger::Location books, ApprovalOrder order,
                         gateway::Approver::World person)
    : m_dataDir(std::move(dataDir)),
      m_books(std::move(books)),
      m_order(std::move(order)),
      m_person(std::move(person)) {}

Result<void> ApprovalRun::run() {
    if (auto made = settings::makePrivateFolder(m_dataDir); !made)
        return made;
    const auto lock = FileLock::take(m_dataDir / "wallet-allow.lock", Milliseconds(0));
    if (!lock)
        return fail(lock.error());
    auto book = ledger::RelayerBook::open(m_books);
    if (!book)
        return fail(std::move(book.error()));
    const auto chain = ChainLine::open(m_order.wish.network.id, m_order.rpc);
    if (!chain)
        return fail(chain.error());
    {
        const std::lock_guard guard(m_mutex);
        if (m_stopped)
            return fail(ErrorCode::Cancelled, "Nothing was signed.");
        m_chain = chain->get();
    }
    m_person.ask = [&chain](std::span<const payment::rpc::Call> calls) {
        return (*chain)->ask(calls);
    };
    const SystemClock clock;
    gateway::Approver approver(**book, clock, m_order.key, m_order.wish, m_person,
                               m_order.patience);
    auto done = approver.run();
    const std::lock_guard guard(m_mutex);
    m_chain = nullptr;
    return done;
}

void ApprovalRun::stop() {
    const std::lock_guard guard(m_mutex);
    m_stopped = true;
    if (m_chain != nullptr)
        m_chain->stop();
}

}  // namespace gr::app
