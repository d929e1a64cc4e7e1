// What each driver can do, found out by doing it: the table of modem/README.md is what this suite found (GOLDEN_UPDATE=1 writes it there). Then what
// only one driver has: libGammu's own connection to its dummy device, and the choice between drivers.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Lab } from '../lib/harness.mjs';
import { ModemWorker } from '../lib/modem_worker.mjs';
import { until, VirtualNetwork } from '../lib/virtual_network.mjs';

const number = '+84912000001';
const citizen = '+84987000001';
const readme = path.join(import.meta.dirname, '../../modem/README.md');

/** A modem of the virtual network, and a worker on it. */
class VirtualModem {
  static async open(driver, line = (pty) => `pty:${pty}`, args = []) {
    const device = new VirtualModem();
    device.network = await VirtualNetwork.start([`m1,number=${number},line=pty:DIR/m1`]);
    device.worker = new ModemWorker(line(device.network.file('m1')), { args: ['--driver', driver, ...args] });
    return device;
  }

  deliver = (text) => this.network.send(citizen, number, text);
  emptied = async () => (await this.network.ask('idle', { empty: true, wait: 20_000 })).idle;
  air = async () => (await this.network.ask('air')).parts.at(-1);
  fail = (fail_next) => this.network.ask('modem', { name: 'm1', set: { fail_next } });
  turnOff = () => this.network.ask('modem', { name: 'm1', set: { hangup: true } });
  credit = (text) => this.network.ask('ussd', { code: '*101#', text });
  call = () => this.network.ask('call', { from: citizen, to: number });
  rejected = async () => (await this.network.ask('modem', { name: 'm1' })).rejected;
  askPin = () => this.network.ask('modem', { name: 'm1', set: { sim: 'pin' } });

  async close() {
    await this.worker.kill();
    await this.network.stop();
  }
}

const utf16 = (text) => Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase();

/** libGammu's dummy device: a folder with a file for each message. */
class DummyDevice {
  static async open(args = []) {
    const device = new DummyDevice();
    device.folder = mkdtempSync(path.join(os.tmpdir(), 'phanhoi-dummy-'));
    for (const below of ['sms', 'sms/1']) mkdirSync(path.join(device.folder, below));
    device.count = 0;
    device.worker = new ModemWorker(`gammu:none:${device.folder}:dummy`, { args: ['--driver', 'gammu', ...args] });
    return device;
  }

  file = (n) => path.join(this.folder, 'sms/1', `${n}`);

  async deliver(text, from = citizen, others = {}) {
    const lines = {
      PDU: 'Deliver',
      DateTime: '20261123T080000',
      State: 'UnRead',
      Number: `"${from}"`,
      NumberUnicode: utf16(from),
      ...Object.fromEntries(utf16(text).match(/.{1,200}/g).map((hex, i) => [`Text0${i}`, hex])),
      Coding: /^[ -~]*$/.test(text) ? 'Default' : 'Unicode',
      Folder: 1,
      Length: text.length,
      Class: -1,
      ...others,
    };
    const body = Object.entries(lines).map(([key, value]) => `${key} = ${value}\n`);
    writeFileSync(path.join(this.folder, 'new'), `[SMSBackup000]\n${body.join('')}`);
    renameSync(path.join(this.folder, 'new'), this.file(++this.count));
  }

  emptied = () => until([path.dirname(this.file(1))], () => !existsSync(this.file(this.count)));

  async close() {
    await this.worker.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const columns = [
  ['at', () => VirtualModem.open('at')],
  ['gammu', () => VirtualModem.open('gammu')],
  ['gammu, own connection', () => DummyDevice.open()],
];

let ids = 0;
const submit = async (worker, members = {}) => {
  worker.say({ name: 'send', id: ++ids, to: citizen, encoding: 'gsm7', text: `xin chao ${ids}`, ...members });
  return worker.next('sent', 'failed', 'unknown');
};
const receive = async (device, text) => {
  await device.deliver(text);
  const sms = await device.worker.next('sms');
  device.worker.stored(sms);
  return sms.text === text && sms.from === citizen && sms.kind === 'text' && sms;
};
const aired = async (device, members, found) => {
  const { name } = await submit(device.worker, members);
  if (!device.air) return undefined; // sent, and nobody sees what
  return name === 'sent' && found(await device.air());
};
const up = (device) => device.worker.all('up')[0];
const health = (device) => device.worker.all('health')[0];

// What a core may ask for. A row says yes where the check holds, ? where the device doesn't let it be seen (undefined); the order matters, the device lives through all of it.
const capabilities = [
  ['model, IMEI, IMSI', (d) => up(d).model && up(d).imei && up(d).imsi],
  ['ICCID', (d) => Boolean(up(d).iccid)],
  ['signal, registration, operator, storage', (d) => health(d).signal < 99 && health(d).registration === 1 && health(d).operator && health(d).slots_total > 0],
  ['a text comes in, and is deleted when it is stored', async (d) => (await receive(d, 'PA Duong hong')) && (await d.emptied())],
  ['an accented one', async (d) => (await receive(d, 'Đường hỏng')) && (await d.emptied())],
  ['as the service centre sent it, with its address and time', async (d) => (await receive(d, 'nguyen ven')).pdu.startsWith('07914809000000F1')],
  ['a submission has a reference', async (d) => (await submit(d.worker)).reference >= 0],
  ['one with accents', (d) => aired(d, { text: 'Đã nhận ~ 🙂', encoding: 'ucs2' }, (part) => part.text === 'Đã nhận ~ 🙂')],
  [
    'a part of a long one, with our reference',
    (d) => aired(d, { concat: { reference: 7, total: 2, sequence: 1 } }, ({ concat }) => concat.ref === 7 && concat.total === 2 && concat.seq === 1),
  ],
  ['repeats that the centre can drop (TP-MR, TP-RD)', (d) => aired(d, { reference: 77, reject_duplicates: true }, (part) => part.mr === 77 && part.reject_duplicates)],
  ['a validity period', (d) => aired(d, { validity: 86400 }, (part) => part.pdu.includes('0000A7'))],
  [
    'a delivery report',
    async (d) => {
      const sent = await submit(d.worker, { want_report: true });
      if (!d.air) return undefined;
      const report = await d.worker.next('report');
      d.worker.stored(report);
      return report.reference === sent.reference && (await d.emptied());
    },
  ],
  [
    'what surely failed is told from what nobody knows',
    async (d) => {
      if (!d.fail) return undefined;
      await d.fail({ stage: 'pdu', code: 38 });
      const failed = await submit(d.worker);
      await d.fail({ stage: 'pdu', code: 500, on_air: true });
      return failed.name === 'failed' && failed.code === 38 && (await submit(d.worker)).name === 'unknown';
    },
  ],
  ['firmware revision; number of the service centre', (d) => up(d).revision && health(d).centre],
  [
    'USSD',
    async (d) => {
      await d.credit?.('TKG: 4.500d');
      d.worker.say({ name: 'ussd', id: 1, action: 'start', text: '*101#' });
      const reply = await d.worker.next('ussd_reply');
      return up(d).ussd === true && reply.outcome === 'done' && reply.text === (d.credit ? 'TKG: 4.500d' : 'Reply for *101#');
    },
  ],
  [
    'a call is rejected, and who called is told',
    async (d) => {
      if (!d.call) return false; // nothing of the driver's would hear it
      await d.call();
      return (await d.worker.next('call')).from === citizen && (await d.rejected()) === 1;
    },
  ],
  [
    'radio switched off and on; restarted',
    async (d) => {
      for (const recovery of ['radio', 'restart']) {
        d.worker.say({ name: 'recover', recovery }, { name: 'send', id: ++ids, to: citizen, encoding: 'gsm7', text: 'sau do' });
        if ((await d.worker.next('down', 'sent')).name === 'sent') return false; // as if nothing had been said
        await d.worker.next('up');
      }
      return (await submit(d.worker)).name === 'sent';
    },
  ],
  [
    "a SIM's PIN is entered",
    async (d) => {
      if (!d.askPin) return false;
      await d.askPin();
      const { iccid } = await d.worker.next('locked');
      d.worker.say({ name: 'pin', iccid, pin: '1234' });
      const tried = await d.worker.next('pin_tried');
      return tried.accepted && Boolean(await d.worker.next('up'));
    },
  ],
  [
    'a hang-up is seen',
    async (d) => {
      if (!d.turnOff) return undefined;
      await d.turnOff();
      return (await d.worker.ended).status === 4;
    },
  ],
];

describe('what each driver can do', () => {
  const table = [
    `| | ${columns.map(([name]) => `\`${name}\``).join(' | ')} |`,
    `|---|${columns.map(() => '---').join('|')}|`,
    ...capabilities.map(([name]) => `| ${name} |`),
  ];

  for (const [name, open] of columns)
    test(name, async () => {
      const device = await open();
      try {
        await device.worker.next('up');
        await device.worker.next('health');
        for (const [i, [, check]] of capabilities.entries()) {
          const can = await check(device);
          table[i + 2] += can === undefined ? ' ? |' : can ? ' yes |' : ' no |';
        }
      } finally {
        await device.close();
      }
    });

  test('the table of modem/README.md says so', () => {
    const text = readFileSync(readme, 'utf8');
    const written = text.match(/^\| \| `at` \|[^]*?\n(?=\n)/m)?.[0] ?? '';
    console.log(table.join('\n'));
    if (process.env.GOLDEN_UPDATE) writeFileSync(readme, text.replace(written, `${table.join('\n')}\n`));
    else assert.equal(written, `${table.join('\n')}\n`);
  });
});

test('gammu: what libGammu would cut or change is not sent', async () => {
  const device = await VirtualModem.open('gammu');
  try {
    await device.worker.next('up');
    const verdict = await submit(device.worker, { text: `~${'ă'.repeat(69)}`, encoding: 'ucs2' }); // it takes 70 units, the tilde doubled
    assert.deepEqual([verdict.name, verdict.class], ['failed', 'permanent']);
    assert.equal(await device.air(), undefined);
    assert.equal((await submit(device.worker, { text: `~${'ă'.repeat(68)}`, encoding: 'ucs2' })).name, 'sent');
    assert.equal((await submit(device.worker, { text: 'a'.repeat(158) + '[' })).name, 'sent'); // 160 septets
    assert.equal((await device.air()).text, 'a'.repeat(158) + '[');
  } finally {
    await device.close();
  }
});

describe('auto', () => {
  let network;
  let worker;
  before(async () => {
    network = await VirtualNetwork.start([`m1,number=${number},line=pty:DIR/m1`]);
  });
  after(async () => {
    await worker.kill();
    await network.stop();
  });

  test('at is first, and gammu has its turn where nothing answers', async () => {
    worker = new ModemWorker(`pty:${network.file('m1')}`, { args: ['--driver', 'auto'] });
    const first = await worker.next('up');
    assert.equal(worker.lines[0].driver, 'auto');
    assert.equal(first.driver, 'at');
    await worker.kill();
    await network.ask('modem', { name: 'm1', set: { mute: true } });
    worker = new ModemWorker(`pty:${network.file('m1')}`, { args: ['--driver', 'auto'] });
    await worker.next('down');
    await network.ask('modem', { name: 'm1', set: { mute: false } });
    const second = await worker.next('up');
    assert.equal(second.driver, 'gammu');
    assert.equal(second.imei, first.imei);
    await network.send(citizen, number, 'PA Duong hong');
    const sms = await worker.next('sms');
    assert.equal(sms.text, 'PA Duong hong');
    worker.stored(sms);
    assert.ok((await network.ask('idle', { empty: true, wait: 20_000 })).idle);
  });
});

test('phanhoictl modems shows the driver that speaks with a modem of "auto"', async (t) => {
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number, driver: 'auto' }] });
  await lab.start();
  assert.equal((await lab.core.result('modems'))[0].driver, 'at');
  assert.match(lab.ctl('modems').stdout, /^NAME .* DRIVER .*\nm1 .* at +virtual/m);
});

describe('a device that libGammu opens by itself', () => {
  test('only its driver takes such a line; auto chooses it', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'phanhoi-dummy-'));
    const line = `gammu:none:${folder}:dummy`;
    const worker = new ModemWorker(line, { args: ['--driver', 'auto'] });
    assert.equal((await worker.next('up')).driver, 'gammu');
    await worker.stop();
    const wrong = new ModemWorker(line);
    assert.equal((await wrong.ended).status, 2);
    assert.match(wrong.log, /--driver gammu/);
    rmSync(folder, { recursive: true });
  });

  test('USSD: what would end the command it is written into is not dialled; one request after another', async () => {
    const device = await DummyDevice.open();
    const { worker } = device;
    try {
      assert.equal((await worker.next('up')).ussd, true);
      const ask = async (id, action, text) => {
        worker.say({ name: 'ussd', id, action, text });
        return worker.next('ussd_reply');
      };
      for (const [i, text] of ['*101#",15\r\nAT+CFUN=0', '*101#"', 'ký tự', '*'.repeat(183), '\u0001'].entries()) {
        const reply = await ask(i + 1, 'start', text);
        assert.deepEqual([reply.id, reply.outcome, reply.reason], [i + 1, 'refused', "libGammu can't dial this text"]);
      }
      assert.equal((await ask(11, 'answer', '1')).outcome, 'ended'); // nothing was asked
      assert.equal((await ask(12, 'start', '*101#')).text, 'Reply for *101#');
      assert.equal((await ask(13, 'cancel')).outcome, 'ended');
      assert.equal((await ask(14, 'start', '*102#')).text, 'Reply for *102#');
    } finally {
      await device.close();
    }
  });

  test('USSD through its own AT: replies come later, menus are answered, silence ends', async () => {
    const device = await VirtualModem.open('gammu', (pty) => `gammu:dku2at:${pty}:at`, ['--pace', '20']);
    const { network, worker } = device;
    try {
      await network.ask('modem', { name: 'm1', set: { ussd_delay: 1200 } });
      await network.ask('ussd', { code: '*101#', text: 'TKG: 4.500d' });
      await network.ask('ussd', { code: '*1#', text: 'Menu 1. So du', status: 1 });
      await network.ask('ussd', { code: '*1#>1', text: 'con 5.000d' });
      await network.ask('ussd', { code: '*0#', text: 'x', silent: true });
      await worker.next('up');
      const rows = [
        ['start', '*101#', 'done', 'TKG: 4.500d'],
        ['start', '*1#', 'asks', 'Menu 1. So du'],
        ['answer', '1', 'done', 'con 5.000d'],
        ['answer', '1', 'ended', 'the network has ended the dialogue'],
        ['start', '*999#', 'refused', "the network doesn't know the code"],
        ['start', '*0#', 'timeout', "the network doesn't answer"],
        ['start', '*101#', 'done', 'TKG: 4.500d'],
      ];
      for (const [i, [action, text, outcome, said]] of rows.entries()) {
        worker.say({ name: 'ussd', id: i + 1, action, text });
        const reply = await worker.next('ussd_reply');
        assert.deepEqual([reply.id, reply.outcome, reply.text ?? reply.reason], [i + 1, outcome, said]);
      }
    } finally {
      await device.close();
    }
  });

  test('what no PDU can say is kept with its sender and its text; an absurd time costs nothing', async () => {
    const device = await DummyDevice.open(['--pace', '20']);
    const { worker } = device;
    const receive = async (...message) => {
      await device.deliver(...message);
      const sms = await worker.next('sms');
      worker.stored(sms);
      return sms;
    };
    try {
      await worker.next('up');
      const long = 'Đường hỏng '.repeat(8); // 88 units: no phone sends so many at once
      const kept = await receive(long);
      assert.equal(kept.kind, 'broken');
      const octets = Buffer.from(kept.pdu, 'hex').toString();
      assert.ok(octets.includes(citizen) && octets.includes('Đường hỏng'), octets);
      assert.notEqual((await receive(long, '+84987000002')).pdu, kept.pdu, 'two senders are two messages');
      for (const DateTime of ['20261123T080000+99', '00000000T000000', '20261340T256199']) {
        const sms = await receive('PA Duong hong', citizen, { DateTime });
        assert.deepEqual([sms.kind, sms.from, sms.text], ['text', citizen, 'PA Duong hong'], DateTime);
      }
    } finally {
      await device.close();
    }
  });

  test('one that is not there', async () => {
    const worker = new ModemWorker('gammu:none:/nonexistent/phone:dummy', { args: ['--driver', 'gammu'] });
    assert.match((await worker.next('down')).reason, /nonexistent/);
    assert.equal((await worker.ended).status, 3);
  });
});
