// SPDX-License-Identifier: MIT
// Exporting from Activity, as a person does it: the file that is asked for, how far it is, and how
// it ends.
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QTest>

#include "pages/page.h"
#include "stage.h"
#include "widgets/export_bar.h"
#include "widgets/notice.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// The window on Activity, with an export into `name` just begun.
struct Exporting {
    explicit Exporting(const QString& name) {
        MainWindow& window = stage.open();
        window.showPage(PageId::Activity);
        page = window.page(PageId::Activity);
        bar = page->findChild<ExportBar*>();
        auto* find = page->findChild<QLineEdit*>();
        find->setFocus();
        QTest::keyClicks(find, u"haiku"_s);
        QTest::keyClick(&window, Qt::Key_E, Qt::ControlModifier);
        for (int i = 0; i < 200 && page->findChild<QFileDialog*>() == nullptr; ++i) {
            QTest::qWait(10);
        }
        auto* dialog = page->findChild<QFileDialog*>();
        if (dialog == nullptr) {
            return;
        }
        auto* file = dialog->findChild<QLineEdit*>(u"fileNameEdit"_s);
        path = stage.folder.filePath(name);
        file->setText(path);
        QTest::keyClick(file, Qt::Key_Return);
        for (int i = 0; i < 200 && !stage.backend.exporting; ++i) {
            QTest::qWait(10);
        }
    }
    const ExportOrder& order() const { return stage.backend.exporting->order; }

    Stage stage;
    Page* page = nullptr;
    ExportBar* bar = nullptr;
    QString path;
};

}  // namespace

class TestExport final : public QObject {
    Q_OBJECT

  private slots:
    void whatFitsTheFilterIsExported();
    void theSuffixIsTheFormat();
    void cancelledLeavesNothing();
    void failuresAreTold();
};

void TestExport::whatFitsTheFilterIsExported() {
    Exporting run(u"requests"_s);
    QVERIFY(run.stage.backend.exporting);
    QCOMPARE(run.order().filter.text, std::string("haiku"));
    QCOMPARE(run.order().format, ledger::ExportFormat::Csv);
    QCOMPARE(run.order().path, run.path + u".csv"_s);
    QVERIFY(run.bar->isVisible());
    QVERIFY2(!button(run.page, u"Export…"_s)->isEnabled(), "one at a time");
    run.stage.backend.exporting->progress(5'000, 20'000);
    QVERIFY(words(run.bar).contains(u"5,000 of 20,000 requests exported"_s));
    QCOMPARE(run.bar->findChild<QProgressBar*>()->value(), 250);
    ledger::Exported written;
    written.requests = 20'000;
    written.cut.emplace().before = UnixMs{1'795'305'600'000};
    run.stage.backend.exporting->reply(written);
    QVERIFY(!run.bar->isVisible());
    QVERIFY(button(run.page, u"Export…"_s)->isEnabled());
    QTRY_VERIFY(words(run.page->notices()).contains(u"20,000 requests exported"_s));
    const QString told = words(run.page->notices());
    QVERIFY(told.contains(u"requests.csv"_s));
    QVERIFY(told.contains(u"Older ones than of 22 Nov 2026 00:00:00 are not in it"_s));
}

void TestExport::theSuffixIsTheFormat() {
    Exporting run(u"all.JSON"_s);
    QVERIFY(run.stage.backend.exporting);
    QCOMPARE(run.order().format, ledger::ExportFormat::Json);
    QCOMPARE(run.order().path, run.path);
    ledger::Exported written;
    written.requests = 1;
    run.stage.backend.exporting->reply(written);
    QTRY_VERIFY(words(run.page->notices()).contains(u"1 request exported"_s));
}

void TestExport::cancelledLeavesNothing() {
    Exporting run(u"requests.csv"_s);
    QVERIFY(run.stage.backend.exporting);
    QPushButton* cancel = button(run.bar, u"Cancel export"_s);
    cancel->setFocus();
    QTest::keyClick(cancel, Qt::Key_Space);
    QCOMPARE(run.stage.backend.said, QStringList{u"cancel export"_s});
    QVERIFY(!run.bar->isVisible());
    QTRY_VERIFY(words(run.page->notices()).contains(u"No file was written."_s));
}

void TestExport::failuresAreTold() {
    Exporting run(u"requests.csv"_s);
    QVERIFY(run.stage.backend.exporting);
    run.stage.backend.exporting->reply(fail(ErrorCode::FileUnwritable, "The disk is <full>."));
    QVERIFY(!run.bar->isVisible());
    QTRY_VERIFY(words(run.page->notices()).contains(u"The disk is &lt;full&gt;."_s));
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestExport)
#include "test_export.moc"
