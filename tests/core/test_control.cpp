// SPDX-License-Identifier: MIT
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include "gateway/control.h"

using namespace std::chrono_literals;
using gr::ErrorCode;
using gr::gateway::askControl;
using gr::gateway::ControlServer;
namespace fs = std::filesystem;

namespace {

// Answers "echo X" at once, keeps every other question until answerKept().
struct Server {
    explicit Server(const fs::path& folder) : socket(folder / "control.sock") {
        auto started =
            ControlServer::start(socket, [this](std::string line, ControlServer::Answer answer) {
                if (line.starts_with("echo "))
                    return answer(line.substr(5));
                const std::lock_guard lock(mutex);
                kept.push_back(std::move(answer));
            });
        if (started)
            server = std::move(*started);
    }
    std::size_t waiting() {
        const std::lock_guard lock(mutex);
        return kept.size();
    }
    void answerKept(const std::string& line) {
        const std::lock_guard lock(mutex);
        for (auto& answer : kept)
            answer(line);
        kept.clear();
    }

    fs::path socket;
    std::mutex mutex;
    std::vector<ControlServer::Answer> kept;
    std::unique_ptr<ControlServer> server;
};

// A peer that does what it wants.
int connectTo(const fs::path& socket) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return -1;
    return fd;
}

auto asks(const fs::path& socket, const std::string& line) {
    return std::async(std::launch::async, [=] { return askControl(socket, line); });
}

}  // namespace

class TestControl final : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        m_folder = m_dir->path().toStdString();
    }

    void answersALine() {
        Server server(m_folder);
        QVERIFY(server.server);
        QCOMPARE(askControl(server.socket, "echo hello").value(), std::string("hello"));
        const std::string large(900'000, 'x');
        QCOMPARE(askControl(server.socket, "echo " + large).value(), large);
        struct stat info {};
        QCOMPARE(::stat(server.socket.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777, mode_t(0600));
        server.server.reset();
        QVERIFY(!fs::exists(server.socket));
        QCOMPARE(askControl(server.socket, "echo").error().code, ErrorCode::Unreachable);
    }

    // Who waits for an answer, or says nothing, keeps nobody else from one.
    void aLongWaitHoldsNobodyUp() {
        Server server(m_folder);
        const int silent = connectTo(server.socket);
        QVERIFY(silent >= 0);
        auto one = asks(server.socket, "wait");
        auto two = asks(server.socket, "wait");
        QTRY_COMPARE(server.waiting(), 2U);
        QCOMPARE(askControl(server.socket, "echo meanwhile").value(), std::string("meanwhile"));
        server.answerKept("now");
        QCOMPARE(one.get().value(), std::string("now"));
        QCOMPARE(two.get().value(), std::string("now"));
        ::close(silent);
    }

    void whoLeavesIsForgotten() {
        Server server(m_folder);
        for (std::size_t i = 0; i < ControlServer::kMostPeers + 4; ++i) {
            const int peer = connectTo(server.socket);
            QVERIFY(peer >= 0);
            QVERIFY(::send(peer, "wait\n", 5, 0) == 5);
            QTRY_COMPARE(server.waiting(), i + 1);
            ::close(peer);
        }
        server.answerKept("to nobody");
        QCOMPARE(askControl(server.socket, "echo still here").value(), std::string("still here"));
    }

    // As command-line tools do when their input ends.
    void whoHasNothingMoreToSayIsAnswered() {
        Server server(m_folder);
        const int peer = connectTo(server.socket);
        QVERIFY(::send(peer, "wait\n", 5, 0) == 5 && ::shutdown(peer, SHUT_WR) == 0);
        QTRY_COMPARE(server.waiting(), 1U);
        QTest::qWait(50);
        server.answerKept("yes");
        std::array<char, 16> got{};
        QCOMPARE(::recv(peer, got.data(), got.size(), MSG_WAITALL), ssize_t(4));
        QCOMPARE(std::string(got.data()), std::string("yes\n"));
        ::close(peer);
    }

    void theEndIsSeenByWhoWaits() {
        Server server(m_folder);
        auto one = asks(server.socket, "wait");
        QTRY_COMPARE(server.waiting(), 1U);
        server.server.reset();
        QCOMPARE(one.get().error().code, ErrorCode::Unreachable);
        server.answerKept("too late");  // harmless
    }

    // As "stop" is answered by a program that then ends.
    void whatWasAnsweredBeforeTheEndArrives() {
        for (int i = 0; i < 20; ++i) {
            Server server(m_folder);
            auto one = asks(server.socket, "wait");
            QTRY_COMPARE(server.waiting(), 1U);
            server.answerKept("stopping");
            server.server.reset();
            QCOMPARE(one.get().value_or("lost"), std::string("stopping"));
        }
    }

  private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_folder;
};

QTEST_GUILESS_MAIN(TestControl)
#include "test_control.moc"
