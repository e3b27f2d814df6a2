// SPDX-License-Identifier: MIT
#include <QtTest>
#include <numeric>
#include <random>

#include "http/sse.h"

using gr::ErrorCode;
using gr::http::sseData;
using gr::http::sseName;
using gr::http::SseSplitter;
using Events = std::vector<std::string>;

namespace {

struct Cut {
    Events events;
    std::string rest;
    bool operator==(const Cut&) const = default;
};

// The events of a stream that arrives in pieces which end at `ends`.
Cut cut(std::string_view stream, const std::vector<std::size_t>& ends) {
    SseSplitter splitter;
    Cut out;
    std::size_t at = 0;
    const auto keep = [&out](std::string_view event) { out.events.emplace_back(event); };
    for (const std::size_t end : ends) {
        // A copy that goes away, as the buffer of a read does.
        const std::string piece(stream.substr(at, end - at));
        if (!splitter.feed(piece, keep))
            out.events.emplace_back("refused");
        at = end;
    }
    out.rest = splitter.rest();
    return out;
}

std::string payload(std::string_view event) {
    std::string scratch;
    return std::string(sseData(event, scratch));
}

}  // namespace

class TestSse final : public QObject {
    Q_OBJECT

  private slots:
    void cutsAtEmptyLines_data() {
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<QByteArrayList>("events");
        QTest::addColumn<QByteArray>("rest");
        const auto row = [](const char* name, const char* stream, const QByteArrayList& events,
                            const char* rest = "") {
            QTest::newRow(name) << QByteArray(stream) << events << QByteArray(rest);
        };
        row("nothing", "", {});
        row("LF", "data: a\n\ndata: b\n\n", {"data: a\n\n", "data: b\n\n"});
        row("CR LF", "data: a\r\n\r\ndata: b\r\n\r\n", {"data: a\r\n\r\n", "data: b\r\n\r\n"});
        // The last CR may be half of a CR LF: only the next byte tells.
        row("CR", "data: a\r\rdata: b\r\r", {"data: a\r\r"}, "data: b\r\r");
        row("CR, then more", "data: a\r\rdata: b\r\r:", {"data: a\r\r", "data: b\r\r"}, ":");
        row("mixed", "data: a\r\n\ndata: b\n\r\ndata: c\r\n\rdata: d\n\n",
            {"data: a\r\n\n", "data: b\n\r\n", "data: c\r\n\r", "data: d\n\n"});
        row("many lines", "event: x\nid: 1\ndata: a\ndata: b\n\n",
            {"event: x\nid: 1\ndata: a\ndata: b\n\n"});
        row("comments", ": hi\n\n:\ndata: a\n\n", {": hi\n\n", ":\ndata: a\n\n"});
        row("empty lines", "\n\r\n\n", {"\n", "\r\n", "\n"});
        row("no end", "data: a\n\ndata: b\n", {"data: a\n\n"}, "data: b\n");
    }
    void cutsAtEmptyLines() {
        QFETCH(QByteArray, stream);
        QFETCH(QByteArrayList, events);
        QFETCH(QByteArray, rest);
        Cut expected;
        for (const QByteArray& event : events)
            expected.events.push_back(event.toStdString());
        expected.rest = rest.toStdString();
        const std::string text = stream.toStdString();
        const std::size_t size = text.size();
        QVERIFY(cut(text, {size}) == expected);
        for (std::size_t at = 0; at <= size; ++at)
            QVERIFY2(cut(text, {at, size}) == expected, std::to_string(at).c_str());
        std::vector<std::size_t> each(size);
        std::iota(each.begin(), each.end(), std::size_t(1));
        QVERIFY(cut(text, each) == expected);
    }

    void noByteIsLostOrAdded() {
        std::mt19937 random(3);
        for (int round = 0; round < 3'000; ++round) {
            std::string stream;
            for (auto count = random() % 40; count > 0; --count)
                stream += "\n\r:ab"[random() % 5];
            std::vector<std::size_t> ends;
            for (std::size_t at = 0; at < stream.size();)
                ends.push_back(at = std::min(stream.size(), at + 1 + random() % 7));
            const Cut pieces = cut(stream, ends);
            QVERIFY(pieces == cut(stream, {stream.size()}));
            std::string together;
            for (const std::string& event : pieces.events)
                together += event;
            QCOMPARE(together + pieces.rest, stream);
        }
    }

    void eventsAreBounded() {
        SseSplitter splitter(100);
        int events = 0;
        const auto count = [&events](std::string_view) { ++events; };
        // Many events at once may be more than the bound, one may not.
        std::string many;
        for (int i = 0; i < 50; ++i)
            many += "data: 0123456789\n\n";
        QVERIFY(splitter.feed(many, count));
        QCOMPARE(events, 50);
        QVERIFY(splitter.feed(std::string(60, 'a'), count));
        const auto more = splitter.feed(std::string(60, 'a'), count);
        QVERIFY(!more);
        QCOMPARE(more.error().code, ErrorCode::ProviderAnswerInvalid);
    }

    void payloadsAreTheDataLines() {
        QCOMPARE(payload("data: {\"a\":1}\n\n"), std::string("{\"a\":1}"));
        QCOMPARE(payload("data:a\n\n"), std::string("a"));
        QCOMPARE(payload("data:  a\n\n"), std::string(" a"));  // one space only is taken off
        QCOMPARE(payload("data: a\r\ndata: b\r\n\r\n"), std::string("a\nb"));
        QCOMPARE(payload("data: a\rdata:\rdata: c\r\r"), std::string("a\n\nc"));
        QCOMPARE(payload("id: 1\nevent: x\ndata: a\nretry: 5\n\n"), std::string("a"));
        QCOMPARE(payload("data\n\n"), std::string());
        QCOMPARE(payload(": data: no\ndatax: no\n data: no\n\n"), std::string());
        QCOMPARE(payload("data: cut"), std::string("cut"));
    }

    void namesAreTheEventLine() {
        QCOMPARE(sseName("event: ping\ndata: a\n\n"), std::string_view("ping"));
        QCOMPARE(sseName("data: a\r\nevent:x\r\n\r\n"), std::string_view("x"));
        QCOMPARE(sseName("data: event: a\n\n"), std::string_view());
    }
};

QTEST_APPLESS_MAIN(TestSse)
#include "test_sse.moc"
