// How fast the outbox drains into a central store that was away, and what citizens notice of one that is.
//
//   drain_reference      events a second into the reference store (tests/peers/central: PostgreSQL with fsync), which is started here; from the core's
//                        start to the last acknowledgement on disk, over one pool of connections
//   drain_null           the same into a receiver in this process that takes batches and looks at nothing
//   drain_single         the same without batches: a request an event, side by side on the pool
//   ack_store_down_p95   from the commit of a complaint until its acknowledgement is given to a modem's worker, 95th percentile; the worse of a store
//                        whose port is dead and one that takes connections and never answers
//
// Each is the median of three rounds.
// usage: scripts/bench central [EVENTS]      EVENTS instead of 20,000
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { JsonLines, ROOT, Running, bound, program } from '../lib/harness.mjs';

const EVENTS = Number(process.argv[2] ?? 20000);
const ROUNDS = 3;
const LINKS = 4;
const CITIZENS = 250; // a link and a round
const folder = mkdtempSync(path.join(process.env.BENCH_FOLDER ?? ROOT, 'build/bench-'));
const file = (name) => path.join(folder, name);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- stores ----

async function listening(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}
// {url, token, stop()}
async function receiver(batch) {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const asked = request.method === 'GET';
      response.writeHead(asked ? 200 : 204, { 'Content-Type': 'application/json' });
      response.end(asked ? JSON.stringify({ events: { batch: batch > 1, max_batch: batch, max_event_octets: 65536 } }) : undefined);
    });
  });
  const stop = () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve)));
  return { url: await listening(server), stop };
}
async function reference() {
  const args = ['tests/peers/central/server.mjs', '--source', '/vn/38/pakn-sms/bench-01'];
  const child = spawn(...bound(process.execPath, args), { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const line = await Promise.race([new Promise((resolve) => readline.createInterface({ input: child.stdout }).once('line', resolve)), ended]);
  if (typeof line !== 'string') throw new Error('the reference store ended; scripts/install-deps and scripts/install-npm bring what it needs');
  return { ...JSON.parse(line), stop: () => (child.stdin.end(), ended) };
}
// Takes connections, reads, says nothing.
async function mute() {
  const sockets = new Set();
  const server = net.createServer((socket) => sockets.add(socket.resume().on('error', () => {})));
  return { url: await listening(server), stop: () => (sockets.forEach((socket) => socket.destroy()), new Promise((resolve) => server.close(resolve))) };
}
async function dead() {
  const server = await receiver(1);
  await server.stop();
  return { url: server.url, stop: () => {} };
}

// ---- the core ----

function configure(database, central, modems, more = '') {
  writeFileSync(
    file('bench.conf'),
    `appliance = { id = "bench-01"; index = 0; of = 1; province = "38"; name = "Thanh Hoa"; shortcode = "1022"; };
store = { path = "${database}"; key_file = "${file('seal.key')}"; };
control = { socket = "${file('control.sock')}"; };
central = { heartbeat = 0; ${central} };
abuse = { messages_per_hour = 0; flood_per_hour = 0; };
log = { level = "notice"; };
${more}
modems = ( ${modems.map((name, i) => `{ name = "${name}"; line = "pty:/nowhere/${i}"; number = "+8491200${String(i).padStart(4, '0')}"; driver = "at"; }`).join(', ')} );
`,
  );
}

async function drain(name, store, more = '') {
  for (const end of ['', '.progress']) copyFileSync(file(`full.db${end}`), file(`phanhoi.db${end}`));
  for (const end of ['-wal', '-shm']) rmSync(file(`phanhoi.db${end}`), { force: true });
  if (store.token) writeFileSync(file('token'), `${store.token}\n`);
  if (store.token) chmodSync(file('token'), 0o600);
  configure(file('phanhoi.db'), `url = "${store.url}"; ${more} ${store.token ? `token_file = "${file('token')}";` : ''}`, ['m1']);
  const core = new Running('phanhoid', ['-c', file('bench.conf')]);
  await core.line(/ app\.ready /, { ms: 120000 });
  const began = performance.now();
  const control = await JsonLines.connect(file('control.sock'));
  for (;;) {
    const { result } = await control.ask({ command: 'central.status' });
    if (result.waiting === 0 && result.central.in_flight === 0) break;
    if (performance.now() - began > 300000) throw new Error(`${name}: ${JSON.stringify(result)}\n${core.tail()}`);
    await pause(10);
  }
  const rate = (EVENTS / (performance.now() - began)) * 1000;
  control.close();
  await core.kill('SIGTERM');
  return rate;
}

// Every citizen's ms from commit to acknowledgement, sorted.
async function acknowledge(number, store) {
  const results = mkdtempSync(file('results-'));
  const names = Array.from({ length: LINKS }, (_, i) => `a${number}l${i}`);
  configure(file(`ack-${number}.db`), `url = "${store.url}";`, names, `worker = { program = "${program('bench/generator')}"; life_deadline = 600.0; };`);
  const core = new Running('phanhoid', ['-c', file('bench.conf')], {
    env: { BENCH_COUNT: String(CITIZENS), BENCH_WINDOW: '2', BENCH_ANSWERS: '1', BENCH_RESULT: results },
  });
  for (const late = Date.now() + 120000; readdirSync(results).filter((name) => name.endsWith('.result')).length < LINKS; ) {
    if (core.ended || Date.now() > late) throw new Error(`acknowledgements don't come:\n${core.tail()}`);
    await pause(50);
  }
  await core.kill('SIGTERM');
  return names
    .flatMap((name) => readFileSync(path.join(results, `${name}.result`), 'utf8').trim().split('\n'))
    .map((ns) => Number(ns) / 1e6)
    .sort((a, b) => a - b);
}

// ---- all ----

async function rounds(make, measure) {
  const found = [];
  for (let round = 0; round < ROUNDS; round++) {
    const store = await make();
    try {
      found.push(await measure(store, round));
    } finally {
      await store.stop();
    }
  }
  process.stderr.write(`${found.map((value) => value.toFixed(1)).join(' ')}\n`);
  return median(found);
}
const say = (name, value, unit) => process.stdout.write(`bench ${name} ${value} ${unit}\n`);

try {
  process.stderr.write(`filling ${EVENTS} …\n`);
  const done = spawnSync(program('bench/preload'), [file('full.db'), file('seal.key'), String(EVENTS)], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0) throw new Error(`preload: exit ${done.status}`);
  say('drain_reference', Math.round(await rounds(reference, (store) => drain('drain_reference', store))), 'events/s');
  say('drain_null', Math.round(await rounds(() => receiver(200), (store) => drain('drain_null', store))), 'events/s');
  say('drain_single', Math.round(await rounds(() => receiver(1), (store) => drain('drain_single', store, 'parallel = 8;'))), 'events/s');
  const p95 = [];
  for (const [i, make] of [dead, mute].entries())
    p95.push(
      await rounds(make, async (store, round) => {
        const took = await acknowledge(i * ROUNDS + round, store);
        return took[Math.floor(took.length * 0.95)];
      }),
    );
  say('ack_store_down_p95', Math.max(...p95).toFixed(1), 'ms');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
