// SPDX-License-Identifier: MIT
// The official facilitator behind HTTP: exact (v1 and v2) and upto. Options: rpc, chain_id, key.
// GET /stats says how often it was asked: { verify, settle }.
import { x402Facilitator } from '@x402/core/facilitator';
import { toFacilitatorEvmSigner } from '@x402/evm';
import { registerExactEvmScheme } from '@x402/evm/exact/facilitator';
import { UptoEvmScheme } from '@x402/evm/upto/facilitator';
import { inTurn, sender } from './evm.mjs';
import { application, options, serve } from './service.mjs';

const client = sender(options);
const send = inTurn((how, call) => client[how](call));
const signer = toFacilitatorEvmSigner({
    address: client.account.address,
    readContract: (call) => client.readContract({ account: client.account, ...call }),
    verifyTypedData: (call) => client.verifyTypedData(call),
    writeContract: (call) => send('writeContract', call),
    sendTransaction: (call) => send('sendTransaction', call),
    waitForTransactionReceipt: (call) => client.waitForTransactionReceipt(call),
    getCode: (call) => client.getCode(call),
}, { confirmationTimeoutMs: options.confirmation_ms ?? 20000 });

const network = `eip155:${options.chain_id}`;
const facilitator = new x402Facilitator();
registerExactEvmScheme(facilitator, { signer, networks: network });
facilitator.register(network, new UptoEvmScheme(signer));

const asked = { verify: 0, settle: 0 };
const app = application();
for (const what of ['verify', 'settle'])
    app.post(`/${what}`, async (request, response) => {
        asked[what] += 1;
        const { paymentPayload, paymentRequirements } = request.body;
        try {
            response.json(await facilitator[what](paymentPayload, paymentRequirements));
        } catch (error) {
            console.error(what, error);
            response.status(500).json({ error: String(error.message) });
        }
    });
app.get('/supported', (_, response) => response.json(facilitator.getSupported()));
app.get('/stats', (_, response) => response.json(asked));
serve(app);
