// SPDX-License-Identifier: MIT
// The official SDK with nothing changed but the base URL and the key, in the ways people use it.
import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';

const baseURL = process.env.GR_BASE_URL;
const client = new OpenAI({ baseURL, apiKey: process.env.GR_KEY, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Say something short.' }];

async function collect(stream) {
    let text = '';
    let usage = null;
    let finish = null;
    for await (const chunk of stream) {
        text += chunk.choices[0]?.delta?.content ?? '';
        finish = chunk.choices[0]?.finish_reason ?? finish;
        usage = chunk.usage ?? usage;
    }
    return { text, usage, finish };
}

test('chat', async () => {
    const answer = await client.chat.completions.create({ model: 'sandbox/echo', messages });
    assert.equal(answer.object, 'chat.completion');
    assert.ok(answer.choices[0].message.content.includes('Say something short.'));
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.ok(answer.usage.total_tokens > 0);
});

test('chat with its raw answer', async () => {
    const { data, response } =
        await client.chat.completions.create({ model: 'sandbox/echo', messages }).withResponse();
    assert.ok(response.headers.get('x-gaterouter-request-id').startsWith('req_'));
    assert.equal(response.headers.get('x-gaterouter-model'), 'sandbox/echo');
    assert.ok(data.id);
});

test('what it cost', async () => {
    const asked = { model: 'sandbox/echo', messages, usage: { include: true } };
    const { data, response } = await client.chat.completions.create(asked).withResponse();
    assert.equal(response.headers.get('x-gaterouter-cost'), '0.00');
    assert.equal(data.usage.cost, 0);
    const { usage } = await collect(await client.chat.completions.create(
        { ...asked, stream: true }));
    assert.equal(usage.cost, 0);
    const silent = await client.chat.completions.create({ model: 'sandbox/echo', messages });
    assert.equal(silent.usage.cost, undefined);
});

test('stream without usage', async () => {
    const { text, usage, finish } = await collect(
        await client.chat.completions.create({ model: 'sandbox/echo', messages, stream: true }));
    assert.ok(text.includes('Say something short.'));
    assert.equal(finish, 'stop');
    assert.equal(usage, null);
});

test('stream with usage', async () => {
    const { text, usage } = await collect(await client.chat.completions.create({
        model: 'sandbox/story', messages, stream: true, max_completion_tokens: 40,
        stream_options: { include_usage: true },
    }));
    assert.ok(text.length > 0);
    assert.ok(usage.total_tokens > 0);
});

const tools = [{
    type: 'function',
    function: {
        name: 'get_weather',
        description: 'The weather of a city',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
}];

test('tools, there and back', async () => {
    const asked = [{ role: 'user', content: 'What is the weather in Paris?' }];
    const first = await client.chat.completions.create({
        model: 'sandbox/tools', messages: asked, tools });
    const call = first.choices[0].message.tool_calls[0];
    assert.equal(first.choices[0].finish_reason, 'tool_calls');
    assert.equal(call.function.name, 'get_weather');
    assert.equal(typeof JSON.parse(call.function.arguments), 'object');
    const second = await client.chat.completions.create({
        model: 'sandbox/tools', tools,
        messages: [...asked, first.choices[0].message,
            { role: 'tool', tool_call_id: call.id, content: '{"celsius": 21}' }],
    });
    assert.equal(second.choices[0].finish_reason, 'stop');
    assert.ok(second.choices[0].message.content.length > 0);
});

test('tools in a stream, put together by the SDK', async () => {
    const runner = client.chat.completions.stream({
        model: 'sandbox/tools', messages: [{ role: 'user', content: 'Weather in Oslo?' }], tools });
    const message = await runner.finalMessage();
    assert.equal(message.tool_calls[0].function.name, 'get_weather');
    JSON.parse(message.tool_calls[0].function.arguments);
});

test('models', async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    for (const id of ['sandbox/echo', 'sandbox/story', 'sandbox/tools']) assert.ok(ids.includes(id));
    const one = await client.models.retrieve('sandbox/echo');
    assert.equal(one.id, 'sandbox/echo');
    assert.equal(one.object, 'model');
});

test('a wrong key', async () => {
    const stranger = new OpenAI({ baseURL, apiKey: 'wrong', maxRetries: 0 });
    await assert.rejects(stranger.models.list(), (error) =>
        error instanceof OpenAI.AuthenticationError && error.status === 401 &&
        error.code === 'invalid_api_key' && error.type === 'invalid_request_error');
});

test('an unknown model', async () => {
    await assert.rejects(
        client.chat.completions.create({ model: 'nobody/nothing', messages }), (error) =>
            error instanceof OpenAI.NotFoundError && error.code === 'model_not_found' &&
            error.message.includes('nobody/nothing'));
});

test('an abort in mid-stream', async () => {
    const stream = await client.chat.completions.create({ model: 'fake/m', messages, stream: true });
    let text = '';
    for await (const chunk of stream) {
        text += chunk.choices[0].delta.content ?? '';
        stream.controller.abort();
    }
    assert.equal(text, 'first');
});
