// SPDX-License-Identifier: MIT
#include <QtTest>

#include "http/buffer.h"
#include "http/parser.h"

using namespace gr;
using namespace gr::http;

namespace {

// What came out of a message, however it was torn.
struct Read {
    std::optional<Error> error;
    std::string head;  // "method target" or the status, then name=value for each field
    std::string body;
    std::string rest;  // behind the message
    bool headDone = false;
    bool done = false;
    bool keepAlive = false;

    bool operator==(const Read& other) const {
        return error.has_value() == other.error.has_value() && head == other.head &&
               body == other.body && rest == other.rest && headDone == other.headDone &&
               done == other.done && keepAlive == other.keepAlive &&
               (!error || error->code == other.error->code);
    }
};

std::string startOf(const RequestHead& head) {
    return std::string(head.method) + " " + std::string(head.target);
}
std::string startOf(const ResponseHead& head) {
    return std::to_string(head.status);
}

// A reader as the connections are: bytes arrive, are tried, and wait for more.
template <class P, class H>
class Reader final {
  public:
    Read read;

    void take(std::string_view bytes) {
        m_input.append(bytes);
        if (!read.error && !read.headDone)
            takeHead();
        if (!read.error && read.headDone && !read.done)
            takeBody();
        read.rest = m_input.view();
    }

  private:
    void takeHead() {
        const auto size = m_parser.head(m_input.view(), m_head);
        if (!size) {
            read.error = size.error();
            return;
        }
        if (!*size)
            return;
        m_input.consume(**size);
        read.headDone = true;
        read.keepAlive = m_head.keepAlive;
        read.head = startOf(m_head);
        for (const auto& field : m_head.fields.all())
            read.head += "|" + std::string(field.name) + "=" + std::string(field.value);
        if constexpr (std::is_same_v<H, RequestHead>)
            read.done = !m_head.chunked && m_head.contentLength.value_or(0) == 0;
    }
    void takeBody() {
        if constexpr (std::is_same_v<H, RequestHead>) {
            if (!m_head.chunked) {
                read.body = m_input.view().substr(0, *m_head.contentLength);
                read.done = read.body.size() == *m_head.contentLength;
                if (read.done)
                    m_input.consume(read.body.size());
                return;
            }
        }
        const auto step =
            m_parser.body(m_input.view(), [this](std::string_view piece) { read.body += piece; });
        if (!step) {
            read.error = step.error();
            return;
        }
        m_input.consume(step->consumed);
        read.done = step->done;
    }

    P m_parser;
    H m_head;
    ByteBuffer m_input;
};

using RequestReader = Reader<RequestParser, RequestHead>;
using ResponseReader = Reader<ResponseParser, ResponseHead>;

template <class R>
Read whole(std::string_view bytes) {
    R reader;
    reader.take(bytes);
    return reader.read;
}

template <class R>
Read torn(std::string_view bytes, std::size_t at) {
    R reader;
    reader.take(bytes.substr(0, at));
    reader.take(bytes.substr(at));
    return reader.read;
}

template <class R>
Read byteByByte(std::string_view bytes) {
    R reader;
    for (const char c : bytes)
        reader.take({&c, 1});
    return reader.read;
}

// The same result wherever the bytes were torn; for refused messages, refused all the same.
template <class R>
bool sameHoweverTorn(std::string_view bytes) {
    const Read once = whole<R>(bytes);
    const auto same = [&once](const Read& read) {
        return once.error ? read.error.has_value() : read == once;
    };
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
        if (!same(torn<R>(bytes, at))) {
            qWarning("differs when torn at %zu", at);
            return false;
        }
    }
    return same(byteByByte<R>(bytes));
}

QByteArray post(const QByteArray& lines, const QByteArray& body = "hello") {
    return "POST /v1 HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + body;
}

std::string_view view(const QByteArray& bytes) {
    return {bytes.data(), static_cast<std::size_t>(bytes.size())};
}

}  // namespace

class TestHttpParser final : public QObject {
    Q_OBJECT

  private slots:
    void readsRequests_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("keepAlive");
        const auto row = [](const char* name, const QByteArray& bytes, const char* head,
                            const char* body, bool keepAlive = true) {
            QTest::newRow(name) << bytes << QByteArray(head) << QByteArray(body) << keepAlive;
        };
        row("get", "GET /a?b=c HTTP/1.1\r\nHost: x:1\r\n\r\n", "GET /a?b=c|Host=x:1", "");
        row("empty value", "GET / HTTP/1.1\r\nHost:\r\nX-Empty:   \r\n\r\n",
            "GET /|Host=|X-Empty=", "");
        row("blanks", "GET / HTTP/1.1\r\nA: \t b c \t\r\n\r\n", "GET /|A=b c", "");
        row("high bytes", "GET / HTTP/1.1\r\nA: \xc3\xa9\r\n\r\n", "GET /|A=\xc3\xa9", "");
        row("length", post("Content-Length: 5\r\n"), "POST /v1|Host=a|Content-Length=5", "hello");
        row("zero", post("Content-Length: 0\r\n", ""), "POST /v1|Host=a|Content-Length=0", "");
        row("chunks", post("Transfer-Encoding: chunked\r\n", "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
            "POST /v1|Host=a|Transfer-Encoding=chunked", "hello");
        row("no chunks", post("transfer-encoding: Chunked\r\n", "0\r\n\r\n"),
            "POST /v1|Host=a|transfer-encoding=Chunked", "");
        row("zeros", post("Transfer-Encoding: chunked\r\n", "005\r\nhello\r\n000\r\n\r\n"),
            "POST /v1|Host=a|Transfer-Encoding=chunked", "hello");
        row("upper case", post("Transfer-Encoding: chunked\r\n", "A\r\n0123456789\r\n0\r\n\r\n"),
            "POST /v1|Host=a|Transfer-Encoding=chunked", "0123456789");
        row("extension",
            post("Transfer-Encoding: chunked\r\n", "5;a=\"b\"\r\nhello\r\n0;c\r\n\r\n"),
            "POST /v1|Host=a|Transfer-Encoding=chunked", "hello");
        // A trailer is read and dropped: it must not become a field of the head.
        row("trailer", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nHost: b\r\n\r\n"),
            "POST /v1|Host=a|Transfer-Encoding=chunked", "hello");
        row("close", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /|Connection=close", "",
            false);
        row("http 1.0", "GET / HTTP/1.0\r\n\r\n", "GET /", "", false);
        row("http 1.0, kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "GET /|Connection=keep-alive", "");
    }
    void readsRequests() {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, head);
        QFETCH(QByteArray, body);
        QFETCH(bool, keepAlive);
        // What stands behind the message is another one's.
        const std::string pipelined = bytes.toStdString() + "GET /next";
        const Read read = whole<RequestReader>(pipelined);
        QVERIFY2(!read.error, read.error ? read.error->message.text.c_str() : "");
        QVERIFY(read.headDone && read.done);
        QCOMPARE(QByteArray::fromStdString(read.head), head);
        QCOMPARE(QByteArray::fromStdString(read.body), body);
        QCOMPARE(read.rest, std::string("GET /next"));
        QCOMPARE(read.keepAlive, keepAlive);
        QVERIFY(sameHoweverTorn<RequestReader>(pipelined));
    }

    void refusesRequests_data() {
        QTest::addColumn<QByteArray>("bytes");
        const QByteArray te = "Transfer-Encoding: chunked\r\n";
        const auto row = [](const char* name, const QByteArray& bytes) {
            QTest::newRow(name) << bytes;
        };
        row("length and chunks", post("Content-Length: 5\r\n" + te));
        row("chunks and length", post(te + "Content-Length: 5\r\n"));
        row("two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n"));
        row("two equal lengths", post("Content-Length: 5\r\nContent-length: 5\r\n"));
        row("list of lengths", post("Content-Length: 5, 5\r\n"));
        row("signed length", post("Content-Length: +5\r\n"));
        row("negative length", post("Content-Length: -5\r\n"));
        row("hexadecimal length", post("Content-Length: 0x5\r\n"));
        row("length with words", post("Content-Length: 5 5\r\n"));
        row("empty length", post("Content-Length:\r\n"));
        row("overflowing length", post("Content-Length: 18446744073709551621\r\n"));
        row("other coding", post("Transfer-Encoding: xchunked\r\n"));
        row("gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n"));
        row("chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n"));
        row("chunked twice", post(te + te));
        row("identity", post("Transfer-Encoding: identity\r\n"));
        row("chunked with a parameter", post("Transfer-Encoding: chunked;q=1\r\n"));
        row("empty coding", post("Transfer-Encoding:\r\n"));
        row("http 1.0 with chunks", post(te).replace("1.1", "1.0"));
        row("folded", post("A: b\r\n c\r\n"));
        row("folded with a tab", post("A: b\r\n\tc\r\n"));
        row("folded first line", "GET / HTTP/1.1\r\n A: b\r\n\r\n");
        row("space before the colon", post("A : b\r\n"));
        row("tab before the colon", post("A\t: b\r\n"));
        row("no colon", post("A\r\n"));
        row("no name", post(": b\r\n"));
        row("space in a name", post("A B: c\r\n"));
        row("brackets in a name", post("A(B): c\r\n"));
        row("bare LF", "GET / HTTP/1.1\nHost: a\n\n");
        row("one bare LF", post("A: b\nC: d\r\n"));
        row("bare CR", post("A: b\rC: d\r\n"));
        row("LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n");
        row("zero in a value", post(QByteArray("A: b\0c\r\n", 8)));
        row("zero in a name", post(QByteArray("A\0: c\r\n", 7)));
        row("control character", post("A: b\x01\r\n"));
        row("high byte in a name", post("\xc3\xa9: c\r\n"));
        row("no version", "GET /\r\n\r\n");
        row("http 2", "GET / HTTP/2.0\r\n\r\n");
        row("http 0.9", "GET / HTTP/0.9\r\n\r\n");
        row("http 1.2", "GET / HTTP/1.2\r\n\r\n");
        row("lower case version", "GET / http/1.1\r\n\r\n");
        row("long version", "GET / HTTP/1.10\r\n\r\n");
        row("space in the target", "GET /a b HTTP/1.1\r\n\r\n");
        row("two spaces", "GET  / HTTP/1.1\r\n\r\n");
        row("space at the end", "GET / HTTP/1.1 \r\n\r\n");
        row("no target", "GET HTTP/1.1\r\n\r\n");
        row("empty method", " / HTTP/1.1\r\n\r\n");
        row("odd method", "G\"T / HTTP/1.1\r\n\r\n");
        row("a TLS hello", QByteArray("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15));
        const QByteArray tail = "hello\r\n0\r\n\r\n";
        row("chunk size with garbage", post(te, "5x\r\n" + tail));
        row("chunk size with a sign", post(te, "+5\r\n" + tail));
        row("negative chunk", post(te, "-5\r\n" + tail));
        row("chunk size with 0x", post(te, "0x5\r\n" + tail));
        row("space before a chunk size", post(te, " 5\r\n" + tail));
        row("overflowing chunk", post(te, "10000000000000005\r\n" + tail));
        row("chunk size with LF", post(te, "5\n" + tail));
        row("no chunk size", post(te, "\r\n" + tail));
        row("chunk without its end", post(te, "5\r\nhello0\r\n\r\n"));
        row("chunk too long", post(te, "5\r\nhelloo\r\n0\r\n\r\n"));
        row("chunk ended by LF", post(te, "5\r\nhello\n0\r\n\r\n"));
        row("last chunk ended by LF", post(te, "5\r\nhello\r\n0\n\r\n\r\n"));
        row("trailer without a colon", post(te, "5\r\nhello\r\n0\r\nHost\r\n\r\n"));
        row("LF in a chunk extension", post(te, "5;a\nb\r\n" + tail));
    }
    void refusesRequests() {
        QFETCH(QByteArray, bytes);
        const Read read = whole<RequestReader>(view(bytes));
        QVERIFY2(read.error, ("read as " + read.head + " with " + read.body).c_str());
        QVERIFY(read.error->code == ErrorCode::BadRequest ||
                read.error->code == ErrorCode::NotImplemented);
        QVERIFY(!read.error->message.text.empty());
        QVERIFY(sameHoweverTorn<RequestReader>(view(bytes)));
    }

    void headsAreBounded() {
        const auto sized = [](std::size_t size) {
            const std::string begin = "GET / HTTP/1.1\r\nA: ";
            return begin + std::string(size - begin.size() - 4, 'a') + "\r\n\r\n";
        };
        QVERIFY(!whole<RequestReader>(sized(kMaxHead)).error);
        QCOMPARE(whole<RequestReader>(sized(kMaxHead + 1)).error->code, ErrorCode::HeadTooLarge);
        // Not waited for: refused as soon as it is too much.
        const std::string endless(kMaxHead + 1, 'a');
        QCOMPARE(whole<RequestReader>(endless).error->code, ErrorCode::HeadTooLarge);
        QVERIFY(!whole<RequestReader>(endless.substr(1)).error);
    }

    void expectationsAreSeen() {
        for (const auto& [value, expected] :
             {std::pair("100-continue", true), {"100-Continue", true}, {"other", false}}) {
            RequestParser parser;
            RequestHead head;
            QVERIFY(parser.head(std::string("POST / HTTP/1.1\r\nContent-Length: 1\r\nExpect: ") +
                                    value + "\r\n\r\n",
                                head));
            QCOMPARE(head.expectContinue, expected);
        }
    }

    void oneObjectReadsMessageAfterMessage() {
        RequestParser parser;
        RequestHead head;
        for (const char* text : {"POST /a?x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                                 "GET /b HTTP/1.0\r\n\r\n", "POST /c HTTP/1.1\r\nA: b\r\n\r\n"}) {
            parser.reset();
            const auto size = parser.head(text, head);
            QVERIFY(size && *size);
            QCOMPARE(head.path(), std::string_view(text).substr(text[0] == 'G' ? 4 : 5, 2));
            QCOMPARE(head.chunked, text[6] == 'a');
            QCOMPARE(head.http10, text[5] == 'b');
            QVERIFY(!head.contentLength);
        }
    }

    void readsAnswers_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("rest");
        const auto row = [](const char* name, const QByteArray& bytes, const char* head,
                            const char* body, const char* rest = "") {
            QTest::newRow(name) << bytes << QByteArray(head) << QByteArray(body)
                                << QByteArray(rest);
        };
        row("length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP",
            "200|Content-Length=5", "hello", "HTTP");
        row("no reason", "HTTP/1.1 429 \r\nContent-Length: 0\r\n\r\nx", "429|Content-Length=0", "",
            "x");
        row("chunks",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
            "chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nx",
            "200|Transfer-Encoding=chunked", "hello!", "x");
        row("trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: "
            "y\r\nZ:\r\n\r\nx",
            "200|Transfer-Encoding=chunked", "a", "x");
        row("204", "HTTP/1.1 204 No Content\r\n\r\nx", "204", "", "x");
        row("304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nx",
            "304|Content-Length=9", "", "x");
        row("1xx", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            "103|Link=a", "", "HTTP/1.1 200 OK\r\n\r\n");
    }
    void readsAnswers() {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, head);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, rest);
        const Read read = whole<ResponseReader>(view(bytes));
        QVERIFY2(!read.error, read.error ? read.error->detail.text.c_str() : "");
        QVERIFY(read.done);
        QCOMPARE(QByteArray::fromStdString(read.head), head);
        QCOMPARE(QByteArray::fromStdString(read.body), body);
        QCOMPARE(QByteArray::fromStdString(read.rest), rest);
        QVERIFY(sameHoweverTorn<ResponseReader>(view(bytes)));
    }

    void bodiesMayEndWithTheConnection() {
        for (const char* version : {"1.1", "1.0"}) {
            const std::string bytes =
                std::string("HTTP/") + version + " 200 OK\r\nA: b\r\n\r\nhello\r\n0\r\n\r\n";
            const Read read = whole<ResponseReader>(bytes);
            QVERIFY(!read.error && !read.done);
            QCOMPARE(read.body, std::string("hello\r\n0\r\n\r\n"));
            QVERIFY(sameHoweverTorn<ResponseReader>(bytes));
        }
        ResponseParser parser;
        ResponseHead head;
        QVERIFY(parser.head("HTTP/1.1 200 OK\r\n\r\n", head));
        QVERIFY(parser.endsWithConnection());
        parser.reset();
        QVERIFY(parser.head("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", head));
        QVERIFY(!parser.endsWithConnection());
    }

    void refusesAnswers_data() {
        QTest::addColumn<QByteArray>("bytes");
        for (const char* bytes :
             {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
              "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1\r\n\r\n",
              "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
              "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
              "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
              "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
              "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n0\r\n\r\n",
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"})
            QTest::newRow(QByteArray(bytes).toPercentEncoding(" /:,").constData())
                << QByteArray(bytes);
    }
    void refusesAnswers() {
        QFETCH(QByteArray, bytes);
        const Read read = whole<ResponseReader>(view(bytes));
        QVERIFY(read.error);
        QCOMPARE(read.error->code, ErrorCode::ProviderAnswerInvalid);
        QVERIFY(sameHoweverTorn<ResponseReader>(view(bytes)));
    }
};

QTEST_APPLESS_MAIN(TestHttpParser)
#include "test_http_parser.moc"
