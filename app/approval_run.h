// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/url.h"
#include "gateway/approver.h"
#include "ledger/location.h"
#include "payment/network.h"
#include "settings/settings.h"

// Letting Permit2 move a token of the wallet, as the command and the window share it.
namespace gr::app {

class ChainLine;

// A chain of the wallet, and who is asked there.
struct ApprovalPlace {
    payment::Network network;
    std::vector<Url> rpc;  // at least one
};
// By its name or its id of CAIP-2. InvalidField says which there are.
Result<ApprovalPlace> approvalPlace(const settings::Wallet& wallet, const std::string& name);

// One approval with all that it needs but a person.
struct ApprovalOrder {
    payment::ApprovalWish wish;
    std::vector<Url> rpc;
    payment::EvmKey key;  // of the wish's owner
    Milliseconds patience;
};

// Runs one approval. Made anywhere, run on one thread.
class ApprovalRun final {
  public:
    // `dataDir`: where programs lock each other out. Of `person`, `ask` is not looked at.
    ApprovalRun(std::filesystem::path dataDir, ledger::Location books, ApprovalOrder order,
                gateway::Approver::World person);

    // Blocks. As Approver::run; fails, too, where another program is at it.
    Result<void> run();
    // Any thread: run() asks no chain any more, and ends soon.
    void stop();

  private:
    const std::filesystem::path m_dataDir;
    const ledger::Location m_books;
    ApprovalOrder m_order;
    gateway::Approver::World m_person;
    std::mutex m_mutex;
    ChainLine* m_chain = nullptr;  // while it runs
    bool m_stopped = false;
};

}  // namespace gr::app
