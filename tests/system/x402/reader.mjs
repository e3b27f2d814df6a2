// SPDX-License-Identifier: MIT
// What viem reads of a payment at a node. Standard input: { rpc, chain_id, token, transaction, payer,
// payee, nonce, authorization, signature }; standard output: one line of JSON.
import { parseAbi, parseEventLogs, parseSignature } from 'viem';
import { reader } from './evm.mjs';

let text = '';
for await (const piece of process.stdin) text += piece;
const job = JSON.parse(text);
const abi = parseAbi([
    'event Transfer(address indexed from, address indexed to, uint256 value)',
    'event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce)',
    'function name() view returns (string)',
    'function decimals() view returns (uint8)',
    'function balanceOf(address) view returns (uint256)',
    'function authorizationState(address, bytes32) view returns (bool)',
    'function transferWithAuthorization(address, address, uint256, uint256, uint256, bytes32, uint8, bytes32, bytes32)',
]);
const node = reader(job);
const ask = (functionName, ...args) =>
    node.readContract({ address: job.token, abi, functionName, args });

const receipt = await node.waitForTransactionReceipt({ hash: job.transaction });
const block = await node.getBlock({ blockHash: receipt.blockHash });
const logs = await node.getContractEvents({ address: job.token, abi, eventName: 'Transfer',
    args: { from: job.payer, to: job.payee }, fromBlock: 0n });
const { r, s, v } = parseSignature(job.signature);
const a = job.authorization;
const repeated = await node.simulateContract({ address: job.token, abi,
    functionName: 'transferWithAuthorization',
    args: [a.from, a.to, BigInt(a.value), BigInt(a.validAfter), BigInt(a.validBefore), a.nonce,
        Number(v), r, s] }).then(() => 'went through', (error) => error.shortMessage);
console.log(JSON.stringify({
    chain_id: await node.getChainId(), status: receipt.status,
    events: parseEventLogs({ abi, logs: receipt.logs }).map((log) => log.eventName),
    in_block: block.transactions.includes(job.transaction),
    transfers: logs.map((log) => [log.transactionHash, String(log.args.value)]),
    name: await ask('name'), decimals: await ask('decimals'),
    balance: String(await ask('balanceOf', job.payee)),
    used: await ask('authorizationState', a.from, a.nonce), repeated,
}));
