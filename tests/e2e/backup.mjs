// Backup and restore with the real programs: copies while citizens write, and a box that is started on one after its original went on.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { Lab, program } from '../lib/harness.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;
const phanhoid = (lab, ...args) => spawnSync(program('phanhoid'), ['-c', lab.config, ...args], { encoding: 'utf8' });
const sql = (file, text) => spawnSync('sqlite3', ['-readonly', file, text], { encoding: 'utf8' }).stdout.trim();
const number = (n) => `+849876${String(n).padStart(5, '0')}`;

async function codeOf(lab, n) {
  const citizen = lab.citizen(number(n));
  await citizen.send(`PA Duong vao thon ${n} bi sut lun`);
  for (;;) {
    const code = (await citizen.next()).text.match(ACK)?.[1];
    if (code) return code;
  }
}
// Nothing is on its way any more, nor about to be (the question for a name comes behind the acknowledgement).
async function quiet(lab) {
  do await lab.network.ask({ op: 'idle', empty: true, wait: 30000 });
  while (sql(lab.database, 'SELECT count(*) FROM part WHERE state IN (0, 1)') !== '0');
  await lab.network.ask({ op: 'idle', empty: true, wait: 30000 });
}

test('a copy is made while citizens write: whole, private, and no citizen waits for it', async (t) => {
  const lab = await Lab.open(t, { modems: 2 });
  await lab.start();
  const writing = Promise.all(Array.from({ length: 12 }, (_, n) => codeOf(lab, n)));
  const copies = [1, 2, 3].map((n) => lab.file(`copy-${n}.db`));
  for (const copy of copies) {
    const done = lab.ctl('backup', copy);
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /copied to +\/.*copy-\d\.db\n/);
  }
  await writing;
  for (const copy of copies) {
    assert.equal(statSync(copy).mode & 0o777, 0o600);
    assert.equal(sql(copy, 'PRAGMA integrity_check'), 'ok');
    assert.equal(sql(copy, 'PRAGMA foreign_key_check'), '');
    assert.equal(sql(copy, "SELECT count(*) FROM cases LEFT JOIN outbox ON outbox.case_id = cases.id WHERE outbox.sequence IS NULL"), '0');
  }
  const again = lab.ctl('backup', copies[0], '--json');
  assert.equal(again.status, 1);
  assert.equal(JSON.parse(again.stdout || again.stderr).error, 'ERR_DUPLICATE');
  const nowhere = lab.ctl('backup', lab.file('no/copy.db'));
  assert.equal(nowhere.status, 1);
  assert.match(nowhere.stderr, /does the folder exist/);
  assert.equal((await lab.core.ask('backup', { file: 'copy.db' })).error, 'ERR_INVALID');
  assert.equal((await lab.core.ask('backup')).error, 'ERR_INVALID');
  assert.deepEqual(readdirSync(lab.folder).filter((f) => /\.new$/.test(f)), []);
});

test('restored over a newer world it gives no code twice and sends no text again', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const codes = [await codeOf(lab, 1)];
  await quiet(lab);
  await lab.vmodem.kill(); // the modem is gone: what is answered now waits in the queue
  await lab.core.result('send', { to: number(2), text: 'Hen gap sang mai' });
  const copy = lab.file('copy.db');
  assert.equal(lab.ctl('backup', copy).status, 0);
  await lab.startNetwork();
  const second = lab.citizen(number(2));
  assert.equal((await second.next()).text, 'Hen gap sang mai');
  for (const n of [3, 4, 5]) codes.push(await codeOf(lab, n));
  await quiet(lab);
  const epoch = sql(lab.database, "SELECT value FROM meta WHERE key = 'epoch'");
  await lab.core.running.kill('SIGKILL');

  const done = phanhoid(lab, '--restore', copy);
  assert.equal(done.status, 0, done.stderr);
  const kept = done.stdout.match(/^(.*\.replaced-.*): what stood there$/m)[1];
  assert.equal(sql(kept, 'SELECT count(*) FROM cases'), '4'); // with its log
  await lab.startCore();
  await lab.core.running.line(/smsc\.adopted .*codes_skipped=10\d\d\d parts_unknown=1 /);
  await lab.modemsUp();
  assert.notEqual(sql(lab.database, "SELECT value FROM meta WHERE key = 'epoch'"), epoch);
  assert.equal((await lab.core.result('case.list')).length, 1);
  const unknown = await lab.core.result('unknown.list');
  assert.equal(unknown.length, 1);
  assert.equal(unknown[0].reason, 'waited in a copy that was restored');
  for (const n of [6, 7]) codes.push(await codeOf(lab, n));
  await quiet(lab);
  assert.equal(new Set(codes).size, 6);
  assert.equal((await second.inbox()).filter((m) => m.text === 'Hen gap sang mai').length, 1);

  assert.equal(lab.ctl('unknown', 'resend', String(unknown[0].part)).status, 0); // a person may
});

test('an old file that was copied back is found out; a restart or a kill is none', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const codes = [await codeOf(lab, 1)];
  await quiet(lab);
  await lab.stopCore();
  copyFileSync(lab.database, lab.file('old.db'));
  await lab.startCore();
  await lab.modemsUp();
  codes.push(await codeOf(lab, 2));
  await lab.core.running.kill('SIGKILL');
  await lab.startCore();
  await lab.modemsUp();
  codes.push(await codeOf(lab, 3));
  await quiet(lab);
  assert.equal(lab.core.running.lines.filter((l) => /adopted/.test(l)).length, 0);
  await lab.stopCore();

  copyFileSync(lab.file('old.db'), lab.database);
  await lab.startCore();
  await lab.core.running.line(/smsc\.adopted database="an older state of the one that ran here"/);
  await lab.modemsUp();
  codes.push(await codeOf(lab, 4));
  assert.equal(new Set(codes).size, 4);
});

test('a restore that is interrupted anywhere leaves a whole database in place', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  await codeOf(lab, 1);
  const copy = lab.file('copy.db');
  assert.equal(lab.ctl('backup', copy).status, 0);
  await codeOf(lab, 2);
  await lab.core.running.kill('SIGKILL');
  for (const point of ['backup.step', 'restore.kept', 'restore.log_gone', 'restore.in_place']) {
    const cut = spawnSync(program('phanhoid'), ['-c', lab.config, '--restore', copy], { env: { ...process.env, PHANHOI_CRASH: point } });
    assert.equal(cut.signal, 'SIGKILL', point);
    assert.equal(sql(lab.database, 'PRAGMA integrity_check'), 'ok', point);
  }
  const replaced = readdirSync(lab.folder).find((f) => /\.replaced-[^-]*$/.test(f));
  assert.equal(sql(lab.file(replaced), 'SELECT count(*) FROM cases'), '2'); // the first one kept
  assert.equal(phanhoid(lab, '--restore', copy).status, 0);
  await lab.startCore();
  await lab.core.running.line(/smsc\.adopted /);
  assert.equal((await lab.core.result('case.list')).length, 1);
  assert.ok(!existsSync(`${lab.database}.restoring`));
});

test('adopting that is interrupted is done again', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  await codeOf(lab, 1);
  await lab.stopCore();
  assert.equal(phanhoid(lab, '--restored', '--skip-codes', '5').status, 0);
  const cut = lab.spawnCore({ env: { PHANHOI_CRASH: 'restore.adopted' } });
  assert.equal((await cut.exit).signal, 'SIGKILL');
  await lab.startCore();
  await lab.core.running.line(/smsc\.adopted database="a copy that was restored" codes_skipped=5 /);
});

test('what the command line must not say', async (t) => {
  const lab = await Lab.open(t);
  for (const args of [['--restore', 'x', '--restored'], ['-t', '--restored'], ['--skip-codes', '5'], ['--restored', '--skip-codes', '-1'], ['--restored', '--skip-codes', 'x']])
    assert.equal(phanhoid(lab, ...args).status, 2, args.join(' '));
  const many = phanhoid(lab, '--restored', '--skip-codes', '9999999');
  assert.equal(many.status, 1);
  assert.match(many.stderr, /1250000 codes in all/);
  const none = phanhoid(lab, '--restored');
  assert.equal(none.status, 1);
  await lab.startCore();
  const busy = phanhoid(lab, '--restored');
  assert.equal(busy.status, 1);
  assert.match(busy.stderr, /held by another phanhoid/);
  await lab.stopCore();
  rmSync(`${lab.database}.progress`);
  await lab.startCore();
  await lab.core.running.line(/smsc\.adopted database="from elsewhere/);
});
