// SPDX-License-Identifier: MIT
// The endpoints beside generation through the official SDKs: counts of tokens, embeddings, legacy
// completions, lists of models.
import assert from 'node:assert/strict';
import test from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';

const root = process.env.GR_ROOT_URL;
const key = process.env.GR_KEY;
const openai = new OpenAI({ baseURL: `${root}/v1`, apiKey: key, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: root, apiKey: key, maxRetries: 0 });
const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: root } });

const TEXT = 'These are five plain words';
const tool = { name: 'look', description: 'Looks.', input_schema: { type: 'object', properties: {} } };

const messagesCount = async (model) => {
    const { data, response } = await anthropic.messages.countTokens(
        { model, system: 'Two words', messages: [{ role: 'user', content: TEXT }], tools: [tool] }).withResponse();
    return [data.input_tokens, response.headers.get('x-gaterouter-estimate')];
};
const responsesCount = async (model) => {
    const { data, response } = await openai.responses.inputTokens.count(
        { model, instructions: 'Two words', input: TEXT }).withResponse();
    assert.equal(data.object, 'response.input_tokens');
    return [data.input_tokens, response.headers.get('x-gaterouter-estimate')];
};

test('Messages: Anthropic counts', async () => {
    assert.deepEqual(await messagesCount('claude/claude-sonnet-4-5'), [7, null]);
});
test('Messages, beta: Anthropic counts', async () => {
    const answer = await anthropic.beta.messages.countTokens(
        { model: 'claude/claude-sonnet-4-5', messages: [{ role: 'user', content: TEXT }] });
    assert.equal(answer.input_tokens, 5);
});
test('Messages: Gemini counts', async () => {
    assert.deepEqual(await messagesCount('google/gemini-2.5-pro'), [7, null]);
});
test('Messages: OpenAI counts', async () => {
    assert.deepEqual(await messagesCount('plain/gpt-4o'), [7, null]);
});
for (const model of ['claude/uncounted', 'google/uncounted', 'plain/uncounted', 'deep/deepseek-flash']) {
    test(`Messages: estimated for ${model}`, async () => {
        const [tokens, estimate] = await messagesCount(model);
        assert.equal(estimate, 'true');
        assert.ok(tokens > 20 && tokens < 60, String(tokens));
    });
}
test('Responses: OpenAI counts', async () => {
    assert.deepEqual(await responsesCount('plain/gpt-4o'), [7, null]);
});
test('Responses: Anthropic counts', async () => {
    assert.deepEqual(await responsesCount('claude/claude-sonnet-4-5'), [7, null]);
});
test('Responses: estimated for DeepSeek', async () => {
    const [tokens, estimate] = await responsesCount('deep/deepseek-flash');
    assert.equal(estimate, 'true');
    assert.ok(tokens > 7 && tokens < 30, String(tokens));
});
test('Gemini: Gemini counts', async () => {
    const answer = await google.models.countTokens({ model: 'google/gemini-2.5-pro', contents: TEXT });
    assert.equal(answer.totalTokens, 5);
});
test('Gemini: Anthropic counts', async () => {
    const answer = await google.models.countTokens({ model: 'claude/claude-sonnet-4-5', contents: TEXT });
    assert.equal(answer.totalTokens, 5);
});
test('Gemini: estimated for DeepSeek', async () => {
    const answer = await google.models.countTokens({ model: 'deep/deepseek-flash', contents: TEXT });
    assert.ok(answer.totalTokens > 5 && answer.totalTokens < 20);
});
test('counts of unknown models are refused in the words of the client', async () => {
    await assert.rejects(messagesCount('nobody/nothing'), (e) => e instanceof Anthropic.NotFoundError);
    await assert.rejects(google.models.countTokens({ model: 'nobody/nothing', contents: TEXT }),
        (e) => e.status === 404);
});

test('embeddings: OpenAI, base64 as the SDK asks and floats', async () => {
    const answer = await openai.embeddings.create({ model: 'plain/text-embedding-3-small', input: ['a', 'b'] });
    assert.deepEqual(answer.data.map((d) => Array.from(d.embedding)), [[0.5, -0.25, 1], [0.5, -0.25, 1]]);
    assert.equal(answer.usage.prompt_tokens, 5);
    const floats = await openai.embeddings.create(
        { model: 'plain/text-embedding-3-small', input: [1, 2, 3], dimensions: 2, encoding_format: 'float' });
    assert.deepEqual(floats.data[0].embedding, [0.5, -0.25]);
});
test('embeddings: Gemini for a client of OpenAI', async () => {
    const { data, response } = await openai.embeddings.create(
        { model: 'google/gemini-embedding-001', input: [TEXT, TEXT], dimensions: 2 }).withResponse();
    assert.deepEqual(data.data.map((d) => Array.from(d.embedding)), [[0.5, -0.25], [0.5, -0.25]]);
    assert.equal(data.usage.prompt_tokens, 11);  // two times five, and a tenth more
    assert.equal(response.headers.get('x-gaterouter-estimate'), 'true');
    assert.equal(data.model, 'gemini-embedding-001');
});
test('embeddings: what Gemini or Anthropic cannot do is refused', async () => {
    await assert.rejects(openai.embeddings.create({ model: 'google/gemini-embedding-001', input: [1, 2] }),
        (e) => e.status === 400 && e.param === 'input');
    await assert.rejects(openai.embeddings.create({ model: 'claude/claude-sonnet-4-5', input: 'a' }),
        (e) => e.status === 422 && e.message.includes('claude'));
});
test('embeddings: Gemini for its own client', async () => {
    const answer = await google.models.embedContent({ model: 'google/gemini-embedding-001', contents: ['a', 'b'] });
    assert.deepEqual(answer.embeddings.map((e) => e.values), [[0.5, -0.25, 1], [0.5, -0.25, 1]]);
});

test('completions: whole and streamed', async () => {
    const whole = await openai.completions.create({ model: 'plain/gpt-3.5-turbo-instruct', prompt: 'x', suffix: 'y' });
    assert.equal(whole.choices[0].text, 'one two');
    assert.equal(whole.usage.total_tokens, 6);
    for (const include_usage of [true, false]) {
        const stream = await openai.completions.create({ model: 'plain/gpt-3.5-turbo-instruct', prompt: 'x',
            stream: true, ...(include_usage ? { stream_options: { include_usage } } : {}) });
        const chunks = [];
        for await (const chunk of stream)
            chunks.push(chunk);
        assert.equal(chunks.map((c) => c.choices[0]?.text ?? '').join(''), 'one two');
        assert.equal(chunks.some((c) => c.usage), include_usage);
    }
});
test('completions: not with a provider of another protocol', async () => {
    await assert.rejects(openai.completions.create({ model: 'claude/claude-sonnet-4-5', prompt: 'x' }),
        (e) => e.status === 422);
});

test('models in each form, page by page', async () => {
    const all = (await openai.models.list()).data.map((m) => m.id);
    assert.ok(all.length > 5);
    const paged = [];
    for await (const model of await anthropic.models.list({ limit: 2 }))
        paged.push(model.id);
    assert.deepEqual(paged, all);
    const last = await anthropic.models.list({ limit: 2, before_id: all.at(-1) });
    assert.deepEqual([last.data.map((m) => m.id), last.has_more], [all.slice(-3, -1), true]);
    const theirs = [];
    for await (const model of await google.models.list({ config: { pageSize: 2 } }))
        theirs.push(model.name);
    assert.deepEqual(theirs, all.map((id) => `models/${id}`));
    assert.equal((await anthropic.models.retrieve(all[0])).type, 'model');
    assert.equal((await google.models.get({ model: all[0] })).name, `models/${all[0]}`);
});
