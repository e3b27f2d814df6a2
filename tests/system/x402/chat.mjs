// SPDX-License-Identifier: MIT
// What the official sellers sell: the OpenAI chat API, whole or streamed, and a 400 for bad requests.
export const stats = { ran: 0 };
const USAGE = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };

function* events(model) {
    const about = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1767225600, model };
    for (const content of ['One', ' two', ' three'])
        yield { ...about, choices: [{ index: 0, delta: { content }, finish_reason: null }] };
    yield { ...about, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
    yield { ...about, choices: [], usage: USAGE };
}

// Without a model called "gone", and without messages, nothing is done.
export function chat(request, response) {
    const { model, messages, stream } = request.body ?? {};
    if (typeof model !== 'string' || !Array.isArray(messages) || model === 'gone')
        return response.status(400).json({ error: {
            message: 'Bad request', type: 'invalid_request_error', param: null, code: null } });
    stats.ran += 1;
    if (!stream)
        return response.json({
            id: 'chatcmpl-1', object: 'chat.completion', created: 1767225600, model,
            choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.', refusal: null },
                logprobs: null, finish_reason: 'stop' }], usage: USAGE });
    response.setHeader('Content-Type', 'text/event-stream');
    for (const event of events(model)) response.write(`data: ${JSON.stringify(event)}\n\n`);
    return response.end('data: [DONE]\n\n');
}
