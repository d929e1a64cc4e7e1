// kill -9 of the core and of its workers: at every named point, and at random moments under load.
// CRASH_KILLS: how many random moments (20; `make crash` does 500, and every point at its first and third passing). CRASH_SEED makes the choice repeat itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../lib/random.mjs';
import { Service, crashPoints } from '../lib/service.mjs';

const KILLS = Number(process.env.CRASH_KILLS ?? 20);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 2147483647);

test('killed at every named point, nothing is lost, doubled or half done', async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const choose = random(SEED);
  const service = await Service.open(t);
  service.startLoad();
  for (const point of crashPoints())
    for (const passing of KILLS > 100 ? [1, 3] : [1]) {
      const running = await service.start({ PHANHOI_CRASH: `${point}:${passing}` });
      // The core dies, or a worker of its.
      const died = await Promise.race([
        running.exit.then((how) => how.signal),
        running.line(/ worker\.gone .*signal 9/, { ms: 3000 }).then(() => 'SIGKILL').catch(() => null),
      ]);
      await running.kill(choose(2) ? 'SIGTERM' : 'SIGKILL');
      if (died === null) {
        t.diagnostic(`${point}: not passed ${passing} times`);
        break;
      }
      assert.equal(died, 'SIGKILL', `${point}: the core ended with ${died}\n${running.tail()}`);
    }
  await service.stopLoad();
  await service.start();
  await service.running.line(/ app\.ready /);
  await service.settle();
  await service.account();
  t.diagnostic(`${service.sent} messages, ${crashPoints().length} points; acknowledgements on the air twice, after an unknown attempt: ${service.twice}`);
});

test(`killed at ${KILLS} random moments under load (seed ${SEED}), nothing is lost, doubled or half done`, async (t) => {
  const choose = random(SEED);
  const service = await Service.open(t);
  service.startLoad();
  await service.start();
  let workersKilled = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await new Promise((resolve) => setTimeout(resolve, choose(kill % 10 === 0 ? 1500 : 400)));
    const workers = kill % 3 === 2 ? await service.workers() : [];
    if (workers.length) {
      workersKilled++;
      try {
        process.kill(workers[choose(workers.length)], 'SIGKILL');
      } catch (error) {
        assert.equal(error.code, 'ESRCH'); // it ended by itself meanwhile
      }
    } else {
      await service.killCore();
      await service.start();
    }
  }
  await service.stopLoad();
  await service.running.line(/ app\.ready /);
  await service.settle();
  await service.account();
  t.diagnostic(`${service.sent} messages, ${KILLS} kills, ${workersKilled} of workers; acknowledgements on the air twice, after an unknown attempt: ${service.twice}`);
});
