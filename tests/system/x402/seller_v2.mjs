// SPDX-License-Identifier: MIT
// The official v2 seller. Options: facilitator (URL), chain_id, pay_to; `domain` of the token, where
// it is not Circle's; `exact_only` for a facilitator that knows nothing but the first of these:
//   POST /v1/chat/completions        exact, USDC: 10000 units, 50000 for model "dear"
//   POST /upto/v1/chat/completions   upto, USDC: at most 500000, charged 102
//   POST /usdt/v1/chat/completions   exact over Permit2: 10000 of the token `usdt`
//   POST /dual/v1/chat/completions   the first again; also for v1 payers of 10000, through the official
//                                    v1 seller, and with the extension payment-identifier
//   GET  /stats                      { ran } of handlers, free
import { HTTPFacilitatorClient } from '@x402/core/server';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { UptoEvmScheme } from '@x402/evm/upto/server';
import { paymentMiddleware, x402ResourceServer } from '@x402/express';
import { declarePaymentIdentifierExtension, PAYMENT_IDENTIFIER,
    paymentIdentifierResourceServerExtension } from '@x402/extensions/payment-identifier';
import { paymentMiddleware as oldMiddleware } from 'x402-express';
import { chat, stats } from './chat.mjs';
import { application, options, serve } from './service.mjs';

const network = `eip155:${options.chain_id}`;
const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: options.facilitator }))
    .register(network, new ExactEvmScheme())
    .register(network, new UptoEvmScheme())
    .registerExtension(paymentIdentifierResourceServerExtension);

const domain = options.domain ?? { name: 'USDC', version: '2' };
const price = (amount) => ({ asset: options.usdc, amount, extra: domain });
const priceOf = ({ adapter }) => price(adapter.getBody()?.model === 'dear' ? '50000' : '10000');
const offer = (scheme, what) => ({
    accepts: [{ scheme, network, payTo: options.pay_to, price: what, maxTimeoutSeconds: 120 }],
    description: 'A chat completion', mimeType: 'application/json',
});

// What a v1 payer finds in the body of the same 402.
const oldTerms = ({ adapter }) => ({ contentType: 'application/json', body: {
    x402Version: 1, error: 'X-PAYMENT header is required', accepts: [{
        scheme: 'exact', network: 'base-sepolia', maxAmountRequired: '10000', asset: options.usdc,
        payTo: options.pay_to, resource: adapter.getUrl(), description: '',
        mimeType: 'application/json', maxTimeoutSeconds: 120, extra: domain }] } });
const dual = { ...offer('exact', priceOf), unpaidResponseBody: oldTerms,
    extensions: { [PAYMENT_IDENTIFIER]: declarePaymentIdentifierExtension(false) } };

const app = application();
app.get('/stats', (_, response) => response.json(stats));
const old = oldMiddleware(options.pay_to, { 'POST /dual/v1/chat/completions': {
    price: '$0.01', network: 'base-sepolia', config: { maxTimeoutSeconds: 120 } } },
{ url: options.facilitator });
const others = {
    'POST /upto/v1/chat/completions': offer('upto', price('500000')),
    'POST /usdt/v1/chat/completions': offer('exact', {
        asset: options.usdt, amount: '10000', extra: { assetTransferMethod: 'permit2' } }),
    'POST /dual/v1/chat/completions': dual,
};
const current = paymentMiddleware({
    'POST /v1/chat/completions': offer('exact', priceOf), ...(options.exact_only ? {} : others),
}, server);
app.use((request, ...rest) => (request.headers['x-payment'] && request.path.startsWith('/dual/')
    ? old : current)(request, ...rest));
app.post('/dual/v1/chat/completions', chat);
app.post('/v1/chat/completions', chat);
app.post('/usdt/v1/chat/completions', chat);
app.post('/upto/v1/chat/completions', (request, response) => {
    response.setHeader('Settlement-Overrides', JSON.stringify({ amount: '102' }));
    chat(request, response);
});
serve(app);
