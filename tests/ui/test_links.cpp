// SPDX-License-Identifier: MIT
// Links from elsewhere: what they ask for is shown, and nothing is done by them alone.
#include <QDialog>
#include <QLineEdit>
#include <QListWidget>
#include <QTest>

#include "format.h"
#include "pages/page.h"
#include "provider_link.h"
#include "stage.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

class TestLinks final : public QObject {
    Q_OBJECT

  private slots:
    void linksAreRead_data();
    void linksAreRead();
    void knownProviderIsPreviewed();
    void otherAddressIsPreviewed();
    void providerThatIsThereIsShown();
    void nothingElseIsOpened();
};

void TestLinks::linksAreRead_data() {
    QTest::addColumn<QString>("link");
    QTest::addColumn<QString>("id");  // empty: no link
    QTest::addColumn<QString>("address");
    const auto row = [](const QString& link, const QString& id = {}, const QString& address = {}) {
        QTest::newRow(qPrintable(link)) << link << id << address;
    };
    row(u"gaterouter:providers?add=openai"_s, u"openai"_s);
    row(u"GateRouter://providers/?add=openai"_s, u"openai"_s);
    row(u"gaterouter:providers?add=mine&address=https://llm.example.com/v1"_s, u"mine"_s,
        u"https://llm.example.com/v1"_s);
    row(u"gaterouter:providers?add=mine&address=https%3A%2F%2Fllm.example.com%2Fv1"_s, u"mine"_s,
        u"https://llm.example.com/v1"_s);
    row(u"gaterouter:providers?add=mine&address=http://127.0.0.1:8000/v1"_s, u"mine"_s,
        u"http://127.0.0.1:8000/v1"_s);
    row(u"gaterouter:providers"_s);
    row(u"gaterouter:providers?add="_s);
    row(u"gaterouter:wallet?add=openai"_s);
    row(u"gaterouter:providers?add=openai&key=sk-1"_s);
    row(u"gaterouter:providers?add=openai&add=other"_s);
    row(u"gaterouter:providers?add=a%20b"_s);
    row(u"gaterouter:providers?add=a%0Ab"_s);
    row(u"gaterouter:providers?add=a&address=http://llm.example.com"_s);
    row(u"gaterouter:providers?add=a&address=https://openai.com@example.com"_s);
    row(u"gaterouter:providers?add=a&address=file:///etc/passwd"_s);
    row(u"gaterouter:providers?address=https://llm.example.com"_s);
    row(u"https://providers?add=openai"_s);
}

void TestLinks::linksAreRead() {
    QFETCH(QString, link);
    QFETCH(QString, id);
    const auto read = providerLinkAt(link);
    QCOMPARE(read ? read->id : QString(), id);
    QTEST(read ? read->address : QString(), "address");
}

void TestLinks::knownProviderIsPreviewed() {
    Stage stage(false);
    MainWindow& window = stage.open();
    const ProviderPreset preset = stage.backend.presets().front();
    QVERIFY(window.openAddress(u"gaterouter:providers?add="_s + text(preset.id)));
    auto* dialog = window.findChild<QDialog*>();
    QVERIFY(dialog != nullptr);
    QCOMPARE(byName<QListWidget>(dialog, u"Providers that can be added"_s)->currentItem()->text(),
             text(preset.title));
    QVERIFY(words(dialog).contains(u"A link asks for this"_s));
    QVERIFY2(stage.backend.said.isEmpty(), "a link does nothing by itself");
}

void TestLinks::otherAddressIsPreviewed() {
    Stage stage(false);
    MainWindow& window = stage.open();
    // Also under the name of a provider that is known: the address is what counts.
    const QString known = text(stage.backend.presets().front().id);
    QVERIFY(window.openAddress(
        u"gaterouter:providers?add=%1&address=https://bücher.example/v1"_s.arg(known)));
    auto* dialog = window.findChild<QDialog*>();
    QVERIFY(dialog != nullptr);
    QCOMPARE(byName<QListWidget>(dialog, u"Providers that can be added"_s)->currentItem()->text(),
             u"Other (OpenAI format)"_s);
    QCOMPARE(byName<QLineEdit>(dialog, u"Name"_s)->text(), known);
    QCOMPARE(byName<QLineEdit>(dialog, u"Address"_s)->text(), u"https://bücher.example/v1"_s);
    QVERIFY(words(dialog).contains(u"xn--bcher-kva.example"_s));
    QVERIFY(stage.backend.said.isEmpty());
    // Another address may be typed, and the warning is gone with the one that was asked for.
    byName<QListWidget>(dialog, u"Providers that can be added"_s)->setCurrentRow(0);
    QVERIFY(!words(dialog).contains(u"A link asks for this"_s));
}

void TestLinks::providerThatIsThereIsShown() {
    Stage stage;
    MainWindow& window = stage.open();
    QVERIFY(window.openAddress(
        u"gaterouter:providers?add=openai&address=https://elsewhere.example.com"_s));
    QVERIFY(window.findChild<QDialog*>() == nullptr);
    QVERIFY(words(&window).contains(u"There is a provider openai already"_s));
    QVERIFY2(stage.backend.said.isEmpty(), "its address is not changed by a link");
}

void TestLinks::nothingElseIsOpened() {
    Stage stage;
    MainWindow& window = stage.open();
    QVERIFY(window.openAddress(u"gaterouter:limits"_s));
    QVERIFY(window.page(PageId::Limits)->isVisible());
    QVERIFY(!window.openAddress(u"gaterouter:providers?add=openai&key=sk-1"_s));
    QVERIFY(window.page(PageId::Limits)->isVisible());
    QVERIFY(window.findChild<QDialog*>() == nullptr);
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestLinks)
#include "test_links.moc"
