// The core and its workers: a worker that is killed, one that talks nonsense, one that is mute; stopping and starting; two cores.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Lab } from '../lib/harness.mjs';

const modem = async (lab, name = 'm1') => (await lab.core.result('modems')).find((m) => m.name === name);
const alive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
// A worker made of a few lines of shell.
const fakeWorker = (lab, script) => {
  const file = lab.file('fake-worker');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
};

test('a killed worker is started again and serves', async (t) => {
  const lab = await Lab.open(t, { settings: { worker: { restart_base: 0.1 } } });
  await lab.start();
  const before = await modem(lab);
  const from = lab.core.running.lines.length;
  process.kill(before.worker.pid, 'SIGKILL');
  assert.match(await lab.core.running.line(/worker\.gone/, { from }), /link=m1 reason="killed by signal 9"/);
  await lab.core.running.line(/link\.up link=m1/, { from });
  const after = await modem(lab);
  assert.notEqual(after.worker.pid, before.worker.pid);
  assert.equal(after.worker.starts, 2);
  assert.equal(after.up, true);
  const citizen = lab.citizen('+84912345678');
  await citizen.send('PA Duong vao thon 3 bi sut lun');
  assert.match((await citizen.next()).text, /da nhan phan anh/);
});

test('a worker killed while it sends leaves that submission unknown, and it is not sent twice', async (t) => {
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number: '+84912000001', options: 'submit-delay=2000' }], settings: { worker: { restart_base: 0.1 } } });
  await lab.start();
  await lab.network.ask({ op: 'handset', number: '+84912345678', on: false }); // a delivery report would settle it
  assert.equal(lab.ctl('send', '0912345678', 'xin chao').status, 0);
  for (;;) {
    const { messages } = await lab.network.ask({ op: 'modems' }).then(async (a) => ({ messages: a.modems }));
    if (messages[0].submitting) break;
  }
  const from = lab.core.running.lines.length;
  process.kill((await modem(lab)).worker.pid, 'SIGKILL');
  await lab.core.running.line(/link\.up link=m1/, { from });
  const unknown = await lab.core.result('unknown.list');
  assert.equal(unknown.length, 1);
  assert.equal(unknown[0].class, 'operator');
  assert.equal((await lab.core.result('queue')).queued.length, 0);

  // A person decides.
  assert.equal(lab.ctl('unknown', 'leave', String(unknown[0].part)).status, 0);
  assert.equal((await lab.core.result('unknown.list')).filter((u) => u.part_state === 'unknown').length, 0);
  assert.equal(lab.ctl('unknown', 'leave', String(unknown[0].part)).status, 1);
});

test('a line that is lost while a text is being sent leaves it unknown; a person has it sent again', async (t) => {
  const lab = await Lab.open(t, { settings: { worker: { restart_base: 0.1 } } });
  await lab.start();
  await lab.network.ask({ op: 'modem', name: 'm1', set: { fail_next: { stage: 'hangup', on_air: false } } });
  const from = lab.core.running.lines.length;
  assert.equal(lab.ctl('send', '0912345678', 'xin chao').status, 0);
  await lab.core.running.line(/link\.up link=m1/, { from });
  const listed = lab.ctl('unknown', 'list', '--json');
  const [unknown, ...more] = JSON.parse(listed.stdout);
  assert.equal(more.length, 0);
  assert.match(lab.ctl('unknown', 'list').stdout, new RegExp(`^PART .*\\n +${unknown.part} `));
  assert.deepEqual((await lab.citizen('+84912345678').inbox()), []);
  assert.equal(lab.ctl('unknown', 'resend', String(unknown.part)).status, 0);
  assert.equal((await lab.citizen('+84912345678').next()).text, 'xin chao');
});

test('a worker that talks nonsense is ended and started again, ever later', async (t) => {
  const lab = await Lab.open(t);
  const worker = fakeWorker(lab, `echo '{"name":"hello","version":1}'; for i in 1 2 3; do echo "garbage $i"; done; printf '\\377\\000\\n'; echo '{"name":"sms"}'; exec sleep 600`);
  lab.writeConfig({ worker: { program: worker, restart_base: 0.1, restart_cap: 1, stop_deadline: 0.1 } });
  await lab.startCore();
  const waits = [];
  let from = 0;
  for (let i = 0; i < 4; i++) {
    const line = await lab.core.running.line(/worker\.gone/, { from });
    from = lab.core.running.lines.indexOf(line, from) + 1;
    assert.match(line, /reason="too many lines that can't be understood"/);
    waits.push(Number(line.match(/restart_ms=(\d+)/)[1]));
  }
  assert.deepEqual(waits, [100, 400, 900, 1000]);
  assert.match((await lab.core.result('metrics')), /phanhoi_protocol_errors_total (1[5-9]|2\d)/);
  assert.equal((await lab.core.result('status')).state, 'serving');
});

test('a worker that says nothing, or another version, or closes its output, is ended', async (t) => {
  const cases = [
    ['exec sleep 600', 'no hello in time'],
    [`echo '{"name":"hello","version":2}'; exec sleep 600`, "(speaks another version of the protocol|too many lines that can't be understood)"],
    [`echo '{"name":"hello","version":1}'; exec >&-; exec sleep 600`, 'closed its output'],
    [`echo '{"name":"hello","version":1}'; exec sleep 600`, 'no sign of life'],
    ['exit 3', 'exited with 3'],
  ];
  for (const [script, reason] of cases) {
    const lab = await Lab.open(t);
    lab.writeConfig({ worker: { program: fakeWorker(lab, script), hello_deadline: 0.5, life_deadline: 1, restart_base: 600, restart_cap: 600, bad_lines_max: 1, stop_deadline: 0.1 } });
    await lab.startCore();
    assert.match(await lab.core.running.line(/worker\.gone/), new RegExp(`reason="${reason}"`));
    await lab.close();
  }
});

test('a line without an end is dropped and counted', async (t) => {
  const lab = await Lab.open(t);
  const worker = fakeWorker(lab, `echo '{"name":"hello","version":1}'; head -c 100000 /dev/zero | tr '\\0' x; echo; echo '{"name":"health"}'; exec cat >/dev/null`);
  lab.writeConfig({ worker: { program: worker, stop_deadline: 0.1 } });
  await lab.startCore();
  assert.match(await lab.core.running.line(/worker\.bad_line/), /problem="longer than a line may be" count=1/);
  const view = await modem(lab);
  assert.equal(view.worker.state, 'serving');
  assert.equal(view.worker.bad_lines, 1);
});

test('an answer to what was not asked counts as nonsense; an arrival before up is put off', async (t) => {
  const lab = await Lab.open(t);
  const heard = lab.file('heard');
  const worker = fakeWorker(
    lab,
    `echo '{"name":"hello","version":1}'; echo '{"name":"sent","id":77,"reference":1}'
echo '{"name":"sms","handle":5,"kind":"text","pdu":"00","from":"+84912345678","text":"PA Duong hong","encoding":"gsm7"}'
while read -r line; do echo "$line" >>'${heard}'; case $line in *again*) echo heard-again >&2;; esac; done`,
  );
  lab.writeConfig({ worker: { program: worker, stop_deadline: 0.1 } });
  await lab.startCore();
  await lab.core.running.line(/an answer to a submission that isn't out/);
  await lab.core.running.line(/an arrival before up/);
  await lab.core.running.line(/heard-again/);
  assert.equal((await lab.core.result('status')).counts.messages, 0);
});

test('a stop lets the worker finish, and a start goes on with the queue', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const pid = (await modem(lab)).worker.pid;
  await lab.network.ask({ op: 'modem', name: 'm1', set: { registered: false, plugged: false } });
  await lab.core.running.line(/link\.down link=m1/);
  for (let i = 0; i < 5; i++) assert.equal(lab.ctl('send', '0912345678', `tin so ${i}`).status, 0);
  assert.equal((await lab.core.result('status')).counts.parts_queued, 5);
  assert.deepEqual(await lab.stopCore(), { code: 0, signal: null });
  assert.match(lab.core.running.tail(3), /app\.stopped/);
  assert.equal(alive(pid), false);
  assert.equal(existsSync(lab.controlSocket), false);

  await lab.network.ask({ op: 'modem', name: 'm1', set: { registered: true, plugged: true } });
  await lab.startCore();
  assert.doesNotMatch(lab.core.running.tail(), /careful/);
  const citizen = lab.citizen('+84912345678');
  const texts = [];
  for (let i = 0; i < 5; i++) texts.push((await citizen.next()).text);
  assert.deepEqual(texts.sort(), [0, 1, 2, 3, 4].map((i) => `tin so ${i}`));
});

test('a killed core is careful at its next start, keeps its queue, and its workers end', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  await citizen.send('PA Duong vao thon 3 bi sut lun');
  const code = (await citizen.next()).text.match(/ma so (\d{9})/)[1];
  await lab.core.running.kill('SIGKILL');
  await lab.startCore();
  await lab.core.running.line(/app\.careful_mode/);
  await lab.modemsUp();
  assert.equal((await lab.core.result('status')).state, 'careful');
  await citizen.send(`TC ${code}`);
  let message;
  do message = await citizen.next();
  while (!message.text.startsWith(`PAKN ${code}:`));
  assert.equal((await lab.core.result('case.list')).length, 1);
});

test('a worker that ignores stop is killed in time', async (t) => {
  const lab = await Lab.open(t);
  const worker = fakeWorker(lab, `trap '' TERM; echo '{"name":"hello","version":1}'; while :; do read -r line || sleep 600; done`);
  lab.writeConfig({ worker: { program: worker, stop_deadline: 0.5 } });
  await lab.startCore();
  const started = Date.now();
  await lab.core.running.line(/worker\.started/);
  assert.deepEqual(await lab.stopCore(), { code: 0, signal: null });
  assert.ok(Date.now() - started < 15000);
});

test('two cores on one database: the second is refused', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  const first = lab.core.running;
  lab.controlSocket = lab.file('other.sock');
  lab.writeConfig();
  const second = lab.spawnCore();
  assert.deepEqual(await second.exit, { code: 1, signal: null });
  assert.match(second.tail(), /app\.not_started err=ERR_BUSY/);
  assert.ok(second.tail().includes(lab.database), second.tail());
  assert.equal(first.ended, null);
});

test('two cores on one socket: the second is refused, and the first still answers', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  lab.database = lab.file('other.db');
  lab.writeConfig({ store: { key_file: lab.file('other.key') } });
  const second = lab.spawnCore();
  assert.equal((await second.exit).code, 1);
  assert.match(second.tail(), /another daemon answers there/);
  assert.equal((await lab.core.result('status')).id, 'th-01');
});

test('the identity in the database must stay', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  await lab.stopCore();
  lab.writeConfig({ appliance: { of: 4 } });
  const second = lab.spawnCore();
  assert.equal((await second.exit).code, 1);
  assert.match(second.tail(), /app\.not_started err=ERR_CONFLICT/);
});

test('what it makes is for its own user only', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  for (const file of [lab.database, lab.file('seal.key'), lab.controlSocket]) assert.equal(statSync(file).mode & 0o077, 0, file);
});

test('SIGHUP does not end it', async (t) => {
  const lab = await Lab.open(t);
  const core = await lab.startCore();
  process.kill(core.pid, 'SIGHUP');
  await core.line(/app\.signal name=Hangup/);
  assert.equal((await lab.core.result('status')).state, 'serving');
});
