// SPDX-License-Identifier: MIT
// Buys with an unchanged client: node buyer.mjs v2|v1|faremeter. Standard input is a list of jobs:
//   { url, body, key, rpc, chain_id, headers?: {}, max?: "units", seconds }
// Standard output is one line of JSON, a list: { exchanges: [[status, sent headers], …], and either
// { status, headers, body, receipt } or { error } }. `receipt` is the receipt's header, decoded.
import { privateKeyToAccount } from 'viem/accounts';
import { reader, sender } from './evm.mjs';

// The network as the client sees it; what it really sent and got is noted.
const watching = (exchanges) => async (input, init) => {
    const request = new Request(input, init);
    const headers = Object.fromEntries(request.headers);
    const response = await fetch(request);
    exchanges.push([response.status, headers]);
    return response;
};

async function official2(job, watched) {
    const { wrapFetchWithPayment, x402Client } = await import('@x402/fetch');
    const { registerExactEvmScheme } = await import('@x402/evm/exact/client');
    const { UptoEvmScheme } = await import('@x402/evm/upto/client');
    const { toClientEvmSigner } = await import('@x402/evm');
    const signer = toClientEvmSigner(privateKeyToAccount(job.key), reader(job));
    const client = new x402Client();
    registerExactEvmScheme(client, { signer });
    client.register('eip155:*', new UptoEvmScheme(signer));
    if (job.max) client.setSpendControls(false);  // its own cap is 1 USD, and USDC alone
    return wrapFetchWithPayment(watched, client);
}

async function official1(job, watched) {
    const { wrapFetchWithPayment } = await import('x402-fetch');
    const { baseSepolia } = await import('viem/chains');
    const wallet = Object.assign(sender(job), { chain: baseSepolia });
    return wrapFetchWithPayment(watched, wallet, BigInt(job.max ?? 100000));
}

async function faremeter(job, watched) {
    const { wrap } = await import('@faremeter/fetch');
    const { createPaymentHandler } = await import('@faremeter/payment-evm/exact');
    const { createLocalWallet } = await import('@faremeter/wallet-evm');
    const wallet = await createLocalWallet({ id: job.chain_id, name: 'Base Sepolia' }, job.key);
    return wrap(watched, { handlers: [createPaymentHandler(wallet)], phase1Fetch: watched });
}

function receiptOf(headers) {
    const text = headers.get('payment-response') ?? headers.get('x-payment-response');
    if (!text) return null;
    try {
        const value = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
        return Array.isArray(value) ? text : value;
    } catch {
        return text;
    }
}

async function attempt(job, exchanges) {
    try {
        const pay = await { v2: official2, v1: official1, faremeter }[process.argv[2]](
            job, watching(exchanges));
        const response = await pay(job.url, {
            method: 'POST', body: JSON.stringify(job.body),
            headers: { 'Content-Type': 'application/json', ...job.headers },
        });
        return { exchanges, status: response.status,
            headers: Object.fromEntries(response.headers), body: await response.text(),
            receipt: receiptOf(response.headers) };
    } catch (error) {
        return { exchanges, error: String(error?.message ?? error) };
    }
}

async function bought(job) {
    const exchanges = [];
    // Not all clients hand the signal on to their second request.
    const patience = new Promise((resolve) =>
        setTimeout(resolve, job.seconds * 1000, { exchanges, error: 'took too long' }));
    return Promise.race([patience, attempt(job, exchanges)]);
}

let text = '';
for await (const piece of process.stdin) text += piece;
const seen = await Promise.all(JSON.parse(text).map(bought));
process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit(0));
