// SPDX-License-Identifier: MIT
// Contrast of every pair that meets on screen (WCAG 2.1: text 4.5, controls and series 3), and a
// style sheet in which no token was left unfilled.
#include <QFile>
#include <QTest>

#include "stage.h"
#include "theme/icons.h"
#include "theme/theme.h"
#include "theme/tokens.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

class TestTheme final : public QObject {
    Q_OBJECT

  private slots:
    void contrast_data();
    void contrast();
    void knownRatios();
    void sheetHasNoTokenLeft();
    void paletteTellsItsTheme();
    void everyCommandIconExists();
};

void TestTheme::contrast_data() {
    QTest::addColumn<QColor>("ink");
    QTest::addColumn<QColor>("ground");
    QTest::addColumn<double>("least");
    for (const Tokens* t : {&lightTokens(), &darkTokens()}) {
        const char* theme = t->dark ? "dark" : "light";
        const auto row = [&](const char* name, const QColor& ink, const QColor& ground,
                             double least) {
            QTest::addRow("%s %s", theme, name) << ink << ground << least;
        };
        row("text on surface", t->text, t->surface, 4.5);
        row("text on window", t->text, t->window, 4.5);
        row("text on sunken", t->text, t->sunken, 4.5);
        row("text on accent soft", t->text, t->accentSoft, 4.5);
        row("muted on surface", t->textMuted, t->surface, 4.5);
        row("muted on window", t->textMuted, t->window, 4.5);
        row("muted on sunken", t->textMuted, t->sunken, 4.5);
        row("muted on accent soft", t->textMuted, t->accentSoft, 4.5);
        row("input edge on surface", t->borderStrong, t->surface, 3);
        row("accent on surface", t->accent, t->surface, 4.5);
        row("accent on sunken", t->accent, t->sunken, 4.5);
        row("accent on its soft", t->accent, t->accentSoft, 4.5);
        row("on accent", t->onAccent, t->accent, 4.5);
        row("success", t->success, t->successSoft, 4.5);
        row("success on surface", t->success, t->surface, 4.5);
        row("warning", t->warning, t->warningSoft, 4.5);
        row("warning on surface", t->warning, t->surface, 4.5);
        row("danger", t->danger, t->dangerSoft, 4.5);
        row("danger on surface", t->danger, t->surface, 4.5);
        row("text on danger soft", t->text, t->dangerSoft, 4.5);
        row("text on warning soft", t->text, t->warningSoft, 4.5);
        for (std::size_t i = 0; i < t->series.size(); ++i) {
            QTest::addRow("%s series %zu", theme, i + 1) << t->series[i] << t->surface << 3.0;
        }
    }
}

void TestTheme::contrast() {
    QFETCH(QColor, ink);
    QFETCH(QColor, ground);
    QFETCH(double, least);
    const double ratio = contrastRatio(ink, ground);
    QVERIFY2(ratio >= least, qPrintable(QString::number(ratio)));
}

void TestTheme::knownRatios() {
    QCOMPARE(qRound(contrastRatio(Qt::black, Qt::white) * 10), 210);
    QCOMPARE(qRound(contrastRatio(Qt::white, Qt::white) * 10), 10);
    QCOMPARE(qRound(contrastRatio(lightTokens().accent, lightTokens().surface) * 10), 58);
}

void TestTheme::sheetHasNoTokenLeft() {
    for (const Tokens* tokens : {&lightTokens(), &darkTokens()}) {
        const QString sheet = styleSheetOf(*tokens, 10);
        QVERIFY(sheet.size() > 1000);
        const qsizetype at = sheet.indexOf(u'@', sheet.indexOf(u"*/"_s));
        QVERIFY2(at < 0, qPrintable(sheet.mid(at, 30)));
    }
}

void TestTheme::paletteTellsItsTheme() {
    QVERIFY(!tokensOf(paletteOf(lightTokens())).dark);
    QVERIFY(tokensOf(paletteOf(darkTokens())).dark);
}

void TestTheme::everyCommandIconExists() {
    for (const CommandSpec& spec : commandSpecs()) {
        if (*spec.icon != '\0') {
            const QString name = QString::fromLatin1(spec.icon);
            QVERIFY2(!themedPixmap(name, 16, 1.0, Qt::black).isNull(), spec.icon);
        }
    }
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestTheme)
#include "test_theme.moc"
