// A disk that is really full, under a burst: nothing is taken from the SIMs, people are told everywhere, and once there is room everybody is
// answered, once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab, within } from '../lib/harness.mjs';
import { SmallDisk } from '../lib/small_disk.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;
const SLOTS = 5;

async function laboratory(t) {
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number: '+84912000001', options: `slots=${SLOTS}` }] });
  const disk = await SmallDisk.open(t, lab);
  await lab.startNetwork();
  await disk.startCore();
  await lab.modemsUp();
  return { lab, disk, citizens: Array.from({ length: 9 }, (_, i) => lab.citizen(`+8498765432${i}`)) };
}
const write = (citizens) => Promise.all(citizens.map((c) => c.send(`PA Duong vao thon ${c.number.at(-1)} bi sut lun`)));
// One citizen is served, and nothing is on its way any more.
async function before(lab, citizen) {
  await write([citizen]);
  assert.match((await citizen.next()).text, ACK);
  await lab.network.ask({ op: 'idle', empty: true, wait: 30000 });
  let counts;
  do ({ counts } = await lab.core.result('status'));
  while (counts.attempts_open + counts.parts_queued);
}
const arrivals = async (lab, state) => (await lab.network.ask({ op: 'arrivals', state })).arrivals.filter((a) => a.kind !== 'report');
const acknowledgements = async (citizen) => (await citizen.inbox()).filter((m) => ACK.test(m.text)).length;

// Each of them has one acknowledgement and one case, when the network has nothing left to do.
async function everybodyIsAnswered(lab, citizens) {
  for (const citizen of citizens) while (!ACK.test((await citizen.next()).text));
  await lab.network.ask({ op: 'idle', empty: true, wait: 30000 });
  for (const citizen of citizens) assert.equal(await acknowledgements(citizen), 1, citizen.number);
  assert.equal((await lab.core.result('case.list', { limit: 100 })).length, citizens.length);
  const { counts, state } = await lab.core.result('status');
  assert.equal(counts.held + counts.raw, 0);
  assert.notEqual(state, 'refusing');
}

test('a burst meets a full disk', async (t) => {
  const { lab, disk, citizens } = await laboratory(t);
  const core = lab.core.running;
  await before(lab, citizens[0]);

  disk.fill();
  const from = core.lines.length;
  await write(citizens.slice(1));
  assert.match(await core.line(/store\.refusing/, { from }), /nothing is taken from modems until a write works/);
  assert.equal((await lab.core.result('status')).state, 'refusing');
  assert.match(lab.ctl('status').stdout, /refusing/);
  assert.match(lab.ctl('log').stdout, /store\.refusing/);
  assert.match(await lab.core.result('metrics'), /^phanhoi_store_refusing 1$/m);
  await core.line(/store\.failed/, { from: core.lines.length }); // a probe later
  assert.equal((await arrivals(lab, 'stored')).length, SLOTS); // each in its slot; the rest waits at the message centre
  assert.equal((await arrivals(lab, 'waiting')).length, citizens.length - 1 - SLOTS);
  for (const citizen of citizens.slice(1)) assert.equal((await citizen.inbox()).length, 0);
  assert.equal((await lab.core.result('case.list')).length, 1); // what was there can be read

  disk.free();
  await core.line(/store\.works_again/, { from });
  assert.equal((await lab.core.result('status')).state, 'serving');
  assert.match(await lab.core.result('metrics'), /^phanhoi_store_refusing 0$/m);
  citizens[0].seen = 0;
  await everybodyIsAnswered(lab, citizens);
});

test('it stops and starts on a full disk, refuses, and serves when there is room', async (t) => {
  const { lab, disk, citizens } = await laboratory(t);
  await before(lab, citizens[0]);
  disk.fill();
  await write(citizens.slice(1));
  await lab.core.running.line(/store\.refusing/);
  assert.deepEqual(await lab.stopCore(), { code: 0, signal: null });

  await disk.startCore();
  await lab.core.running.line(/store\.refusing/);
  disk.free();
  await lab.core.running.line(/store\.works_again/);
  citizens[0].seen = 0;
  await everybodyIsAnswered(lab, citizens);
});

test('the disk filled up while it was stopped: it does not start, says why, and loses nothing', async (t) => {
  const { lab, disk, citizens } = await laboratory(t);
  await before(lab, citizens[0]);
  assert.deepEqual(await lab.stopCore(), { code: 0, signal: null });
  disk.fill(4096);
  await write(citizens.slice(1));
  const second = disk.spawnCore();
  await within(second.exit, 'the end of a core that cannot start');
  assert.equal(second.ended.code, 1, second.tail());
  assert.match(second.tail(), /app\.not_started err=ERR_(FULL|IO)/);
  assert.ok(second.tail().includes(lab.database), second.tail());

  disk.free();
  await disk.startCore();
  citizens[0].seen = 0;
  await everybodyIsAnswered(lab, citizens);
});

const OPERATOR = '+84987000111';
const ALARM = /^PHANHOI th-01: dia day/;

async function withOperator(t) {
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number: '+84912000001', options: `slots=${SLOTS}` }] });
  const disk = await SmallDisk.open(t, lab);
  if (!disk.way) return t.skip('a limit on file sizes has no room that could be given back');
  lab.writeConfig({ appliance: { operator: OPERATOR }, store: { reserve: 1 } });
  await lab.startNetwork();
  await disk.startCore();
  await lab.modemsUp();
  return { lab, disk, operator: lab.citizen(OPERATOR), citizens: Array.from({ length: 9 }, (_, i) => lab.citizen(`+8498765432${i}`)) };
}
const alarms = async (operator) => (await operator.inbox()).filter((m) => ALARM.test(m.text)).length;

test('the operator is texted out of the reserve, once an incident, and nothing else is taken or sent meanwhile', async (t) => {
  const setting = await withOperator(t);
  if (!setting) return;
  const { lab, disk, operator, citizens } = setting;
  await before(lab, citizens[0]);
  disk.fill();
  await write(citizens.slice(1));
  assert.match((await operator.next()).text, ALARM);
  assert.equal((await lab.core.result('status')).state, 'refusing');
  assert.ok(lab.core.running.lines.some((line) => /reserve\.given_back/.test(line)));
  const [attempt] = (await lab.core.result('message.list', { out: true, limit: 1 }));
  assert.equal(attempt.template, 'OP-DISK');
  assert.equal((await lab.core.result('message.show', { id: attempt.id, out: true })).history.length, 1); // on the air only with its row
  for (const citizen of citizens.slice(1)) assert.equal((await citizen.inbox()).length, 0);
  assert.equal((await lab.core.result('case.list')).length, 1);

  // Killed and started again while it's full: the same incident.
  await lab.core.running.kill('SIGKILL');
  await disk.startCore();
  await lab.modemsUp();
  assert.equal(await alarms(operator), 1);

  disk.free();
  citizens[0].seen = 0;
  await everybodyIsAnswered(lab, citizens);
  await lab.stopCore();
  await disk.startCore(); // with a reserve again
  await lab.modemsUp();
  assert.equal(await alarms(operator), 1);
  disk.fill();
  await citizens[0].send('TC');
  do await operator.next();
  while ((await alarms(operator)) < 2); // another incident
});

test('an alarm that no modem can take is sent when one comes back, the disk still full', async (t) => {
  const setting = await withOperator(t);
  if (!setting) return;
  const { lab, disk, operator, citizens } = setting;
  await before(lab, citizens[0]);
  await lab.vmodem.kill();
  await lab.core.running.line(/link\.down/);
  disk.fill();
  const from = lab.core.running.lines.length;
  await lab.core.ask('send', { to: '+84987000222', text: 'x'.repeat(1000) });
  await lab.core.running.line(/alarm\.queued/, { from });
  await lab.startNetwork();
  assert.match((await operator.next()).text, ALARM);
  assert.equal((await lab.core.result('status')).state, 'refusing');
});
