// SPDX-License-Identifier: MIT
// Every client protocol against every provider protocol, through the official SDKs: text, tools,
// parallel tools, and reasoning that must survive a tool turn; streamed and whole.
import assert from 'node:assert/strict';
import test from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';

const root = process.env.GR_ROOT_URL;
const key = process.env.GR_KEY;
const openai = new OpenAI({ baseURL: `${root}/v1`, apiKey: key, maxRetries: 0 });
// The fakes of the other vendors refuse Anthropic's own headers.
const anthropic = new Anthropic({ baseURL: root, apiKey: key, maxRetries: 0,
    defaultHeaders: { 'anthropic-beta': 'matrix-2026-01-01' } });
const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: root } });

const HELLO = 'Z\u00fcrich \u{1f642} is fine.';
const THOUGHT = 'Let me think.';
// As fakes/scenes.py says them.
const ARGUMENTS = [String.raw`{"z":9007199254740993,"city":"Z\u00fcrich \ud83d\ude42","price":1.10,"a":{"q":"\"\\"}}`,
    '{"city":"Rome","z":2,"price":0.50}'];
const schema = { type: 'object', properties: { z: { type: 'integer' }, city: { type: 'string' },
    price: { type: 'number' }, a: { type: 'object' } }, required: ['city'] };
const models = { chat: 'plain/o3', responses: 'plain/gpt-5.6', anthropic: 'claude/claude-sonnet-4-5',
    gemini: 'google/gemini-3-pro', deepseek: 'deep/deepseek-chat' };

// Each client: `ask(model, history, options)` gives {text, calls, thought, usage, finish, next}.
// `next(results)` is the history of the following turn.
const clients = {
    chat: {
        begin: (text) => [{ role: 'user', content: text }],
        async ask(model, messages, { tools, think, stream }) {
            const body = { model, messages, stream, max_completion_tokens: 4000 };
            if (stream)
                body.stream_options = { include_usage: true };
            if (tools)
                body.tools = [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters: schema } }];
            if (think)
                body.reasoning_effort = 'low';
            let answer = await openai.chat.completions.create(body);
            if (stream)
                answer = await gatherChat(answer);
            const [choice] = answer.choices;
            const { message } = choice;
            return { text: message.content, thought: message.reasoning_content, usage: answer.usage,
                calls: (message.tool_calls ?? []).map((c) => ({ id: c.id, name: c.function.name, raw: c.function.arguments })),
                done: choice.finish_reason === (message.tool_calls ? 'tool_calls' : 'stop'),
                next: (results) => [...messages,
                    { role: 'assistant', content: message.content, tool_calls: message.tool_calls },
                    ...message.tool_calls.map((c, i) => ({ role: 'tool', tool_call_id: c.id, content: results[i] }))],
                cached: answer.usage.prompt_tokens_details.cached_tokens,
                total: [answer.usage.prompt_tokens, answer.usage.completion_tokens] };
        },
    },
    responses: {
        begin: (text) => [{ role: 'user', content: text }],
        async ask(model, input, { tools, think, stream }) {
            const body = { model, input, store: false, stream, include: ['reasoning.encrypted_content'] };
            if (tools)
                body.tools = [{ type: 'function', name: 'look', description: 'Looks.', parameters: schema, strict: false }];
            if (think)
                body.reasoning = { effort: 'low', summary: 'auto' };
            let answer = await openai.responses.create(body);
            if (stream)
                answer = await gatherResponses(answer);
            const calls = answer.output.filter((item) => item.type === 'function_call');
            const messages = answer.output.filter((item) => item.type === 'message');
            const reasoning = answer.output.filter((item) => item.type === 'reasoning');
            return { text: messages.flatMap((m) => m.content.map((p) => p.text)).join(''),
                thought: reasoning.flatMap((r) => [...r.summary, ...(r.content ?? [])].map((p) => p.text)).join(''),
                calls: calls.map((c) => ({ id: c.call_id, name: c.name, raw: c.arguments })),
                done: answer.status === 'completed',
                next: (results) => [...input, ...answer.output, ...calls.map((c, i) => (
                    { type: 'function_call_output', call_id: c.call_id, output: results[i] }))],
                cached: answer.usage.input_tokens_details.cached_tokens,
                total: [answer.usage.input_tokens, answer.usage.output_tokens] };
        },
    },
    messages: {
        begin: (text) => [{ role: 'user', content: text }],
        async ask(model, messages, { tools, think, stream }) {
            const body = { model, messages, max_tokens: 4000 };
            if (tools)
                body.tools = [{ name: 'look', description: 'Looks.', input_schema: schema }];
            if (think)
                body.thinking = { type: 'enabled', budget_tokens: 1024 };
            const answer = stream ? await anthropic.messages.stream(body).finalMessage()
                : await anthropic.messages.create(body);
            const calls = answer.content.filter((block) => block.type === 'tool_use');
            return { text: answer.content.filter((b) => b.type === 'text').map((b) => b.text).join(''),
                thought: answer.content.filter((b) => b.type === 'thinking').map((b) => b.thinking).join(''),
                calls: calls.map((c) => ({ id: c.id, name: c.name, value: c.input })),
                done: answer.stop_reason === (calls.length ? 'tool_use' : 'end_turn'),
                next: (results) => [...messages, { role: 'assistant', content: unrounded(answer.content) },
                    { role: 'user', content: calls.map((c, i) => (
                        { type: 'tool_result', tool_use_id: c.id, content: results[i] })) }],
                cached: answer.usage.cache_read_input_tokens,
                total: [answer.usage.input_tokens + (answer.usage.cache_read_input_tokens ?? 0)
                    + (answer.usage.cache_creation_input_tokens ?? 0), answer.usage.output_tokens] };
        },
    },
    gemini: {
        begin: (text) => [{ role: 'user', parts: [{ text }] }],
        async ask(model, contents, { tools, think, stream }) {
            const config = { maxOutputTokens: 4000 };
            if (tools)
                config.tools = [{ functionDeclarations: [{ name: 'look', description: 'Looks.', parametersJsonSchema: schema }] }];
            if (think)
                config.thinkingConfig = { thinkingLevel: 'LOW', includeThoughts: true };
            const chunks = [];
            if (stream) {
                for await (const chunk of await google.models.generateContentStream({ model, contents, config }))
                    chunks.push(chunk);
            } else {
                chunks.push(await google.models.generateContent({ model, contents, config }));
            }
            const parts = chunks.flatMap((c) => c.candidates?.[0]?.content?.parts ?? []);
            const calls = parts.filter((p) => p.functionCall);
            const usage = chunks.at(-1).usageMetadata;
            return { text: parts.filter((p) => p.text && !p.thought).map((p) => p.text).join(''),
                thought: parts.filter((p) => p.thought).map((p) => p.text).join(''),
                calls: calls.map((p) => ({ id: p.functionCall.id, name: p.functionCall.name, value: p.functionCall.args })),
                done: chunks.at(-1).candidates[0].finishReason === 'STOP',
                next: (results) => [...contents, { role: 'model', parts: unroundedParts(parts) },
                    { role: 'user', parts: calls.map((p, i) => ({ functionResponse: {
                        id: p.functionCall.id, name: p.functionCall.name, response: { result: results[i] } } })) }],
                cached: usage.cachedContentTokenCount,
                total: [usage.promptTokenCount, usage.candidatesTokenCount + (usage.thoughtsTokenCount ?? 0)] };
        },
    },
};

// JavaScript rounds the 64-bit integer of the arguments; a client that keeps it is played by putting
// a mark there, which the fetch of these tests turns back (see below).
function unrounded(blocks) {
    return blocks.map((b) => (b.type === 'tool_use' ? { ...b, input: mark(b.input) } : b));
}
function unroundedParts(parts) {
    return parts.map((p) => (p.functionCall ? { ...p, functionCall: { ...p.functionCall, args: mark(p.functionCall.args) } } : p));
}
function mark(value) {
    return { '@': value.city === 'Rome' ? 1 : 0 };
}
const realFetch = globalThis.fetch;
const fetchWithMarks = (url, init) => {
    if (typeof init?.body === 'string')
        init = { ...init, body: init.body.replaceAll('{"@":0}', () => ARGUMENTS[0]).replaceAll('{"@":1}', () => ARGUMENTS[1]) };
    return realFetch(url, init);
};
anthropic.fetch = fetchWithMarks;
globalThis.fetch = fetchWithMarks;

async function gatherChat(stream) {
    const message = { role: 'assistant', content: null };
    let usage, finish;
    for await (const chunk of stream) {
        usage = chunk.usage ?? usage;
        const [choice] = chunk.choices;
        if (!choice)
            continue;
        finish = choice.finish_reason ?? finish;
        if (choice.delta.content)
            message.content = (message.content ?? '') + choice.delta.content;
        if (choice.delta.reasoning_content)
            message.reasoning_content = (message.reasoning_content ?? '') + choice.delta.reasoning_content;
        for (const call of choice.delta.tool_calls ?? []) {
            message.tool_calls ??= [];
            const known = (message.tool_calls[call.index] ??= { id: call.id, type: 'function', function: { name: call.function.name, arguments: '' } });
            known.function.arguments += call.function.arguments ?? '';
        }
    }
    return { choices: [{ message, finish_reason: finish }], usage };
}

async function gatherResponses(stream) {
    let last = -1, completed, text = '';
    for await (const event of stream) {
        assert.equal(event.sequence_number, last + 1, event.type);
        last = event.sequence_number;
        if (event.type === 'response.output_text.delta')
            text += event.delta;
        if (event.type === 'response.completed')
            completed = event.response;
    }
    assert.ok(completed, 'no response.completed');
    const said = completed.output.filter((i) => i.type === 'message').flatMap((m) => m.content.map((p) => p.text)).join('');
    assert.equal(text, said);
    return completed;
}

function checkCalls(answer, count) {
    assert.equal(answer.calls.length, count);
    assert.equal(new Set(answer.calls.map((c) => c.id)).size, count);
    answer.calls.forEach((call, i) => {
        assert.equal(call.name, 'look');
        if (call.raw !== undefined)
            assert.equal(call.raw, ARGUMENTS[i]);
        else
            assert.deepEqual(call.value, JSON.parse(ARGUMENTS[i]));
    });
}

for (const [client, { begin, ask }] of Object.entries(clients)) {
    for (const [provider, model] of Object.entries(models)) {
        for (const stream of [false, true]) {
            const name = `${client} -> ${provider}${stream ? ', streamed' : ''}`;
            test(`${name}: text`, async () => {
                const answer = await ask(`${model}--text`, begin('Say hello.'), { stream });
                assert.equal(answer.text, HELLO);
                assert.ok(answer.done);
                assert.deepEqual(answer.total, [20, 10]);
                assert.equal(answer.cached, 8);
            });
            test(`${name}: parallel tools`, async () => {
                const first = await ask(`${model}--tools`, begin('Use it in parallel.'), { stream, tools: true });
                checkCalls(first, 2);
                assert.ok(first.done);
                const second = await ask(`${model}--tools`, first.next(['one "1"', 'two']), { stream, tools: true });
                assert.equal(second.text, 'The tools said: one "1", two');
                assert.ok(second.done);
            });
            test(`${name}: reasoning survives a tool turn`, async () => {
                const first = await ask(`${model}--think-tool`, begin('Think, then use it.'), { stream, tools: true, think: true });
                checkCalls(first, 1);
                if (provider !== 'chat')
                    assert.equal(first.thought, THOUGHT);
                const second = await ask(`${model}--think-tool`, first.next(['seen']), { stream, tools: true, think: true });
                assert.equal(second.text, 'The tools said: seen');
            });
        }
    }
}
