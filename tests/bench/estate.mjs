// A full estate: 32 modems whose radio takes 3 s for each submission, and one appliance that has more to send than they can.
//
//   estate_busy   % of the time in which a modem's submission is on the radio, of all modems together, between its first and its last part on the air
//   worker_pss    kB of memory of a worker, its share of what is shared included: the mean of all of them
//   core_pss      kB of the core
import { readFileSync } from 'node:fs';
import { Lab } from '../lib/harness.mjs';

const MODEMS = 32;
const RADIO_MS = 3000;
const EACH = 12;
const modems = Array.from({ length: MODEMS }, (_, i) => ({
  name: `m${i + 1}`,
  number: `+8498100${String(i + 1).padStart(4, '0')}`,
  options: `submit-delay=${RADIO_MS}`,
}));
const pss = (pid) => Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+)/m)[1]);
const say = (name, value, unit) => process.stdout.write(`bench ${name} ${value} ${unit}\n`);

const lab = await Lab.open(null, { modems });
try {
  await lab.start();
  for (let i = 0; i < MODEMS * EACH; i++)
    await lab.core.result('send', { to: `+8497${String(i).padStart(7, '0')}`, text: `Tin thu ${i}, khong can tra loi` });
  const of = new Map(modems.map((m) => [m.name, []])); // when a part of that modem was on the air
  for (let after = 0, seen = 0; seen < MODEMS * (EACH - 2); ) { // the queue runs dry behind that
    const { parts } = await lab.network.ask({ op: 'air', after, wait: 1000 });
    for (const part of parts) of.get(part.modem).push(Date.parse(part.time));
    seen += parts.length;
    after = parts.at(-1)?.seq ?? after;
  }
  const status = await lab.core.result('status');
  const workers = (await lab.core.result('modems')).map((m) => pss(m.worker.pid));
  const shares = [...of.values()].map((times) => {
    const span = times.at(-1) - times[0];
    return { busy: (times.length - 1) * RADIO_MS, span, share: ((times.length - 1) * RADIO_MS) / span };
  });
  const sum = (key) => shares.reduce((total, s) => total + s[key], 0);
  console.error(`estate: the least busy modem ${(100 * Math.min(...shares.map((s) => s.share))).toFixed(2)} %, ${shares.length} modems`);
  say('estate_busy', ((100 * sum('busy')) / sum('span')).toFixed(2), '%');
  say('worker_pss', Math.round(workers.reduce((a, b) => a + b, 0) / workers.length), 'kB');
  say('core_pss', pss(status.pid), 'kB');
} finally {
  await lab.close();
}
