// Personal data through the real programs: it ends, reading it leaves a trace, two people are needed to take it out of the box.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Lab, ROOT } from '../lib/harness.mjs';

const DIRECTORY = path.join(ROOT, 'tests/fixtures/directory.conf');
const MONDAY = '2026-11-23T09:00:00+07:00';
const NUMBER = '+84987654321';

const open = async (t, settings = {}) => {
  const lab = await Lab.open(t, { settings: { clock: { start: MONDAY }, directory: { file: DIRECTORY }, ...settings } });
  await lab.start();
  return lab;
};
const ok = (lab, ...args) => {
  const done = lab.ctl(...args);
  assert.equal(done.status, 0, `${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return done.stdout;
};
const json = (lab, ...args) => JSON.parse(ok(lab, ...args, '--json'));
const refused = (lab, pattern, ...args) => {
  const done = lab.ctl(...args);
  assert.equal(done.status, 1, `${args.join(' ')}: ${done.stdout}`);
  assert.match(done.stderr, pattern);
};
const submits = async (citizen, text = 'PA Duong vao thon 3 bi sut lun') => {
  await citizen.send(text);
  for (;;) {
    const match = (await citizen.next()).text.match(/da nhan phan anh, ma so (\d{9})/);
    if (match) return match[1];
  }
};
// What is sealed in the database now, as hexadecimal digits.
const sql = (lab, query) => {
  const done = spawnSync('sqlite3', [lab.database, query], { encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim().split('\n').filter(Boolean);
};
const files = (lab) => ['', '-wal'].map((end) => lab.database + end).filter(existsSync).map((file) => readFileSync(file));

test('a closed case is wiped when its time is over: blobs are gone from the files, its record and a proof stay', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen(NUMBER);
  const code = await submits(citizen);
  await citizen.send('TEN Le Thi Hoa');
  await citizen.next();
  ok(lab, 'case', 'close-noted', code, 'Da ghi nhan', '--as', 'tt.hoa');
  const sealed = sql(lab, 'SELECT hex(text_sealed) FROM message UNION ALL SELECT hex(text_sealed) FROM cases UNION ALL SELECT hex(text_sealed) FROM outbound WHERE case_id IS NOT NULL ' +
    'UNION ALL SELECT hex(data_sealed) FROM case_event UNION ALL SELECT hex(body_sealed) FROM inbound WHERE message_id IS NOT NULL').map((hex) => Buffer.from(hex, 'hex'));
  assert.ok(sealed.length >= 8);
  const found = () => files(lab).reduce((sum, file) => sum + sealed.filter((blob) => file.includes(blob)).length, 0);
  assert.ok(found() > 0, 'the search can find');

  let status = json(lab, 'retention', 'status');
  assert.deepEqual(status.kinds.map((k) => k.due), status.kinds.map(() => 0));
  ok(lab, 'clock', 'skip', '2028-11-22T09:00'); // a day short of two years
  assert.deepEqual(json(lab, 'retention', 'status').kinds.map((k) => k.due), status.kinds.map(() => 0));
  ok(lab, 'clock', 'skip', '2028-11-27T09:00');
  await lab.core.running.line(/retention\.waits/); // so long without a run: a person looks at the clock first
  const due = Object.fromEntries(json(lab, 'retention', 'status').kinds.map((k) => [k.kind, k.due]));
  assert.equal(due.case, 1);
  assert.ok(found() > 0);
  assert.match(ok(lab, 'retention', 'run', '--as', 'tt.hoa'), /begun/);
  await lab.core.running.line(/retention\.run cases=1 .*persons=1/);
  status = json(lab, 'retention', 'status');
  assert.equal(status.running, false);
  assert.equal(status.runs[0].kinds.case.erased, 1);
  assert.match(status.runs[0].kinds.case.older_than, /^2026-11-26T17:00/);
  assert.match(ok(lab, 'retention', 'status'), /cases +1/);
  assert.equal(found(), 0, 'sealed fields are left in the files');

  const shown = json(lab, 'case', 'show', code, '--reveal');
  assert.equal(shown.state, 'NOTED_CLOSED');
  assert.equal(shown.from, null);
  assert.equal(shown.text, null);
  assert.ok(shown.erased && shown.ended && shown.deadlines.length >= 1);
  assert.ok(shown.events.every((e) => e.data === null || e.type === 'case.read'));
  const verified = json(lab, 'audit', 'verify');
  assert.ok(verified.erased >= 3 && verified.privacy.events >= 2);
  refused(lab, /erased/, 'case', 'confidential', code, '--as', 'tt.hoa');
  assert.equal(lab.ctl('case', 'slip', code, '--reveal').status, 0);
  assert.equal(lab.ctl('message', 'list', '--reveal').status, 0);
  assert.equal(lab.ctl('message', 'list', '--out', '--reveal').status, 0);
  assert.equal(lab.ctl('report', '--from', '2026-11-01', '--to', '2026-11-30').status, 0);
  await lab.stopCore();
  await lab.startCore();
  assert.equal(lab.ctl('audit', 'verify').status, 0);
});

test('every reading of personal data leaves a row that cannot be taken back', async (t) => {
  const lab = await open(t);
  const code = await submits(lab.citizen(NUMBER));
  ok(lab, 'sender', 'block', '0911222333', '--reason', 'quay roi', '--until', '2026-12-15', '--as', 'tt.hoa');
  for (const command of [['message', 'list'], ['queue'], ['sender', 'list'], ['directory', 'list'], ['case', 'list'], ['held', 'list'], ['unknown', 'list'], ['data-request', 'list'], ['modems']])
    ok(lab, ...command);
  assert.deepEqual(json(lab, 'audit', 'reads'), []);
  const reveals = [['message', 'list'], ['message', 'list', '--out'], ['case', 'list'], ['case', 'show', code], ['message', 'show', '1'], ['sender', 'list'], ['directory', 'list'], ['case', 'slip', code]];
  for (const command of reveals) ok(lab, ...command, '--reveal', '--as', 'tt.hoa');
  ok(lab, 'held', 'list', '--reveal'); // nothing is held: nothing was shown
  const reads = json(lab, 'audit', 'reads');
  assert.deepEqual(reads.map((r) => r.command).reverse(), reveals.map(([a, b]) => `${a}.${b}`));
  assert.ok(reads.every((r) => r.by === `tt.hoa/uid:${process.getuid()}`), JSON.stringify(reads));
  assert.ok(reads.every((r) => r.numbers > 0));
  assert.equal(reads.find((r) => r.command === 'case.show').case, code);
  assert.equal(reads.at(-1).texts, 1);
  assert.deepEqual(json(lab, 'audit', 'reads', '--to', '2026-11-22'), []);
  assert.equal(json(lab, 'audit', 'reads', '--from', '2026-11-23', '--limit', '3').length, 3);
  assert.match(ok(lab, 'audit', 'reads'), new RegExp(`tt\\.hoa/uid:${process.getuid()} +case\\.show +${code}`));
  refused(lab, /not a day/, 'audit', 'reads', '--from', 'yesterday');
  refused(lab, /officer/, 'message', 'list', '--reveal', '--as', 'a b');

  // Where a row can't be written nothing is shown.
  sql(lab, "CREATE TRIGGER full BEFORE INSERT ON privacy_event BEGIN SELECT raise(ABORT, 'no'); END");
  for (const command of reveals) {
    const done = lab.ctl(...command, '--reveal');
    assert.equal(done.status, 1, command.join(' '));
    assert.ok(!/sut lun|987654321/.test(done.stdout + done.stderr));
  }
  sql(lab, 'DROP TRIGGER full');
  assert.equal(json(lab, 'audit', 'reads').length, reveals.length);

  assert.equal(lab.ctl('audit', 'verify').status, 0);
  sql(lab, "UPDATE privacy_event SET actor = 'uid:4711' WHERE id = 3");
  refused(lab, /privacy event 3: the chain doesn't hold/, 'audit', 'verify');
});
