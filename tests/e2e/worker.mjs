// The modem worker as a process, on real pseudo-terminals and sockets: against the virtual radio network, and against modems made up here that break
// off wherever they like.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { BUILD, program } from '../lib/harness.mjs';
import { ModemWorker } from '../lib/modem_worker.mjs';
import { VirtualNetwork } from '../lib/virtual_network.mjs';

const number = '+84912000001';
const citizen = '+84987000001';
const sanitized = path.basename(BUILD) === 'asan'; // runs without its fence
const release = path.basename(BUILD) === 'release'; // has no crash points

let network;
let workers = [];
let args = []; // of the driver under test

const start = (line, options) => {
  const worker = new ModemWorker(line, { args, ...options });
  workers.push(worker);
  return worker;
};
const onPty = (options) => start(`pty:${network.file('m1')}`, options);
const send = (id, members = {}) => ({ name: 'send', id, to: citizen, encoding: 'gsm7', text: `xin chao ${id}`, ...members });
const set = (members) => network.ask('modem', { name: 'm1', set: members });
const slotsUsed = async () => (await network.ask('stats')).modems[0].slots.SM.used;
const emptied = async () => assert.ok((await network.ask('idle', { empty: true, wait: 10_000 })).idle, 'something was left on the SIM');

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
});

const withNetwork = (options = '') => {
  before(async () => {
    network = await VirtualNetwork.start([`m1,number=${number},line=pty:DIR/m1${options}`]);
  });
  after(() => network.stop());
};

// What each driver must do; what one can't is named where it is left out.
for (const driver of ['at', 'gammu'])
  describe(driver, () => {
    before(() => (args = ['--driver', driver]));
    const slow = driver === 'gammu'; // libGammu sleeps 0.7 s for each submission

    describe('a modem that does as it should', () => {
      withNetwork();

      test('hello, up, health', async () => {
        const worker = onPty();
        const up = await worker.next('up');
        assert.deepEqual(worker.lines[0], { name: 'hello', version: 1, driver, line: `pty:${network.file('m1')}` });
        assert.match(up.imei, /^\d{15}$/);
        assert.match(up.imsi, /^45204\d{10}$/);
        assert.match(up.iccid, /^\d{19}$/);
        const health = await worker.next('health');
        assert.equal(health.signal, 20);
        assert.equal(health.registration, 1);
        assert.equal(health.slots_used, 0);
        assert.equal(health.slots_total, 20);
        assert.deepEqual(await worker.stop(), { status: 0, signal: null });
      });

      test('an arrival stays on the SIM until it is stored', async () => {
        const worker = onPty();
        await worker.next('up');
        await network.send(citizen, number, 'PA Duong hong');
        const sms = await worker.next('sms');
        assert.equal(sms.from, citizen);
        assert.equal(sms.text, 'PA Duong hong');
        assert.equal(sms.kind, 'text');
        assert.equal(await slotsUsed(), 1);
        worker.say({ name: 'sweep' }, { name: 'sweep' }); // it isn't handed over twice while its answer is awaited
        await network.send(citizen, number, 'thu hai');
        const second = await worker.next('sms');
        assert.equal(second.text, 'thu hai');
        worker.stored(sms, second);
        await emptied();
        assert.equal(worker.all('sms').length, 2);
      });

      test('what could not be stored comes again, under another handle', async () => {
        const worker = onPty();
        await worker.next('up');
        await network.send(citizen, number, 'PA Duong hong');
        const first = await worker.next('sms');
        worker.say({ name: 'again', handle: first.handle }, { name: 'sweep' });
        const second = await worker.next('sms');
        assert.notEqual(second.handle, first.handle);
        assert.equal(second.pdu, first.pdu);
        worker.stored(first); // void by now
        worker.say(send(1));
        await worker.next('sent');
        assert.equal(await slotsUsed(), 1);
        worker.stored(second);
        await emptied();
      });

      test('what lies on the SIM at the start is handed over; long and accented texts come as their parts', async () => {
        const text = 'Đường vào thôn 3 bị sụt lún, đề nghị xã kiểm tra. Cảm ơn! '.repeat(3).trim();
        const { parts } = await network.send(citizen, number, text);
        const worker = onPty();
        const all = [];
        for (let i = 0; i < parts; i++) all.push(await worker.next('sms'));
        all.sort((a, b) => a.concat.sequence - b.concat.sequence);
        assert.equal(all.map((part) => part.text).join(''), text);
        assert.ok(all.every((part) => part.encoding === 'ucs2' && part.concat.total === parts && part.concat.reference === all[0].concat.reference));
        worker.stored(...all);
        await emptied();
      });

      test('other kinds: WAP push, voicemail, a broken PDU; none of them stays', async () => {
        const worker = onPty();
        await worker.next('up');
        await network.ask('send', { from: citizen, to: number, data: '0102', port: 2948 });
        const push = await worker.next('sms');
        await network.ask('send', { from: citizen, to: number, text: 'x', dcs: 0xc8 });
        const mailbox = await worker.next('sms');
        await network.ask('send', { from: citizen, to: number, pdu: '040B914889070000F10000621122606372' });
        const broken = await worker.next('sms');
        assert.deepEqual([push.kind, mailbox.kind, broken.kind], ['binary', 'mwi', 'broken']);
        assert.match(broken.pdu, /040B914889070000F10000621122606372$/);
        worker.stored(push, mailbox, broken);
        await emptied();
      });

      test('a submission, its reference and its report', async () => {
        const worker = onPty();
        await worker.next('up');
        worker.say(send(41, { text: 'Đã nhận', encoding: 'ucs2', want_report: true, concat: { reference: 7, total: 2, sequence: 1 } }));
        const sent = await worker.next('sent');
        assert.equal(sent.id, 41);
        const report = await worker.next('report');
        assert.equal(report.reference, sent.reference);
        assert.equal(report.status, 0);
        assert.equal(report.recipient, citizen);
        worker.stored(report);
        await emptied();
        const { parts: air } = await network.ask('air');
        const last = air.at(-1);
        assert.equal(last.text, 'Đã nhận');
        assert.deepEqual([last.concat.ref, last.concat.total, last.concat.seq], [7, 2, 1]);
      });

      test('many submissions are answered once each, in order, with arrivals in between', async () => {
        const worker = onPty();
        await worker.next('up');
        const count = slow ? 10 : 50;
        for (let id = 100; id < 100 + count; id++) {
          worker.say(send(id));
          if (id % 5 === 0) network.send(citizen, number, `tin ${id}`);
        }
        const got = [];
        while (got.length < count) got.push((await worker.next('sent')).id);
        assert.deepEqual(got, Array.from({ length: count }, (_, i) => 100 + i));
        while (worker.all('sms').length < count / 5) await worker.next('sms');
        worker.stored(...worker.all('sms'));
        await emptied();
        assert.equal(worker.all('sms').length, count / 5);
      });

      test('each way for a submission to fail', async () => {
        const worker = onPty();
        await worker.next('up');
        const outcomes = async (fail_next, id, members) => {
          await set({ fail_next });
          worker.say(send(id, members));
          return worker.next('sent', 'failed', 'unknown');
        };
        assert.deepEqual(pick(await outcomes({ stage: 'prompt', code: 500 }, 1)), { name: 'failed', id: 1, code: 500, class: 'temporary' });
        assert.deepEqual(pick(await outcomes({ stage: 'prompt', code: 330 }, 2)), { name: 'failed', id: 2, code: 330, class: 'sim' });
        assert.deepEqual(pick(await outcomes({ stage: 'pdu', code: 1 }, 3)), { name: 'failed', id: 3, code: 1, class: 'permanent' });
        assert.deepEqual(pick(await outcomes({ stage: 'pdu', code: 21 }, 4)), { name: 'failed', id: 4, code: 21, class: 'other-sim' });
        assert.deepEqual(pick(await outcomes({ stage: 'pdu', code: 38 }, 5)), { name: 'failed', id: 5, code: 38, class: 'temporary' });
        for (const code of [500, 512, 513, 514, 515])
          assert.deepEqual(pick(await outcomes({ stage: 'pdu', code, on_air: true }, code)), { name: 'unknown', id: code, code });
        const tooLong = await outcomes('none', 6, { text: 'a'.repeat(400) });
        assert.deepEqual(pick(tooLong), { name: 'failed', id: 6, class: 'permanent' });
        const notGsm = await outcomes('none', 7, { text: 'Đã nhận' });
        assert.deepEqual(pick(notGsm), { name: 'failed', id: 7, class: 'permanent' });
        assert.equal((await outcomes('none', 8)).name, 'sent');
      });

      test('killed between hand-over and deletion: the next one hands over the same, nothing is lost', async () => {
        await network.send(citizen, number, 'PA Duong hong');
        const first = onPty();
        const sms = await first.next('sms');
        await first.kill();
        const second = onPty();
        const again = await second.next('sms');
        assert.equal(again.pdu, sms.pdu);
        second.stored(again);
        await emptied();
      });

      for (const point of ['worker.read', 'worker.before_delete', 'worker.deleted'])
        test(`killed at ${point}: what was not stored is there, what was stored is not needed`, { skip: release }, async () => {
          await network.send(citizen, number, `PA ${point}`);
          const first = onPty({ env: { PHANHOI_CRASH: point } });
          let stored = false;
          first.next('sms').then(
            (sms) => {
              stored = true;
              first.stored(sms);
            },
            () => {},
          );
          assert.equal((await first.ended).signal, 'SIGKILL');
          const second = onPty();
          await second.next('health');
          const left = second.all('sms');
          assert.equal(left.length, point === 'worker.deleted' ? 0 : 1);
          assert.equal(stored, point !== 'worker.read');
          second.stored(...left);
          await emptied();
        });

      test('only one program has the line', async () => {
        const first = onPty();
        await first.next('up');
        const second = onPty();
        assert.match((await second.next('down')).reason, /held by another program/);
        assert.equal((await second.ended).status, 3);
      });

      test('fenced in once its line is open', { skip: sanitized }, async () => {
        const worker = onPty();
        await worker.next('up');
        const status = readFileSync(`/proc/${worker.child.pid}/status`, 'utf8');
        assert.match(status, /^NoNewPrivs:\t1$/m);
        assert.match(status, /^Seccomp:\t2$/m);
      });

      test('ends with its core, when told, and by signal', async () => {
        const orphan = onPty();
        await orphan.next('up');
        orphan.child.stdin.end();
        assert.deepEqual(await orphan.ended, { status: 0, signal: null });
        for (const signal of ['SIGTERM', 'SIGINT']) {
          const worker = onPty();
          await worker.next('up');
          worker.child.kill(signal);
          assert.deepEqual(await worker.ended, { status: 0, signal: null });
        }
      });

      test('lines that are none are refused and change nothing', async () => {
        const worker = onPty({ hello: false });
        worker.say(send(1)); // before hello
        worker.say({ name: 'hello', version: 1 });
        worker.say('garbage\n', '{"name":"send"}\n', '{"name":"sms","handle":1}\n', '{"name":"stored","handle":"x"}\n', '\0\xff\n', '{"name":"stop"}\0\n');
        worker.say(`${'x'.repeat(100_000)}\n`, { name: 'stored', handle: 4711 }, { name: 'again', handle: 4711 }, { ...send(2), extra: 1 });
        await worker.next('up');
        worker.say(send(3));
        assert.equal((await worker.next('sent')).id, 3);
        assert.equal(worker.all('failed').length, 0);
        await worker.stop(); // then all of its log has been read
        assert.equal(worker.log.match(/core\.line_refused/g).length, 9);
      });

      test('a core of another version is left', async () => {
        const worker = onPty({ hello: false });
        worker.say({ name: 'hello', version: 2 });
        assert.equal((await worker.ended).status, 6);
      });
    });

    const pick = ({ reason, ...rest }) => rest;

    describe('a modem that talks', () => {
      withNetwork(',noise=7');

      test('unasked lines of all kinds disturb neither direction', async () => {
        const worker = onPty();
        await worker.next('up');
        const count = slow ? 10 : 30;
        for (let id = 0; id < count; id++) {
          worker.say(send(id));
          await network.send(citizen, number, `tin ${id}`);
        }
        const texts = new Set();
        const ids = new Set();
        while (texts.size < count || ids.size < count) {
          const line = await worker.next('sms', 'sent', 'failed', 'unknown');
          assert.ok(['sms', 'sent'].includes(line.name), JSON.stringify(line));
          if (line.name === 'sent') ids.add(line.id);
          else texts.add(line.text);
          if (line.name === 'sms') worker.stored(line);
        }
        await emptied();
        assert.equal(worker.all('down').length, 0);
      });
    });

    describe('a modem that stutters, tells twice, and has three slots', () => {
      withNetwork(',baud=57600,slots=3,slot-base=0');

      test('all of a burst comes, each once', async () => {
        await set({ dup_cmti: true, early_report: true });
        const worker = onPty();
        await worker.next('up');
        for (let i = 0; i < 12; i++) await network.send(citizen, number, `tin ${i}`);
        const handles = new Set();
        const texts = [];
        while (texts.length < 12) {
          const sms = await worker.next('sms');
          assert.ok(!handles.has(sms.handle));
          handles.add(sms.handle);
          texts.push(sms.text);
          worker.stored(sms);
        }
        assert.equal(new Set(texts).size, 12);
        await emptied();
        worker.say(send(1, { want_report: true }));
        const report = await worker.next('report'); // before the answer to its submission
        const sent = worker.all('sent')[0] ?? (await worker.next('sent'));
        assert.equal(report.reference, sent.reference);
        worker.stored(report);
        await emptied();
      });
    });

    describe('lines that are lost', () => {
      withNetwork();

      test('while idle', async () => {
        const worker = onPty();
        await worker.next('health');
        await set({ hangup: true });
        assert.match((await worker.next('down')).reason, /line was lost/);
        assert.equal((await worker.ended).status, 4);
      });

      test('with a submission out: unknown; those behind it: failed', async () => {
        const worker = onPty();
        await worker.next('health');
        await set({ fail_next: { stage: 'hangup', on_air: true } });
        worker.say(send(1), send(2));
        assert.equal((await worker.next('unknown')).id, 1);
        assert.deepEqual(pick(await worker.next('failed')), { name: 'failed', id: 2, class: 'temporary' });
        assert.equal((await worker.ended).status, 4);
        const next = onPty();
        await next.next('up');
        next.say(send(3));
        assert.equal((await next.next('sent')).id, 3);
      });
    });

    describe('a SIM with a PIN', () => {
      withNetwork(',pin=1234');

      test('is left alone, and said', async () => {
        const worker = onPty();
        assert.match((await worker.next('down')).reason, /PIN/);
        worker.say(send(1));
        assert.deepEqual(pick(await worker.next('failed')), { name: 'failed', id: 1, class: 'temporary' });
        assert.deepEqual(await worker.stop(), { status: 0, signal: null });
      });

      test('its line is watched all the same', async () => {
        const worker = onPty();
        await worker.next('down');
        await set({ hangup: true });
        assert.equal((await worker.ended).status, 4);
      });
    });

    describe('a modem that is mute', () => {
      withNetwork();

      test('is said to be, ends when told, and comes back by itself', async () => {
        await set({ mute: true });
        const impatient = onPty();
        await impatient.next('hello');
        impatient.child.kill('SIGTERM'); // also while it is being waited for
        assert.deepEqual(await impatient.ended, { status: 0, signal: null });
        const worker = onPty();
        assert.match((await worker.next('down')).reason, /doesn't answer/);
        worker.say(send(1));
        assert.equal((await worker.next('failed')).id, 1);
        await set({ mute: false });
        await worker.next('up');
        worker.say(send(2));
        assert.equal((await worker.next('sent')).id, 2);
      });
    });

    describe('over TCP', () => {
      before(async () => {
        network = await VirtualNetwork.start([`m1,number=${number},line=tcp:127.0.0.1:0`]);
      });
      after(() => network.stop());

      test('both directions, and a hang-up', async () => {
        const [, host, port] = network.ready.modems[0].line.split(':');
        const worker = start(`tcp://${host}:${port}`);
        await worker.next('up');
        worker.say(send(1));
        await worker.next('sent');
        await network.send(citizen, number, 'PA Duong hong');
        worker.stored(await worker.next('sms'));
        await emptied();
        await set({ hangup: true });
        assert.equal((await worker.ended).status, 4);
      });
    });

    // A modem of a few lines on a socket: knows enough to be opened, prompts, takes a PDU, answers. It hangs up after `cut` octets of the submission's
    // dialogue, counted on its own side, in both directions.
    function cuttingModem(cut) {
      const answers = {
        'AT+CPIN?': '+CPIN: READY',
        'AT+CSMS?': '+CSMS: 0,1,1,1',
        'AT+CPMS=?': '+CPMS: ("SM"),("SM"),("SM")',
        'AT+CGSN': '862177040000017',
        'AT+CIMI': '452040000000017',
        'AT+CREG?': '+CREG: 0,1',
        'AT+CSQ': '+CSQ: 21,99',
      };
      const modem = { submitted: false };
      modem.server = net.createServer((socket) => {
        socket.setNoDelay(true);
        let typed = '';
        let prompting = false;
        let counting = false;
        let count = 0;
        const over = () => counting && ++count > cut;
        const say = (text) => {
          for (const octet of text) {
            if (over()) return socket.destroy();
            socket.write(octet, 'latin1');
          }
        };
        socket.on('error', () => {});
        socket.setEncoding('latin1').on('data', (data) => {
          for (const octet of data) {
            if (socket.destroyed || over()) return socket.destroy();
            if (prompting && octet === '\x1a') {
              modem.submitted = true;
              prompting = false;
              say('\r\n+CMGS: 7\r\n\r\nOK\r\n');
              typed = '';
              return;
            }
            if (octet === '\x1b') {
              typed = '';
            } else if (octet === '\r' && !prompting) {
              if (typed.startsWith('AT+CMGS=')) {
                prompting = true;
                say('\r\n> ');
              } else if (typed) {
                say(`\r\n${answers[typed] ? `${answers[typed]}\r\n\r\n` : ''}OK\r\n`);
              }
              typed = '';
            } else {
              typed += octet;
              if (typed === 'AT+CMGS=') counting = true;
            }
          }
        });
      });
      return modem;
    }

    test('a line that is cut after any octet of a submission: the verdict is never wrong', async () => {
      let open = 0;
      const verdicts = { sent: 0, failed: 0, unknown: 0 };
      const one = async (cut) => {
        const modem = cuttingModem(cut);
        modem.server.listen(0, '127.0.0.1');
        await once(modem.server, 'listening');
        const worker = start(`tcp://127.0.0.1:${modem.server.address().port}`);
        await worker.next('health'); // its first questions are over: what comes now is the submission
        worker.say(send(cut));
        const verdict = await worker.next('sent', 'failed', 'unknown');
        assert.equal(verdict.id, cut);
        verdicts[verdict.name]++;
        if (verdict.name === 'sent') {
          assert.equal(verdict.reference, 7);
          assert.ok(modem.submitted);
          open++;
        } else if (modem.submitted) {
          assert.equal(verdict.name, 'unknown', `cut after ${cut}: the modem has the PDU`);
        }
        await worker.kill();
        modem.server.close();
      };
      const cuts = Array.from({ length: 85 }, (_, i) => i).concat(1000);
      while (cuts.length) await Promise.all(cuts.splice(0, 4).map(one));
      assert.ok(open >= 1 && verdicts.failed >= 5 && verdicts.unknown >= 5, JSON.stringify(verdicts));
    });
  });

describe('the command line', () => {
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(program('phanhoi-modem'), args, { encoding: 'utf8', input: '', timeout: 20_000 });
    return { status, stdout, stderr };
  };

  test('--help names every option, --version the protocol', () => {
    const help = run('--help');
    assert.equal(help.status, 0);
    for (const option of ['--line', '--driver', '--name', '--log', '--no-sandbox', '--decode', '--version', '--help'])
      assert.match(help.stdout, new RegExp(`^  ${option}`, 'm'));
    assert.match(run('--version').stdout, /protocol 1/);
  });

  test('mistakes are named, with status 2', () => {
    const mistakes = [
      [['--lien', 'pty:/x'], /lien/],
      [[], /--line/],
      [['--line'], /line/],
      [['--line', '/dev/ttyUSB0'], /pty:PATH/],
      [['--line', 'serial:/dev/ttyS0@fast'], /fast/],
      [['--line', 'pty:/x', '--driver', 'nokia'], /nokia/],
      [['--line', 'pty:/x', '--log', 'loud'], /loud/],
      [['--line', 'pty:/x', 'more'], /more/],
    ];
    for (const [args, reason] of mistakes) {
      const { status, stderr } = run(...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, reason);
    }
  });

  test('a line that is not there: said to the core and in the log, status 3', () => {
    const { status, stdout, stderr } = run('--line', 'pty:/nonexistent/m1');
    assert.equal(status, 3);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map((line) => line.name), ['hello', 'down']);
    assert.match(lines[1].reason, /\/nonexistent\/m1/);
    assert.match(stderr, /\/nonexistent\/m1/);
  });

  test('--decode', () => {
    const good = run('--decode', '07914809000000F1040B914889070000F10000621122606372820BD02088587FBBCF20741D');
    assert.equal(good.status, 0);
    assert.equal(JSON.parse(good.stdout).text, 'PA Duong hu');
    assert.equal(run('--decode', '0791').status, 1);
  });
});
