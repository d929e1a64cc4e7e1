// How fast the outbox drains into a central store that was away: events a second, from the first request to the last acknowledgement on disk.
//
//   drain_null        a receiver in this process that takes batches and looks at nothing
//   drain_single      the same without batches: a request an event, side by side on one pool of connections
//   drain_reference   the reference store, where CENTRAL_URL (and CENTRAL_TOKEN_FILE) name one
//
// usage: scripts/bench central [EVENTS]      EVENTS instead of 50,000
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { JsonLines, ROOT, Running, program } from '../lib/harness.mjs';

const EVENTS = Number(process.argv[2] ?? 50000);
const folder = mkdtempSync(path.join(process.env.BENCH_FOLDER ?? ROOT, 'build/bench-'));
const file = (name) => path.join(folder, name);

async function receiver(batch) {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const asked = request.method === 'GET';
      response.writeHead(asked ? 200 : 204, { 'Content-Type': 'application/json' });
      response.end(asked ? JSON.stringify({ events: { batch: batch > 1, max_batch: batch, max_event_octets: 65536 } }) : undefined);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function drain(name, url, more = '') {
  for (const end of ['', '.progress']) copyFileSync(file(`full.db${end}`), file(`phanhoi.db${end}`));
  for (const end of ['-wal', '-shm']) rmSync(file(`phanhoi.db${end}`), { force: true });
  writeFileSync(
    file('bench.conf'),
    `appliance = { id = "bench-01"; index = 0; of = 1; province = "38"; name = "Thanh Hoa"; shortcode = "1022"; };
store = { path = "${file('phanhoi.db')}"; key_file = "${file('seal.key')}"; };
control = { socket = "${file('control.sock')}"; };
central = { url = "${url}"; heartbeat = 0; ${more} };
log = { level = "notice"; };
modems = ( { name = "m1"; line = "pty:/nowhere"; number = "+84912000001"; driver = "at"; } );
`,
  );
  const core = new Running('phanhoid', ['-c', file('bench.conf')]);
  await core.line(/ app\.ready /, { ms: 120000 });
  const control = await JsonLines.connect(file('control.sock'));
  const began = performance.now();
  for (;;) {
    const { result } = await control.ask({ command: 'central.status' });
    if (result.waiting === 0 && result.central.in_flight === 0) break;
    if (performance.now() - began > 300000) throw new Error(`${name}: ${JSON.stringify(result)}\n${core.tail()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.stdout.write(`bench ${name} ${Math.round((EVENTS / (performance.now() - began)) * 1000)} events/s\n`);
  control.close();
  await core.kill('SIGTERM');
}

try {
  process.stderr.write(`filling ${EVENTS} …\n`);
  const done = spawnSync(program('bench/preload'), [file('full.db'), file('seal.key'), String(EVENTS)], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0) throw new Error(`preload: exit ${done.status}`);
  for (const [name, batch] of [['drain_null', 200], ['drain_single', 1]]) {
    const server = await receiver(batch);
    await drain(name, `http://127.0.0.1:${server.address().port}`, 'parallel = 8;');
    server.closeAllConnections();
    server.close();
  }
  if (process.env.CENTRAL_URL) {
    const token = process.env.CENTRAL_TOKEN_FILE ? `token_file = "${process.env.CENTRAL_TOKEN_FILE}";` : '';
    await drain('drain_reference', process.env.CENTRAL_URL, token);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
