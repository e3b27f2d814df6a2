// SPDX-License-Identifier: MIT
// The official openai SDK for tests that are written in Python: a line of JSON in, a line out.
//   in:  {"base", "key", "call": "responses.create", "args": […]}
//   out: {"result"} or {"error": {name, status, code, param, message}}
// Streams give {result: the response of their last event, events: their types}, lists all items.
import { createInterface } from 'node:readline';
import OpenAI from 'openai';

async function gathered(answer) {
    if (typeof answer?.[Symbol.asyncIterator] !== 'function')
        return { result: answer };
    const all = [];
    for await (const one of answer)
        all.push(one);
    const last = all.at(-1);
    return last?.response ? { result: last.response, events: all.map((e) => e.type) } : { result: all };
}

async function answerTo({ base, key, call, args }) {
    const client = new OpenAI({ baseURL: base, apiKey: key, maxRetries: 0 });
    const path = call.split('.');
    const method = path.pop();
    const resource = path.reduce((object, name) => object[name], client);
    try {
        return await gathered(await resource[method](...args));
    } catch (error) {
        const { status, code, param, message } = error;
        return { error: { name: error.constructor.name, status, code, param, message } };
    }
}

for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await answerTo(JSON.parse(line)))}\n`);
