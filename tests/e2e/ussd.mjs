// USSD and calls with whole programs: the worker against modems of every dialect, the core's command and its guard, calls that are answered by a text.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Lab } from '../lib/harness.mjs';
import { ModemWorker } from '../lib/modem_worker.mjs';
import { VirtualNetwork } from '../lib/virtual_network.mjs';

const number = '+84912000001';
const caller = '+84987000001';
const TKG = 'TKG: 4.500d. HSD 31/12/2026';
const VIET = 'Tài khoản gốc: 12.345đ. HSD: 31/12/2026';
const MENU = 'Chao "A":\n1. So du\n\nOK\n2. "Nap" the';

const onDriver = async (driver, options, body) => {
  const network = await VirtualNetwork.start([`m1,number=${number},line=pty:DIR/m1,speed=100${options}`]);
  const worker = new ModemWorker(`pty:${network.file('m1')}`, { args: ['--driver', driver] });
  let id = 0;
  const ask = async (action, text) => {
    worker.say({ name: 'ussd', id: ++id, action, ...(text && { text }) });
    const reply = await worker.next('ussd_reply');
    assert.equal(reply.id, id);
    return reply;
  };
  try {
    await worker.next('up');
    await body({ network, worker, ask });
  } finally {
    await worker.kill();
    await network.stop();
  }
};

for (const driver of ['at', 'gammu'])
  describe(driver, () => {
    const on = (options, body) => onDriver(driver, options, body);

    describe('peers 52: every dialect of modem', { concurrency: 2 }, () => {
      for (const options of ['generic', 'boot-sim800', 'ec25', 'm35', 'e1550', 'zte', 'ussd-multiline', 'ussd-plain', 'ussd-packed', 'double-echo', 'noise', 'ussd-multiline,baud=9600'])
        test(options, () =>
          on(`,profile=${options}`, async ({ network, worker, ask }) => {
            assert.equal(worker.all('up')[0].ussd, true);
            await network.ask('ussd', { code: '*101#', text: TKG });
            await network.ask('ussd', { code: '*102#', text: VIET });
            assert.deepEqual(await ask('start', '*101#'), { name: 'ussd_reply', id: 1, text: TKG, outcome: 'done' });
            assert.equal((await ask('start', '*102#')).text, VIET);
            await network.send(caller, number, 'PA Duong vao thon 3 bi sut lun'); // messages are read as ever
            worker.stored(await worker.next('sms'));
          }),
        );
    });

    test('wrong schemes, wrong forms, many lines', () =>
      on('', async ({ network, ask }) => {
        for (const form of ['plain', 'ucs2', 'packed', 'octets'])
          for (const scheme of [-2, 0, 1, 15, 17, 68, 72]) {
            await network.ask('ussd', { code: '*101#', text: TKG, form, scheme });
            assert.equal((await ask('start', '*101#')).text, TKG, `${form} under ${scheme}`);
          }
        await network.ask('ussd', { code: '*101#', text: MENU, form: 'plain', scheme: -2 });
        assert.equal((await ask('start', '*101#')).text, MENU.replace('\n\n', '\n'));
      }));

    test('a menu, an answer, a dialogue that is over, one that is cancelled', () =>
      on(',profile=ussd-multiline', async ({ network, ask }) => {
        await network.ask('ussd', { code: '*101#', text: MENU });
        await network.ask('ussd', { code: '*101#>1', text: TKG });
        const menu = await ask('start', '*101#');
        assert.equal(menu.outcome, 'asks');
        assert.equal(menu.text, MENU.replace('\n\n', '\n'));
        assert.deepEqual(await ask('answer', '1'), { name: 'ussd_reply', id: 2, text: TKG, outcome: 'done' });
        assert.equal((await ask('answer', '1')).outcome, 'ended');
        await ask('start', '*101#');
        assert.equal((await ask('cancel')).outcome, 'ended');
        assert.equal((await ask('start', '*101#')).outcome, 'asks'); // and not an answer of it
      }));

    test('the network refuses, gives up, has no room for us', () =>
      on('', async ({ network, ask }) => {
        const refused = async (outcome, reason, answer) => {
          await network.ask('ussd', { code: '*101#', text: '', ...answer });
          const reply = await ask('start', '*101#');
          assert.equal(reply.outcome, outcome);
          assert.match(reply.reason, reason);
        };
        await refused('refused', /doesn't know the code/, { status: 4 });
        await refused('timeout', /gave up/, { status: 5 });
        await refused('ended', /ended/, { status: 2 });
        await refused('refused', /another program/, { status: 3 });
        await network.ask('modem', { name: 'm1', set: { registered: 0 } });
        await refused('refused', /no network service/, {});
      }));

    test('a reply that is out when the line is lost, or another request comes', () =>
      on('', async ({ network, worker }) => {
        await network.ask('ussd', { code: '*101#', text: TKG, silent: true });
        worker.say({ name: 'ussd', id: 1, action: 'start', text: '*101#' }, { name: 'ussd', id: 2, action: 'start', text: '*101#' });
        assert.deepEqual(await worker.next('ussd_reply'), { name: 'ussd_reply', id: 1, reason: 'another request came', outcome: 'ended' });
        worker.say({ name: 'send', id: 9, to: caller, encoding: 'gsm7', text: 'xin chao' });
        assert.equal((await worker.next('sent')).id, 9); // nobody waits for the network
        await network.ask('modem', { name: 'm1', set: { plugged: false } });
        const lost = await worker.next('ussd_reply');
        assert.equal(lost.id, 2);
        assert.equal(lost.outcome, 'refused');
      }));

    describe('calls', () => {
      for (const profile of ['generic', 'wavecom', 'm35'])
        test(`are rejected and told once: ${profile}`, () =>
          on(`,profile=${profile}`, async ({ network, worker }) => {
            const count = async () => (await network.ask('modem', { name: 'm1' })).rejected;
            await network.ask('call', { from: caller, to: number });
            assert.deepEqual(await worker.next('call'), { name: 'call', from: caller });
            await network.ask('call', { to: number });
            assert.deepEqual(await worker.next('call'), { name: 'call' });
            assert.equal(await count(), 2);
            assert.equal(worker.all('call').length, 2);
          }));
    });
  });

describe('who calls', () => {
  test('one who calls gets HELP once a day; after GOI it is asking again', async (t) => {
    const lab = await Lab.open(t, { settings: { messages: { answer_calls: true } } });
    await lab.start();
    const citizen = lab.citizen(caller);
    const called = lab.phone('call', caller);
    assert.equal(called.stdout, `${number} rings\n`, called.stderr);
    assert.match((await citizen.next()).text, /^PA <noi dung>/);
    await lab.core.running.line(/link\.call link=m1 from=84987\*\*\*001/);
    const other = lab.citizen('+84987000002');
    await other.send('GOI');
    let due = '';
    while (!due.startsWith('Da ghi nhan yeu cau goi lai')) due = (await other.next()).text; // behind the code, and the question for a name
    await lab.network.ask({ op: 'call', from: other.number, to: number });
    assert.equal((await other.next()).text, due);
    assert.equal((await citizen.inbox()).length, 1);
    assert.match(await lab.core.result('metrics'), /^phanhoi_modem_calls_total\{modem="m1"\} 2$/m);
  });
});

describe('phanhoictl ussd', () => {
  test('prints what the network says; menus are answered; a left dialogue is cancelled', async (t) => {
    const lab = await Lab.open(t);
    await lab.start();
    await lab.network.ask({ op: 'ussd', code: '*101#', text: MENU });
    await lab.network.ask({ op: 'ussd', code: '*101#>1', text: VIET });
    await lab.network.ask({ op: 'ussd', code: '*102#', text: TKG });
    const plain = lab.ctl('ussd', 'm1', '*102#');
    assert.equal(plain.stdout, `${TKG}\n`, plain.stderr);
    assert.equal(lab.ctl('ussd', 'm1', '*101#', '--answer', '1').stdout, `${MENU.replace('\n\n', '\n')}\n${VIET}\n`);
    const left = lab.ctl('ussd', 'm1', '*101#');
    assert.equal(left.status, 0, left.stderr);
    assert.equal(left.stdout, `${MENU.replace('\n\n', '\n')}\n`);
    assert.deepEqual(JSON.parse(lab.ctl('ussd', 'm1', '*102#', '--json').stdout), { outcome: 'done', text: TKG });
    const log = lab.ctl('log', '-n', '1000').stdout;
    assert.match(log, /control\.ussd link=m1 uid=\d+ code=\*101#/);
    assert.ok(!log.includes('4.500') && !log.includes('12.345'), 'the log shows what only the asker may know');
  });

  test('what is wrong is said', async (t) => {
    const lab = await Lab.open(t);
    await lab.start();
    const wrong = (args, message, status = 1) => {
      const done = lab.ctl('ussd', ...args);
      assert.equal(done.status, status, done.stdout);
      assert.match(done.stderr, message);
    };
    wrong(['m9', '*101#'], /phanhoictl modems lists them/);
    wrong(['m1'], /MODEM CODE/, 2);
    wrong(['m1', '*101#', '--cancel'], /MODEM CODE/, 2);
    wrong(['m1', '--cancel'], /no USSD dialogue/);
    wrong(['m1', '1'.repeat(183)], /1 to 182/);
    wrong(['m1', '*199#'], /doesn't know the code/);
    await lab.network.ask({ op: 'ussd', code: '*102#', text: TKG });
    wrong(['m1', '*102#', '--answer', '1'], /fewer answers/);
    await lab.network.ask({ op: 'ussd', code: '*101#', text: TKG, silent: true });
    const waits = lab.core.ask('ussd', { modem: 'm1', text: '*101#' });
    await lab.core.running.line(/control\.ussd .*code=\*101#/);
    const busy = await lab.core.ask('ussd', { modem: 'm1', text: '*102#' });
    assert.equal(busy.error, 'ERR_BUSY');
    assert.equal((await lab.core.result('ussd', { modem: 'm1', cancel: true })).outcome, 'ended');
    assert.equal((await waits).result.outcome, 'ended');
    assert.equal(lab.ctl('ussd', 'm1', '*102#').stdout, `${TKG}\n`);
  });

  test('it waits for the submission that is out, and the next one for it', async (t) => {
    const lab = await Lab.open(t, { modems: [{ name: 'm1', number, options: 'submit-delay=1500,ussd-delay=1500' }] });
    await lab.start();
    await lab.network.ask({ op: 'ussd', code: '*101#', text: TKG });
    lab.ctl('send', caller, 'mot');
    lab.ctl('send', caller, 'hai');
    const reply = lab.ctl('ussd', 'm1', '*101#');
    assert.equal(reply.stdout, `${TKG}\n`, reply.stderr);
    const citizen = lab.citizen(caller);
    assert.deepEqual([(await citizen.next()).text, (await citizen.next()).text].sort(), ['hai', 'mot']);
  });
});

describe('the balance watch', () => {
  const operator = '+84987000009';
  const settings = (more = {}) => ({ appliance: { operator }, balance: { after_sent: 1, threshold: 10000 }, ...more });

  test('is read, shown, measured, kept; the operator hears of a low one once, through another SIM', async (t) => {
    const lab = await Lab.open(t, { modems: 2, settings: settings({ clock: { rate: 60 } }) });
    await lab.start();
    await lab.network.ask({ op: 'ussd', code: '*101#', text: 'TKG: 4.500d, su dung den 23:59 31/12/2026' });
    lab.ctl('send', caller, 'mot'); // whichever modem sends it is asked
    const read = await lab.core.running.line(/balance\.read link=(m\d) dong=4500/);
    const low = read.match(/link=(m\d)/)[1];
    const alarm = await lab.citizen(operator).next();
    assert.equal(alarm.text, `PHANHOI th-01: SIM ${low} con 4500d, nguong 10000d. Nap tien hoac doi SIM.`);
    assert.notEqual(alarm.from, lab.modems.find((m) => m.name === low).number);
    const modem = JSON.parse(lab.ctl('modems', '--json').stdout).find((m) => m.name === low);
    assert.equal(modem.balance, 4500);
    assert.equal(modem.balance_expires, '2026-12-31');
    assert.match(lab.ctl('modems').stdout, / 4500 +2026-12-31 /);
    const metrics = lab.ctl('metrics').stdout;
    assert.match(metrics, new RegExp(`^phanhoi_modem_balance_dong\\{modem="${low}"\\} 4500$`, 'm'));
    assert.match(metrics, new RegExp(`^phanhoi_modem_balance_expires_seconds\\{modem="${low}"\\} ${Date.parse('2027-01-01T00:00:00+07:00') / 1000}$`, 'm'));
    assert.ok(!lab.ctl('log', '-n', '1000').stdout.includes('su dung den'));
    await lab.stopCore();
    await lab.startCore();
    await lab.modemsUp();
    for (;;) {
      const again = JSON.parse(lab.ctl('modems', '--json').stdout).find((m) => m.name === low);
      if (again.balance !== null) {
        assert.equal(again.balance, 4500);
        break;
      }
    }
  });

  test("words and codes of one's own; what can't be read is said", async (t) => {
    const lab = await Lab.open(t, { settings: settings() });
    lab.writeConfig(settings());
    const config = readFileSync(lab.config, 'utf8').replace('driver = "at";', 'driver = "at"; balance_code = "*110#"; balance_words = "Ví điện tử";');
    writeFileSync(lab.config, config);
    await lab.start();
    await lab.network.ask({ op: 'ussd', code: '*110#', text: 'TKG: 0d. Ví điện tử: 98.000đ' });
    lab.ctl('send', caller, 'mot');
    await lab.core.running.line(/balance\.read link=m1 dong=98000/);

    const odd = await Lab.open(t, { settings: settings() });
    await odd.start();
    await odd.network.ask({ op: 'ussd', code: '*101#', text: 'He thong ban' });
    odd.ctl('send', caller, 'mot');
    await odd.core.running.line(/balance\.not_read link=m1 code=\*101# reason="no amount/);
    assert.match(odd.ctl('modems').stdout, /m1/);
  });
});
