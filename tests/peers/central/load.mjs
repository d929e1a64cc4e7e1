#!/usr/bin/env node
// How many events a second a store takes in batches: new ones, of cases of their own, over a few connections, each batch answered before the next of
// that connection. Prints one line of JSON.
// usage: node tests/peers/central/load.mjs URL --token T [--secret whsec_…] [--source S] [--events 20000] [--batch 100] [--connections 4]
import http from 'node:http';
import https from 'node:https';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sign } from './signature.mjs';

const code = (n) => String((n % 10_000_000) * 100 + ((98 - (((n % 10_000_000) * 100) % 97)) % 97)).padStart(9, '0');

function event(source, run, n) {
  const of = code(n);
  const at = new Date().toISOString();
  return {
    specversion: '1.0', id: `${run}:${n}`, source, type: 'vn.pakn.case.submitted', subject: of, time: at, datacontenttype: 'application/json',
    partitionkey: `38-${of}`, sequence: String(n).padStart(12, '0'),
    data: {
      code: of, id: `38-${of}`, step: 'submit', from: null, state: 'RECEIVED', role: 'citizen', source: 'sms', kind: 'phan_anh',
      text: 'Đường vào thôn 3 bị sụt lún, xe không qua được', phone: `+8491${String(n % 10_000_000).padStart(7, '0')}`, field: 'ha-tang', confidential: false,
      unconfirmed: false, incomplete: false, scope_suspect: false, emergency: false, tax: false, submitted_at: at, intake_due: '2026-12-01', link: 'm1',
    },
  };
}

/** {events, seconds, per_second, batch_ms: {median, p99}}. Throws for an answer that isn't 2xx. */
export async function load(url, { token, secret, source = '/vn/38/pakn-sms/th-01', events = 20000, batch = 100, connections = 4 }) {
  const run = `load:${Date.now().toString(36)}`;
  const target = new URL(`${url.replace(/\/$/, '')}/events`);
  const { request, Agent } = target.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const took = [];
  let next = 0;
  const post = (id, body) =>
    new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/cloudevents-batch+json', 'Idempotency-Key': `"${id}"`, ...(secret ? sign(secret, id, body) : {}) };
      const asked = request(target, { method: 'POST', agent, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } });
      asked.on('error', reject).on('response', (answer) => {
        answer.resume().on('end', () => (answer.statusCode < 300 ? resolve() : reject(new Error(`a batch was answered ${answer.statusCode}`))));
      });
      asked.end(body);
    });
  async function connection() {
    while (next < events) {
      const first = next;
      next = Math.min(first + batch, events);
      const several = Array.from({ length: next - first }, (_, i) => event(source, run, first + i));
      const started = performance.now();
      await post(`${several[0].id} ${several.at(-1).id}`, JSON.stringify(several));
      took.push(performance.now() - started);
    }
  }
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, connection));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (share) => Number(took[Math.min(took.length - 1, Math.floor(took.length * share))].toFixed(1));
  return { events, seconds: Number(seconds.toFixed(2)), per_second: Math.round(events / seconds), batch_ms: { median: at(0.5), p99: at(0.99) } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' };
  const options = { token: text, secret: text, source: text, events: text, batch: text, connections: text };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const numbers = Object.fromEntries(['events', 'batch', 'connections'].filter((name) => values[name]).map((name) => [name, Number(values[name])]));
  process.stdout.write(`${JSON.stringify(await load(positionals[0], { ...values, ...numbers }))}\n`);
}
