// SPDX-License-Identifier: MIT
#pragma once

#include <libpq-fe.h>

#include <string>
#include <tl/expected.hpp>

// libpq, PostgreSQL's own client library, loaded by who needs it: with what it brings along
// (Kerberos, LDAP, GnuTLS) it takes 3.5 MB, and most gateways keep their ledger in a file.
namespace gr::ledger {

// Its functions under their own names (PostgreSQL's manual, chapter "libpq"). A value; those made
// by load() are all set and hold as long as the process. Any thread.
struct PostgresClient {
    // Fails with why, to go behind "ledger.url": the library is missing, or too old. `library` is
    // another one for tests.
    static tl::expected<PostgresClient, std::string> load(const char* library = "libpq.so.5");

    decltype(&::PQclear) PQclear = nullptr;
    decltype(&::PQcmdStatus) PQcmdStatus = nullptr;
    decltype(&::PQconnectdbParams) PQconnectdbParams = nullptr;
    decltype(&::PQconninfoFree) PQconninfoFree = nullptr;
    decltype(&::PQconninfoParse) PQconninfoParse = nullptr;
    decltype(&::PQconsumeInput) PQconsumeInput = nullptr;
    decltype(&::PQenterPipelineMode) PQenterPipelineMode = nullptr;
    decltype(&::PQerrorMessage) PQerrorMessage = nullptr;
    decltype(&::PQexec) PQexec = nullptr;
    decltype(&::PQexecParams) PQexecParams = nullptr;
    decltype(&::PQexecPrepared) PQexecPrepared = nullptr;
    decltype(&::PQexitPipelineMode) PQexitPipelineMode = nullptr;
    decltype(&::PQfinish) PQfinish = nullptr;
    decltype(&::PQfreemem) PQfreemem = nullptr;
    decltype(&::PQftype) PQftype = nullptr;
    decltype(&::PQgetisnull) PQgetisnull = nullptr;
    decltype(&::PQgetlength) PQgetlength = nullptr;
    decltype(&::PQgetResult) PQgetResult = nullptr;
    decltype(&::PQgetvalue) PQgetvalue = nullptr;
    decltype(&::PQntuples) PQntuples = nullptr;
    decltype(&::PQpipelineSync) PQpipelineSync = nullptr;
    decltype(&::PQprepare) PQprepare = nullptr;
    decltype(&::PQresultErrorField) PQresultErrorField = nullptr;
    decltype(&::PQresultErrorMessage) PQresultErrorMessage = nullptr;
    decltype(&::PQresultStatus) PQresultStatus = nullptr;
    decltype(&::PQsendQueryPrepared) PQsendQueryPrepared = nullptr;
    decltype(&::PQsetNoticeProcessor) PQsetNoticeProcessor = nullptr;
    decltype(&::PQstatus) PQstatus = nullptr;
    decltype(&::PQtransactionStatus) PQtransactionStatus = nullptr;
};

}  // namespace gr::ledger
