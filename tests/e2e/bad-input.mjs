// What no well-behaved phone, modem or operator would do, through every real part: half PDUs, PDUs of other kinds, headers that contradict themselves,
// texts that are none, noise on the line, files that aren't what they should be. Nobody is disturbed, nothing is lost, nothing stays on a SIM.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Lab, ROOT, within } from '../lib/harness.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;
const GOOD = '+84912345678';
const TO = '+84912000001';

// ---- PDUs, octet by octet (3GPP TS 23.040 §9.2.2.1) ----

const octet = (n) => n.toString(16).padStart(2, '0').toUpperCase();
const semi = (digits) => (digits.length % 2 ? `${digits}F` : digits).replace(/(.)(.)/g, '$2$1');
const international = (number) => octet(number.length - 1) + '91' + semi(number.slice(1));
const ucs2 = (text) => [...Array(text.length).keys()].map((i) => text.charCodeAt(i).toString(16).padStart(4, '0')).join('').toUpperCase();
let clock = 0;
const scts = () => semi(`2611210905${String(clock++ % 60).padStart(2, '0')}`) + '82';
const deliver = ({ from = international(GOOD), udh = '', dcs = '08', ud }) => {
  const header = udh ? octet(udh.length / 2) + udh : '';
  return (udh ? '44' : '04') + from + '00' + dcs + scts() + octet((header.length + ud.length) / 2) + header + ud;
};
const concat = (reference, total, sequence) => `0003${octet(reference)}${octet(total)}${octet(sequence)}`;

const send = (lab, pdu) => lab.network.ask({ op: 'send', from: GOOD, to: TO, pdu });
// Of messages only: a delivery report can come at any moment as long as answers are on their way.
const states = async (lab) => new Set((await lab.network.ask({ op: 'arrivals' })).arrivals.filter((a) => a.kind === 'message').map((a) => a.state));
// Everything was taken, nothing waits for a person, and neither the core nor its worker stumbled.
async function unharmed(lab) {
  await lab.network.ask({ op: 'idle', empty: true, wait: 60000 });
  assert.deepEqual([...(await states(lab))], ['deleted']);
  const { counts, state } = await lab.core.result('status');
  assert.equal(state, 'serving');
  assert.deepEqual([counts.raw, counts.held], [0, 0]);
  const [modem] = await lab.core.result('modems');
  assert.deepEqual([modem.up, modem.worker.starts, modem.worker.bad_lines], [true, 1, 0]);
}
async function acknowledged(citizen) {
  for (;;) {
    const match = (await citizen.next()).text.match(ACK);
    if (match) return match[1];
  }
}
const caseText = async (lab, code) => (await lab.core.result('case.show', { code, reveal: true })).text;

// ---- messages ----

test('PDUs of every kind and halves of them', async (t) => {
  const lab = await Lab.open(t, { settings: { messages: { reassembly_wait: 1 } } });
  await lab.start();
  const lines = readFileSync(path.join(ROOT, 'tests/fixtures/pdus.txt'), 'utf8').split('\n').filter((line) => /^([0-9A-F]{2}){2,}$/.test(line));
  const whole = lines.map((pdu) => pdu.slice(2 + 2 * parseInt(pdu.slice(0, 2), 16))).filter((pdu) => pdu.length >= 2 && pdu.length <= 2 * 175);
  assert.ok(whole.length > 100);
  const longest = whole.reduce((a, b) => (b.length > a.length ? b : a));
  const halves = [whole[0], longest].flatMap((pdu) => Array.from({ length: pdu.length / 2 - 1 }, (_, i) => pdu.slice(0, 2 * (i + 1))));
  for (const pdu of [...whole, ...halves]) await send(lab, pdu);
  const citizen = lab.citizen('+84987654321');
  await citizen.send('PA Duong vao thon 3 bi sut lun');
  const code = await acknowledged(citizen);
  assert.equal(await caseText(lab, code), 'Duong vao thon 3 bi sut lun');
  await unharmed(lab);
  assert.equal((await citizen.inbox()).filter((m) => ACK.test(m.text)).length, 1);
});

test('a part that cannot be: it is a message of its own', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen(GOOD);
  for (const [total, sequence] of [[3, 0], [3, 4], [0, 0], [0, 1]]) {
    const text = `Duong vao thon ${total}${sequence} bi sut lun`;
    await send(lab, deliver({ udh: concat(7, total, sequence), ud: ucs2(`PA ${text}`) }));
    assert.equal(await caseText(lab, await acknowledged(citizen)), text);
  }
  await unharmed(lab);
});

test('the last of 255 parts, alone', async (t) => {
  const lab = await Lab.open(t, { settings: { messages: { reassembly_wait: 2 } } });
  await lab.start();
  const citizen = lab.citizen(GOOD);
  await send(lab, deliver({ udh: concat(9, 255, 255), ud: ucs2('PA Duong vao thon 3 bi sut lun') }));
  const alone = (await citizen.next()).text; // no keyword in front of it any more: it's asked about
  assert.match(alone, /\(thieu phan 1-254\/255\) PA Duong/);
  await unharmed(lab);
});

test('all of 255 parts', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen(GOOD);
  const texts = Array.from({ length: 255 }, (_, i) => (i === 0 ? 'PA ' : '') + `phần thứ ${i + 1} `);
  for (const [i, text] of texts.entries()) await send(lab, deliver({ udh: concat(8, 255, i + 1), ud: ucs2(text) }));
  assert.equal(await caseText(lab, await acknowledged(citizen)), texts.join('').slice(3));
  await unharmed(lab);
});

test('texts with NUL, halves of surrogate pairs, noncharacters; an odd number of octets', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen(GOOD);
  const ends = ['0000', 'D83D', 'DE00', 'FFFF', 'FFFE', '202E', '0000D8000000', '41'];
  for (const [i, end] of ends.entries()) {
    await send(lab, deliver({ ud: ucs2(`PA Duong vao thon ${i} bi sut lun`) + end + ucs2(' that') }));
    const text = await caseText(lab, await acknowledged(citizen));
    assert.ok(text.startsWith(`Duong vao thon ${i} bi sut lun`), text);
    assert.doesNotMatch(text, /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
  }
  await unharmed(lab);
});

test('senders that are no phone are never answered', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const senders = [
    '0DD0' + 'D6B79B0C3AD7', // alphanumeric, cut
    '14D0' + 'F3F28B0E2287D9A0B41C', // alphanumeric, odd letters
    '0491' + 'BACE', // * # a b
    '0091', // nothing
    '0081',
    '0491' + '2143', // too short for a country
    '1491' + semi('12345678901234567890'), // longer than a number may be
    '0481' + semi('1022'), // our own short code
    international(TO), // our own number
  ];
  for (const from of senders) await send(lab, deliver({ from, ud: ucs2('PA Duong vao thon 3 bi sut lun') }));
  await unharmed(lab);
  const citizen = lab.citizen(GOOD);
  await citizen.send('PA Duong vao thon 3 bi sut lun');
  await acknowledged(citizen);
  await unharmed(lab);
  const others = (await lab.network.ask({ op: 'air' })).parts.filter((part) => part.to !== GOOD);
  assert.deepEqual(others, []);
});

// ---- the line ----

test('noise on the line disturbs no conversation', async (t) => {
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number: TO, options: 'noise=7' }] });
  await lab.start();
  const citizens = Array.from({ length: 8 }, (_, i) => lab.citizen(`+8498765432${i}`));
  const hostile = ['+CMTI: "SM",99999', '+CMTI:', '+CMTI: "XX",-1', '+CDSI: "SM",0', '+CMT: ,999', 'ZZZZZZZZ', '+CMGL: 1,1,,20', 'OK', 'ERROR', '> ', '+CMS ERROR: 500', 'A'.repeat(400), '\u00ff\u0001\u0007', '+CUSD: 9,"', '+CREG: 5'];
  const sent = citizens.map((c, i) => c.send(`PA Duong vao thon ${i} bi sut lun`));
  for (const say of hostile.slice(0, 7)) await lab.network.ask({ op: 'modem', name: 'm1', say });
  await Promise.all(sent);
  for (const citizen of citizens) await acknowledged(citizen);
  await lab.network.ask({ op: 'idle', empty: true, wait: 60000 });
  for (const say of hostile) await lab.network.ask({ op: 'modem', name: 'm1', say }); // while nothing else is going on
  await citizens[0].send('HD');
  let answer;
  do answer = (await citizens[0].next()).text;
  while (!answer.startsWith('PA <noi dung>'));
  await lab.network.ask({ op: 'idle', empty: true, wait: 60000 });
  for (const citizen of citizens) assert.equal((await citizen.inbox()).filter((m) => ACK.test(m.text)).length, 1);
  assert.equal((await lab.core.result('case.list')).length, citizens.length);
  assert.equal((await lab.core.result('status')).counts.held, 0);
});

// ---- files ----

test('a database and a key file that are something else', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  await lab.stopCore();
  const good = { database: readFileSync(lab.database), key: readFileSync(lab.file('seal.key')) };
  const cases = [
    ['a text file', lab.database, Buffer.from('this is no database\n'.repeat(1000)), /phanhoi\.db: .*not a database/],
    ['a cut database', lab.database, good.database.subarray(0, 6000), /phanhoi\.db: /],
    ['an overwritten page', lab.database, Buffer.concat([good.database.subarray(0, 100), Buffer.alloc(4000, 0x5a), good.database.subarray(4100)]), /phanhoi\.db: /],
    ['an empty key file', lab.file('seal.key'), Buffer.alloc(0), /seal\.key/],
    ['a key file of noise', lab.file('seal.key'), Buffer.from([0xff, 0, 1, 2, 3]), /seal\.key/],
  ];
  for (const [what, file, content, said] of cases) {
    writeFileSync(file, content);
    const core = lab.spawnCore();
    await within(core.exit, `${what}: an end`);
    assert.deepEqual([core.ended.code, core.ended.signal], [1, null], `${what}: ${core.tail()}`);
    assert.match(core.tail(), /app\.not_started/, what);
    assert.match(core.tail(), said, what);
    assert.equal(statSync(file).size, content.length, `${what}: it was changed`);
    assert.ok(readFileSync(file).equals(content), `${what}: it was changed`);
    writeFileSync(lab.database, good.database);
    writeFileSync(lab.file('seal.key'), good.key);
  }
  await lab.startCore(); // with everything back in its place
});
