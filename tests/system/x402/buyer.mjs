// SPDX-License-Identifier: MIT
// Buys once with an unchanged client: node buyer.mjs v2|v1|faremeter. Standard input is a job in JSON:
//   { url, body, key, rpc, chain_id, headers?: {}, max?: "units" }
// Standard output is one line of JSON: { exchanges: [[status, sent headers], …], and either
// { status, headers, body, receipt } or { error } }. `receipt` is the receipt's header, decoded.
import { privateKeyToAccount } from 'viem/accounts';
import { reader, sender } from './evm.mjs';

const exchanges = [];

// The network as the client sees it; what it really sent and got is noted.
async function watched(input, init) {
    const request = new Request(input, init);
    const headers = Object.fromEntries(request.headers);
    const response = await fetch(request);
    exchanges.push([response.status, headers]);
    return response;
}

async function official2(job) {
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

async function official1(job) {
    const { wrapFetchWithPayment } = await import('x402-fetch');
    const { baseSepolia } = await import('viem/chains');
    const wallet = Object.assign(sender(job), { chain: baseSepolia });
    return wrapFetchWithPayment(watched, wallet, BigInt(job.max ?? 100000));
}

async function faremeter(job) {
    const { wrap } = await import('@faremeter/fetch');
    const { createPaymentHandler } = await import('@faremeter/payment-evm/exact');
    const { createLocalWallet } = await import('@faremeter/wallet-evm');
    const wallet = await createLocalWallet({ id: job.chain_id, name: 'Base Sepolia' }, job.key);
    return wrap(watched, { handlers: [createPaymentHandler(wallet)], phase1Fetch: watched });
}

function receiptOf(headers) {
    const text = headers.get('payment-response') ?? headers.get('x-payment-response');
    return text && JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
}

async function bought(job, pay) {
    const response = await pay(job.url, {
        method: 'POST', body: JSON.stringify(job.body),
        headers: { 'Content-Type': 'application/json', ...job.headers },
        signal: AbortSignal.timeout(50000),
    });
    return { status: response.status, headers: Object.fromEntries(response.headers),
        body: await response.text(), receipt: receiptOf(response.headers) };
}

let text = '';
for await (const piece of process.stdin) text += piece;
const job = JSON.parse(text);
const pay = await { v2: official2, v1: official1, faremeter }[process.argv[2]](job);
const seen = await bought(job, pay).catch((error) => ({ error: String(error?.message ?? error) }));
console.log(JSON.stringify({ exchanges, ...seen }));
process.exit(0);
