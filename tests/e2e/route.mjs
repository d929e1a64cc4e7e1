// Routing with real programs: SIMs of several operators, what the SIMs say of themselves, a file of ported numbers read anew, limits across a restart.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Lab } from '../lib/harness.mjs';

const SIMS = [
  { name: 'viettel', number: '+84981000001', settings: 'operator = "Viettel"; cost_same = 100; cost_other = 250;' },
  { name: 'vina', number: '+84911000001', settings: 'operator = "VinaPhone"; cost_same = 99; cost_other = 300;' },
];
const order = (lab, number) => {
  const done = lab.ctl('route', number, '--json');
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
};
const send = async (lab, number, text) => {
  const done = lab.ctl('send', number, text);
  assert.equal(done.status, 0, done.stderr);
  const citizen = lab.citizen(number); // who may have had others before
  while ((await citizen.next()).text !== text);
  return (await lab.network.ask({ op: 'air' })).parts.findLast((part) => part.text === text).modem;
};

test('texts go through a SIM of the recipient, and a file says who was ported', async (t) => {
  const lab = await Lab.open(t, { modems: SIMS });
  const file = lab.file('operators.json');
  lab.writeConfig({ operators: { file } });
  writeFileSync(file, '{}');
  await lab.start();
  assert.equal(await send(lab, '+84987654321', 'mot'), 'viettel');
  assert.equal(await send(lab, '+84912345678', 'hai'), 'vina');
  assert.equal(await send(lab, '+84901234567', 'ba'), 'viettel'); // MobiFone's: the cheaper of the others

  const shown = order(lab, '0912345678');
  assert.equal(shown.operator, 'VinaPhone');
  assert.deepEqual(shown.routes.map((r) => [r.link, r.same, r.cost, r.can_send]), [['vina', true, 99, true], ['viettel', false, 250, true]]);
  assert.match(lab.ctl('route', '0912345678').stdout, /vina +VinaPhone +yes +99 +yes +free/);
  assert.equal(lab.ctl('route', 'Viettel').status, 1);

  writeFileSync(file, '{"ported": {\n"Viettel": ["0912345678"]}}');
  assert.equal(lab.ctl('reload').status, 0);
  assert.equal(await send(lab, '+84912345678', 'bon'), 'viettel');

  writeFileSync(file, '{"ported": {\n"Vietel": ["0912345678"]}}'); // refused whole: what ran goes on
  const refused = lab.ctl('reload');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /operators\.json:2: ported: "Vietel" is no operator; allowed: Viettel, VinaPhone/);
  assert.equal(order(lab, '0912345678').operator, 'Viettel');

  await lab.network.ask({ op: 'modem', name: 'viettel', set: { plugged: false } });
  await lab.core.running.line(/ link\.down link=viettel /);
  assert.equal(await send(lab, '+84987654322', 'nam'), 'vina'); // failover
  assert.equal(order(lab, '0987654322').routes[1].state, 'down');
});

test('a SIM that nobody described says whose it is', async (t) => {
  const lab = await Lab.open(t, { modems: 1 });
  await lab.start();
  assert.deepEqual(order(lab, '0987654321').routes.map((r) => [r.link, r.operator, r.same]), [['m1', 'Viettel', true]]); // 452 04
});

test('a limit per day outlives a restart', async (t) => {
  const [cheap, dear] = [
    { name: 'cheap', number: '+84981000001', settings: 'cost_same = 1; per_day = 2;' },
    { name: 'dear', number: '+84981000002', settings: 'cost_same = 500;' },
  ];
  const lab = await Lab.open(t, { modems: [cheap, dear] });
  await lab.start();
  assert.equal(await send(lab, '+84987654321', 'mot'), 'cheap');
  assert.equal(await send(lab, '+84987654322', 'hai'), 'cheap');
  assert.equal(await send(lab, '+84987654323', 'ba'), 'dear');
  await lab.stopCore();
  await lab.startCore();
  await lab.modemsUp();
  assert.equal(await send(lab, '+84987654324', 'bon'), 'dear');
  const { routes } = order(lab, '0987654325');
  assert.deepEqual(routes.map((r) => [r.link, r.state, r.last_day]), [['dear', 'free', 0], ['cheap', 'its limit per day is reached', 2]]);
});
