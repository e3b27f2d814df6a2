// SPDX-License-Identifier: MIT
#include <QtTest>

#include "json/scan.h"
#include "protocol/adapters.h"
#include "support/json_words.h"

using namespace gr;
using namespace gr::protocol;
using test::jsonOf;
using test::words;

namespace {

// The messages that a chat provider of that dialect gets of a client's request, in single quotes.
std::string messagesOf(Protocol from, const std::string& fields, std::string_view dialect) {
    static const Dialects dialects = Dialects::embedded();
    const std::string body = jsonOf("{'model':'x'," + fields + "}");
    const auto request = adapter(from).readRequest(body);
    if (!request)
        return request.error().message.text;
    Target target;
    target.model = "m";
    target.dialect = &dialects.find(dialect);
    const auto written = adapter(Protocol::OpenAiChat).writeRequest(*request, target);
    if (!written)
        return written.error().message.text;
    const auto object = json::scanObject(written->body);
    return object ? words(object->raw(*object->find("messages"))) : "not JSON: " + written->body;
}

}  // namespace

// Claude Code speaks as the system in mid-conversation, Codex twice in front: the templates of many
// models refuse both ("System message must be at the beginning").
class TestChatSystem final : public QObject {
    Q_OBJECT

  private slots:
    void systemInMidConversation() {
        const std::string fields =
            "'max_tokens':9,'system':'S','messages':[{'role':'user','content':'A'},{'role':"
            "'system','content':[{'type':'text','text':'x'},{'type':'text','text':'y'}]},{'role':"
            "'assistant','content':'B'},{'role':'user','content':'C'}]";
        const std::string before =
            "[{'role':'system','content':'S'},{'role':'user','content':'A'},";
        const std::string behind =
            ",{'role':'assistant','content':'B'},{'role':'user','content':'C'}]";
        QCOMPARE(messagesOf(Protocol::Anthropic, fields, "vllm"),
                 before +
                     "{'role':'user','content':'<system-reminder>\\nx\\ny\\n</system-reminder>'}" +
                     behind);
        QCOMPARE(messagesOf(Protocol::Anthropic, fields, "openai"),
                 before + "{'role':'system','content':'x\\ny'}" + behind);
    }

    void severalInFront() {
        const std::string fields =
            "'instructions':'I','input':[{'role':'developer','content':'D'},{'role':'developer',"
            "'content':'E'},{'role':'user','content':'A'}]";
        QCOMPARE(messagesOf(Protocol::OpenAiResponses, fields, "vllm"),
                 std::string("[{'role':'system','content':'I\\nD\\nE'},{'role':'user','content':"
                             "'A'}]"));
    }

    void orderOfChatClientsStays() {
        const std::string messages =
            "[{'role':'system','content':'S'},{'role':'system','content':'T'},{'role':'user',"
            "'content':'A'},{'role':'system','content':'U'}]";
        QCOMPARE(messagesOf(Protocol::OpenAiChat, "'messages':" + messages, "deepseek"), messages);
    }
};

QTEST_APPLESS_MAIN(TestChatSystem)
#include "test_chat_system.moc"
