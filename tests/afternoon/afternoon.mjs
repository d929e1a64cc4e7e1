// An afternoon of a modem estate: eight modems of eight makers, twenty handsets, and something going wrong with one of the modems every few minutes. Hours
// pass in minutes: network, workers and desk share a clock of AFTERNOON_PACE times real time, so that every time-out, pause and round takes part. libGammu
// has a clock of its own, so the gammu driver goes through minutes of real time, with more going wrong in each.
//
// Promises: nothing is lost, no acknowledgement is on the air twice without an attempt of unknown outcome (lib/service.mjs takes that account), and
// no worker is stuck: when the faults are over each modem serves again by itself, without anybody's help.
//
// AFTERNOON_HOURS: how long (1; `make afternoon` does 20); AFTERNOON_MINUTES: of real time with the gammu driver (1; `make afternoon` does 10).
// AFTERNOON_SEED makes the choice of faults repeat itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDSETS, Service } from '../lib/service.mjs';
import { random } from '../lib/random.mjs';

const HOURS = Number(process.env.AFTERNOON_HOURS ?? 1);
const MINUTES = Number(process.env.AFTERNOON_MINUTES ?? 1);
const PACE = Number(process.env.AFTERNOON_PACE ?? 100);
const SEED = Number(process.env.AFTERNOON_SEED ?? Date.now() % 2147483647);
const MINUTE = 60000;

const PROFILES = ['generic', 'ec25', 'e1550', 'zte', 'boot-sim800', 'm35', 'wavecom', 'ec25-modem-port'];

// One row a fault: what the modem is set to, and what heals it again ({}: it heals itself).
const FAULTS = [
  { name: 'mute', set: { mute: true }, heal: { mute: false } },
  { name: 'mute but for its noise', set: { mute: true, chatter: true }, heal: { mute: false, chatter: false } },
  { name: 'no network', set: { registered: 2 }, heal: { registered: 1 } },
  { name: 'registration denied', set: { registered: 3 }, heal: { registered: 1 } },
  { name: 'no signal', set: { csq: 99 }, heal: { csq: 20 } },
  { name: 'unplugged', set: { plugged: false }, heal: { plugged: true } },
  { name: 'hang-up', set: { hangup: true }, heal: {} },
  { name: 'brown-out', set: { brownout: true }, heal: {} },
  { name: 'no SIM', set: { sim: 'none' }, heal: { sim: 'ready' } },
  { name: 'storage full', set: { full: true }, heal: { full: false } },
  { name: 'announced twice', set: { dup_cmti: true }, heal: { dup_cmti: false } },
  { name: 'early reports', set: { early_report: true }, heal: { early_report: false } },
  { name: 'slow radio', set: { submit_delay: 100000 }, heal: { submit_delay: 4000 } },
  { name: 'slower than anybody waits', set: { submit_delay: 200000 }, heal: { submit_delay: 4000 } },
  ...['prompt', 'pdu', 'lost_ok', 'no_ok', 'garbage', 'mute', 'hangup', 'unplug', 'restart'].flatMap((stage) =>
    (['pdu', 'garbage', 'mute', 'hangup', 'unplug', 'restart'].includes(stage) ? [false, true] : [false]).map((on_air) => ({
      name: `${stage} in a submission${on_air ? ' that is on the air' : ''}`,
      set: { fail_next: { stage, ...(stage === 'prompt' && { code: 332 }), ...(stage === 'pdu' && { code: on_air ? 500 : 38 }), ...(on_air && { on_air }), count: 2 } },
      heal: { fail_next: 'none', mute: false, plugged: true },
    })),
  ),
];

// One rehearsal. `pace`, `span` (ms of its time); `calm`: ms that a modem is left alone at most, `spell`: that a fault lasts at most, `thought`: that a
// handset thinks at most before it writes again.
async function rehearse(t, { driver, pace, span, calm, spell, thought, radio, settings }) {
  const choose = random(SEED);
  const modems = PROFILES.map((profile, i) => ({ name: `m${i + 1}`, number: `+8491200000${i + 1}`, driver, options: `profile=${profile},submit-delay=${radio}` }));
  const service = await Service.open(t, { modems, pace, settings });
  const { network } = service.lab;
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms / pace));
  const end = Date.now() + span / pace;
  const counts = new Map();

  const handset = async (h) => {
    for (await pause(choose(thought)); Date.now() < end; await pause(choose(thought))) await service.complain(h);
  };
  const trouble = async (modem) => {
    for (await pause(choose(calm)); Date.now() < end; await pause(choose(calm))) {
      const fault = FAULTS[choose(FAULTS.length)];
      counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
      await network.ask({ op: 'modem', name: modem.name, set: fault.set });
      await pause(choose(spell));
      const heal = 'submit_delay' in fault.heal ? { submit_delay: radio } : fault.heal;
      if (Object.keys(heal).length) await network.ask({ op: 'modem', name: modem.name, set: heal });
    }
  };

  await service.start();
  await service.running.line(/ app\.ready /);
  await service.lab.modemsUp();
  await Promise.all([...Array.from({ length: HANDSETS }, (_, h) => handset(h)), ...modems.map(trouble)]);

  // Everybody serves again: each modem takes a citizen's message and carries its answer.
  await service.settle();
  for (const modem of modems) {
    const citizen = service.lab.citizen('+84988000001');
    citizen.seen = (await citizen.inbox()).at(-1)?.seq ?? 0;
    await citizen.send('HD', { to: modem.number });
    const answer = await citizen.next();
    assert.equal(answer.from, modem.number, `${modem.name} (${modem.options}) answers through itself`);
  }
  await service.account(/^HD$/);
  t.diagnostic(`${service.sent} messages, ${[...counts.values()].reduce((a, b) => a + b, 0)} faults of ${counts.size} kinds; acknowledgements on the air twice, after an unknown attempt: ${service.twice}`);
  for (const [name, count] of [...counts].sort()) t.diagnostic(`${count} × ${name}`);
}

const open = { messages_per_hour: 0, flood_per_hour: 0 };

test(`${HOURS} hours with eight modems that fail (seed ${SEED}): nothing is lost or doubled, and each comes back by itself`, (t) =>
  rehearse(t, {
    driver: 'at',
    pace: PACE,
    span: HOURS * 60 * MINUTE,
    calm: 30 * MINUTE,
    spell: 13 * MINUTE,
    thought: 6 * MINUTE,
    radio: 4000,
    settings: {
      worker: { send_deadline: 10, life_deadline: 15, restart_base: 0.1, restart_cap: 5 }, // real seconds
      messages: { draft_life: 600 },
      abuse: open,
      clock: { start: '2026-11-23T06:00:00+07:00' },
    },
  }));

test(`${MINUTES} real minutes with the gammu driver (seed ${SEED}): the same`, (t) =>
  rehearse(t, {
    driver: 'gammu',
    pace: 1,
    span: MINUTES * MINUTE,
    calm: MINUTE,
    spell: MINUTE / 2,
    thought: MINUTE / 2,
    radio: 1000,
    settings: {
      worker: { restart_base: 0.1, restart_cap: 5 },
      messages: { draft_life: 30, unknown_wait: 20 },
      abuse: open,
    },
  }));
