// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>
#include <string>

#include "routing/code_finder.h"
#include "routing/detect.h"
#include "routing/language.h"

using namespace gr::routing;

class TestDetectors final : public QObject {
    Q_OBJECT

  private slots:
    void languages_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("expected");
        const auto row = [](const char* name, const char* expected, const char* text) {
            QTest::newRow(name) << std::string(text) << std::string(expected);
        };
        row("en", "en", "How do I sort a list of numbers in place?");
        row("de", "de", "Wie sortiere ich eine Liste von Zahlen, und warum ist das so?");
        row("fr", "fr", "Comment trier une liste de nombres dans le bon ordre ?");
        row("es", "es", "¿Cómo puedo ordenar una lista de números en el mismo lugar?");
        row("it", "it", "Come posso ordinare una lista di numeri? Perché non funziona?");
        row("pt", "pt", "Como posso ordenar uma lista de números? Não está a funcionar.");
        row("nl", "nl", "Hoe sorteer ik een lijst met getallen? Het werkt niet.");
        row("pl", "pl", "Jak posortować listę liczb? Dlaczego to nie działa i co jest źle?");
        row("sv", "sv", "Hur sorterar jag en lista och varför fungerar det inte?");
        row("cs", "cs", "Jak seřadím seznam čísel a proč to není v pořádku?");
        row("tr", "tr", "Bu listeyi nasıl sıralarım ve neden çalışmıyor?");
        row("vi", "vi", "Làm thế nào để sắp xếp một danh sách các số?");
        row("ru", "ru", "Как отсортировать список чисел?");
        row("uk", "uk", "Як відсортувати список чисел і чому це не працює?");
        row("zh", "zh", "如何对列表进行排序？");
        row("zh with a name", "zh", "请用 Python 写一个排序函数");
        row("ja", "ja", "リストを並べ替えるにはどうすればいいですか");
        row("ko", "ko", "목록을 어떻게 정렬합니까?");
        row("ar", "ar", "كيف يمكنني ترتيب قائمة من الأرقام؟");
        row("fa", "fa",
            "چگونه می‌توانم یک فهرست را مرتب کنم؟ لطفاً "
            "بگو");
        row("he", "he", "איך ממיינים רשימה של מספרים?");
        row("el", "el", "Πώς ταξινομώ μια λίστα αριθμών;");
        row("hi", "hi", "मैं एक सूची को कैसे क्रमबद्ध करूँ?");
        row("bn", "bn", "আমি কীভাবে একটি তালিকা সাজাব?");
        row("th", "th", "ฉันจะเรียงลำดับรายการได้อย่างไร");
        row("one word", "", "Hello");
        row("a name", "", "gpt-5");
        row("numbers", "", "12 + 30 = ?");
        row("nothing", "", "");
        row("broken bytes", "", "\xC3\xE3\x80\xFF");
        row("English in capitals", "en", "WHAT IS THE CAPITAL OF FRANCE?");
    }
    void languages() {
        QFETCH(std::string, text);
        const std::string_view found = languageOf(text);
        QTEST(std::string(found), "expected");
        QVERIFY(found.empty() ||
                std::find(kLanguages.begin(), kLanguages.end(), found) != kLanguages.end());
    }

    void code_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<bool>("expected");
        const auto row = [](const char* name, bool expected, const char* text) {
            QTest::newRow(name) << std::string(text) << expected;
        };
        row("fence", true, "What does this do?\n```\nx\n```");
        row("C++", true, "for (int i = 0; i < n; ++i) {\n    sum += a[i];\n}");
        row("Python", true, "def f(x):\n    return x + 1");
        row("Python's imports", true, "import os\nimport sys");
        row("JavaScript", true, "const a = b.map(x => x + 1);\nconsole.log(a);");
        row("one line", true,
            "why does printf(\"%d\", f()); return 0; } fail with std::bad_alloc();");
        row("SQL", true, "SELECT a FROM b WHERE c = (1);\nINSERT INTO d VALUES (1);");
        row("markup", true, "<p>Hello</p>\n<div>x</div>");
        row("shell", true, "$ cd build && make\n$ (x = 1) ls -l;");
        row("question", false, "How do I learn to write code in Python?");
        row("sentence with a semicolon", false, "I came; I saw.\nThen I went home;");
        row("letter", false, "Dear Ann,\n\nfrom here it looks fine. Return soon (please).\n\nBob");
        row("list", false, "- import taxes\n- class struggle\n- public goods");
        row("nothing", false, "");
    }
    void code() {
        QFETCH(std::string, text);
        QTEST(hasCode(text), "expected");
    }

    void onlyWhatIsAskedFor() {
        RequestFacts facts;
        facts.lastUser = "```x``` What is the name of this and that?";
        const std::string body = R"({"a":"jane@acme.com"})";
        detect(facts, {}, body, true);
        QVERIFY(!facts.hasSecret && !facts.hasCode && facts.language.empty());
        NeededFacts all;
        all.secret = all.code = all.language = true;
        detect(facts, all, body, true);
        QVERIFY(facts.hasSecret && facts.hasCode);
        QCOMPARE(facts.language, std::string("en"));
    }
};

QTEST_APPLESS_MAIN(TestDetectors)
#include "test_detectors.moc"
