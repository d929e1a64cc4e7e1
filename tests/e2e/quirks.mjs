// Every profile of the virtual modem against the real worker: it comes up as the right family, receives exactly once, submits, reports where it can,
// and lives through the profile's noise. Then what users of other gateways complain of, as far as one modem and its worker go.
// The profiles' own times run 100 times faster; nothing else here knows a time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { program } from '../lib/harness.mjs';
import { ModemWorker } from '../lib/modem_worker.mjs';
import { run, VirtualNetwork } from '../lib/virtual_network.mjs';

const number = '+84912000001';
const citizen = '+84987000001';

/** A network of one modem for one test, and the workers on it. */
class Bench {
  static async open(driver, options) {
    const bench = new Bench();
    bench.driver = driver;
    bench.workers = [];
    bench.sent = []; // texts
    bench.ids = 0;
    bench.network = await VirtualNetwork.start([`m1,number=${number},line=pty:DIR/m1,speed=100${options}`]);
    return bench;
  }

  work() {
    const worker = new ModemWorker(`pty:${this.network.file('m1')}`, { args: ['--driver', this.driver] });
    this.workers.push(worker);
    return worker;
  }

  set(members) {
    return this.network.ask('modem', { name: 'm1', set: members });
  }

  say(text) {
    return this.network.ask('modem', { name: 'm1', say: text });
  }

  async emptied() {
    assert.ok((await this.network.ask('idle', { empty: true, wait: 20_000 })).idle, 'something was left in the modem');
  }

  /** A citizen writes; the worker hands over that and nothing else. `swept`: the modem doesn't announce it. */
  async receive(worker, text, swept = false) {
    await this.network.send(citizen, number, text);
    if (swept) worker.say({ name: 'sweep' });
    const sms = await worker.next('sms');
    assert.equal(sms.text, text);
    assert.equal(sms.from, citizen);
    worker.stored(sms);
    await this.emptied();
  }

  submission(members = {}) {
    return { name: 'send', id: ++this.ids, to: citizen, encoding: 'gsm7', text: `xin chao ${this.ids}`, want_report: true, ...members };
  }

  /** Returns the verdict. The report may come at any moment: it is waited for afterwards. */
  async submit(worker, members) {
    const message = this.submission(members);
    worker.say(message);
    const verdict = await worker.next('sent', 'failed', 'unknown');
    assert.equal(verdict.id, message.id);
    return verdict;
  }

  async submitAndReport(worker, reports) {
    const message = this.submission();
    worker.say(message);
    if (reports) {
      const report = await worker.next('report'); // perhaps before `sent`
      const sent = worker.all('sent').find((line) => line.id === message.id) ?? (await worker.next('sent'));
      assert.equal(report.reference, sent.reference);
      assert.equal(report.status, 0);
      worker.stored(report);
    } else {
      assert.equal((await worker.next('sent', 'failed', 'unknown')).name, 'sent');
    }
    await this.emptied();
    const { parts } = await this.network.ask('air');
    assert.equal(parts.filter((part) => part.text === message.text).length, 1);
  }

  async close() {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await this.network.stop();
  }
}

const on = async (driver, options, body) => {
  const bench = await Bench.open(driver, options);
  try {
    await body(bench);
  } finally {
    await bench.close();
  }
};

/** What every modem that is up must do. */
async function serves(bench, worker, { announces = true, reports = true } = {}) {
  if (!worker.all('health').length) await worker.next('health'); // the first sweep is over
  await bench.receive(worker, 'PA Duong vao thon 3 bi sut lun', !announces);
  await bench.submitAndReport(worker, reports);
  await bench.receive(worker, 'Đường hỏng', !announces);
  assert.equal(worker.all('sms').length, 2, 'each once');
}

const down = async (worker, reason) => assert.match((await worker.next('down')).reason, reason);

// What a profile does that others don't. `family`: as which it is recognised; `before`: until it is up; `after`: what it must live through besides.
const profiles = {
  'boot-sim800': {
    family: 'SIM800',
    after: async (bench, worker) => {
      await bench.set({ brownout: true }); // boot lines, settings gone
      await bench.receive(worker, 'sau khi khoi dong lai');
      assert.equal(worker.all('down').length, 0);
    },
  },
  'volt-sim800': { family: 'SIM800' },
  ec25: { family: 'EC25' },
  'ec25-modem-port': {
    family: 'EC25',
    instead: async (bench, worker) => {
      await worker.next('health');
      await bench.receive(worker, 'khong ai bao', true); // the sweep finds it, and turns the announcements to this port
      assert.equal((await bench.submit(worker, { want_report: false })).name, 'sent'); // behind that sweep
      await bench.receive(worker, 'co bao');
      await bench.submitAndReport(worker, true);
      assert.equal(worker.all('sms').length, 2, 'each once');
    },
  },
  m35: { family: 'M35' },
  e1550: { family: 'Huawei' },
  zte: { family: 'ZTE' },
  wavecom: {
    family: 'Wavecom',
    after: async (bench, worker) => {
      await bench.set({ brownout: true }); // +CMS ERROR: 515 until it has started
      await bench.receive(worker, 'sau khi khoi dong lai');
    },
  },
  'text-only': {
    only: 'at', // libGammu is given PDUs, and text mode shows none
    family: 'generic, text',
    reports: false,
    after: async (bench, worker) => {
      const long = 'Đường vào thôn 3 bị sụt lún, '.repeat(8);
      await bench.network.send(citizen, number, long); // its parts have headers: octets, not text
      const parts = [];
      while (parts.length < 4) {
        parts.push(await worker.next('sms'));
        worker.stored(parts.at(-1));
      }
      assert.deepEqual(parts.map((part) => [part.concat.sequence, part.concat.total]), [[1, 4], [2, 4], [3, 4], [4, 4]]);
      assert.equal(parts.map((part) => part.text).join(''), long);
      for (const text of ['OK', '+CMGR: "REC READ","+84912000009"\r\nOK\n> ', '@£$ {}€ \u00e0', 'x'.repeat(160)]) await bench.receive(worker, text);
      await bench.emptied();
      const texts = ['hai dong\nmot tin', 'Đã nhận, cảm ơn bà con', `"${'y'.repeat(150)}"`];
      for (const text of texts) assert.equal((await bench.submit(worker, { text, encoding: /Đ/.test(text) ? 'ucs2' : 'gsm7' })).name, 'sent');
      const { parts: air } = await bench.network.ask('air');
      assert.deepEqual(air.slice(-3).map((part) => part.text.replace('\r', '\n')), texts);
      assert.ok(air.every((part) => part.to === citizen));
      const refused = await bench.submit(worker, { concat: { reference: 7, total: 2, sequence: 1 } });
      assert.deepEqual([refused.name, refused.class], ['failed', 'other-sim']);
      await bench.receive(worker, 'sau do'); // the character set is the one for reading again
    },
  },
  'cnmi-ds-lie': { reports: false },
  'cnmi-none': { announces: false, reports: false },
  'report-never': { reports: false },
  'creg-quoted': { registration: 1 },
  'creg-bare': { registration: 1 },
  'creg-padded': { registration: 1 },
  'creg-crowded': { registration: 1 },
  'creg-broken': { registration: 1 },
  full: {
    after: async (bench, worker) => {
      const texts = Array.from({ length: 6 }, (_, i) => `tin ${i}`);
      for (const text of texts) await bench.network.send(citizen, number, text); // two have room, the others wait at the centre
      const got = [];
      while (got.length < texts.length) {
        const sms = await worker.next('sms');
        got.push(sms.text);
        worker.stored(sms);
      }
      assert.deepEqual(got, texts);
      await bench.emptied();
    },
  },
  netloss: {
    before: async (bench, worker) => {
      await worker.next('up');
      for (const code of [331, 332, 38, 41]) {
        if (code !== 331) await bench.set({ registered: true, fail_next: { stage: 'pdu', code } });
        const verdict = await bench.submit(worker);
        assert.deepEqual([verdict.name, verdict.code, verdict.class], ['failed', code, 'temporary']);
      }
      assert.equal((await bench.network.ask('air')).parts.length, 0);
    },
  },
  slow: {
    after: async (bench, worker) => {
      for (let i = 0; i < 4; i++) assert.equal((await bench.submit(worker, { want_report: false })).name, 'sent');
    },
  },
  pin: {
    before: async (bench, worker) => {
      await down(worker, /asks for its PIN/);
      assert.equal((await bench.submit(worker)).name, 'failed');
      await bench.set({ sim: 'ready' });
      await worker.next('up');
    },
  },
  puk: {
    before: async (bench, worker) => {
      await down(worker, /PUK/);
      await bench.set({ sim: 'ready' });
      await worker.next('up');
    },
  },
  nosim: {
    before: async (bench, worker) => {
      await down(worker, /no SIM/);
      await bench.set({ sim: 'ready' });
      await worker.next('up');
    },
  },
  dead: {
    before: async (bench, worker) => {
      await down(worker, /doesn't answer/);
      await bench.set({ mute: false });
      await worker.next('up');
    },
  },
  'dead-chatter': {
    before: async (bench, worker) => {
      await down(worker, /doesn't answer/); // what it says by itself prolongs nothing
      await bench.set({ mute: false });
      await worker.next('up');
    },
  },
};

const names = (await run(program('phanhoi-vmodem'), ['--help'])).output
  .split(/^Profiles:$/m)[1]
  .match(/^ {2}\S+/gm)
  .map((name) => name.trim());

for (const driver of ['at', 'gammu']) {
  describe(`${driver}: profiles`, { concurrency: 6 }, () => {
    test('each that is described here exists', () => assert.deepEqual(Object.keys(profiles).filter((name) => !names.includes(name)), []));

    for (const name of names) {
      const profile = profiles[name] ?? {};
      test(name, () =>
        on(driver, `,profile=${name}`, async (bench) => {
          const worker = bench.work();
          if (profile.only && profile.only !== driver) return down(worker, /PDU mode/);
          if (profile.before) await profile.before(bench, worker);
          else await worker.next('up');
          assert.equal(worker.all('up').at(-1).family, profile.family ?? 'generic');
          if (profile.instead) await profile.instead(bench, worker);
          else await serves(bench, worker, profile);
          if (profile.registration) assert.equal(worker.all('health')[0].registration, profile.registration);
          await profile.after?.(bench, worker);
        }));
    }
  });

  describe(`${driver}: what users complain of`, { concurrency: 6 }, () => {
    const complaint = (name, options, body) =>
      test(name, () =>
        on(driver, options, async (bench) => {
          const worker = bench.work();
          await worker.next('health');
          await body(bench, worker);
        }));

    complaint('every SMS is announced twice and comes once', '', async (bench, worker) => {
      await bench.set({ dup_cmti: true });
      for (const text of ['OK', 'OK', 'mot', 'hai']) await bench.receive(worker, text); // equal texts are two messages
      assert.equal(worker.all('sms').length, 4);
    });

    complaint('slots count from 0', ',profile=e1550', async (bench, worker) => {
      for (let i = 0; i < 3; i++) await bench.receive(worker, `tin ${i}`);
    });

    complaint('parts come out of order, twice, and not all of them', '', async (bench, worker) => {
      const text = 'Đường vào thôn 3 bị sụt lún, đề nghị xã kiểm tra. '.repeat(3);
      await bench.network.send(citizen, number, text, { parts: [3, 1, 1], ref: 7 });
      const parts = [await worker.next('sms'), await worker.next('sms'), await worker.next('sms')];
      assert.deepEqual(parts.map((part) => part.concat.sequence), [3, 1, 1]);
      assert.ok(parts.every((part) => part.concat.reference === 7 && text.includes(part.text)));
      worker.stored(...parts);
      await bench.emptied();
    });

    complaint('an empty slot is announced', ',profile=boot-sim800', async (bench, worker) => {
      await bench.say('+CMTI: "SM",9');
      await bench.say('+CMTI: "XX",1');
      await bench.say('+CMTI: "SM",');
      await bench.receive(worker, 'that la co');
      assert.equal(worker.all('sms').length, 1);
      assert.equal(worker.all('down').length, 0);
    });

    complaint('the memory is full, and says so with every look', ',profile=e1550', async (bench, worker) => {
      await bench.set({ full: true });
      await bench.network.send(citizen, number, 'cho ngoai cua');
      assert.equal((await bench.submit(worker, { want_report: false })).name, 'sent'); // sending needs no room
      await bench.set({ full: false });
      worker.say({ name: 'sweep' });
      const sms = await worker.next('sms');
      assert.equal(sms.text, 'cho ngoai cua');
      worker.stored(sms);
      await bench.emptied();
    });

    complaint('the reference was told and the OK lost: it is sent', '', async (bench, worker) => {
      await bench.set({ fail_next: 'no_ok' });
      assert.equal((await bench.submit(worker, { want_report: false })).name, 'sent');
      assert.equal((await bench.submit(worker, { want_report: false })).name, 'sent');
      assert.equal((await bench.network.ask('air')).parts.length, 2);
    });

    complaint('pulled out in the middle of a submission: unknown, and back under the same name', '', async (bench, worker) => {
      await bench.set({ fail_next: { stage: 'unplug', on_air: true } });
      assert.equal((await bench.submit(worker, { want_report: false })).name, 'unknown');
      assert.equal((await worker.ended).status, 4);
      const early = bench.work(); // nothing is there yet
      assert.equal((await early.ended).status, 3);
      await bench.set({ plugged: true });
      const later = bench.work();
      await later.next('up');
      await serves(bench, later);
      assert.equal((await bench.network.ask('air')).parts.length, 2, 'nothing was repeated');
    });

    complaint('one bad message holds up nothing', '', async (bench, worker) => {
      await bench.set({ fail_next: { stage: 'pdu', code: 1 } });
      assert.equal((await bench.submit(worker)).class, 'permanent');
      await bench.network.ask('send', { from: citizen, to: number, pdu: '040B914889070000F10000621122606372' });
      const broken = await worker.next('sms');
      assert.equal(broken.kind, 'broken');
      assert.equal((await bench.submit(worker, { want_report: false })).name, 'sent'); // while the broken one still lies there
      worker.stored(broken);
      await bench.receive(worker, 'tin tot');
    });

    complaint('unsolicited lines stand in the middle of everything', ',profile=volt-sim800,noise=20,baud=115200', async (bench, worker) => {
      for (let i = 0; i < 5; i++) {
        await bench.receive(worker, `tin ${i}`);
        assert.equal((await bench.submit(worker, { want_report: false })).name, 'sent');
      }
      assert.equal(worker.all('sms').length, 5);
    });

    complaint('garbage between the messages', '', async (bench, worker) => {
      for (const octets of ['00ff80', '0d0a2b434d54', '0d0a3e200d0a', '0d0a4f4b0d0a', '0d0a2b434d533a0d0a'])
        await bench.network.ask('modem', { name: 'm1', octets });
      await bench.receive(worker, 'van den');
      assert.equal((await bench.submit(worker, { want_report: false })).name, 'sent');
    });

    complaint('the SIM is changed while it runs', '', async (bench, worker) => {
      await bench.set({ sim: 'none' });
      await down(worker, /no SIM/);
      await bench.set({ sim: 'ready' });
      await worker.next('up');
      await bench.receive(worker, 'sim moi');
    });

    test('however often it starts, a PIN is never tried', () =>
      on(driver, ',profile=pin', async (bench) => {
        for (let i = 0; i < 5; i++) {
          const worker = bench.work();
          await down(worker, /asks for its PIN/); // three wrong tries would have locked it
          await worker.kill();
        }
      }));

    test('modems with the same IMEI are two modems', async () => {
      const network = await VirtualNetwork.start(
        [1, 2].map((i) => `m${i},number=+8491200000${i},line=pty:DIR/m${i},imei=352099001761481`),
      );
      const workers = [1, 2].map((i) => new ModemWorker(`pty:${network.file(`m${i}`)}`, { args: ['--driver', driver] }));
      try {
        const ups = await Promise.all(workers.map((worker) => worker.next('up')));
        assert.equal(ups[0].imei, ups[1].imei);
        assert.notEqual(ups[0].imsi, ups[1].imsi);
        for (const i of [1, 2]) {
          await network.send(citizen, `+8491200000${i}`, `cho may ${i}`);
          assert.equal((await workers[i - 1].next('sms')).text, `cho may ${i}`);
        }
      } finally {
        await Promise.all(workers.map((worker) => worker.kill()));
        await network.stop();
      }
    });
  });
}

test('text mode: a message that is read again after a restart is the same record', () =>
  on('at', ',profile=text-only', async (bench) => {
    const first = bench.work();
    await first.next('health');
    await bench.network.send(citizen, number, 'PA mot lan');
    const { pdu } = await first.next('sms');
    assert.match(pdu, /^TEXT: 145,/);
    await first.kill(); // nothing was stored: it's still there, and read by now
    const second = bench.work();
    const again = await second.next('sms');
    assert.equal(again.pdu, pdu);
    second.stored(again);
    await bench.emptied();
  }));
