// One modem without radio delay: what the appliance itself takes for a message out and a message in.
//
//   mt_own           ms for each outgoing SMS: between one part on the air and the next while the queue is full. The virtual modem's own time is in it.
//   mo_durable_p99   ms from the arrival in the modem, where +CMTI is said, until the modem is told to delete it, which follows the commit:
//                    99 of 100 are below. The AT dialogue of reading and deleting is in it.
import { Lab } from '../lib/harness.mjs';

const OUT = 200;
const IN = 500;
const ROUNDS = 5;
const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[values.length >> 1];

async function outgoing(lab, round) {
  const { parts: air } = await lab.network.ask({ op: 'air', after: 0 });
  const after = air.at(-1)?.seq ?? 0;
  for (let i = 0; i < OUT; i++)
    await lab.core.result('send', { to: `+8497${round}${String(i).padStart(6, '0')}`, text: `Tin thu ${i} cua dot ${round}, khong can tra loi` });
  for (;;) {
    const answer = await lab.network.ask({ op: 'air', after });
    if (answer.parts.length < OUT) {
      await lab.network.ask({ op: 'air', after: after + answer.parts.length, wait: 1000 });
      continue;
    }
    const times = answer.parts.map((part) => Date.parse(part.time));
    return (times[OUT - 1] - times[OUT >> 1]) / (OUT - 1 - (OUT >> 1)); // the second half: by then all are queued
  }
}

async function incoming(lab) {
  const citizen = lab.citizen('+84987654321');
  const waits = [];
  for (let i = 0; i < IN; i++) {
    const { arrivals } = await citizen.send(`PA Den duong so ${i} khong sang da nhieu dem`);
    for (;;) {
      await lab.network.ask({ op: 'idle', empty: true, wait: 5000 });
      const found = (await lab.network.ask({ op: 'arrivals', after: arrivals[0] - 1 })).arrivals.find((a) => a.seq === arrivals[0]);
      if (found.state !== 'deleted') continue;
      waits.push(Date.parse(found.done) - Date.parse(found.time));
      break;
    }
  }
  return waits;
}

const lab = await Lab.open(null, { modems: 1, settings: { messages: { want_reports: false }, abuse: { messages_per_hour: 0, flood_per_hour: 0 } } });
try {
  await lab.start();
  const own = [];
  for (let round = 0; round < ROUNDS; round++) own.push(await outgoing(lab, round));
  process.stdout.write(`bench mt_own ${median(own).toFixed(2)} ms\n`);
  const waits = sorted(await incoming(lab));
  process.stdout.write(`bench mo_durable_p50 ${median(waits).toFixed(1)} ms\n`);
  process.stdout.write(`bench mo_durable_p99 ${waits[Math.floor(waits.length * 0.99)].toFixed(1)} ms\n`);
} finally {
  await lab.close();
}
