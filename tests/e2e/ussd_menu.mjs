// The menus over USSD with whole programs, through the control socket in the place of an operator: a case from the first dial to its text, restarts and
// kills in the middle of a session and right behind its last input, training time, phanhoictl, and what no operator should send.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { JsonLines, Lab, PATIENCE_MS, program, validCode } from '../lib/harness.mjs';

const NUMBER = '+84912345678';
const PLACE = 'Hoang Quang, thon 3';
const WORDS = 'Duong vao thon 3 bi sut lun';

class Phone {
  constructor(lab, session, phone = NUMBER) {
    Object.assign(this, { lab, session, phone });
  }
  type(input) {
    return this.lab.core.result('ussd.menu', { phone: this.phone, session: this.session, operator: 'viettel', input });
  }
  async typeAll(...inputs) {
    let screen;
    for (const input of inputs) screen = await this.type(input);
    return screen;
  }
}

const upToTheLast = ['*1022#', '1', '3', PLACE, WORDS, 'Nguyen Van A'];
const casesOf = async (lab) => (await lab.core.result('case.list', { reveal: true, limit: 100 })).filter((c) => c.state !== 'DRAFT');

test('a case over USSD: the screens, its text, its source', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const phone = new Phone(lab, 'v-1');
  const screens = [];
  for (const input of [...upToTheLast, '1']) screens.push(await phone.type(input));
  assert.deepEqual(screens.map((s) => s.ends), [false, false, false, false, false, false, true]);
  assert.deepEqual(screens.map((s) => s.length), [117, 128, 78, 87, 29, 50, 103]);
  assert.ok(screens.every((s) => s.encoding === 'gsm7'));
  const [, code, date] = screens.at(-1).text.match(/^Da nhan\. Ma so (\d{9})\. Tra loi tiep nhan cham nhat (\S+)\./);
  assert.ok(validCode(code));
  const ack = await lab.citizen(NUMBER).next();
  assert.match(ack.text, new RegExp(`ma so ${code} .* cham nhat ${date}\\.`));
  const shown = await lab.core.result('case.show', { code, reveal: true });
  assert.equal(shown.source, 'ussd');
  assert.equal(shown.link, 'ussd:viettel');
  assert.equal(shown.text, `${WORDS}\nĐịa điểm: ${PLACE}`);
  assert.equal(shown.name, 'Nguyen Van A');
  assert.ok(shown.events.some((e) => e.type === 'case.submitted'));

  // Followed over USSD, told by SMS.
  const later = new Phone(lab, 'v-2');
  const list = await later.typeAll('*1022#', '2');
  assert.equal(list.text, `Phan anh cua ban:\n1 ${code} Da nhan\n2 Nhap ma khac\n0 Quay lai`);
  assert.match((await later.type('1')).text, new RegExp(`^${code} \\(`));
  assert.ok((await later.type('1')).ends);
  assert.match((await lab.citizen(NUMBER).inbox()).map((m) => m.text).join('\n'), /Tra cuu/);
  // Another phone in a session of that name sees nothing of it.
  const other = new Phone(lab, 'v-2', '+84987000001');
  assert.match((await other.typeAll('', '2')).text, /^Nhap ma so/);
  assert.match((await other.type(code)).text, /^Khong thay ma so do/);
  await lab.core.running.line(/ussd\.begins phone=84912\*\*\*678 link=ussd:viettel/);
  assert.ok(!lab.core.running.tail(1000).includes('sut lun'), 'words stand in the log');
});

test('a session goes on over a restart and over a kill', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  const phone = new Phone(lab, 'v-1');
  await phone.typeAll('*1022#', '1', '3', PLACE);
  await lab.stopCore();
  await lab.startCore();
  assert.match((await phone.type(WORDS)).text, /^Nhap ho ten/);
  await lab.core.running.kill('SIGKILL');
  await lab.startCore();
  assert.match((await new Phone(lab, 'v-2').type('*1022#')).text, /^Nhap ho ten/); // dialled anew
  assert.match((await new Phone(lab, 'v-2').typeAll('Nguyen Van A', '2')).text, /^Da nhan/);
  assert.equal((await casesOf(lab)).length, 1);
});

// Within the transaction nothing happened; behind the commit everything did, and the operator repeats the input because it heard nothing.
for (const point of ['ussd.answered', 'turn.before_commit', 'turn.after_commit', 'turn.before_answer'])
  test(`killed at ${point} of the last input: the case is there once`, async (t) => {
    const lab = await Lab.open(t);
    await lab.startCore();
    const phone = new Phone(lab, 'v-1');
    await phone.typeAll(...upToTheLast);
    await lab.stopCore();
    let filed;
    for (let nth = 1; !filed?.killed; nth++) { // a start has turns of its own
      assert.ok(nth < 20, 'the crash point was never met');
      const core = lab.spawnCore({ env: { PHANHOI_CRASH: `${point}:${nth}` } });
      if (!(await core.line(/ app\.ready /).catch(() => null))) continue;
      filed = await phone.type('1').then((screen) => ({ screen }), () => ({ killed: true }));
      if (filed.screen) assert.match(filed.screen.text, /^Da nhan/);
      if (filed.killed) assert.equal((await core.exit).signal, 'SIGKILL');
      else await lab.stopCore();
    }
    await lab.startCore();
    const screen = await phone.type('1');
    assert.match(screen.text, /^Da nhan\. Ma so \d{9}/);
    assert.ok(screen.ends);
    const cases = await casesOf(lab);
    assert.equal(cases.length, 1);
    assert.ok(screen.text.includes(cases[0].code));
  });

test('what was typed is wiped when its time is over; a training leaves people their time', async (t) => {
  const lab = await Lab.open(t, { settings: { clock: { rate: 4320, start: '2026-11-23T08:00:00+07:00' }, ussd: { idle: 30, resume: 600 } } });
  await lab.startCore();
  const phone = new Phone(lab, 'v-1');
  assert.match((await phone.typeAll('*1022#', '1', '3', PLACE)).text, /^Nhap noi dung/); // hours of its clock, each input in time
  const rows = () => spawnSync('sqlite3', ['-readonly', lab.database, 'SELECT count(*) FROM ussd_session'], { encoding: 'utf8' }).stdout.trim();
  assert.equal(rows(), '1');
  assert.equal(lab.ctl('clock', 'skip', '+60d').status, 0);
  assert.match((await phone.type(WORDS)).text, /^PAKN THANH HOA/);
  assert.equal(lab.ctl('clock', 'skip', '+60d').status, 0);
  await lab.core.result('status');
  assert.equal(rows(), '0');
  assert.equal((await casesOf(lab)).length, 0);
});

test('phanhoictl ussd-menu', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  const help = lab.ctl('help').stdout;
  assert.match(help, /ussd-menu NUMBER .*as that citizen's phone shows it.*opens real cases/);
  const one = lab.ctl('ussd-menu', '0912345678', '--answer', '1,3,Hoang Quang');
  assert.equal(one.status, 0, one.stderr);
  assert.match(one.stdout, /^PAKN THANH HOA\n1 Gui phan anh\n[^]*Linh vuc:\n[^]*Nhap xa\/phuong[^]*Nhap noi dung/);
  // The next call goes on; lines of standard input may hold commas.
  const more = spawnSync(program('phanhoictl'), ['-c', lab.config, 'ussd-menu', NUMBER, '--json'], { encoding: 'utf8', timeout: PATIENCE_MS, input: `${WORDS}, nha so 5\nNguyen Van A\n1\n` });
  assert.equal(more.status, 0, more.stderr);
  const screens = more.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(screens.map((s) => s.ends), [false, false, false, true]);
  assert.match(screens.at(-1).text, /^Da nhan/);
  const [found] = await casesOf(lab);
  assert.equal((await lab.core.result('case.show', { code: found.code })).link, 'ussd:ctl');
  await lab.core.running.line(/control\.ussd_menu phone=84912\*\*\*678 uid=\d+/);
  const early = lab.ctl('ussd-menu', NUMBER, '--answer', '9,0,1');
  assert.equal(early.status, 1);
  assert.match(early.stderr, /ended before all answers were given/);
  assert.match(lab.ctl('ussd-menu', '1022').stderr, /a person's number/);
  assert.match(lab.ctl('ussd-menu', 'abc').stderr, /a phone number is needed/);
  assert.equal(lab.ctl('ussd-menu').status, 2);
});

test('the screens can be read without the core', async (t) => {
  const lab = await Lab.open(t);
  const screens = lab.ctl('texts', 'screens');
  assert.equal(screens.status, 0, screens.stderr);
  assert.match(screens.stdout, /^root, 0 leads to what it says\n {2}PAKN \{province\}\n/);
  const rows = JSON.parse(lab.ctl('texts', 'screens', '--json').stdout);
  assert.ok(rows.length > 20);
  for (const { name, plain, accented } of rows) {
    assert.ok(plain.characters <= 160, name);
    assert.ok(accented.characters <= 80, name);
  }
});

test('what no operator should send', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  const ask = (more) => lab.core.ask('ussd.menu', { phone: NUMBER, session: 's', operator: 'viettel', input: '1', ...more });
  for (const wrong of [{ phone: undefined }, { phone: '' }, { phone: '1022' }, { phone: lab.modems[0].number, input: undefined, session: '' }, { session: undefined }, { session: 7 }, { session: 'x'.repeat(65) },
    { operator: 'Viet tel' }, { operator: '' }, { operator: 'x'.repeat(49) }, { sequence: 0 }, { sequence: 65536 }, { sequence: 'x' }]) {
    const answer = await ask(wrong);
    assert.equal(answer.ok, false, JSON.stringify(wrong));
    assert.ok(answer.message.length > 10, JSON.stringify(answer));
  }
  assert.match((await ask({ input: 'anything at all' })).result.text, /^PAKN THANH HOA/); // a session that isn't known begins
  for (const input of ['', ' ', '9', '-1', '😀', '1 1', '٣', 'x'.repeat(182), 'x'.repeat(183), 'ạ'.repeat(5000), '\r\n', '%s%n', '*', '#'])
    assert.match((await ask({ input })).result.text, /^(Lua chon khong dung|Dai qua)/, input.slice(0, 10));
  const raw = await JsonLines.connect(lab.controlSocket);
  t.after(() => raw.close());
  const line = (input) => Buffer.concat([Buffer.from(`{"command":"ussd.menu","phone":"${NUMBER}","session":"s","operator":"viettel","input":"`), input, Buffer.from('"}\n')]);
  for (const input of [Buffer.from('\\u0000'), Buffer.from([0xff, 0xfe]), Buffer.from([0xc3])]) {
    const answer = raw.next();
    raw.socket.write(line(input));
    assert.equal((await answer).ok, false);
  }
  assert.match((await ask({ input: '1' })).result.text, /^Linh vuc/);
  assert.equal((await casesOf(lab)).length, 0);
});
