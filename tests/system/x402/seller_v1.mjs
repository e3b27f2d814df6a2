// SPDX-License-Identifier: MIT
// The official v1 seller on Base Sepolia: POST /v1/chat/completions for 10000 units of USDC.
// Options: facilitator (URL), pay_to.
import { paymentMiddleware } from 'x402-express';
import { chat, stats } from './chat.mjs';
import { application, options, serve } from './service.mjs';

const app = application();
app.get('/stats', (_, response) => response.json(stats));
app.use(paymentMiddleware(options.pay_to, {
    'POST /v1/chat/completions': {
        price: '$0.01', network: 'base-sepolia',
        config: { description: 'A chat completion', mimeType: 'application/json',
            maxTimeoutSeconds: 120 },
    },
}, { url: options.facilitator }));
app.post('/v1/chat/completions', chat);
serve(app);
