// Token ids by the JavaScript tokenizers of Hugging Face (npm install @huggingface/tokenizers).
// usage: node reference_tokens.mjs FOLDER TEXTS   (FOLDER: tokenizer.json and tokenizer_config.json; TEXTS: a JSON list)
// Prints a JSON list of ids for each text, without the special tokens that a tokenizer adds.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.cwd(), 'here.js'));
const { Tokenizer } = await import(require.resolve('@huggingface/tokenizers').replace(/\.cjs$/, '.mjs'));
const [folder, texts] = process.argv.slice(2);
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const tokenizer = new Tokenizer(read(path.join(folder, 'tokenizer.json')), read(path.join(folder, 'tokenizer_config.json')));
for (const text of read(texts)) {
  console.log(JSON.stringify(tokenizer.encode(text, { add_special_tokens: false }).ids));
}
