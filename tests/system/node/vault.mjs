// SPDX-License-Identifier: MIT
// Writes an empty vault that opens with a passphrase, by the description of its bytes in
// core/settings/vault_format.h:  node vault.mjs FILE PASSPHRASE
import { createCipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const [file, passphrase] = process.argv.slice(2);

function sealed(key, associated, plain) {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(associated);
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

const [logN, r, p] = [10, 8, 1];
const salt = randomBytes(16);
const dataKey = randomBytes(32);
const master = scryptSync(passphrase, salt, 32, { N: 2 ** logN, r, p });
const fixed = Buffer.concat([Buffer.from('GRVAULT'), Buffer.from([1, 1, logN, r, p]), salt, randomBytes(16)]);
const covered = Buffer.concat([fixed, sealed(master, fixed, dataKey)]);
const header = Buffer.concat([covered, createHash('sha256').update(covered).digest().subarray(0, 8)]);
writeFileSync(file, Buffer.concat([header, sealed(dataKey, header, Buffer.alloc(0))]), { mode: 0o600 });
