// A million cases: how long a citizen waits for TC, how long the morning's texts to 600 officers take, how long a start takes.
//
//   track, track_committed, digest    cases.c
//   start                             from exec to app.ready, median of 5
//
// usage: scripts/bench cases [STORED]      STORED instead of a million, for a quick look
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, Running, program } from '../lib/harness.mjs';

const STORED = Number(process.argv[2] ?? 1000000);
const STARTS = 5;
const folder = mkdtempSync(path.join(process.env.BENCH_FOLDER ?? ROOT, 'build/bench-'));
const file = (name) => path.join(folder, name);

function run(name, ...args) {
  const done = spawnSync(program(`bench/${name}`), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (done.status !== 0) throw new Error(`${name} ${args.join(' ')}: exit ${done.status}`);
  return done.stdout;
}

try {
  process.stderr.write(`filling ${STORED} …\n`);
  run('preload', file('phanhoi.db'), file('seal.key'), String(STORED));
  process.stdout.write(run('cases', file('phanhoi.db'), file('seal.key')));
  writeFileSync(
    file('bench.conf'),
    `appliance = { id = "bench-01"; index = 0; of = 1; province = "38"; name = "Thanh Hoa"; shortcode = "1022"; };
store = { path = "${file('phanhoi.db')}"; key_file = "${file('seal.key')}"; };
control = { socket = "${file('control.sock')}"; };
log = { level = "notice"; };
modems = ( { name = "m1"; line = "pty:/nowhere"; number = "+84912000001"; driver = "at"; } );
`,
  );
  const starts = [];
  for (let i = 0; i < STARTS; i++) {
    const began = performance.now();
    const core = new Running('phanhoid', ['-c', file('bench.conf')]);
    await core.line(/ app\.ready /, { ms: 120000 });
    starts.push(performance.now() - began);
    await core.kill('SIGTERM');
  }
  starts.sort((a, b) => a - b);
  process.stdout.write(`bench start ${starts[STARTS >> 1].toFixed(0)} ms\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
