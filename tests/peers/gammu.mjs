// gammu, which knows nothing of us, drives a virtual modem: what it reads is what handsets wrote, what it sends is what they get.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { run, VirtualNetwork } from '../lib/virtual_network.mjs';

const number = '+84912000001';
const citizen = '+84912345678';
const accented = 'Đường vào thôn 3 bị sụt lún, đề nghị xã kiểm tra. Cảm ơn! '.repeat(3).trim();
let network;

before(async () => {
  network = await VirtualNetwork.start([`m1,number=${number},line=pty:DIR/m1`]);
  await writeFile(network.file('gammurc'), `[gammu]\ndevice = ${network.file('m1')}\nconnection = dku2at\nmodel = at\n`);
});
after(() => network.stop());

const gammu = (...args) => run('gammu', ['-c', network.file('gammurc'), ...args], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });

/** The texts that a listing shows, in order. */
const texts = (listing) => [...listing.matchAll(/Status\s+: UnRead\n(?:User Data Header.*\n)?\n(.*)\n/g)].map((m) => m[1]);

test('--identify reads model and identity', async () => {
  const { status, output } = await gammu('--identify');
  assert.equal(status, 0, output);
  assert.match(output, /Manufacturer\s+: phanhoi/);
  assert.match(output, /IMEI\s+: \d{15}/);
  assert.match(output, /SIM IMSI\s+: 45204\d{10}/);
});

test('networkinfo and getsmsc', async () => {
  const info = await gammu('networkinfo');
  assert.match(info.output, /Network state\s+: home network/);
  const centre = await gammu('getsmsc');
  assert.match(centre.output, /Number\s+: "\+84900000001"/);
});

test('getallsms shows what handsets wrote', async () => {
  await network.send(citizen, number, 'PA Duong hong [thon 3] 5€');
  const long = await network.send(citizen, number, accented);
  await network.send('Viettel', number, 'quang cao '.repeat(20));
  const { status, output } = await gammu('getallsms');
  assert.equal(status, 0, output);
  const all = texts(output);
  assert.equal(all[0], 'PA Duong hong [thon 3] 5€');
  assert.equal(all.slice(1, 1 + long.parts).join(''), accented);
  assert.equal(all.slice(1 + long.parts).join(''), 'quang cao '.repeat(20));
  assert.match(output, new RegExp(`part ${long.parts} of ${long.parts}`));
  assert.match(output, /Remote number\s+: "Viettel"/);
});

test('deleteallsms empties the SIM', async () => {
  const { status, output } = await gammu('deleteallsms', '1');
  assert.equal(status, 0, output);
  const { messages, modems } = await network.ask('stats');
  assert.equal(modems[0].slots.SM.used, 0);
  assert.equal(messages.deleted, messages.handed_over);
  assert.ok(messages.deleted >= 5);
});

test('sendsms TEXT: short, long, accented', async () => {
  const long = 'Ho so cua ong ba dang duoc xu ly. '.repeat(8).trim();
  const cases = [
    ['Phan anh so 482109304 [da nhan] {€}', []],
    [long, ['-autolen', '400']],
    ['Phản ánh của ông bà đã được tiếp nhận 🙏', ['-unicode']],
  ];
  for (const [text, options] of cases) {
    const { status, output } = await gammu('sendsms', 'TEXT', citizen, ...options, '-text', text);
    assert.equal(status, 0, output);
    assert.match(output, /OK, message reference=\d+/);
  }
  const inbox = await network.inbox(citizen, cases.length);
  assert.deepEqual(
    inbox.map((m) => m.text),
    cases.map(([text]) => text),
  );
  assert.deepEqual(
    inbox.map((m) => [m.from, m.encoding, m.parts]),
    [
      [number, 'gsm7', 1],
      [number, 'gsm7', 2],
      [number, 'ucs2', 1],
    ],
  );
  const { parts } = await network.ask('air');
  assert.deepEqual(
    parts.map((p) => p.mr),
    [0, 1, 2, 3],
  );
});

test('an error of the network reaches the user', async () => {
  await network.ask('modem', { name: 'm1', set: { fail_next: { stage: 'pdu', code: 38 } } });
  const { status, output } = await gammu('sendsms', 'TEXT', citizen, '-text', 'khong di duoc');
  assert.notEqual(status, 0);
  assert.match(output, /38/);
  assert.equal((await network.ask('air')).parts.length, 4);
});
