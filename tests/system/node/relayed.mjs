// SPDX-License-Identifier: MIT
// What passes byte for byte, through OpenAI's official SDK, for two clients of one gateway.
import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI, { toFile } from 'openai';

const baseURL = `${process.env.GR_ROOT_URL}/v1`;
const openai = new OpenAI({ baseURL, apiKey: process.env.GR_KEY, maxRetries: 0 });
const other = new OpenAI({ baseURL, apiKey: process.env.GR_OTHER_KEY, maxRetries: 0 });
const sound = Buffer.from(Array.from({ length: 256 * 40 }, (_, i) => i % 256));
const missing = (error) => error.status === 404;

test('pictures', async () => {
    const made = await openai.images.generate({ model: 'plain/gpt-image-1', prompt: 'a cat' });
    assert.equal(made.data[0].b64_json, 'aGk=');
    const edited = await openai.images.edit({ model: 'plain/gpt-image-1', prompt: 'x',
        image: await toFile(sound, 'a.png', { type: 'image/png' }) });
    assert.equal(edited.usage.output_tokens, 70);
});
test('sound out and in', async () => {
    const speech = await openai.audio.speech.create({ model: 'plain/tts-1', voice: 'alloy', input: 'Hello.' });
    assert.equal(speech.headers.get('content-type'), 'audio/mpeg');
    assert.ok(Buffer.from(await speech.arrayBuffer()).equals(sound));
    const text = await openai.audio.transcriptions.create(
        { model: 'whisper-1', file: await toFile(sound, 'a.wav') });
    assert.equal(text.text, 'Hello.');
});
test('moderations', async () => {
    assert.equal((await openai.moderations.create({ input: 'x' })).id, 'modr-1');
});
test('files and batches belong to the client that made them', async () => {
    const file = await openai.files.create({ file: await toFile(Buffer.from('{}\n'), 'x.jsonl'), purpose: 'batch' });
    assert.equal((await openai.files.retrieve(file.id)).id, file.id);
    const content = await openai.files.content(file.id);
    assert.deepEqual([...Buffer.from(await content.arrayBuffer())], [0, 255, 123, 125, 10]);
    const batch = await openai.batches.create(
        { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' });
    await openai.files.content(batch.output_file_id);
    assert.equal((await openai.batches.cancel(batch.id)).status, 'cancelling');

    for (const call of [() => other.files.retrieve(file.id), () => other.files.content(batch.output_file_id),
        () => other.files.delete(file.id), () => other.batches.retrieve(batch.id), () => other.batches.cancel(batch.id),
        () => other.batches.create({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' }),
        () => openai.files.retrieve('file-unknown')])
        await assert.rejects(call(), missing);

    const theirs = await other.files.create({ file: await toFile(Buffer.from('{}\n'), 'y.jsonl'), purpose: 'batch' });
    assert.deepEqual((await other.files.list()).data.map((f) => f.id), [theirs.id]);
    const mine = (await openai.files.list()).data.map((f) => f.id);
    assert.ok(mine.includes(file.id) && mine.includes(batch.output_file_id) && !mine.includes(theirs.id));
    assert.deepEqual((await openai.batches.list()).data.map((b) => b.id), [batch.id]);
    assert.equal((await openai.files.delete(file.id)).deleted, true);
});
