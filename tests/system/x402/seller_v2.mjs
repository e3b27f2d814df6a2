// SPDX-License-Identifier: MIT
// The official v2 seller. Options: facilitator (URL), chain_id, pay_to.
//   POST /v1/chat/completions        exact, USDC: 10000 units, 50000 for model "dear"
//   POST /upto/v1/chat/completions   upto, USDC: at most 500000, charged 102
//   POST /usdt/v1/chat/completions   exact over Permit2: 10000 of the token `usdt`
//   GET  /stats                      { ran } of handlers, free
import { HTTPFacilitatorClient } from '@x402/core/server';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { UptoEvmScheme } from '@x402/evm/upto/server';
import { paymentMiddleware, x402ResourceServer } from '@x402/express';
import { chat, stats } from './chat.mjs';
import { application, options, serve } from './service.mjs';

const network = `eip155:${options.chain_id}`;
const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: options.facilitator }))
    .register(network, new ExactEvmScheme())
    .register(network, new UptoEvmScheme());

const domain = { name: 'USDC', version: '2' };
const price = (amount) => ({ asset: options.usdc, amount, extra: domain });
const priceOf = ({ adapter }) => price(adapter.getBody()?.model === 'dear' ? '50000' : '10000');
const offer = (scheme, what) => ({
    accepts: [{ scheme, network, payTo: options.pay_to, price: what, maxTimeoutSeconds: 120 }],
    description: 'A chat completion', mimeType: 'application/json',
});

const app = application();
app.get('/stats', (_, response) => response.json(stats));
app.use(paymentMiddleware({
    'POST /v1/chat/completions': offer('exact', priceOf),
    'POST /upto/v1/chat/completions': offer('upto', price('500000')),
    'POST /usdt/v1/chat/completions': offer('exact', {
        asset: options.usdt, amount: '10000', extra: { assetTransferMethod: 'permit2' } }),
}, server));
app.post('/v1/chat/completions', chat);
app.post('/usdt/v1/chat/completions', chat);
app.post('/upto/v1/chat/completions', (request, response) => {
    response.setHeader('Settlement-Overrides', JSON.stringify({ amount: '102' }));
    chat(request, response);
});
serve(app);
