// SPDX-License-Identifier: MIT
// What passes byte for byte: paths, forms, whose ids are whose, and what a restricted key may do.
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QtTest>

#include "gateway/endpoints.h"
#include "gateway/relay_ask.h"
#include "http/parser.h"
#include "protocol/multipart.h"
#include "support/io_loop.h"

using namespace gr;
using namespace gr::gateway;

namespace {

std::string matched(std::string_view method, std::string_view target) {
    const auto match = matchEndpoint(method, target);
    if (!match)
        return std::string(errorInfo(match.error().code).slug);
    return match->endpoint == Endpoint::Relay ? match->argument : "another endpoint";
}

std::string form(const std::string& parts) {
    return parts + "--b--\r\n";
}

std::string part(const std::string& disposition, const std::string& value) {
    return "--b\r\nContent-Disposition: " + disposition + "\r\n\r\n" + value + "\r\n";
}

std::string modelIn(const std::string& body) {
    const auto span = protocol::partNamed(body, "b", "model");
    if (!span)
        return std::string(errorInfo(span.error().code).slug);
    return *span ? body.substr((*span)->begin, (*span)->end - (*span)->begin) : "none";
}

// Two providers of kind openai (one of them far away) and one of another kind.
SnapshotPtr snapshot() {
    Policy policy;
    const auto provider = [&policy](const char* id, const char* kind, const char* url,
                                    std::vector<std::string> models, bool openEnded) {
        ProviderEntry entry;
        entry.id = id;
        entry.kind = entry.dialect = kind;
        entry.baseUrl = url;
        entry.needsKey = false;
        entry.models = std::move(models);
        entry.openEnded = openEnded;
        policy.providers.push_back(std::move(entry));
    };
    provider("claude", "anthropic", "https://claude.example", {"c"}, true);
    provider("closed", "openai", "https://closed.example/v1", {"dall-e-3"}, false);
    provider("far", "openai", "https://far.example/v1", {"whisper-1"}, true);
    provider("near", "openai", "http://127.0.0.1:9/v1", {"local"}, true);
    return makeSnapshot(std::make_shared<const Policy>(std::move(policy)));
}

ClientEntry client(std::string id = "a") {
    ClientEntry entry;
    entry.id = std::move(id);
    return entry;
}

std::string chosen(const RelayAsk& ask, const ClientEntry& who, const IdBook& ids,
                   std::optional<std::string_view> named = {}) {
    const SnapshotPtr all = snapshot();
    const auto choice = chooseRelay(ask, *all, who, named, ids);
    if (!choice)
        return std::string(errorInfo(choice.error().code).slug);
    return all->providers[choice->provider].id + " " + choice->model;
}

RelayAsk asking(std::string model, std::vector<std::string> ids = {}) {
    RelayAsk ask;
    ask.model = std::move(model);
    ask.ids = std::move(ids);
    return ask;
}

}  // namespace

class TestRelay final : public QObject {
    Q_OBJECT

  private slots:
    void paths();
    void formsAreReadForOnePart();
    void ambiguousFormsAreRefused();
    void boundaries();
    void theProvider();
    void restrictedKeys();
    void idsBelongToTheirClient();
    void idsSurviveARestart();
    void noIoThreadWaitsForTheFile();
    void listsTellTheirOwn();
};

#ifndef Q_MOC_RUN  // moc does not know raw strings

void TestRelay::paths() {
    QCOMPARE(matched("POST", "/v1/images/generations"), std::string("/images/generations"));
    QCOMPARE(matched("POST", "/v1/v1/audio/speech?x=1"), std::string("/audio/speech"));
    QCOMPARE(matched("GET", "/files"), std::string("/files"));
    QCOMPARE(matched("GET", "/v1/files/file-1/content"), std::string("/files/file-1/content"));
    QCOMPARE(matched("DELETE", "/v1/files/file-1"), std::string("/files/file-1"));
    QCOMPARE(matched("POST", "/v1/batches/batch_1/cancel"), std::string("/batches/batch_1/cancel"));
    QCOMPARE(matched("POST", "/v1/rerank"), std::string("/rerank"));
    QCOMPARE(matched("GET", "/v1/images/generations"), std::string("method_not_allowed"));
    QCOMPARE(matched("DELETE", "/v1/batches/batch_1"), std::string("method_not_allowed"));
    for (const char* path :
         {"/v1/images", "/v1/images/a/b", "/v1/files/../chat/completions", "/v1/files/..",
          "/v1/files/%2e%2e/models", "/v1/files//content", "/v1/files/a/content/more", "/v1/files/",
          "/v1beta/files", "/v1/filesystem", "/v1/moderations/x"})
        QCOMPARE(matched("GET", path), std::string("not_found"));
}

void TestRelay::formsAreReadForOnePart() {
    const std::string file = part(R"(form-data; name="file"; filename="model.wav")", "RIFF\r\n--x");
    QCOMPARE(modelIn(form(file + part(R"(form-data; name="model")", "whisper-1"))),
             std::string("whisper-1"));
    QCOMPARE(modelIn(form(part("form-data; name=model", ""))), std::string());
    QCOMPARE(modelIn(form(file)), std::string("none"));
    QCOMPARE(modelIn(form(part(R"(form-data; filename="; name=model"; name="x")", "no"))),
             std::string("none"));
    QCOMPARE(
        modelIn(form(part(R"(form-data; name="x"; filename="C:\model"; filename*=a''b;)", ""))),
        std::string("none"));
    const std::string model = part(R"(form-data; name="model")", "a");
    QCOMPARE(modelIn(form(model + model)), std::string("duplicate_key"));
    QCOMPARE(modelIn(form(model + part("FORM-DATA; NAME=model", "b"))),
             std::string("duplicate_key"));
    for (const char* broken : {"", "--b", "--b\r\n", "--b\r\nX: y\r\n\r\nno end", "--c--"})
        QCOMPARE(modelIn(broken), std::string("invalid_field"));
}

// The provider reads the form once more, and not as we do: it must not find another model.
void TestRelay::ambiguousFormsAreRefused() {
    const std::string again = "Content-Disposition: form-data; name=\"model\"";
    const std::string first = "form-data; name=\"x\"";
    for (const std::string& disposition :
         {std::string("form-data"), first + "; name=\"model\"", first + "; name*=utf-8''model",
          first + R"(; filename="\"; name=\"model")", first + "; y; name=\"model\"",
          first + " name=\"model\"", first + "; filename=\"", first + "; =\"model\"",
          std::string(R"(form-data; name="m\odel")"), std::string("form-data; name=model x"),
          std::string("form-data; name=m\"odel\""), first + "\r\n" + again, first + "\n" + again,
          first + "\r" + again, first + "\r\n " + again, first + "\r\nno field",
          first + "\r\nContent-Disposition : form-data; name=\"model\""})
        QVERIFY2(modelIn(form(part(disposition, "a"))) == "invalid_field", disposition.c_str());
    const std::string model = part("form-data; name=model", "a");
    for (const std::string& body :
         {form("--b\r\n\r\nno head\r\n" + model), form(part(first, "a\n--b\n" + again + "\n\nb")),
          form("--b\r\n" + again + "\r\n" + model), form("--b\r\n" + again + "\r\n\r\n"),
          form(model) + model, form(model) + "x", form("--b \r\n" + again + "\r\n\r\na\r\n")})
        QVERIFY2(modelIn(body) == "invalid_field", body.c_str());
    QCOMPARE(modelIn(form(model) + "\r\n"), std::string("a"));
}

void TestRelay::boundaries() {
    using protocol::multipartBoundary;
    QCOMPARE(*multipartBoundary("multipart/form-data; boundary=abc"), std::string("abc"));
    QCOMPARE(*multipartBoundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""),
             std::string("a b"));
    for (const char* type :
         {"application/json", "multipart/form-data", "multipart/form-data; boundary=",
          "multipart/mixed; boundary=a", "multipart/form-data; boundary=a; boundary=b",
          "multipart/form-data; boundary=a b", "multipart/form-data; boundary",
          "multipart/form-data; boundary=\"a", "multipart/form-data; boundary*=a",
          "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=a\\"})
        QVERIFY2(!multipartBoundary(type), type);
}

void TestRelay::theProvider() {
    const IdBook ids({});
    QCOMPARE(chosen(asking(""), client(), ids), std::string("closed "));
    QCOMPARE(chosen(asking("whisper-1"), client(), ids), std::string("far whisper-1"));
    QCOMPARE(chosen(asking("near/any"), client(), ids), std::string("near any"));
    // On no list: the first that takes any name.
    QCOMPARE(chosen(asking("tts-9"), client(), ids), std::string("far tts-9"));
    QCOMPARE(chosen(asking("nobody/tts-9"), client(), ids), std::string("model_not_found"));
    QCOMPARE(chosen(asking("near/any"), client(), ids, "near"), std::string("near any"));
    QCOMPARE(chosen(asking("whisper-1"), client(), ids, "near"), std::string("near whisper-1"));
    QCOMPARE(chosen(asking("x"), client(), ids, "claude"), std::string("no_candidate"));
    QCOMPARE(chosen(asking("x"), client(), ids, "nobody"), std::string("no_candidate"));
}

void TestRelay::restrictedKeys() {
    const IdBook ids({});
    ClientEntry scoped = client();
    scoped.models = {"far/whisper-*"};
    QCOMPARE(chosen(asking("whisper-1"), scoped, ids), std::string("far whisper-1"));
    QCOMPARE(chosen(asking("tts-9"), scoped, ids), std::string("model_forbidden"));
    QCOMPARE(chosen(asking(""), scoped, ids), std::string("cost_unbounded"));
    ClientEntry limited = client();
    limited.usdLimited = true;
    QCOMPARE(chosen(asking("whisper-1"), limited, ids), std::string("cost_unbounded"));
    QCOMPARE(chosen(asking("near/local"), limited, ids), std::string("near local"));  // is free
    limited.allowUnpriced = scoped.allowUnpriced = true;
    QCOMPARE(chosen(asking("whisper-1"), limited, ids), std::string("far whisper-1"));
    QCOMPARE(chosen(asking(""), scoped, ids), std::string("closed "));
    // What may cost anything may still not be another model.
    QCOMPARE(chosen(asking("tts-9"), scoped, ids), std::string("model_forbidden"));
}

void TestRelay::idsBelongToTheirClient() {
    IdBook ids({}, 3);
    ids.add("file-1", {"a", "near"});
    ids.add("file-2", {"b", "far"});
    ids.add("file-1", {"b", "far"});  // it stays with its owner
    ids.add("../x", {"b", "far"});
    QCOMPARE(chosen(asking("", {"file-1"}), client("a"), ids), std::string("near "));
    QCOMPARE(chosen(asking("", {"file-1"}), client("b"), ids), std::string("record_not_found"));
    QCOMPARE(chosen(asking("", {"file-9"}), client("a"), ids), std::string("record_not_found"));
    QCOMPARE(chosen(asking("", {"file-1"}), client("a"), ids, "far"),
             std::string("record_not_found"));
    RelayAsk mentions = asking("near/m");
    mentions.json = R"({"x":["file-unknown","file-2"]})";
    QCOMPARE(chosen(mentions, client("b"), ids), std::string("near m"));
    QCOMPARE(chosen(mentions, client("a"), ids), std::string("record_not_found"));
    mentions.json = R"({"x":"a \"file-2\" in a text","y":"f\u0069le-2"})";
    QCOMPARE(chosen(mentions, client("a"), ids), std::string("record_not_found"));
    mentions.json = R"({"x":"a \"file-2\" in a text","file-1":"file-22"})";
    QCOMPARE(chosen(mentions, client("a"), ids), std::string("near m"));
    ids.add("file-3", {"a", "near"});
    ids.add("file-4", {"a", "near"});
    QVERIFY(!ids.find("file-1") && ids.find("file-4") && !ids.find("../x"));
}

void TestRelay::idsSurviveARestart() {
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath(QStringLiteral("ids")).toStdString();
    for (int i = 0; i < 5; ++i)
        IdBook(file, 3).add("file-" + std::to_string(i), {"an id", "far"});
    const IdBook ids(file, 3);
    QVERIFY(!ids.find("file-1"));
    QCOMPARE(ids.find("file-4")->client, std::string("an id"));
    QCOMPARE(ids.find("file-4")->provider, std::string("far"));
    QCOMPARE(QFileInfo(QString::fromStdString(file.string())).permissions() & 0x77,
             QFile::Permissions());
}

// The file is a pipe that nobody reads at first: whoever writes it waits.
void TestRelay::noIoThreadWaitsForTheFile() {
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath(QStringLiteral("ids")).toStdString();
    IdBook ids(file);
    QCOMPARE(::mkfifo(file.c_str(), 0600), 0);
    gr::test::IoLoop loop;
    ids.add("file-1", {"a", "far"});
    QVERIFY(ids.find("file-1"));
    bool written = false;
    const auto wait = [](IdBook& book, http::Executor io, bool& done) -> http::Awaitable<void> {
        co_await book.written(io);
        done = true;
    };
    loop.start(wait(ids, loop.executor(), written));
    loop.io().poll();
    QVERIFY(!written);
    QFile reader(QString::fromStdString(file.string()));
    QVERIFY(reader.open(QIODevice::ReadOnly));
    loop.runUntil([&written] { return written; });
    QCOMPARE(reader.readAll(), QByteArray("a\tfar\tfile-1\n"));
}

void TestRelay::listsTellTheirOwn() {
    IdBook ids({});
    ids.add("file-1", {"a", "far"});
    ids.add("file-2", {"b", "far"});
    const std::string list =
        R"({"object":"list","data":[{"id":"file-2","n":1.10},{"id":"file-1"},{"id":"file-3"}],)"
        R"("first_id":"file-2","last_id":"file-3","has_more":false})";
    QCOMPARE(
        ownPart(list, "b", ids),
        std::string(R"({"object":"list","data":[{"id":"file-2","n":1.10}],"first_id":"file-2",)"
                    R"("last_id":"file-2","has_more":false})"));
    QCOMPARE(ownPart(list, "c", ids),
             std::string(
                 R"({"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false})"));
    const std::vector<std::string> told{"batch_1", "file-8"};
    QVERIFY(idsToldBy(R"({"id":"batch_1","output_file_id":"file-8","error_file_id":null})") ==
            told);
}

#endif

QTEST_APPLESS_MAIN(TestRelay)
#include "test_relay.moc"
