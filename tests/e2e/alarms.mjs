// Alarms of modems: raised once, told to the central store in the same transaction, over restarts, cleared by what ends them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Lab } from '../lib/harness.mjs';

const outbox = (lab, type = 'vn.pakn.modem.alarm') =>
  JSON.parse(spawnSync('sqlite3', ['-readonly', '-json', lab.database, `SELECT count(*) AS n FROM outbox WHERE type = '${type}'`], { encoding: 'utf8' }).stdout)[0].n;

test('a SIM that is blocked raises an alarm, once, until it serves again', async (t) => {
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number: '+84912000001', options: 'profile=puk' }] });
  await lab.startNetwork();
  await lab.startCore();
  assert.match(await lab.core.running.line(/ alarm\.raised /), /link=m1 alarm=puk detail="the SIM is blocked and asks for its PUK/);
  const [alarm, ...more] = await lab.core.result('alarms');
  assert.equal(more.length, 0);
  assert.deepEqual([alarm.modem, alarm.alarm], ['m1', 'puk']);
  assert.match(lab.ctl('alarms').stdout, /^MODEM +ALARM +RAISED +DETAIL *\nm1 +puk .*PUK/);
  assert.match(lab.ctl('modems').stdout, /puk/);
  assert.match(await lab.core.result('metrics'), /\nphanhoi_modem_alarms 1\n/);
  assert.equal(outbox(lab), 1);

  await lab.core.running.kill('SIGKILL');
  await lab.startCore();
  await lab.core.running.line(/ modem\.down .*PUK/);
  assert.equal((await lab.core.result('alarms')).length, 1);
  assert.match(await lab.core.result('metrics'), /\nphanhoi_modem_alarms 1\n/);

  await lab.network.ask({ op: 'modem', name: 'm1', set: { sim: 'ready' } });
  await lab.core.running.line(/ alarm\.cleared link=m1 alarm=puk/);
  assert.deepEqual(await lab.core.result('alarms'), []);
  assert.match(lab.ctl('alarms').stdout, /no alarms/);
  assert.equal(outbox(lab), 2); // raised once, cleared once
  assert.ok(!lab.core.running.lines.some((line) => / alarm\.raised /.test(line)), 'the restart raised it a second time');
});

test('the alarm of a modem that was taken out of the configuration goes with it', async (t) => {
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number: '+84912000001', options: 'profile=puk' }] });
  await lab.startNetwork();
  await lab.startCore();
  await lab.core.running.line(/ alarm\.raised /);
  await lab.stopCore();
  lab.modems[0].name = 'm7';
  lab.modems[0].line = `pty:${lab.file('m1')}`;
  lab.writeConfig();
  await lab.startCore();
  await lab.core.running.line(/ alarm\.cleared link=m1 alarm=puk/);
  await lab.core.running.line(/ alarm\.raised link=m7 alarm=puk/);
  assert.equal((await lab.core.result('alarms')).length, 1);
});

test('a SIM that is refused for every number rests and is told of; a text that goes through ends it', async (t) => {
  const lab = await Lab.open(t, { settings: { messages: { retry_base: 4 } } });
  await lab.start();
  await lab.network.ask({ op: 'modem', name: 'm1', set: { fail_next: { stage: 'pdu', code: 28, count: 3 } } });
  for (let i = 0; i < 4; i++) assert.equal(lab.ctl('send', `091234567${i}`, `tin so ${i}`).status, 0);
  await lab.core.running.line(/ alarm\.raised link=m1 alarm=sim-refused /);
  // The rest ends, and nothing is wrong any more.
  for (const i of [2, 3]) assert.equal((await lab.citizen(`+8491234567${i}`).next()).text, `tin so ${i}`);
  await lab.core.running.line(/ alarm\.cleared link=m1 alarm=sim-refused/);
});

test('what a SIM was refused outlives restarts, and ends with another SIM or with a person\'s word', async (t) => {
  const lab = await Lab.open(t, { settings: { messages: { retry_base: 300 } } });
  const barred = () => lab.network.ask({ op: 'modem', name: 'm1', set: { fail_next: { stage: 'pdu', code: 10, count: 3 } } });
  await lab.start();
  await barred();
  for (let i = 0; i < 4; i++) assert.equal(lab.ctl('send', `091234567${i}`, `tin so ${i}`).status, 0);
  await lab.core.running.line(/ alarm\.raised link=m1 alarm=sim-refused .*phanhoictl modem sim-retry m1/);
  await lab.stopCore();
  await lab.startCore();
  await lab.modemsUp();
  assert.match(lab.ctl('route', '0912345678').stdout, /rests after failures/);
  assert.equal((await lab.core.result('alarms'))[0].alarm, 'sim-refused');
  assert.match(lab.ctl('modem', 'sim-retry', 'm1').stdout, /m1: its SIM is tried again/);
  for (const i of [2, 3]) assert.equal((await lab.citizen(`+8491234567${i}`).next()).text, `tin so ${i}`);
  await lab.core.running.line(/ alarm\.cleared link=m1 alarm=sim-refused/);
  const again = lab.ctl('modem', 'sim-retry', 'm1');
  assert.equal(again.status, 1);
  assert.match(again.stderr, /m1: its SIM wasn't refused/);
  assert.match(lab.ctl('modem', 'sim-retry', 'm9').stderr, /no modem "m9"/);

  await barred();
  for (let i = 4; i < 8; i++) assert.equal(lab.ctl('send', `091234567${i}`, `tin so ${i}`).status, 0);
  await lab.core.running.line(/ alarm\.raised link=m1 alarm=sim-refused /);
  await lab.stopCore();
  await lab.vmodem.kill('SIGTERM');
  lab.modems[0].options = 'imsi=452040000000999';
  await lab.startNetwork();
  await lab.startCore();
  await lab.core.running.line(/ alarm\.cleared link=m1 alarm=sim-refused/);
  for (const i of [6, 7]) assert.equal((await lab.citizen(`+8491234567${i}`).next()).text, `tin so ${i}`);
});

test('what a modem says of itself is shown', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  for (;;) {
    const [view] = await lab.core.result('modems');
    if (!view.centre) continue; // its first health line
    assert.match(view.centre, /^\+\d+$/);
    assert.ok(view.revision.length > 0);
    assert.equal(view.alarms, null);
    const metrics = await lab.core.result('metrics');
    for (const sample of ['up{modem="m1"} 1', 'signal{modem="m1"} 20', 'registration{modem="m1"} 1', 'slots_used{modem="m1"} 0', 'sent_total{modem="m1"} 0', 'calls_total{modem="m1"} 0'])
      assert.ok(metrics.includes(`\nphanhoi_modem_${sample}\n`), sample);
    break;
  }
});

test('the operator on duty is texted over another SIM, once', async (t) => {
  const lab = await Lab.open(t, {
    modems: [{ name: 'm1', number: '+84912000001', options: 'profile=puk' }, { name: 'm2', number: '+84912000002' }],
    settings: { appliance: { operator: '+84912345678' }, central: { url: 'http://127.0.0.1:1' } },
  });
  await lab.startNetwork();
  await lab.startCore();
  const operator = lab.citizen('+84912345678');
  const text = await operator.next();
  assert.equal(text.text, 'PHANHOI th-01: modem m1: SIM bi khoa, can ma PUK. Xem: phanhoictl alarms');
  assert.equal(text.from, '+84912000002');
  await lab.core.running.kill('SIGKILL');
  await lab.startCore();
  await lab.core.running.line(/ modem\.down .*PUK/);
  let from = lab.core.running.lines.length;
  await lab.network.ask({ op: 'modem', name: 'm1', set: { sim: 'ready' } });
  await lab.core.running.line(/ alarm\.cleared link=m1 alarm=puk/, { from });
  assert.equal((await operator.inbox()).length, 1);
  from = lab.core.running.lines.length;
  await lab.network.ask({ op: 'modem', name: 'm1', set: { sim: 'puk' } });
  await lab.core.running.line(/ alarm\.raised link=m1 alarm=puk/, { from });
  assert.match((await operator.next()).text, /PUK/); // another incident
  assert.equal(outbox(lab), 3); // raised, cleared, raised
  assert.equal(outbox(lab, 'vn.pakn.appliance.alarm'), 0); // one incident, one event
});

test('how a modem was is kept: as bars, as CSV, as JSON', async (t) => {
  const lab = await Lab.open(t, { modems: 2, settings: { clock: { rate: 60 } } }); // two minutes between looks
  await lab.start();
  for (let i = 0; i < 3; i++) assert.equal(lab.ctl('send', `091234567${i}`, `tin so ${i}`).status, 0);
  for (let i = 0; i < 3; i++) await lab.citizen(`+8491234567${i}`).next();
  const sum = (history, key) => history.buckets.reduce((n, bucket) => n + (bucket[key] ?? 0), 0);
  let both;
  do both = await Promise.all(['m1', 'm2'].map((name) => lab.core.result('modem.history', { name, hours: 1 })));
  while (sum(both[0], 'sent') + sum(both[1], 'sent') < 3);
  const history = both.find((h) => sum(h, 'sent') > 0);
  assert.equal(history.step_ms, 60000);
  const busy = history.buckets.find((bucket) => bucket.sent > 0);
  assert.equal(busy.success, 100);
  assert.ok(busy.median_ms >= 1000 && busy.p95_ms >= busy.median_ms);
  assert.ok(history.buckets.some((bucket) => bucket.signal === 20 && bucket.registered === 100), JSON.stringify(history.buckets));
  for (const [hours, step] of [[24, 60000], [25, 600000], [168, 600000], [169, 3600000], [5000, 3600000]])
    assert.equal((await lab.core.result('modem.history', { name: 'm1', hours })).step_ms, step);

  const text = lab.ctl('modem', 'history', history.name, '--hours', '1');
  assert.match(text.stdout, /^m\d, the last 1 hours, 1 min a column\n/);
  assert.match(text.stdout, /\nsignal +[ ▁▂▃▄▅▆▇█]{60} 20–20\n/);
  const csv = lab.ctl('modem', 'history', history.name, '--csv').stdout.trim().split('\n');
  assert.equal(csv[0], 'at,up,registered,signal,storage,sent,failed,unknown,success,median_ms,p95_ms');
  assert.match(csv[1], /^\d{4}-\d\d-\d\dT/);
  assert.equal(JSON.parse(lab.ctl('modem', 'history', history.name, '--json').stdout).name, history.name);
  for (const args of [['m9'], ['m1', '--hours', '0'], ['m1', '--hours', '721'], []]) assert.notEqual(lab.ctl('modem', 'history', ...args).status, 0);
});
