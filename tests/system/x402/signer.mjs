// SPDX-License-Identifier: MIT
// Signs for the tests: a line of JSON in, a line out. {} gives a fresh { key, address };
// { key, domain, types, primaryType, message } gives { signature } of typed data, whatever it says.
import { createInterface } from 'node:readline';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

async function answer(job) {
    if (!job.key) {
        const key = generatePrivateKey();
        return { key, address: privateKeyToAccount(key).address };
    }
    const { key, ...typed } = job;
    return { signature: await privateKeyToAccount(key).signTypedData(typed) };
}

console.log('{"port":0}');  // ready
for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await answer(JSON.parse(line)).catch((error) =>
        ({ error: String(error?.message ?? error) }))));
