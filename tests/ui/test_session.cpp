// SPDX-License-Identifier: MIT
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include "autostart.h"
#include "page_address.h"
#include "stage.h"
#include "widgets/controls.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

class TestSession final : public QObject {
    Q_OBJECT

  private slots:
    void theFileComesAndGoes();
    void theDesktopMayTurnItOff_data();
    void theDesktopMayTurnItOff();
    void aFileThatCannotBeWrittenIsSaid();
    void wordsAreQuoted_data();
    void wordsAreQuoted();
    void theSwitchOfTheSettingsWritesIt();
    void addressesNamePages_data();
    void addressesNamePages();
};

void TestSession::theFileComesAndGoes() {
    const QTemporaryDir home;
    const QString folder = home.filePath(u"not/yet/autostart"_s);
    const Autostart autostart(folder, {u"/opt/a b/gaterouter"_s, u"--background"_s});
    QVERIFY(!autostart.isOn());
    QVERIFY(autostart.setOn(false));
    QVERIFY(autostart.setOn(true));
    QVERIFY(autostart.isOn());
    QFile file(autostart.file());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(file.readAll());
    QVERIFY2(text.contains(u"\nExec=\"/opt/a b/gaterouter\" \"--background\"\n"_s),
             qPrintable(text));
    QVERIFY(text.contains(u"\nTryExec=/opt/a b/gaterouter\n"_s));
    QProcess judge;
    judge.start(u"desktop-file-validate"_s, {autostart.file()});
    QVERIFY2(judge.waitForFinished(), "desktop-file-utils is not installed");
    QCOMPARE(judge.readAll(), QByteArray());
    QCOMPARE(judge.exitCode(), 0);
    QVERIFY(autostart.setOn(true));
    QVERIFY(autostart.setOn(false));
    QVERIFY(!autostart.isOn());
    QVERIFY2(QDir(folder).isEmpty(), "nothing stays behind");
}

void TestSession::theDesktopMayTurnItOff_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("on");
    QTest::newRow("as written") << QByteArray("[Desktop Entry]\nExec=x\n") << true;
    QTest::newRow("hidden") << QByteArray("[Desktop Entry]\nExec=x\nHidden=true\n") << false;
    QTest::newRow("not hidden") << QByteArray("[Desktop Entry]\nHidden=false\nExec=x\n") << true;
    QTest::newRow("gnome") << QByteArray("[Desktop Entry]\nX-GNOME-Autostart-enabled = false\n")
                           << false;
}

void TestSession::theDesktopMayTurnItOff() {
    QFETCH(QByteArray, text);
    const QTemporaryDir home;
    const Autostart autostart(home.path(), {u"/usr/bin/gaterouter"_s});
    QFile file(autostart.file());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
    file.close();
    QTEST(autostart.isOn(), "on");
    QVERIFY(autostart.setOn(true));
    QVERIFY2(autostart.isOn(), "turning it on again is enough");
}

void TestSession::aFileThatCannotBeWrittenIsSaid() {
    const QTemporaryDir home;
    QFile(home.filePath(u"file"_s)).open(QIODevice::WriteOnly);
    const Autostart autostart(home.filePath(u"file/autostart"_s), {u"/usr/bin/gaterouter"_s});
    const auto done = autostart.setOn(true);
    QVERIFY(!done);
    QVERIFY(done.error().message.text.find("file/autostart") != std::string::npos);
    QVERIFY(!autostart.isOn());
}

void TestSession::wordsAreQuoted_data() {
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("line");
    QTest::newRow("plain") << QStringList{u"/usr/bin/x"_s, u"--y"_s} << u"\"/usr/bin/x\" \"--y\""_s;
    QTest::newRow("percent") << QStringList{u"/a%u"_s} << u"\"/a%%u\""_s;
    QTest::newRow("dollar") << QStringList{u"/a$b"_s} << uR"("/a\\$b")"_s;
    QTest::newRow("backslash") << QStringList{uR"(/a\b)"_s} << uR"("/a\\\\b")"_s;
}

void TestSession::wordsAreQuoted() {
    QFETCH(QStringList, words);
    QTEST(execLine(words), "line");
}

void TestSession::theSwitchOfTheSettingsWritesIt() {
    const QTemporaryDir home;
    qputenv("XDG_CONFIG_HOME", home.path().toUtf8());
    const QString file = home.filePath(u"autostart/gaterouter.desktop"_s);
    Stage stage;
    stage.open().showPage(PageId::Settings);
    auto* session = byName<Switch>(stage.window.get(), u"Start with your session"_s);
    QVERIFY(session != nullptr);
    QVERIFY(!session->isChecked());
    session->click();
    QVERIFY(QFile::exists(file));
    QVERIFY(Autostart::ofThisProgram().isOn());
    session->click();
    QVERIFY(!QFile::exists(file));
    // A file where the folder should be.
    QVERIFY(QDir(home.path()).rmdir(u"autostart"_s));
    QVERIFY(QFile(home.filePath(u"autostart"_s)).open(QIODevice::WriteOnly));
    session->click();
    QVERIFY2(!session->isChecked(), "what was not done is not shown as done");
    QVERIFY(words(stage.window.get()).contains(u"The session was not changed"_s));
    qunsetenv("XDG_CONFIG_HOME");
}

void TestSession::addressesNamePages_data() {
    QTest::addColumn<QString>("address");
    QTest::addColumn<int>("page");
    QTest::newRow("short") << u"gaterouter:activity"_s << int(PageId::Activity);
    QTest::newRow("browser") << u"gaterouter://Activity/"_s << int(PageId::Activity);
    QTest::newRow("first") << u"gaterouter:overview"_s << int(PageId::Overview);
    QTest::newRow("last") << u"GATEROUTER://settings"_s << int(PageId::Settings);
    QTest::newRow("no page") << u"gaterouter:pay"_s << -1;
    QTest::newRow("more than a page") << u"gaterouter:activity?pay=1"_s << -1;
    QTest::newRow("nothing") << u"gaterouter:"_s << -1;
    QTest::newRow("other") << u"https://activity"_s << -1;
    QTest::newRow("bare") << u"activity"_s << -1;
}

void TestSession::addressesNamePages() {
    QFETCH(QString, address);
    const auto page = pageAt(address);
    QTEST(page ? int(*page) : -1, "page");
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestSession)
#include "test_session.moc"
