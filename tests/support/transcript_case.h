// SPDX-License-Identifier: MIT
#pragma once

#include <QDir>
#include <QFile>
#include <QString>
#include <QStringList>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/transcript_road.h"

// Files of tests/data/transcripts, and streams cut or with other line ends.
namespace gr::test {

// One folder: `client.PROTOCOL.json`, `upstream.PROVIDER.{sse,json,STATUS}`, and the transcripts
// that are expected of them.
class TranscriptCase final {
  public:
    static std::vector<TranscriptCase> all() {
        std::vector<TranscriptCase> cases;
        const QDir root(QStringLiteral(GR_TEST_DATA "/transcripts"));
        for (const QString& name : root.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name))
            cases.push_back(TranscriptCase(root.filePath(name)));
        return cases;
    }

    std::string name() const { return m_folder.dirName().toStdString(); }
    // The reasoning of the upstream's whole answer is what the client's history refers to.
    bool remembers() const { return name().starts_with("reasoning"); }

    bool has(protocol::Protocol client) const { return m_folder.exists(clientFile(client)); }
    bool has(const TranscriptProvider& provider) const {
        return !m_folder.entryList({prefixOf(provider) + QStringLiteral("*")}).isEmpty();
    }

    // The client's request. `@proof@` in it stands for the proof of reasoning that this client got,
    // `@call@` for the id of the provider's first call.
    std::string request(protocol::Protocol client, const TranscriptProvider& provider,
                        const Seals& seals) const {
        std::string text = read(clientFile(client)).value_or("");
        std::string proof(provider.proof);
        if (provider.protocol != client)
            proof = "gr1.{" + std::string(provider.vendor) + " " +
                    std::string(provider.sealedProof) + "}";
        replaceAll(text, "@proof@", proof);
        replaceAll(text, "@call@", provider.call);
        return seals.closed(std::move(text), client == protocol::Protocol::Gemini);
    }

    std::optional<std::string> upstream(const TranscriptProvider& provider,
                                        const char* form) const {
        return read(prefixOf(provider) + QLatin1String(form));
    }

    // (status, body) of the unhappy answers.
    std::vector<std::pair<int, std::string>> failures(const TranscriptProvider& provider) const {
        std::vector<std::pair<int, std::string>> found;
        const QStringList names = m_folder.entryList({prefixOf(provider) + QStringLiteral("[45]*")},
                                                     QDir::Files, QDir::Name);
        for (const QString& file : names)
            found.emplace_back(file.section(u'.', 2, 2).toInt(), read(file).value_or(""));
        return found;
    }

    std::string expectedPath(const std::string& pair) const {
        return m_folder
            .filePath(QStringLiteral("expected/") + QString::fromStdString(pair) +
                      QStringLiteral(".txt"))
            .toStdString();
    }
    std::optional<std::string> expected(const std::string& pair) const {
        return read(QString::fromStdString(expectedPath(pair)));
    }
    QStringList expectedFiles() const {
        QStringList paths;
        const QDir folder(m_folder.filePath(QStringLiteral("expected")));
        for (const QString& file : folder.entryList(QDir::Files))
            paths << folder.filePath(file);
        return paths;
    }
    void rewrite(const std::string& pair, const std::string& text) const {
        m_folder.mkpath(QStringLiteral("expected"));
        QFile file(QString::fromStdString(expectedPath(pair)));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("cannot write the expected transcripts");
        file.write(text.data(), static_cast<qint64>(text.size()));
    }

  private:
    explicit TranscriptCase(const QString& folder) : m_folder(folder) {}

    static void replaceAll(std::string& text, std::string_view what, std::string_view by) {
        for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at))
            text.replace(at, what.size(), by);
    }
    static QString clientFile(protocol::Protocol client) {
        const std::string name(protocol::nameOf(client));
        return QStringLiteral("client.") + QString::fromStdString(name) + QStringLiteral(".json");
    }
    static QString prefixOf(const TranscriptProvider& provider) {
        return QStringLiteral("upstream.") + QString::fromStdString(std::string(provider.name)) +
               u'.';
    }
    std::optional<std::string> read(const QString& name) const {
        QFile file(m_folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            return std::nullopt;
        return file.readAll().toStdString();
    }

    QDir m_folder;
};

inline std::string withLineEnds(std::string_view stream, std::string_view lineEnd) {
    std::string out;
    for (const char c : stream) {
        if (c == '\n')
            out.append(lineEnd);
        else if (c != '\r')
            out.push_back(c);
    }
    return out;
}

// The offsets behind each event of a stream.
inline std::vector<std::size_t> eventEnds(std::string_view stream) {
    std::vector<std::size_t> ends;
    std::size_t at = 0;
    http::SseSplitter splitter;
    (void)splitter.feed(stream, [&](std::string_view event) {
        at += event.size();
        ends.push_back(at);
    });
    return ends;
}

}  // namespace gr::test
