// SPDX-License-Identifier: MIT
// What the services here share: options in the first argument, a free port of this machine, and one
// line on standard output when they serve. leash.py starts and ends them.
import express from 'express';

export const options = JSON.parse(process.argv[2] ?? '{}');

export function application() {
    const app = express();
    app.use(express.json({ limit: '8mb' }));
    return app;
}

export function serve(app) {
    const server = app.listen(0, '127.0.0.1', () =>
        console.log(JSON.stringify({ port: server.address().port })));
}
