// What citizens text and what comes back, through every real part: phone, radio, modem, worker, core, database and back.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { dueDate, Lab, ROOT, validCode, vietnamDay } from '../lib/harness.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) \((\d\d:\d\d) (\d\d\/\d\d\/\d{4})\)\. Tra loi tiep nhan cham nhat (\d\d\/\d\d\/\d{4})\. Tra cuu: soan TC \1 gui 1022$/;

// An acknowledgement with a good code and the right date; the code.
const acknowledged = (message) => {
  const match = message.text.match(ACK);
  assert.ok(match, message.text);
  const [, code, , day, due] = match;
  assert.ok(validCode(code), code);
  const received = Date.parse(`${day.split('/').reverse().join('-')}T05:00:00Z`);
  assert.ok(Math.abs(received - Date.now()) < 36 * 3600000, `received on ${day}, today is ${vietnamDay(Date.now())}`);
  assert.equal(due, dueDate(received, 2));
  assert.equal(message.parts, 1);
  return code;
};
const bigLong = (n) => `PA Đường vào thôn ${n} bị sụt lún nghiêm trọng, xe không qua được, đề nghị cơ quan chức năng kiểm tra và sửa chữa sớm cho dân đi lại an toàn`;
const stored = async (lab, code) => (await lab.core.result('case.show', { code, reveal: true })).text;

test('submit, track by code and without, help, with its province, another person’s code, a mistyped code', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const [a, b] = [lab.citizen('+84912345678'), lab.citizen('+84987654321')];
  await a.send('PA Duong vao thon 3 bi sut lun');
  const code = acknowledged(await a.next());
  assert.match((await a.next()).text, new RegExp(`^De tiep nhan PAKN ${code} can ho ten`));
  await a.send(`TC ${code}`);
  const track = (await a.next()).text;
  assert.match(track, new RegExp(`^PAKN ${code}: `));
  await a.send('tc');
  assert.ok((await a.next()).text.includes(code));
  await b.send(`TC ${code}`);
  const foreign = (await b.next()).text;
  assert.match(foreign, new RegExp(`^Khong tim thay ma so ${code} gan voi so dien thoai nay`));
  await a.send(`TC 38-${code}`);
  assert.equal((await a.next()).text, track);
  await a.send(`TC 37 ${code}`); // another province's
  assert.match((await a.next()).text, new RegExp(`^Khong tim thay ma so 37-${code} gan voi so dien thoai nay`));
  await a.send(`TC ${code.slice(0, 8)}${(Number(code[8]) + 1) % 10}`); // one wrong digit is always found
  assert.match((await a.next()).text, /^Ma so \d{9} bi go sai so/);
  await b.send('HD');
  assert.match((await b.next()).text, /^PA <noi dung>: gui phan anh/);
  assert.equal((await lab.core.result('case.list')).length, 1);
});

test('a first text without a keyword is asked about and becomes a case when confirmed', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  await citizen.send('Duong vao thon 3 bi sut lun');
  assert.match((await citizen.next()).text, /^Ban muon gui phan anh: "Duong vao thon 3 bi sut lun"/);
  const states = async () => (await lab.core.result('case.list')).map((c) => c.state);
  assert.deepEqual(await states(), ['DRAFT']);
  await citizen.send('ok');
  const code = acknowledged(await citizen.next());
  assert.deepEqual(await states(), ['RECEIVED']);
  assert.equal(await stored(lab, code), 'Duong vao thon 3 bi sut lun');
});

test('parts of two senders, interleaved, with one reference, out of order and twice', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const [a, b] = [lab.citizen('+84912345678'), lab.citizen('+84987654321')];
  const send = (citizen, n, parts) => citizen.send(bigLong(n), { ref: 77, parts });
  await send(a, 1, [2]);
  await send(b, 2, [1, 1]);
  await send(a, 1, [3, 2]);
  await send(b, 2, [3, 2]);
  await send(a, 1, [1]);
  const codes = [acknowledged(await a.next()), acknowledged(await b.next())];
  assert.equal(await stored(lab, codes[0]), bigLong(1).slice(3));
  assert.equal(await stored(lab, codes[1]), bigLong(2).slice(3));
  assert.equal((await lab.core.result('case.list')).length, 2);
});

test('a part that never comes: the text so far is taken; it comes late: it is added', async (t) => {
  const lab = await Lab.open(t, { settings: { messages: { reassembly_wait: 1 } } });
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  await citizen.send(bigLong(3), { ref: 9, parts: [1, 3] });
  const code = acknowledged(await citizen.next());
  let shown = await lab.core.result('case.show', { code });
  assert.ok(shown.flags.includes('incomplete'));
  await citizen.send(bigLong(3), { ref: 9, parts: [2] });
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
  assert.equal(await stored(lab, code), bigLong(3).slice(3));
  shown = await lab.core.result('case.show', { code });
  assert.ok(!shown.flags.includes('incomplete'));
  assert.equal((await lab.core.result('case.list')).length, 1);
});

test('the same text twice, minutes or seconds apart, is two messages; the same SMS handed over again is one', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  await citizen.send('HD');
  await citizen.next();
  await citizen.send('HD');
  await citizen.next();
  await citizen.send('HD', { time: '2026-01-05T08:00:00+07:00' });
  await citizen.next();
  await citizen.send('HD', { time: '2026-01-05T08:00:00+07:00' }); // to the last octet the same
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
  assert.equal((await lab.core.result('message.list')).length, 3);
  assert.match(await lab.core.result('metrics'), /phanhoi_sms_duplicate_total 1/);
});

test('what is no text for us is taken from the SIM, kept, and answered by nothing', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  const ask = (more) => lab.network.ask({ op: 'send', from: citizen.number, to: lab.modems[0].number, ...more });
  await ask({ data: '01060403AE81EA8DCA02', port: 2948, source_port: 9200 }); // WAP push
  await ask({ data: 'DEADBEEF' });
  await ask({ text: 'voicemail', dcs: 0xc8 }); // message waiting, discard
  await ask({ pdu: '00' }); // a DELIVER that ends at once
  await ask({ pdu: '040B914819325476F8000062112260350082' + 'FF' }); // user data that isn't there
  await lab.network.ask({ op: 'send', from: 'Viettel', to: lab.modems[0].number, text: 'Quy khach duoc tang 50% gia tri the nap' });
  await lab.network.ask({ op: 'idle', empty: true, wait: 30000 });
  await citizen.send('HD'); // and what follows is served
  await citizen.next();
  assert.deepEqual((await citizen.inbox()).length, 1);
  assert.equal((await lab.core.result('case.list')).length, 0);
  assert.equal((await lab.core.result('status')).counts.held, 0);
});

test('strange texts: NUL, lone surrogates, emoji, an empty one, concatenation that cannot be', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  const ucs2 = (octets) => `040B914819325476F8000862112260350082${(octets.length / 2).toString(16).padStart(2, '0')}${octets}`.toUpperCase();
  const pdu = (octets) => lab.network.ask({ op: 'send', from: citizen.number, to: lab.modems[0].number, pdu: ucs2(octets) });
  const utf16 = (text) => Buffer.from(text, 'utf16le').swap16().toString('hex');
  await pdu(utf16('PA Cho thon 3\0 bi mat dien'));
  acknowledged(await citizen.next());
  await citizen.next(); // the question for the name
  await pdu(`${utf16('PA Cau qua song ')}d83d${utf16(' sap gay roi')}`); // half an emoji
  const half = acknowledged(await citizen.next());
  assert.match(await stored(lab, half), /^Cau qua song .* sap gay roi$/);
  await citizen.send('PA Cột điện 😀 đổ ra đường');
  let message = await citizen.next();
  while (!ACK.test(message.text)) message = await citizen.next();
  assert.equal(await stored(lab, acknowledged(message)), 'Cột điện 😀 đổ ra đường');
  // part 0 of 255, part 3 of 2: no concatenation at all (23.040 §9.2.3.24.1)
  for (const udh of ['050003110002', '05000311FF00', '050003110203']) {
    const user = `${udh}${utf16(`PA Nha ${udh} bi ngap nuoc sau`)}`;
    await lab.network.ask({ op: 'send', from: citizen.number, to: lab.modems[0].number, pdu: `440B914819325476F8000862112260350082${(user.length / 2).toString(16).padStart(2, '0')}${user}`.toUpperCase() });
    message = await citizen.next();
    while (!ACK.test(message.text)) message = await citizen.next();
    assert.equal(await stored(lab, acknowledged(message)), `Nha ${udh} bi ngap nuoc sau`);
  }
  await citizen.send('');
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
});

test('a phone that is off gets its answer when it is on, and the report is believed', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  await lab.network.ask({ op: 'handset', number: citizen.number, on: false });
  await citizen.send('HD');
  await lab.network.ask({ op: 'air', wait: 20000 });
  const state = async () => (await lab.core.result('message.list', { out: true }))[0]?.parts[0].state;
  while ((await state()) !== 'submitted');
  await lab.network.ask({ op: 'handset', number: citizen.number, on: true });
  assert.match((await citizen.next()).text, /^PA <noi dung>/);
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
  assert.equal(await state(), 'delivered');
  assert.equal((await lab.network.ask({ op: 'air' })).parts.length, 1);
});

test('the answer comes from the modem that was texted; another takes over when that one is gone', async (t) => {
  const lab = await Lab.open(t, { modems: 2, settings: { messages: { reply_link_wait: 1, retry_base: 0.5 } } });
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  for (const modem of lab.modems) {
    await citizen.send('HD', { to: modem.number });
    assert.equal((await citizen.next()).from, modem.number);
  }
  // m1 hears, and is gone before it can answer.
  await lab.network.ask({ op: 'modem', name: 'm1', set: { fail_next: { stage: 'prompt', code: 500, count: 1 } } });
  const from = lab.core.running.lines.length;
  await citizen.send('HD', { to: lab.modems[0].number });
  await lab.core.running.line(/phanhoi-modem\[m1\]: modem\.submit .*outcome=failed/, { from });
  await lab.network.ask({ op: 'modem', name: 'm1', set: { plugged: false } });
  assert.equal((await citizen.next(60000)).from, lab.modems[1].number);
});

test('a burst of forty citizens on two modems: each gets one case and one acknowledgement', async (t) => {
  const lab = await Lab.open(t, { modems: 2 });
  await lab.start();
  const citizens = Array.from({ length: 40 }, (_, i) => lab.citizen(`+8491${String(1000000 + i)}`));
  await Promise.all(citizens.map((c, i) => c.send(`PA Ngo so ${i} bi ngap nuoc da ba ngay`, { to: lab.modems[i % 2].number })));
  const codes = new Set();
  for (const citizen of citizens) codes.add(acknowledged(await citizen.next(60000)));
  assert.equal(codes.size, 40);
  assert.equal((await lab.core.result('status')).counts.cases, 40);
});

// ---- dialogues ----

// The first text that begins like that; what comes before it is let pass: a notice may come between a question and its answer.
const until = async (citizen, pattern) => {
  for (;;) {
    const { text } = await citizen.next();
    if (pattern.test(text)) return text;
  }
};
// Whether a text names the n-th working day after it was asked for: midnight may have passed meanwhile.
const says = (text, asked, n) => [asked, Date.now()].some((at) => text.includes(dueDate(at, n)));
const opened = async (citizen, text) => {
  await citizen.send(text);
  for (;;) {
    const message = await citizen.next();
    if (ACK.test(message.text)) return acknowledged(message);
  }
};
const stateOf = async (lab, code) => (await lab.core.result('case.show', { code })).state;

test('a supplement, a call, confidentiality, the name, a tax code: each by its word', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  const code = await opened(citizen, 'PA Duong vao thon 3 bi sut lun');
  await citizen.send('TEN Le Thi Hoa');
  await until(citizen, /^Da luu ho ten cua ban/);
  await citizen.send(`BS ${code} truoc nha van hoa`);
  await until(citizen, new RegExp(`^PAKN ${code}: da nhan bo sung luc `));
  const asked = Date.now();
  await citizen.send(`GOI ${code}`);
  assert.ok(says(await until(citizen, /^Da ghi nhan yeu cau goi lai/), asked, 1));
  await citizen.send(`KIN ${code}`);
  await until(citizen, new RegExp(`^PAKN ${code}: noi dung duoc giu kin`));
  await citizen.send(`MST ${code} 0100109107`);
  await until(citizen, /^Ma so thue chua dung/);
  await citizen.send(`MST ${code} 0100109106`);
  await until(citizen, new RegExp(`^PAKN ${code}: da nhan ma so thue`));
  await citizen.send(`DG ${code} 5`);
  await until(citizen, new RegExp(`^PAKN ${code} chua co ket qua`));
  await citizen.send(`PD ${code} chua sua xong`);
  await until(citizen, new RegExp(`^PAKN ${code} chua co ket qua`));
  assert.equal((await lab.core.result('case.list')).length, 1);
});

test('withdrawing takes two steps, and the phone that sent it; the question survives a restart', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const [a, b] = [lab.citizen('+84912345678'), lab.citizen('+84987654321')];
  const code = await opened(a, 'PA Duong vao thon 3 bi sut lun');
  await a.send(`RUT ${code}`);
  await until(a, new RegExp(`^Ban muon rut phan anh ${code}\\? Soan DY ${code} gui 1022 trong 24 gio`));
  await b.send(`DY ${code}`);
  await until(b, new RegExp(`^Khong tim thay ma so ${code} `));
  assert.equal(await stateOf(lab, code), 'RECEIVED');
  await lab.stopCore();
  await lab.startCore();
  await lab.modemsUp();
  await a.send('dong y');
  await until(a, new RegExp(`^PAKN ${code}: da rut theo yeu cau luc `));
  assert.equal(await stateOf(lab, code), 'NOTED_CLOSED');
  await a.send(`BS ${code} them nua`);
  await until(a, new RegExp(`^PAKN ${code} da ket thuc`));
});

test('on behalf: four questions, the content, the consent of the represented person', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const [sender, represented] = [lab.citizen('+84912345678'), lab.citizen('+84987654321')];
  const steps = [['HO', 1], ['Le Thi B', 2], ['thon 3 xa X', 3], ['0987654321', 4], ['me toi gia yeu', 5]];
  for (const [text, question] of steps) {
    await sender.send(text);
    await until(sender, new RegExp(`^Gui ho, cau ${question}/5: `));
  }
  const code = await opened(sender, 'Duong vao thon 3 bi sut lun');
  await until(sender, new RegExp(`^PAKN ${code}: da ghi thong tin nguoi duoc gui ho`));
  assert.equal(await stored(lab, code), 'Duong vao thon 3 bi sut lun');
  await represented.send(`TC ${code}`);
  await until(represented, new RegExp(`^Khong tim thay ma so ${code} `));
  await represented.send(`DY ${code}`);
  await until(represented, new RegExp(`^PAKN ${code}: da ghi nhan ban dong y`));
  await represented.send(`TC ${code}`);
  await until(represented, new RegExp(`^PAKN ${code}: da nhan tai `));
});

// With officers, on a Monday morning: what they decide is told at once.
const withOfficers = async (t) => {
  const lab = await Lab.open(t, {
    settings: { clock: { start: '2026-11-23T09:00:00+07:00' }, directory: { file: path.join(ROOT, 'tests/fixtures/directory.conf') } },
  });
  await lab.start();
  return lab;
};
const desk = (lab, officer, ...words) => {
  const done = lab.ctl('case', ...words, '--as', officer);
  assert.equal(done.status, 0, done.stderr);
};
const opens = async (citizen, text) => {
  await citizen.send(text);
  return (await until(citizen, /da nhan phan anh, ma so/)).match(/ma so (\d{9})/)[1];
};

test('an officer asks for more: just words are asked about, and attached by a yes', async (t) => {
  const lab = await withOfficers(t);
  const citizen = lab.citizen('+84912345678');
  const code = await opens(citizen, 'PA Duong vao thon 3 bi sut lun');
  desk(lab, 'tt.hoa', 'need-info', code, 'doan nao');
  await until(citizen, new RegExp(`^PAKN ${code} chua ro: doan nao\\. `));
  await citizen.send('Truoc nha van hoa');
  await until(citizen, new RegExp(`^Bo sung cho PAKN ${code}: "Truoc nha van hoa"\\.\\.\\.\\? Soan OK`));
  assert.equal(await stateOf(lab, code), 'NEED_INFO');
  await citizen.send('vang');
  await until(citizen, new RegExp(`^PAKN ${code}: da nhan bo sung luc `));
  assert.equal(await stateOf(lab, code), 'RECEIVED');
  assert.equal((await lab.core.result('case.list')).length, 1);
});

test('a result: a digit rates it, a low one is asked about, PD once, and its second message', async (t) => {
  const lab = await withOfficers(t);
  const [a, b] = [lab.citizen('+84912345678'), lab.citizen('+84987654321')];
  const code = await opens(a, 'PA Duong vao thon 3 bi sut lun');
  desk(lab, 'tt.hoa', 'answer', code, 'Da sua xong');
  desk(lab, 'tt.hoa', 'publish', code);
  await until(a, /^Khong dong y, soan: PD/);
  await a.send('2');
  await until(a, new RegExp(`^Da ghi danh gia 2/5 cho PAKN ${code}\\. Vi sao`));
  await a.send('Duong van lun, chi do it da len tren');
  await until(a, new RegExp(`^Cam on ban, da ghi y kien vao PAKN ${code}`));
  await b.send(`PD ${code} toi cung thay the`);
  await until(b, new RegExp(`^Khong tim thay ma so ${code} `));
  await a.send('Khong dong y voi ket qua, duong van lun');
  await until(a, new RegExp(`^PAKN ${code}: da nhan phuc dap`));
  assert.equal(await stateOf(lab, code), 'REJOINDER');
  await a.send(`PD ${code} va con mot doan nua`);
  await until(a, new RegExp(`^PAKN ${code}: da nhan bo sung luc `));
  assert.equal((await lab.core.result('case.list')).length, 1);
});

test('the same complaint again is the same case; about another hamlet it is another', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  const code = await opened(citizen, 'PA Duong vao thon 3 bi sut lun');
  await citizen.send('PA Đường vào thôn 3 bị sụt lún');
  await until(citizen, new RegExp(`^Noi dung trung voi phan anh ${code} `));
  const other = await opened(citizen, 'PA Duong vao thon 5 bi sut lun');
  assert.notEqual(other, code);
  assert.equal((await lab.core.result('case.list')).length, 2);
});

test('wishes: no texts, texts again, accents, data about oneself, HUY', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  const dialogue = [
    ['TUCHOI', /^Da ngung gui tin chu dong den so nay/],
    ['NHAN', /^Da bat lai tin chu dong cho so nay/],
    ['CD', /^Từ nay bạn nhận tin có dấu/],
    ['KD', /^Tu nay ban nhan tin khong dau/],
    ['HUY', /^Muon rut phan anh: soan RUT/],
  ];
  for (const [text, answer] of dialogue) {
    await citizen.send(text);
    assert.match((await citizen.next()).text, answer);
  }
  const asked = Date.now();
  await citizen.send('DULIEU');
  assert.ok(says((await citizen.next()).text, asked, 2));
  assert.equal((await lab.core.result('data-request.list')).length, 1);
});

test('who writes too much is told once until when, and not answered; others are', async (t) => {
  const lab = await Lab.open(t, { settings: { abuse: { messages_per_hour: 3 } } });
  await lab.start();
  const [a, b] = [lab.citizen('+84912345678'), lab.citizen('+84987654321')];
  for (let i = 0; i < 3; i++) {
    await a.send('HD');
    assert.match((await a.next()).text, /^PA <noi dung>/);
  }
  await a.send('HD');
  assert.match((await a.next()).text, /^Ban da gui qua nhieu tin trong 1 gio\. Vui long gui lai sau \d\d:\d\d \d\d\/\d\d\/\d{4}\. Khan cap: goi 113, 114, 115\./);
  await a.send('PA Duong vao thon 3 bi sut lun');
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
  await b.send('HD');
  await b.next();
  assert.equal((await a.inbox()).length, 4);
  const kept = (await lab.core.result('message.list', { reveal: true })).filter((m) => m.verb === 'KEPT');
  assert.deepEqual(kept.map((m) => m.text), ['PA Duong vao thon 3 bi sut lun', 'HD']);
});

test('a blocked sender gets the emergency numbers once, and is served again when the block is lifted', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  const until = new Date(Date.now() + 3 * 86400000).toISOString().slice(0, 10);
  await lab.core.result('sender.block', { phone: citizen.number, reason: 'chui boi', until, as: 'ct.an' });
  await citizen.send('PA Duong vao thon 3 bi sut lun');
  assert.match((await citizen.next()).text, /^So nay dang bi khoa gui phan anh den het .* 113 \(cong an\)/);
  await citizen.send('HD');
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
  await lab.core.result('sender.unblock', { phone: citizen.number, as: 'ct.an' });
  await citizen.send('HD');
  assert.match((await citizen.next()).text, /^PA <noi dung>/);
  assert.equal((await citizen.inbox()).length, 2);
  assert.equal((await lab.core.result('case.list')).length, 0);
});
