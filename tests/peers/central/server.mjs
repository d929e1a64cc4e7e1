#!/usr/bin/env node
// The reference central store as a program, on a PostgreSQL of its own that ends with it, or on another. Prints one line of JSON when it serves:
// {"url", "token", "officer_token", "secret", "source"}, and ends with its standard input or on SIGTERM.
// usage: node tests/peers/central/server.mjs [--port N] [--host ADDRESS] [--source /vn/38/pakn-sms/th-01] [--token T] [--secret whsec_…]
//        [--officer-token T] [--signature required] [--database postgres://…] [--key FILE --cert FILE [--client-ca FILE]]
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startStore } from './start.mjs';

const text = { type: 'string' };
const options = {
  port: text, host: text, source: text, token: text, secret: text, 'officer-token': text, signature: text, database: text,
  key: text, cert: text, 'client-ca': text,
};
let given;
try {
  given = parseArgs({ options }).values;
} catch (error) {
  process.stderr.write(`central: ${error.message}; known: ${Object.keys(options).map((name) => `--${name}`).join(', ')}\n`);
  process.exit(2);
}
const file = (name) => given[name] && readFileSync(given[name]);
const random = () => randomBytes(24).toString('base64url');
const source = given.source ?? '/vn/38/pakn-sms/th-01';
const [token, officerToken] = [given.token ?? random(), given['officer-token'] ?? random()];
const secret = given.secret ?? `whsec_${randomBytes(32).toString('base64')}`;
const store = await startStore({
  host: given.host,
  port: Number(given.port ?? 0),
  connection: given.database && { connectionString: given.database },
  signature: given.signature,
  tls: given.cert && { key: file('key'), cert: file('cert'), ca: file('client-ca') },
  principals: [
    { token, source, secrets: [secret] },
    { token: officerToken, officer: true },
  ],
});
process.stdout.write(`${JSON.stringify({ url: store.url, token, officer_token: officerToken, secret, source })}\n`);
const end = () => store.stop().then(() => process.exit(0));
process.once('SIGTERM', end).once('SIGINT', end);
if (!process.stdin.isTTY) process.stdin.resume().once('end', end);
