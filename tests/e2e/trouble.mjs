// When things go wrong around the core: a full disk, a message that kills it, a database of a newer version.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { Lab, program } from '../lib/harness.mjs';

const NUMBER = '+84912345678';
const ACK = /^PAKN Thanh Hoa da nhan phan anh/;

// No file of the process may grow past `octets` ("unlimited"): what a full disk looks like to SQLite.
const limitFiles = (pid, octets) => {
  const done = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${octets}:unlimited`], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
};

test('a full disk: nothing is deleted from the SIM, people are told, and it goes on by itself when there is room', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const core = lab.core.running;
  limitFiles(core.pid, 4096);
  const citizen = lab.citizen(NUMBER);
  await citizen.send('PA Duong vao thon 3 bi sut lun');
  await core.line(/store\.refusing/);
  const status = await lab.core.result('status'); // still answers
  assert.equal(status.state, 'refusing');
  assert.ok(status.refusal);
  assert.match(await lab.core.result('metrics'), /phanhoi_store_refusing 1/);
  assert.equal(lab.ctl('send', '0912345678', 'xin chao').status, 1);
  const [arrival] = (await lab.network.ask({ op: 'arrivals' })).arrivals;
  assert.equal(arrival.state, 'stored'); // in its slot

  limitFiles(core.pid, 'unlimited');
  await core.line(/store\.works_again/);
  assert.match((await citizen.next()).text, ACK);
  assert.equal((await lab.core.result('status')).state, 'serving');
  assert.equal((await lab.core.result('case.list')).length, 1);
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
});

test('the disk fills up while a text is on the air: its outcome is stored later, and it is sent once', async (t) => {
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number: '+84912000001', options: 'submit-delay=1500' }] });
  await lab.start();
  assert.equal(lab.ctl('send', '0912345678', 'xin chao').status, 0);
  let submitting = false;
  while (!submitting) submitting = (await lab.network.ask({ op: 'modems' })).modems[0].submitting;
  limitFiles(lab.core.running.pid, 4096);
  await lab.core.running.line(/store\.refusing/);
  limitFiles(lab.core.running.pid, 'unlimited');
  await lab.core.running.line(/store\.works_again/);
  assert.equal((await lab.citizen(NUMBER).next()).text, 'xin chao');
  let counts;
  do ({ counts } = await lab.core.result('status'));
  while (counts.attempts_open);
  assert.equal(counts.attempts_unknown, 0);
  assert.equal((await lab.network.ask({ op: 'air' })).parts.length, 1);
});

test('a message that kills the core is held after two tries; others are served; it can be run again', async (t) => {
  const lab = await Lab.open(t);
  const env = { PHANHOI_CRASH: 'case.inserted' };
  await lab.startNetwork();
  await lab.startCore({ env });
  await lab.modemsUp();
  const citizen = lab.citizen(NUMBER);
  await citizen.send('PA Duong vao thon 3 bi sut lun');
  let deaths = 0;
  for (; deaths < 6; deaths++) {
    const core = lab.core.running;
    const end = await core.line(/sms\.held .*stopped the program twice/).then(
      () => 'held',
      (error) => (core.ended ? core.exit : Promise.reject(error)),
    );
    if (end === 'held') break;
    assert.equal(end.signal, 'SIGKILL', lab.core.running.tail());
    lab.spawnCore({ env });
  }
  assert.equal(deaths, 3, 'once in its group, twice by itself');
  await lab.modemsUp();
  await citizen.send('HD'); // opens no case
  assert.match((await citizen.next()).text, /^PA <noi dung>/);

  const held = JSON.parse(lab.ctl('held', 'list', '--json').stdout);
  assert.equal(held.length, 1);
  assert.equal(held[0].tries, 2);
  assert.equal((await lab.core.result('status')).counts.held, 1);
  assert.match(lab.ctl('held', 'list').stdout, /^ID .*\n +\d+ .*m1/);

  await lab.stopCore();
  await lab.startCore();
  await lab.modemsUp();
  assert.equal((await lab.core.result('status')).counts.held, 1); // a restart alone doesn't run it again
  const retried = lab.ctl('held', 'retry', String(held[0].id));
  assert.equal(retried.status, 0, retried.stderr);
  assert.match((await citizen.next()).text, ACK);
  assert.equal((await lab.core.result('status')).counts.held, 0);
  assert.equal(lab.ctl('held', 'retry', String(held[0].id)).status, 1);
});

test('a database of a newer version is refused and left alone', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  await lab.stopCore();
  const sql = (text) => spawnSync('sqlite3', [lab.database, text], { encoding: 'utf8' }).stdout.trim();
  sql('PRAGMA user_version = 9999');
  const second = lab.spawnCore();
  assert.equal((await second.exit).code, 1);
  assert.match(second.tail(), /app\.not_started err=ERR_NEWER/);
  assert.ok(second.tail().includes(lab.database), second.tail());
  assert.equal(sql('PRAGMA user_version'), '9999');
});

test('another key than the one that sealed it is refused', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  await lab.stopCore();
  lab.writeConfig({ store: { key_file: lab.file('other.key') } });
  const second = lab.spawnCore();
  assert.equal((await second.exit).code, 1);
  assert.match(second.tail(), /app\.not_started/);
});

// A worker makes itself undumpable, and then only root may see its descriptors.
test('a worker is given its pipes and nothing else', { skip: process.getuid() !== 0 && 'needs root' }, async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const { pid } = (await lab.core.result('modems'))[0].worker;
  const files = readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) > 2).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  assert.deepEqual(files.filter((file) => file.startsWith('socket:') || file.startsWith(lab.folder)), []);
  assert.ok(files.some((file) => file.startsWith('/dev/pts/')), files.join(' ')); // its line
});

test('a worker that serves is fenced in', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const { pid } = (await lab.core.result('modems'))[0].worker;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  if (lab.core.running.lines.some((line) => /sandbox\.off/.test(line))) return t.skip('a sanitizer build');
  assert.match(status, /^NoNewPrivs:\t1$/m);
  assert.match(status, /^Seccomp:\t2$/m);
});

test('nothing of a citizen is readable in what lies on the disk', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen(NUMBER);
  await citizen.send('PA Bimatduongdaynong bi lo');
  await citizen.next();
  await lab.core.running.kill('SIGKILL'); // with its log not written back
  const found = spawnSync('grep', ['-rlaE', 'Bimatduongdaynong|912345678', lab.folder], { encoding: 'utf8' });
  assert.equal(found.stdout, '');
  assert.ok(!lab.core.running.tail(1000).match(/Bimat|912345678/));
});
