// SPDX-License-Identifier: MIT
// The chain of the test as the official packages see it.
import { createPublicClient, createWalletClient, defineChain, http, nonceManager, publicActions }
    from 'viem';
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

// Reads, signs and sends; its transactions in flight have nonces of their own.
export function sender({ rpc, chain_id: id, key }) {
    return createWalletClient({
        account: privateKeyToAccount(key, { nonceManager }), chain: chain(id, rpc),
        transport: http(rpc), pollingInterval: 50,
    }).extend(publicActions);
}
