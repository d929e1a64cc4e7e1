// The engine without the radio: workers that speak the protocol and nothing else (generator.c) hand over complaints as fast as the core takes them.
// From arrival to committed case: raw row, message, case, event, deadline, sealed fields, composed reply, event in the outbox.
//
//   engine_rate      messages a second with a million messages stored
//   engine_growth    how many times slower that is than with ten thousand stored
//   sqlite_ceiling   bare SQLite with the same rows, and fdatasync_median of the same disk, in the same run
//
// usage: scripts/bench engine [STORED]      STORED instead of a million, for a quick look
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, Running, program } from '../lib/harness.mjs';

const STORED = Number(process.argv[2] ?? 1000000);
const LINKS = 4;
const MESSAGES = 10000; // a link and a round
const ROUNDS = 3;
const say = (text) => process.stderr.write(`${text}\n`);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const folder = mkdtempSync(path.join(process.env.BENCH_FOLDER ?? ROOT, 'build/bench-'));
const file = (name) => path.join(folder, name);

function run(name, ...args) {
  const done = spawnSync(program(`bench/${name}`), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (done.status !== 0) throw new Error(`${name} ${args.join(' ')}: exit ${done.status}`);
  return done.stdout;
}

// One start of the core with its generators; the rate in messages a second.
async function round(database, number) {
  const results = mkdtempSync(file('results-'));
  const names = Array.from({ length: LINKS }, (_, i) => `r${number}l${i}`);
  writeFileSync(
    file('bench.conf'),
    `appliance = { id = "bench-01"; index = 0; of = 1; province = "38"; name = "Thanh Hoa"; shortcode = "1022"; };
store = { path = "${database}"; key_file = "${file('seal.key')}"; };
control = { socket = "${file('control.sock')}"; };
worker = { program = "${program('bench/generator')}"; life_deadline = 600.0; };
log = { level = "warning"; };
abuse = { messages_per_hour = 0; flood_per_hour = 0; };
modems = ( ${names.map((name, i) => `{ name = "${name}"; line = "pty:/nowhere/${i}"; number = "+8491200${String(i).padStart(4, '0')}"; driver = "at"; }`).join(', ')} );
`,
  );
  const core = new Running('phanhoid', ['-c', file('bench.conf')], { env: { BENCH_COUNT: String(MESSAGES), BENCH_RESULT: results } });
  const found = [];
  while (found.length < LINKS) {
    if (core.ended) throw new Error(`phanhoid ended:\n${core.tail()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    found.length = 0;
    for (const name of names)
      try {
        found.push(readFileSync(path.join(results, `${name}.result`), 'utf8').trim().split(' ').map(Number));
      } catch {
        // not there yet
      }
  }
  await core.kill('SIGTERM');
  const first = Math.min(...found.map((f) => f[1]));
  const last = Math.max(...found.map((f) => f[2]));
  return (LINKS * MESSAGES) / ((last - first) / 1e9);
}

try {
  process.stdout.write(run('sqlite_ceiling', folder));
  say(`filling ${STORED} …`);
  run('preload', file('small.db'), file('seal.key'), '10000');
  run('preload', file('large.db'), file('seal.key'), String(STORED));
  const rates = { small: [], large: [] };
  for (let r = 0; r < ROUNDS; r++)
    for (const size of ['small', 'large']) {
      const database = size === 'small' ? file(`small-${r}.db`) : file('large.db');
      if (size === 'small') cpSync(file('small.db'), database);
      const rate = await round(database, r);
      rates[size].push(rate);
      say(`round ${r}, ${size}: ${rate.toFixed(0)} msg/s`);
    }
  process.stdout.write(`bench engine_rate_10k ${median(rates.small).toFixed(0)} msg/s\n`);
  process.stdout.write(`bench engine_rate ${median(rates.large).toFixed(0)} msg/s\n`);
  process.stdout.write(`bench engine_growth ${(median(rates.small) / median(rates.large)).toFixed(2)} times\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
