// SPDX-License-Identifier: MIT
#pragma once

#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "ledger/ledger.h"
#include "ledger/reader.h"
#include "support/ledger_samples.h"

// A folder for one test, and verbs over the ledger in it.
namespace gr::test {

constexpr UnixMs kNoon{1'795'003'200'000};  // a whole hour, so that tests can count from it

// Ends the test function with the sentence of the error.
template <class T>
bool went(const Result<T>& result) {
    if (!result)
        qWarning("%s (%s)", result.error().message.text.c_str(),
                 result.error().detail.text.c_str());
    return result.has_value();
}

class LedgerFolder final {
  public:
    std::filesystem::path path() const { return m_folder.path().toStdString(); }
    std::filesystem::path file() const { return path() / "data" / "ledger.db"; }

    std::unique_ptr<ledger::Ledger> ledger() const {
        auto opened = ledger::Ledger::open(file());
        return went(opened) ? std::move(*opened) : nullptr;
    }
    ledger::Reader reader() const {
        auto opened = ledger::Reader::open(file());
        if (!went(opened))
            qFatal("no reader");
        return std::move(*opened);
    }

  private:
    QTemporaryDir m_folder;
};

}  // namespace gr::test
