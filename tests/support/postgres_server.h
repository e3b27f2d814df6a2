// SPDX-License-Identifier: MIT
#pragma once

#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "ledger/postgres_url.h"
#include "ledger/store_postgres.h"

namespace gr::test {

// A PostgreSQL server of this test alone: an own cluster in a temporary folder, reached through a
// socket there, ended with this object or with this process. Root becomes the user "postgres" for
// it, as the server refuses to run as root.
class PostgresServer final {
  public:
    // Ends the program with a sentence when there is no server to start.
    PostgresServer() {
        const std::filesystem::path root = "/usr/lib/postgresql";
        std::error_code none;
        for (const auto& version : std::filesystem::directory_iterator(root, none)) {
            if (std::filesystem::exists(version.path() / "bin" / "initdb"))
                m_programs = version.path() / "bin";
        }
        if (m_programs.empty())
            give(
                "PostgreSQL is not installed (Debian package: postgresql), so that the shared "
                "ledger cannot be tested.");
        m_data = m_folder.path().toStdString() + "/cluster";
        ::chmod(m_folder.path().toStdString().c_str(), 0711);
        ::mkdir(m_data.c_str(), 0700);
        if (::geteuid() == 0) {
            m_user = ::getpwnam("postgres");
            if (m_user == nullptr || ::chown(m_data.c_str(), m_user->pw_uid, m_user->pw_gid) != 0)
                give("There is no user \"postgres\" to run PostgreSQL as.");
        }
        const pid_t made = run({(m_programs / "initdb").string(), "-A", "trust", "-U", "postgres",
                                "-E", "UTF8", "--locale=C", "--no-sync", "-D", m_data});
        int status = -1;
        if (::waitpid(made, &status, 0) != made || status != 0)
            give("initdb failed; " + m_data + ".log says why.");
        start();
    }
    ~PostgresServer() { stop(); }
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    void start() {
        m_pid = run({(m_programs / "postgres").string(), "-D", m_data, "-k", m_data, "-c",
                     "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50"});
        for (int tries = 0; tries < 3'000; ++tries) {
            if (ledger::openPostgres(location("postgres"), ledger::Access::ReadOnly))
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        give("PostgreSQL does not start; " + m_data + ".log says why.");
    }
    // Fast: connections are cut, what was committed stays.
    void stop(int signal = SIGINT) {
        if (m_pid <= 0)
            return;
        ::kill(m_pid, signal);
        ::waitpid(m_pid, nullptr, 0);
        m_pid = 0;
    }

    std::string socket() const { return m_data + "/.s.PGSQL.5432"; }
    ledger::Location location(const std::string& database) const { return at(m_data, database); }
    // Through another folder with such a socket.
    static ledger::Location at(const std::string& folder, const std::string& database) {
        return ledger::postgresLocation("postgresql://postgres@/" + database + "?host=" + folder);
    }
    // A database that was not there before.
    std::string newDatabase() {
        const std::string name = "ledger_" + std::to_string(++m_databases);
        auto server = ledger::openPostgres(location("postgres"), ledger::Access::ReadWrite);
        if (!server || !server->execute("CREATE DATABASE " + name))
            give("No database can be made.");
        return name;
    }

  private:
    [[noreturn]] static void give(const std::string& why) {
        std::fprintf(stderr, "%s\n", why.c_str());
        std::exit(1);
    }

    pid_t run(const std::vector<std::string>& command) {
        std::vector<char*> arguments;
        for (const std::string& word : command)
            arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        const std::string log = m_data + ".log";
        const pid_t child = ::fork();
        if (child != 0)
            return child;
        if (std::freopen(log.c_str(), "a", stdout) != nullptr)
            ::dup2(STDOUT_FILENO, STDERR_FILENO);
        if (m_user != nullptr && (::setgid(m_user->pw_gid) != 0 || ::setuid(m_user->pw_uid) != 0))
            ::_exit(1);
        ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
        if (::chdir("/") == 0)
            ::execv(arguments[0], arguments.data());
        ::_exit(1);
    }

    QTemporaryDir m_folder{
        QStringLiteral("/tmp/gr-postgres-XXXXXX")};  // a socket's path must be short
    std::filesystem::path m_programs;
    std::string m_data;
    passwd* m_user = nullptr;
    pid_t m_pid = 0;
    int m_databases = 0;
};

}  // namespace gr::test
