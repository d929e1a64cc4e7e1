// Time travel: a training's clock goes faster, can be set ahead, goes on over a restart, and its database is never taken for a real one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from '../lib/harness.mjs';

const clock = { rate: 4320, start: '2026-11-23T08:00:00+07:00' };
// Texts are given up after so long by the same fast clock.
const messages = { reply_validity: 604800, notice_validity: 604800 };

const time = async (lab) => Date.parse((await lab.core.result('status')).time);

test('a training lives in its own time', async (t) => {
  const lab = await Lab.open(t, { settings: { clock, messages } });
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  await citizen.send('PA Duong vao thon 3 bi sut lun', { time: '2026-11-01T08:00:00+07:00' }); // what the network says of time means nothing here
  const [, code, received, due] = (await citizen.next()).text.match(/ma so (\d{9}) \(\d\d:\d\d (\S+)\)\. Tra loi tiep nhan cham nhat (\S+)\./);
  assert.match(received, /^2[3-9]\/11\/2026$/);
  assert.match(due, /^\d\d\/1[12]\/2026$/);

  const status = lab.ctl('status');
  assert.match(status.stdout, /^TRAINING, no real operation: time goes 4320 times as fast\n/);
  assert.equal((await lab.core.result('status')).training, true);

  const ahead = lab.ctl('clock', 'skip', '2027-03-02T14:30', '--json');
  assert.equal(ahead.status, 0, ahead.stdout);
  assert.equal(JSON.parse(ahead.stdout).time, '2027-03-02T07:30:00.000Z');
  const before = await time(lab);
  assert.ok(before >= Date.parse('2027-03-02T07:30:00Z'));
  assert.equal(lab.ctl('clock', 'skip', '+36h').status, 0);
  assert.ok((await time(lab)) >= before + 36 * 3600000);

  await lab.stopCore();
  const stopped = Date.now();
  await lab.startCore();
  const after = await time(lab);
  assert.ok(after >= before + 36 * 3600000, 'time went back over the restart');
  assert.ok(after < before + 36 * 3600000 + (Date.now() - stopped + 60000) * 4320);
  const shown = await lab.core.result('case.show', { code });
  assert.ok(shown.events.length > 1, 'the deadline that passed is an event');
});

test('what is no moment, or lies behind, is refused; so is setting the real clock', async (t) => {
  const lab = await Lab.open(t, { settings: { clock: { ...clock, rate: 1 } } });
  await lab.startCore();
  for (const to of ['', 'tomorrow', '+0d', '+3x', '+99999999999d', '2026-13-01', '2026-02-30', '2026-12-08T25:00', '2026-12-08T10:60', '2026-12-08 10:00 x'])
    assert.match(lab.ctl('clock', 'skip', to).stderr, /\+36h, \+2d, 2026-12-08/, to);
  for (const to of ['2026-11-22', '2126-11-22']) assert.match(lab.ctl('clock', 'skip', to).stderr, /ahead only/, to);
  await lab.stopCore();

  // The same database by the real clock, a real one as training, and a training with a central store.
  lab.writeConfig();
  let refused = lab.spawnCore();
  assert.equal((await refused.exit).code, 1);
  assert.match(refused.tail(), /app\.not_started .*one for training/);

  const real = await Lab.open(t);
  await real.startCore();
  assert.match(real.ctl('clock', 'skip', '+1d').stderr, /only a training's can be set/);
  assert.ok(!real.ctl('status').stdout.includes('TRAINING'));
  await real.stopCore();
  real.writeConfig({ clock });
  refused = real.spawnCore();
  assert.equal((await refused.exit).code, 1);
  assert.match(refused.tail(), /app\.not_started .*lives by the real clock/);
  real.writeConfig({ clock, central: { url: 'https://pakn.example' } });
  refused = real.spawnCore();
  assert.equal((await refused.exit).code, 1);
  assert.match(refused.tail(), /phanhoi\.conf:\d+: clock: a training's cases must not reach a central store/);
});
