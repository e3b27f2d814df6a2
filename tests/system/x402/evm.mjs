// SPDX-License-Identifier: MIT
// The chain of the test as the official packages see it.
import { createPublicClient, createWalletClient, defineChain, http, publicActions } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

export function chain(id, rpc) {
    return defineChain({
        id, name: 'Chain of the test', rpcUrls: { default: { http: [rpc] } },
        nativeCurrency: { name: 'Coin', symbol: 'COIN', decimals: 18 },
        contracts: { multicall3: { address: '0xcA11bde05977b3631167028862bE2a173976CA11' } },
    });
}

export function reader({ rpc, chain_id: id }) {
    return createPublicClient({ chain: chain(id, rpc), transport: http(rpc), pollingInterval: 50 });
}

// Reads, signs and sends.
export function sender({ rpc, chain_id: id, key }) {
    return createWalletClient({
        account: privateKeyToAccount(key), chain: chain(id, rpc), transport: http(rpc),
        pollingInterval: 50,
    }).extend(publicActions);
}

// One call at a time: two transactions prepared at once would get the same nonce, and one that fails
// before it is sent would leave a gap behind which all others wait.
export function inTurn(call) {
    let last = Promise.resolve();
    return (...values) => {
        const mine = last.then(() => call(...values));
        last = mine.catch(() => undefined);
        return mine;
    };
}
