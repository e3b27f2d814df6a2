// SPDX-License-Identifier: MIT
#include <QtTest>

#include "anthropic_test.h"
#include "json/scan.h"
#include "protocol/anthropic_request_reader.h"
#include "protocol/anthropic_request_writer.h"

using namespace gr;
using namespace gr::protocol;

namespace {

const Dialects kDialects = Dialects::embedded();

Target target(std::string_view model) {
    Target out;
    out.model = model;
    out.dialect = &kDialects.find("anthropic");
    out.rules = kDialects.rulesOf(*out.dialect, model);
    return out;
}

// What becomes of an Anthropic client's body on its way to one of Anthropic's models.
std::string passed(const std::string& body, std::string_view model) {
    const auto read = readAnthropicCount(body);
    if (!read)
        qFatal("%s", read.error().message.text.c_str());
    const auto out = writeAnthropicRequest(*read, target(model));
    if (!out)
        qFatal("%s", out.error().message.text.c_str());
    if (!json::scanObject(out->body))
        qFatal("not JSON: %s", out->body.c_str());
    return out->body;
}

}  // namespace

// From Anthropic's protocol to Anthropic's protocol.
class TestAnthropicPassage final : public QObject {
    Q_OBJECT

  private slots:
    void forTheModelThatWasNamedEveryByteStays() {
        const std::string head = q("{ 'model': 'anthropic/claude-opus-5' ,");
        const std::string rest =
            q("\n'max_tokens':100,'temperature':0.70,'context_management':{'edits':[]},"
              "'system':[{'type':'text','text':'x-anthropic-billing-header: 1'},{'type':'text',"
              "'text':'S','cache_control':{'type':'ephemeral','ttl':'1h'}}],'messages':[{'role':"
              "'user','content':[{'type':'text','text':'h\\u00e9','cache_control':"
              "{'type':'ephemeral'}}]},{'role':'assistant','content':[{'type':'thinking',"
              "'thinking':'t','signature':'sig'},{'type':'tool_use','id':'a','name':'f','input':"
              "{'z':1.10}}]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'a'}]},"
              "{'role':'assistant','content':'pre '}],'tools':[{'name':'f','input_schema':"
              "{'type':'object'},'defer_loading':true}],'tool_choice':{'type':'any'},"
              "'thinking':{'type':'enabled','budget_tokens':2000}, 'container':'c' }");
        QCOMPARE(passed(head + rest, "claude-opus-5"), q("{ 'model': 'claude-opus-5' ,") + rest);
    }

    void ourOwnExtensionsAreTakenOut() {
        QCOMPARE(passed(q("{'models':['a'],'model':'m','x-gaterouter-session':'s','max_tokens':1,"
                          "'messages':[{'role':'user','content':'a'}],'x-gaterouter-max-cost':1}"),
                        "m"),
                 q("{'model':'m','max_tokens':1,'messages':[{'role':'user','content':'a'}]}"));
    }

    void aMissingOutputLimitIsAdded() {
        QCOMPARE(passed(q("{'model':'m','messages':[{'role':'user','content':'a'}]}"), "m"),
                 q("{'model':'m','max_tokens':32000,'messages':[{'role':'user','content':'a'}]}"));
    }

    // wire.md 7.4 and 8, trap 11: foreign thoughts and empty text would be refused.
    void foreignThoughtsAndEmptyTextAreLeftOut() {
        const std::string block = q("{'type':'text','text':'b','x':1}");
        QCOMPARE(passed(q("{'model':'m','max_tokens':1,'messages':[{'role':'user','content':'a'},"
                          "{'role':'assistant','content':[{'type':'thinking','thinking':'t',"
                          "'signature':'gr1.xyz'},{'type':'text','text':''},") +
                            block + q("]},{'role':'user','content':'c'}]}"),
                        "m"),
                 q("{'model':'m','max_tokens':1,'messages':[{'role':'user','content':'a'},"
                   "{'role':'assistant','content':[") +
                     block + q("]},{'role':'user','content':'c'}]}"));
    }

    void aSealThatWasOpenedGoesBackAsTheSignatureItHeld() {
        const std::string body =
            q("{'model':'m','max_tokens':1,'messages':[{'role':'user','content':'a'},"
              "{'role':'assistant','content':[{'type':'thinking','thinking':'t',"
              "'signature':'gr1.xyz'}]},{'role':'user','content':'c'}]}");
        auto read = readAnthropicRequest(body);
        Reasoning& reasoning = read->turns[1].parts[0].reasoning;
        reasoning.vendor = "anthropic";
        reasoning.signature = "own";
        const auto out = writeAnthropicRequest(*read, target("m"));
        QVERIFY(contains(out->body, q("{'type':'thinking','thinking':'t','signature':'own'}")));
        QVERIFY(!contains(out->body, "gr1."));
    }

    void citationsThatTheGatewayMadeUpAreLeftOut() {
        const std::string out =
            passed(q("{'model':'m','max_tokens':1,'messages':[{'role':'user','content':'a'},"
                     "{'role':'assistant','content':[{'type':'text','text':'b','citations':["
                     "{'type':'web_search_result_location','cited_text':'','encrypted_index':'',"
                     "'title':null,'url':'https://e'}]}]},{'role':'user','content':'c'}]}"),
                   "m");
        QVERIFY(contains(out, q("{'type':'text','text':'b'}")));
        QVERIFY(!contains(out, "citations"));
    }

    void systemTurnsBeforeTheFirstMessageSurviveARewriting() {
        const std::string out =
            passed(q("{'model':'m','max_tokens':1,'messages':[{'role':'system','content':'S'},"
                     "{'role':'user','content':[{'type':'text','text':''},{'type':'text',"
                     "'text':'a'}]}]}"),
                   "m");
        QVERIFY(contains(out, q("'system':'S'")));
        QVERIFY(contains(out, q("[{'role':'user','content':[{'type':'text','text':'a'}]}]")));
    }

    // A model that the gateway chose is put to by its own rules.
    void aModelThatWasNotNamedGetsWhatItTakes() {
        const std::string body =
            q("{'model':'auto','max_tokens':100,'temperature':0.5,'system':[{'type':'text',"
              "'text':'S','cache_control':{'type':'ephemeral'}}],'messages':[{'role':'user',"
              "'content':[{'type':'text','text':'a','cache_control':{'type':'ephemeral'}}]}],"
              "'tools':[{'name':'f','input_schema':{},'defer_loading':true},"
              "{'type':'web_search_20250305','name':'web_search'}],'tool_choice':{'type':'any'},"
              "'metadata':{'user_id':'u'},'service_tier':'auto','output_config':"
              "{'task_budget':{'total':9},'effort':'xhigh','format':{'type':'json_schema',"
              "'schema':{'minimum':1}}}}");
        const std::string out = passed(body, "claude-opus-5-5");
        QVERIFY(contains(out, q("'model':'claude-opus-5-5'")));
        QVERIFY(!contains(out, "temperature"));
        QVERIFY(contains(out, q("'tool_choice':{'type':'auto'}")));
        QVERIFY(contains(out, q("'system':[{'type':'text','text':'S','cache_control':"
                                "{'type':'ephemeral'}}]")));
        QVERIFY(
            contains(out, q("{'type':'text','text':'a','cache_control':{'type':'ephemeral'}}")));
        QVERIFY(contains(out, q("{'name':'f','input_schema':{},'defer_loading':true},"
                                "{'type':'web_search_20250305','name':'web_search'}]")));
        QVERIFY(contains(out, q("'service_tier':'auto'")));
        QVERIFY(contains(out, q("'output_config':{'effort':'xhigh','format':"
                                "{'type':'json_schema','schema':{'minimum':1}},"
                                "'task_budget':{'total':9}}")));
        QVERIFY(!contains(out, q("'thinking'")));
        QVERIFY(contains(out, q("'metadata':{'user_id':'u'}")));
        // Effort alone asks no model to think.
        QVERIFY(!contains(passed(body, "claude-sonnet-4-5"), q("'thinking'")));
        QVERIFY(contains(passed(body, "claude-sonnet-4-5"), q("'temperature':0.5")));
    }

    // The models of generation 5 take no effort above high without thoughts.
    void effortWithoutThoughtsIsAtMostHigh() {
        const std::string body =
            q("{'model':'auto','max_tokens':1,'messages':[{'role':'user','content':'a'}],"
              "'thinking':{'type':'disabled'},'output_config':{'effort':'max'}}");
        const std::string out = passed(body, "claude-opus-5");
        QVERIFY(contains(out, q("'thinking':{'type':'disabled'}")));
        QVERIFY(contains(out, q("'output_config':{'effort':'high'}")));
    }

    void aModelIsNamedByItsWholeName() {
        const std::string out =
            passed(q("{'model':'x-claude-opus-5','max_tokens':1,'temperature':1,'messages':["
                     "{'role':'user','content':'a'}]}"),
                   "claude-opus-5");
        QVERIFY(!contains(out, "temperature"));
    }

    void countingAddsNoOutputLimit() {
        const std::string body = q("{'model':'m','messages':[{'role':'user','content':'a'}]}");
        const auto read = readAnthropicCount(body);
        QCOMPARE(writeAnthropicCount(*read, target("m"))->body, body);
    }

    // Blocks that only Anthropic knows and fields of known blocks that nobody else has.
    void foreignBlocksGoOnAsTheyCame() {
        const std::string blocks =
            q("{'type':'server_tool_use','id':'s','name':'web_search','input':{}},"
              "{'type':'web_search_tool_result','tool_use_id':'s','content':[]},"
              "{'type':'tool_use','id':'t','name':'f','input':{},'caller':{'type':'direct'}}");
        const std::string out =
            passed(q("{'model':'auto','max_tokens':1,'messages':[{'role':'user','content':'a'},"
                     "{'role':'assistant','content':[") +
                       blocks +
                       q("]},{'role':'user','content':[{'type':'tool_result','tool_use_id':'t',"
                         "'content':[{'type':'tool_reference','tool_name':'g'}]}]}]}"),
                   "claude-opus-5");
        QVERIFY(contains(out, "[" + blocks + "]"));
        QVERIFY(contains(out, q("[{'type':'tool_reference','tool_name':'g'}]")));
    }
};

QTEST_APPLESS_MAIN(TestAnthropicPassage)
#include "test_anthropic_passage.moc"
