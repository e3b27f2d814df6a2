// SPDX-License-Identifier: MIT
#include <QtTest>

#include <QTemporaryDir>
#include <filesystem>

#include "base/file.h"
#include "gateway/experience_keeper.h"

using namespace gr;
using gr::gateway::ExperienceKeeper;

namespace {

constexpr UnixMs kNow{1'795'003'200'000};

void learn(ExperienceKeeper& keeper, int times) {
    for (int i = 0; i < times; ++i) {
        const std::string id = std::to_string(i);
        keeper.outcomes().answered({}, {id, "key", {"m", routing::Domain::Code, 0.7}}, kNow);
        QVERIFY(keeper.outcomes().judged(id, "key", false, kNow));
    }
}

}  // namespace

class ExperienceKeeperTest final : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::filesystem::path file() const {
        return std::filesystem::path(m_folder.path().toStdString()) / "experience.json";
    }

  private slots:
    void whatWasLearntIsThereTheNextTime() {
        {
            ExperienceKeeper keeper(file());
            QVERIFY(keeper.experience().rows().empty());
            learn(keeper, 20);
        }
        ExperienceKeeper keeper(file());
        QCOMPARE(keeper.experience().rows().size(), std::size_t{2});
        QVERIFY(keeper.experience().corrections()->of("m", routing::Domain::Code) < 0);
        QVERIFY(keeper.forget());
        ExperienceKeeper again(file());
        QVERIFY(again.experience().rows().empty());
    }

    void aDamagedFileIsPutAside() {
        QVERIFY(replaceFile(file(), "{\"form\":"));
        ExperienceKeeper keeper(file());
        QVERIFY(keeper.experience().rows().empty());
        QVERIFY(!std::filesystem::exists(file()));
        std::filesystem::path aside = file();
        aside += ".damaged";
        QCOMPARE(readFile(aside).value(), std::string("{\"form\":"));
    }

    void withoutAnythingLearntThereIsNoFile() {
        QFile::remove(QString::fromStdString(file().string()));
        { const ExperienceKeeper keeper(file()); }
        QVERIFY(!std::filesystem::exists(file()));
    }
};

QTEST_APPLESS_MAIN(ExperienceKeeperTest)
#include "test_experience_keeper.moc"
