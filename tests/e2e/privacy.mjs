// Personal data through the real programs: it ends, reading it leaves a trace, two people are needed to take it out of the box.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
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
  const done = spawnSync('sqlite3', ['-cmd', '.timeout 10000', lab.database, query], { encoding: 'utf8', maxBuffer: 1 << 28 });
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
  // What is erased has nothing that another key could seal.
  appendFileSync(lab.file('seal.key'), `2 ${'5a'.repeat(32)}\n`);
  ok(lab, 'reload');
  await lab.stopCore();
  await lab.startCore(); // which looks for rows under the old key at once
  await lab.core.running.line(/reseal\.done key=2 /);
  assert.equal(found(), 0);
  assert.equal(lab.ctl('audit', 'verify').status, 0);
});

test('a wipe that is killed in its middle goes on, and leaves one proof', async (t) => {
  const lab = await open(t);
  const codes = [];
  for (let i = 0; i < 3; i++) codes.push(await submits(lab.citizen(`+8498765430${i}`)));
  for (const code of codes) ok(lab, 'case', 'close-noted', code, 'Da ghi nhan', '--as', 'tt.hoa');
  ok(lab, 'clock', 'skip', '2029-01-08T09:00');
  for (const point of ['retention.case:2', 'retention.step:1', 'retention.proof:1']) {
    await lab.stopCore();
    const core = lab.spawnCore({ env: { PHANHOI_CRASH: point } });
    if (point === 'retention.case:2') {
      await core.line(/ app\.ready /);
      lab.ctl('retention', 'run', '--as', 'tt.hoa');
    }
    assert.equal((await core.exit).signal, 'SIGKILL', point);
    assert.equal(sql(lab, "SELECT count(*) FROM privacy_event WHERE type = 'retention.run'")[0], '0', point);
  }
  await lab.startCore();
  await lab.core.running.line(/retention\.run cases=3 /);
  const [proof, ...more] = json(lab, 'retention', 'status').runs;
  assert.equal(proof.kinds.case.erased, 3);
  assert.equal(proof.kinds.person.erased, 3);
  assert.deepEqual(more, []);
  assert.equal(lab.ctl('audit', 'verify').status, 0);
  assert.deepEqual(sql(lab, 'SELECT count(*) FROM cases WHERE length(text_sealed) > 0'), ['0']);
  assert.deepEqual(sql(lab, 'SELECT count(*) FROM pragma_foreign_key_check'), ['0']);
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

test('what a person asks about their data has its dates, may be extended once, and a paper document is restricted instead of erased', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen(NUMBER);
  const code = await submits(citizen);
  await citizen.send('DULIEU');
  await citizen.send('XOADULIEU');
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
  let [access, erase] = json(lab, 'data-request', 'list');
  assert.deepEqual([access.kind, access.due, access.act_by, access.late], ['access', '2026-11-25', '2026-12-03', false]);
  assert.deepEqual([erase.kind, erase.due, erase.act_by], ['erase', '2026-11-25', '2026-12-13']);
  ok(lab, 'data-request', 'answer', String(access.id), '--as', 'tt.hoa');
  ok(lab, 'clock', 'skip', '2026-11-26T09:00');
  [access, erase] = json(lab, 'data-request', 'list');
  const centre = lab.citizen('+84912001001');
  assert.deepEqual([access.late, erase.late], [false, true]);
  for (let text = ''; !/yeu cau du lieu ca nhan qua han: 1\./.test(text); ) ({ text } = await centre.next());
  refused(lab, /reason/, 'data-request', 'extend', String(access.id), '--as', 'tt.hoa');
  refused(lab, /15 days/, 'data-request', 'extend', String(access.id), '--reason', 'nhieu ho so', '--until', '2026-12-19', '--as', 'tt.hoa');
  assert.match(ok(lab, 'data-request', 'extend', String(access.id), '--reason', 'nhieu ho so', '--as', 'tt.hoa'), /2026-12-18/);
  refused(lab, /once/, 'data-request', 'extend', String(access.id), '--reason', 'nhieu ho so', '--as', 'tt.hoa');
  refused(lab, /asks to see/, 'data-request', 'restrict', String(access.id), '--reason', 'Dieu 8', '--as', 'tt.hoa');
  refused(lab, /no open request/, 'data-request', 'restrict', '99', '--reason', 'Dieu 8', '--as', 'tt.hoa');
  assert.match(ok(lab, 'data-request', 'restrict', String(erase.id), '--reason', 'luat buoc luu ho so', '--as', 'tt.hoa'), /1 cases are confidential/);
  for (let text = ''; !/chi han che nguoi xem\. Ly do: luat buoc luu ho so/.test(text); ) ({ text } = await citizen.next());
  assert.ok(json(lab, 'case', 'show', code).flags.includes('confidential'));
  ok(lab, 'data-request', 'done', String(access.id), '--as', 'tt.hoa');
  assert.match(ok(lab, 'data-request', 'list'), /no request waits/);
  assert.equal(lab.ctl('audit', 'verify').status, 0);
});

test('an export takes two people, is fetched once, and is written down', async (t) => {
  const lab = await open(t, { exports: { life: 3600, rows: 20 } });
  const citizen = lab.citizen(NUMBER);
  const code = await submits(citizen);
  for (const [pattern, ...args] of [
    [/what is to be exported/, '--reason', 'x y', '--as', 'tt.hoa'],
    [/what is to be exported/, '--case', code, '--sender', NUMBER, '--reason', 'x y', '--as', 'tt.hoa'],
    [/no case/, '--case', '482109304', '--reason', 'x y', '--as', 'tt.hoa'],
    [/nothing is kept/, '--sender', '0911222333', '--reason', 'x y', '--as', 'tt.hoa'],
    [/first and the last day/, '--from', '2026-11-30', '--to', '2026-11-01', '--reason', 'x y', '--as', 'tt.hoa'],
    [/sentence/, '--case', code, '--as', 'tt.hoa'],
    [/officer/, '--case', code, '--reason', 'x y'],
    [/no officer "nobody"/, '--case', code, '--reason', 'x y', '--as', 'nobody'],
  ])
    refused(lab, pattern, 'export', 'request', ...args);
  const ask = (...what) => String(json(lab, 'export', 'request', ...what, '--reason', 'nguoi gui yeu cau', '--as', 'tt.hoa').id);
  const id = ask('--sender', NUMBER);
  refused(lab, /waiting/, 'export', 'fetch', id, '--as', 'tt.hoa');
  refused(lab, /tt\.hoa asked/, 'export', 'approve', id, '--as', 'tt.hoa');
  refused(lab, /service centre and heads/, 'export', 'approve', id, '--as', 'xd.dung');
  refused(lab, /no export/, 'export', 'approve', '77', '--as', 'tt.long');
  ok(lab, 'export', 'approve', id, '--as', 'tt.long');
  refused(lab, /decided already/, 'export', 'deny', id, '--as', 'xd.gd');
  refused(lab, /only the officer who asked/, 'export', 'fetch', id, '--as', 'tt.long');
  const lines = ok(lab, 'export', 'fetch', id, '--as', 'tt.hoa').trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines[0].number, NUMBER);
  assert.equal(lines.find((l) => l.kind === 'case').case, code);
  assert.equal(lines.find((l) => l.kind === 'message').text, 'PA Duong vao thon 3 bi sut lun');
  assert.ok(lines.some((l) => l.kind === 'text') && lines.some((l) => l.kind === 'event' && l.data.text));
  refused(lab, /is fetched/, 'export', 'fetch', id, '--as', 'tt.hoa');
  const [read] = json(lab, 'audit', 'reads');
  assert.deepEqual([read.command, read.numbers], ['export.fetch', 1]);
  assert.ok(read.texts >= 3);

  const denied = ask('--case', code);
  ok(lab, 'export', 'deny', denied, '--as', 'xd.gd');
  refused(lab, /is denied/, 'export', 'fetch', denied, '--as', 'tt.hoa');
  const late = ask('--case', code);
  ok(lab, 'export', 'approve', late, '--as', 'tt.giam-doc');
  ok(lab, 'clock', 'skip', '+2h');
  refused(lab, /is expired/, 'export', 'fetch', late, '--as', 'tt.hoa');
  // An approval may be used once, also by two at a time.
  const race = ask('--case', code);
  ok(lab, 'export', 'approve', race, '--as', 'tt.long');
  const answers = await Promise.all([1, 2, 3].map(() => lab.core.ask('export.fetch', { id: Number(race), as: 'tt.hoa' })));
  assert.equal(answers.filter((a) => a.ok).length, 1, JSON.stringify(answers).slice(0, 500));
  // More than is allowed comes in no part.
  for (let i = 0; i < 12; i++) await citizen.send('HD');
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
  const much = ask('--sender', NUMBER);
  ok(lab, 'export', 'approve', much, '--as', 'tt.long');
  refused(lab, /too much/, 'export', 'fetch', much, '--as', 'tt.hoa');
  assert.deepEqual(json(lab, 'export', 'list').map((e) => e.state), ['approved', 'fetched', 'expired', 'denied', 'fetched']);
  assert.ok(!ok(lab, 'export', 'list').includes('987654321'));
  // What can't be written down isn't handed over.
  sql(lab, "CREATE TRIGGER full BEFORE INSERT ON privacy_event BEGIN SELECT raise(ABORT, 'no'); END");
  const again = sql(lab, `UPDATE export_request SET fetched_at = 0 WHERE id = ${race} RETURNING id`);
  assert.deepEqual(again, [race]);
  const done = lab.ctl('export', 'fetch', race, '--as', 'tt.hoa');
  assert.equal(done.status, 1);
  assert.ok(!done.stdout.includes('sut lun'));
  assert.equal(json(lab, 'export', 'list').find((e) => String(e.id) === race).fetched, null);
  assert.equal(lab.ctl('audit', 'verify').status, 0);
});

test('a security incident has 72 hours, and the numbers that it touches can be listed', async (t) => {
  const lab = await open(t);
  await submits(lab.citizen(NUMBER));
  assert.ok(!ok(lab, 'status').includes('INCIDENT'));
  refused(lab, /what happened/, 'incident', 'report', '--as', 'tt.hoa');
  refused(lab, /officer/, 'incident', 'report', '--reason', 'mat may tinh');
  refused(lab, /before from/, 'incident', 'report', '--reason', 'mat may tinh', '--from', '2026-11-23', '--to', '2026-11-22', '--as', 'tt.hoa');
  const reported = json(lab, 'incident', 'report', '--reason', 'mat may tinh', '--from', '2026-11-20', '--as', 'tt.hoa');
  assert.equal(Date.parse(reported.authority_by) - Date.parse(reported.at), 72 * 3600 * 1000);
  assert.deepEqual(sql(lab, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.security.incident' AND state = 0"), ['1']);
  assert.match(ok(lab, 'status'), /INCIDENT: tell the authority by +26\/11\/2026/);
  const id = String(reported.id);
  assert.match(ok(lab, 'incident', 'affected', id), /84987\*\*\*321/);
  assert.deepEqual(json(lab, 'audit', 'reads'), []);
  assert.ok(json(lab, 'incident', 'affected', id, '--reveal', '--as', 'tt.hoa').numbers.includes(NUMBER));
  assert.equal(json(lab, 'audit', 'reads')[0].command, 'incident.affected');
  refused(lab, /no incident/, 'incident', 'affected', '9');
  ok(lab, 'clock', 'skip', '+73h');
  assert.match(ok(lab, 'status'), /THE 72 HOURS ARE OVER/);
  assert.equal(json(lab, 'incident', 'list')[0].late, true);
  ok(lab, 'incident', 'told', id, '--as', 'tt.hoa');
  refused(lab, /authority wasn't told/, 'incident', 'told', id, '--as', 'tt.hoa');
  assert.ok(!ok(lab, 'status').includes('INCIDENT'));
  assert.equal(lab.ctl('audit', 'verify').status, 0);
});
