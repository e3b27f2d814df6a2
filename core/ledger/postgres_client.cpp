// SPDX-License-Identifier: MIT
#include "ledger/postgres_client.h"

#include <dlfcn.h>

#include <type_traits>

namespace gr::ledger {
namespace {

std::string unusable(const std::string& why) {
    return "needs libpq, PostgreSQL's client library, of version 14 or newer (" + why +
           "): install it (Debian package: libpq5)";
}

// What the library lacks, or null.
const char* fill(PostgresClient& client, void* library) {
    const char* missing = nullptr;
    const auto take = [&](auto& function, const char* name) {
        function =
            reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
        if (function == nullptr)
            missing = name;
    };
    take(client.PQclear, "PQclear");
    take(client.PQcmdStatus, "PQcmdStatus");
    take(client.PQconnectdbParams, "PQconnectdbParams");
    take(client.PQconninfoFree, "PQconninfoFree");
    take(client.PQconninfoParse, "PQconninfoParse");
    take(client.PQconsumeInput, "PQconsumeInput");
    take(client.PQenterPipelineMode, "PQenterPipelineMode");
    take(client.PQerrorMessage, "PQerrorMessage");
    take(client.PQexec, "PQexec");
    take(client.PQexecParams, "PQexecParams");
    take(client.PQexecPrepared, "PQexecPrepared");
    take(client.PQexitPipelineMode, "PQexitPipelineMode");
    take(client.PQfinish, "PQfinish");
    take(client.PQfreemem, "PQfreemem");
    take(client.PQftype, "PQftype");
    take(client.PQgetisnull, "PQgetisnull");
    take(client.PQgetlength, "PQgetlength");
    take(client.PQgetResult, "PQgetResult");
    take(client.PQgetvalue, "PQgetvalue");
    take(client.PQntuples, "PQntuples");
    take(client.PQpipelineSync, "PQpipelineSync");
    take(client.PQprepare, "PQprepare");
    take(client.PQresultErrorField, "PQresultErrorField");
    take(client.PQresultErrorMessage, "PQresultErrorMessage");
    take(client.PQresultStatus, "PQresultStatus");
    take(client.PQsendQueryPrepared, "PQsendQueryPrepared");
    take(client.PQsetNoticeProcessor, "PQsetNoticeProcessor");
    take(client.PQstatus, "PQstatus");
    take(client.PQtransactionStatus, "PQtransactionStatus");
    return missing;
}

}  // namespace

tl::expected<PostgresClient, std::string> PostgresClient::load(const char* library) {
    // Never unloaded: what it brings along has threads' keys and exit handlers of its own.
    void* const handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) {
        const char* const why = dlerror();
        return tl::unexpected(unusable(why != nullptr ? why : library));
    }
    PostgresClient client;
    if (const char* const missing = fill(client, handle); missing != nullptr)
        return tl::unexpected(unusable(std::string(library) + " has no " + missing));
    return client;
}

}  // namespace gr::ledger
