// SPDX-License-Identifier: MIT
#include "app/books_reader.h"

namespace gr::app {

BooksReader::BooksReader(ledger::Location location) : m_location(std::move(location)) {
    m_there.moveToThread(&m_thread);
    m_thread.setObjectName(QStringLiteral("books"));
    m_thread.start();
}

BooksReader::~BooksReader() {
    m_thread.quit();
    m_thread.wait();
}

void BooksReader::run(std::function<void(Result<ledger::Reader*>)> job) {
    QMetaObject::invokeMethod(
        &m_there, [this, job = std::move(job)] { job(reader()); }, Qt::QueuedConnection);
}

Result<ledger::Reader*> BooksReader::reader() {
    if (!m_reader) {
        auto opened = ledger::Reader::open(m_location);
        if (!opened) {
            return fail(opened.error());
        }
        m_reader.emplace(std::move(*opened));
    }
    return &*m_reader;
}

}  // namespace gr::app
