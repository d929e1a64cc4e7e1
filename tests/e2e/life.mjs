// The life of a case through the real programs: a citizen with a phone, officers at the case desk (phanhoictl case), a training's clock that is set
// ahead. Every date is worked out here from the calendar's fixture.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { dueDate, JsonLines, Lab, program, ROOT } from '../lib/harness.mjs';

const DIRECTORY = path.join(ROOT, 'tests/fixtures/directory.conf');
const MONDAY = '2026-11-23T09:00:00+07:00';
const at = (day) => Date.parse(`${day}T02:00:00Z`); // nine o'clock in Vietnam
const iso = (dmy) => dmy.split('/').reverse().join('-');

// An appliance whose time stands at nine o'clock of a Monday and goes on like any other; `desk` decides as an officer.
const open = async (t, settings = {}) => {
  const lab = await Lab.open(t, { settings: { clock: { start: MONDAY }, directory: { file: DIRECTORY }, ...settings } });
  await lab.start();
  return lab;
};
const desk = (lab, officer, step, code, ...more) => lab.ctl('case', step, code, ...more, '--as', officer);
const decides = (lab, officer, step, code, ...more) => {
  const done = desk(lab, officer, step, code, ...more, '--json');
  assert.equal(done.status, 0, `${step}: ${done.stdout} ${done.stderr}`);
  return JSON.parse(done.stdout);
};
const refused = (lab, pattern, officer, step, code, ...more) => {
  const done = desk(lab, officer, step, code, ...more);
  assert.equal(done.status, 1, `${step} ${more}: ${done.stdout}`);
  assert.match(done.stderr, pattern);
};
const skip = (lab, to) => {
  const done = lab.ctl('clock', 'skip', to);
  assert.equal(done.status, 0, done.stderr);
};
const show = (lab, code, more = {}) => lab.core.result('case.show', { code, ...more });
// The next message that the pattern fits; others may come in between.
const hears = async (citizen, pattern) => {
  for (;;) {
    const { text } = await citizen.next();
    const match = text.match(pattern);
    if (match) return match;
  }
};
const submits = async (citizen, text = 'PA Duong vao thon 3 bi sut lun') => {
  await citizen.send(text);
  return (await hears(citizen, /da nhan phan anh, ma so (\d{9})/))[1];
};
// At So Xay dung, with its unit for roads.
const accepted = async (lab, citizen, text) => {
  const code = await submits(citizen, text);
  decides(lab, 'tt.hoa', 'transfer', code, 'so-xd');
  decides(lab, 'xd.dung', 'accept', code, 'so-xd-gt');
  await hears(citizen, /da tiep nhan, giao Phong QL ha tang GT/);
  return code;
};
const published = async (lab, citizen) => {
  const code = await accepted(lab, citizen);
  decides(lab, 'gt.hai', 'result', code, 'Da sua xong mat duong');
  decides(lab, 'xd.dung', 'publish', code);
  await hears(citizen, /^Khong dong y, soan: PD/);
  return code;
};
const states = (shown, kind) => shown.deadlines.filter((d) => d.kind === kind).map((d) => d.state);

test('a full life: late, reason, result, published, rated 2, rejoinder, reconsidered', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const [centre, intake, unit, head] = ['0912001001', '0912001011', '0912001013', '0912001012'].map((n) => lab.citizen(`+84${n.slice(1)}`));
  const code = await submits(citizen);
  await hears(citizen, /can ho ten/);
  await citizen.send('TEN Le Thi Hoa');
  await hears(citizen, /Da luu ho ten/);

  skip(lab, '2026-11-23T09:10'); // an officer's text waits a moment for others to come with it
  await hears(centre, new RegExp(`viec moi ${code} .*het ${dueDate(at('2026-11-23'), 2)}`));
  decides(lab, 'tt.hoa', 'transfer', code, 'so-xd');
  assert.equal((await hears(citizen, /da chuyen So Xay dung xem xet cham nhat (\S+)\./))[1], dueDate(at('2026-11-23'), 2));
  const accepting = decides(lab, 'xd.dung', 'accept', code, 'so-xd-gt');
  const due = dueDate(at('2026-11-23'), 10);
  assert.deepEqual([accepting.before, accepting.state, accepting.due], ['RECEIVED', 'IN_PROCESS', iso(due)]);
  assert.equal((await hears(citizen, /giao Phong QL ha tang GT xu ly\. Han co ket qua: (\S+)\. /))[1], due);
  skip(lab, '2026-11-23T09:20');
  await hears(unit, new RegExp(`viec moi ${code} .*Han co ket qua: het ${due}\\.`));

  // The unit is late: first nobody says why, then it does.
  skip(lab, `${iso(dueDate(at(iso(due)), 1))}T09:00`);
  assert.deepEqual((await show(lab, code)).late, ['T2']);
  await hears(unit, new RegExp(`${code} QUA HAN tu ${due} `));
  skip(lab, `${iso(dueDate(at(iso(due)), 2))}T09:00`);
  assert.equal((await hears(citizen, /xin loi, da qua han (\S+) ma chua co ket qua/))[1], due);
  await hears(head, new RegExp(`1 viec qua han \\(${code}\\)`));
  const until = dueDate(at(iso(due)), 6);
  decides(lab, 'gt.hai', 'late-reason', code, '--until', iso(until), '--text', 'cho vat tu ve');
  const late = await hears(citizen, /chua co ket qua dung han (\S+)\. Ly do: cho vat tu ve\. Du kien tra loi (\S+)\. /);
  assert.deepEqual([late[1], late[2]], [due, until]);

  decides(lab, 'gt.hai', 'result', code, 'Da sua xong mat duong, xe di lai duoc');
  const today = iso(dueDate(at(iso(due)), 2));
  const publishing = decides(lab, 'xd.dung', 'publish', code);
  assert.deepEqual(publishing.told, ['RESULT', 'RESULTTAIL']);
  await hears(citizen, new RegExp(`^PAKN ${code} ket qua: Da sua xong mat duong, xe di lai duoc$`));
  const tail = await hears(citizen, /PD (\d{9}) <ly do> cham nhat (\S+) \(chi 1 lan\)/);
  assert.deepEqual([tail[1], tail[2]], [code, dueDate(at(today), 10)]);

  await citizen.send(`DG ${code} 2`);
  await hears(citizen, new RegExp(`2/5 cho PAKN ${code}`));
  assert.equal((await show(lab, code)).rating, 2);
  await hears(head, new RegExp(`${code} bi danh gia 2/5`));
  await citizen.send(`PD ${code} doan cuoi van con lun`);
  assert.equal((await hears(citizen, /da nhan phuc dap\. .* cham nhat (\S+)\. /))[1], dueDate(at(today), 10));
  skip(lab, `${today}T09:30`);
  await hears(unit, new RegExp(`${code} co phuc dap`));
  decides(lab, 'gt.hai', 'reconsider', code, 'Da sua not doan cuoi');
  await hears(citizen, /ket qua phuc dap: Da sua not doan cuoi$/);

  const shown = await show(lab, code);
  assert.equal(shown.state, 'CLOSED');
  assert.deepEqual([states(shown, 'T2'), states(shown, 'T6'), states(shown, 'promise')], [['late'], ['met'], ['met']]);
  const types = shown.events.map((e) => e.type);
  for (const type of ['submitted', 'transferred', 'accepted', 'late', 'no-reason', 'late-reason', 'result-ready', 'published', 'rated', 'rejoinder', 'reconsidered'])
    assert.equal(types.filter((x) => x === `case.${type}`).length, 1, type);
  assert.equal(lab.ctl('audit', 'verify').status, 0);
  // No officer reads who the citizen is, or what they wrote.
  for (const officer of [centre, intake, unit, head])
    for (const { text } of await officer.inbox()) assert.ok(!/Hoa|987654321|sut lun|van con lun/.test(text), text);
});

test('what the table does not allow is refused with the reason and what is possible, and nothing changes', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const code = await submits(citizen);
  const before = (await show(lab, code)).events.length;
  refused(lab, /no officer "nobody" in the directory/, 'nobody', 'accept', code, 'so-xd-gt');
  refused(lab, /officer who decides is needed/, '', 'accept', code, 'so-xd-gt');
  refused(lab, /the service centre has this case/, 'xd.dung', 'accept', code, 'so-xd-gt');
  refused(lab, /no agency or unit "so-xdd" in the directory/, 'tt.hoa', 'transfer', code, 'so-xdd');
  refused(lab, /is RECEIVED: result is possible from IN_PROCESS; possible now: .*transfer/, 'gt.hai', 'result', code, 'xong');
  refused(lab, /publish is possible from RESULT_READY/, 'tt.hoa', 'publish', code, 'xong');
  for (const text of ['', '   ', '\u200b\u00a0']) {
    refused(lab, /empty|words|reason|nothing of the text/, 'tt.hoa', 'refuse', code, '--reason', 'spam', '--text', text);
    refused(lab, /empty|words|nothing of the text/, 'tt.hoa', 'need-info', code, text);
    refused(lab, /empty|words|nothing of the text/, 'tt.hoa', 'answer', code, text);
  }
  refused(lab, /reason code/, 'tt.hoa', 'refuse', code, '--text', 'Khong thuoc pham vi');
  refused(lab, /at most \d+ characters fit/, 'tt.hoa', 'need-info', code, 'o dau vay '.repeat(80));
  refused(lab, /another open case of the same sender/, 'tt.hoa', 'mark-duplicate', code, code);
  refused(lab, /no case has that code/, 'tt.hoa', 'mark-duplicate', code, '000000195');
  refused(lab, /no case|check digits/, 'tt.hoa', 'accept', '999999967', 'so-xd');
  refused(lab, /check digits/, 'tt.hoa', 'accept', '123456789', 'so-xd');
  refused(lab, /9 digits/, 'tt.hoa', 'accept', '12345', 'so-xd');
  assert.equal((await show(lab, code)).events.length, before);
  assert.equal((await show(lab, code)).state, 'RECEIVED');

  decides(lab, 'tt.hoa', 'transfer', code, 'so-xd');
  decides(lab, 'xd.dung', 'accept', code, 'so-xd-gt');
  refused(lab, /agency|officer|has this case/, 'mt.binh', 'result', code, 'xong'); // a unit that hasn't got it
  refused(lab, /OFFICE|office|role|PUBLISHED/, 'xd.dung', 'annul', code, 'sai');
  for (const day of ['2026-12-12', '2026-11-20', '2027-01-01', '2026-12-07']) // a Saturday, the past, a holiday, the deadline itself
    refused(lab, /a working day after today and after the deadline/, 'gt.hai', 'late-reason', code, 'cho vat tu', '--until', day);
  refused(lab, /is not a day/, 'gt.hai', 'late-reason', code, 'cho vat tu', '--until', '2026-02-30');
  refused(lab, /no agency or unit "nobody"/, 'gt.hai', 'coordinate', code, 'so-tc', 'nobody');
  assert.equal((await show(lab, code)).coordination.length, 0);

  // The same over the socket, with members of the wrong kind.
  for (const more of [{ unit: 3 }, { agencies: 'so-xd' }, { agencies: [3] }, { agencies: Array(40).fill('so-xd') }, { as: 7 }, { as: null }, { text: {} }, { until: 5 }]) {
    const answer = await lab.core.ask('case.transfer', { code, as: 'gt.hai', ...more, text: more.text ?? 'x', agency: 'so-xdd' });
    assert.equal(answer.ok, false, JSON.stringify(more));
  }
  const connection = await JsonLines.connect(lab.controlSocket);
  for (const garbage of ['{"command":"case.accept"\n', '{"command":"case.accept","code":{}}\n', '{"command":"case.","code":"1"}\n', '\xff\xfe\n'])
    assert.equal((await connection.ask(garbage)).ok, false, garbage);
  connection.close();
  assert.equal((await show(lab, code)).state, 'IN_PROCESS');
});

test('other ways: question and supplement, coordination, sent back, annulled, refused, noted, duplicate, called', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const asked = await submits(citizen);
  const question = decides(lab, 'tt.hoa', 'need-info', asked, 'O thon nao, gan nha ai?');
  assert.equal(question.due, iso(dueDate(at('2026-11-23'), 5)));
  assert.equal((await hears(citizen, /chua ro: O thon nao, gan nha ai\?[. ]+Bo sung cham nhat (\S+), soan: BS/))[1], dueDate(at('2026-11-23'), 5));
  await citizen.send(`BS ${asked} thon 3, gan nha van hoa`);
  await hears(citizen, new RegExp(`PAKN ${asked}: da nhan bo sung`));
  assert.equal((await show(lab, asked)).state, 'RECEIVED');

  decides(lab, 'tt.hoa', 'transfer', asked, 'so-xd');
  decides(lab, 'xd.dung', 'accept', asked, 'so-xd-gt');
  decides(lab, 'gt.hai', 'ask', asked, 'Con duong rong may met?');
  await hears(citizen, /hoi: Con duong rong may met\?[. ]+Tra loi, soan: BS/);
  decides(lab, 'gt.hai', 'coordinate', asked, 'so-tc', 'so-nnmt');
  let shown = await show(lab, asked);
  assert.deepEqual(shown.coordination.map((c) => [c.agency, c.answered]), [['so-tc', null], ['so-nnmt', null]]);
  assert.deepEqual(states(shown, 'T3'), ['open', 'open']);
  refused(lab, /coordinates this case already|already/, 'gt.hai', 'coordinate', asked, 'so-tc');
  decides(lab, 'tc.lan', 'coordination-answer', asked, 'Co kinh phi');
  refused(lab, /asked|answered/, 'tc.lan', 'coordination-answer', asked, 'Co kinh phi');
  shown = await show(lab, asked);
  assert.ok(shown.coordination[0].answered);

  decides(lab, 'gt.hai', 'result', asked, 'Chua co gi');
  decides(lab, 'xd.dung', 'send-back', asked, 'Ket qua chua ro');
  assert.equal((await show(lab, asked)).state, 'IN_PROCESS');
  decides(lab, 'gt.hai', 'result', asked, 'Da sua xong');
  decides(lab, 'xd.dung', 'publish', asked, 'Duong da sua xong ngay 23/11');
  await hears(citizen, /ket qua: Duong da sua xong ngay 23\/11$/);
  refused(lab, /annul/, 'xd.dung', 'annul', asked, 'sai');
  const annulled = decides(lab, 'vp.minh', 'annul', asked, 'Khong dung noi dung');
  assert.equal(annulled.due, iso(dueDate(at('2026-11-23'), 10)));
  await hears(citizen, /ket qua truoc da bi huy/);

  // Nobody knows whose it is: the Office assigns it.
  const lost = await submits(citizen, 'PA Cot den truoc nha van hoa do tu hom qua');
  decides(lab, 'tt.hoa', 'transfer', lost);
  assert.equal((await show(lab, lost)).agency, 'vp-ubnd');
  assert.equal(decides(lab, 'vp.minh', 'assign', lost, 'so-xd').step, 'transfer');
  assert.equal((await show(lab, lost)).agency, 'so-xd');
  assert.equal(decides(lab, 'xd.dung', 'assign', lost, 'so-xd-gt').step, 'accept');
  assert.equal((await show(lab, lost)).unit, 'so-xd-gt');

  const wrong = await submits(citizen, 'PA Rac o bai bien Hai Tien khong ai don');
  decides(lab, 'tt.hoa', 'refuse', wrong, '--reason', 'ngoai-pham-vi', '--text', 'Khong thuoc pham vi Quy che');
  await hears(citizen, /khong tiep nhan\. Ly do: Khong thuoc pham vi Quy che\. /);
  assert.equal((await show(lab, wrong)).refusal, 'ngoai-pham-vi');

  const thanks = await submits(citizen, 'PA Cam on phuong da sua den chieu sang');
  decides(lab, 'tt.hoa', 'close-noted', thanks, 'Cam on y kien');
  await hears(citizen, /da ghi nhan va ket thuc xu ly\. Ly do: Cam on y kien\. /);

  const original = await submits(citizen, 'PA Nha may thai khoi den ca ngay lan dem');
  const double = await submits(citizen, 'PA Xuong dot rac nhua mui khet ca xom khong ngu duoc');
  decides(lab, 'tt.hoa', 'mark-duplicate', double, original);
  await hears(citizen, new RegExp(`PAKN ${double} trung noi dung voi PAKN ${original}`));
  assert.equal((await show(lab, double)).original, original);

  await citizen.send(`GOI ${original}`);
  await hears(citizen, /goi lai cho ban|se goi/);
  decides(lab, 'tt.hoa', 'called', original);
  assert.deepEqual(states(await show(lab, original), 'callback'), ['met']);
});

test('T2 counts from the unit’s first look, and the citizen is reminded before T5 ends, where it is set so', async (t) => {
  const lab = await open(t, { deadlines: { t2_start: 'opened', rejoinder_reminder: true, t5_start: 'publication' } });
  const citizen = lab.citizen('+84987654321');
  const unit = lab.citizen('+84912001013');
  const [read, told] = [await accepted(lab, citizen), await accepted(lab, citizen, 'PA Cau qua suoi bi lu cuon mat lan can')];
  const transferred = iso(dueDate(at('2026-11-23'), 10));
  skip(lab, '2026-11-25T09:00');
  const later = iso(dueDate(at('2026-11-25'), 10));
  for (const [officer, due] of [['xd.dung', transferred], ['gt.hai', later]]) {
    assert.equal(lab.ctl('case', 'show', read, '--as', officer, '--reveal').status, 0);
    assert.equal((await show(lab, read)).due, due, officer);
  }
  await unit.send(`OK ${told}`);
  await hears(unit, new RegExp(`da ghi ban da doc ${told}`));
  for (const code of [read, told]) {
    const shown = await show(lab, code);
    assert.deepEqual(shown.deadlines.filter((d) => d.kind === 'T2').map((d) => [d.state, d.due, d.cause]), [['replaced', transferred, null], ['open', later, 'opened']]);
    assert.equal(shown.events.filter((e) => e.type === 'case.opened' && e.actor === 'gt.hai').length, 1);
  }

  decides(lab, 'gt.hai', 'result', read, 'Da sua xong mat duong');
  decides(lab, 'xd.dung', 'publish', read);
  await hears(citizen, /^Khong dong y, soan: PD/);
  skip(lab, `${iso(dueDate(at('2026-11-25'), 8))}T09:00`);
  assert.equal((await hears(citizen, new RegExp(`^Nhac: PAKN ${read} da co ket qua\\. .* cham nhat (\\S+)\\. Danh gia`)))[1], dueDate(at('2026-11-25'), 10));
});

test('a case goes to the citizen’s new number; a number with a new owner stands for nothing', async (t) => {
  const lab = await open(t);
  const [before, after] = [lab.citizen('+84987654321'), lab.citizen('+84912345678')];
  const code = await submits(before);
  for (const [number, pattern] of [['1022', /mobile number/], ['02373852123', /mobile number/], ['0987654321', /isn't bound to already/]])
    refused(lab, pattern, 'tt.hoa', 'rebind', code, number, 'mat SIM');
  refused(lab, /a reason in words/, 'tt.hoa', 'rebind', code, '0912345678');
  refused(lab, /is for intake, centre, not for unit/, 'gt.hai', 'rebind', code, '0912345678', 'mat SIM');
  assert.equal(decides(lab, 'tt.hoa', 'rebind', code, '0912345678', 'mat SIM').step, 'rebind');
  await before.send(`TC ${code}`);
  await hears(before, new RegExp(`^Khong tim thay ma so ${code} `));
  await after.send('TC');
  await hears(after, new RegExp(`1\\) ${code} da nhan`));
  decides(lab, 'tt.hoa', 'transfer', code, 'so-xd');
  await hears(after, new RegExp(`^PAKN ${code}: khong thuoc tham quyen`));
  const shown = await show(lab, code, { reveal: true });
  assert.ok(!JSON.stringify(shown.events.find((e) => e.type === 'case.rebound')).includes('912345678'));
  assert.equal(shown.from, '+84912345678');

  const reassigned = (...args) => lab.ctl('sender', 'reassigned', ...args);
  assert.match(reassigned('0912345678').stderr, /--as KEY/);
  assert.match(reassigned('0912345678', '--as', 'gt.hai').stderr, /for intake and the service centre/);
  assert.match(reassigned('0912001013', '--as', 'tt.hoa').stderr, /the number of officer "gt\.hai"/);
  assert.match(reassigned('0977777777', '--as', 'tt.hoa').stderr, /never wrote/);
  const done = reassigned('0912345678', '--as', 'tt.hoa', '--json');
  assert.equal(JSON.parse(done.stdout).cases, 1, done.stderr);
  await after.send(`TC ${code}`);
  await hears(after, new RegExp(`^Khong tim thay ma so ${code} `));
  assert.equal((await show(lab, code, { reveal: true })).from, null);
  assert.equal(decides(lab, 'xd.dung', 'accept', code, 'so-xd-gt').state, 'IN_PROCESS');
  assert.equal(lab.ctl('audit', 'verify').status, 0);
});

test('long words come from a file or from standard input', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const code = await accepted(lab, citizen);
  const words = Array.from({ length: 12 }, (_, i) => `Doan ${i + 1}: da trai nhua, ke rao, dat bien bao va bao duong dinh ky.`).join(' ');
  writeFileSync(lab.file('result.txt'), `${words}\n`);
  const ctl = (args, input) => spawnSync(program('phanhoictl'), ['-c', lab.config, 'case', ...args], { input, encoding: 'utf8' });
  assert.equal(ctl(['result', code, '--as', 'gt.hai', '--file', lab.file('nothing')]).status, 1);
  assert.equal(ctl(['result', code, 'x', '--as', 'gt.hai', '--file', lab.file('result.txt')]).status, 2);
  writeFileSync(lab.file('nul'), 'a\0b');
  assert.match(ctl(['result', code, '--as', 'gt.hai', '--file', lab.file('nul')]).stderr, /NUL/);
  assert.match(ctl(['result', code, '--as', 'gt.hai', '--text', '-'], 'x'.repeat(100000)).stderr, /too long/);
  assert.equal(ctl(['result', code, '--as', 'gt.hai', '--file', lab.file('result.txt')]).status, 0);
  assert.equal(ctl(['publish', code, '--as', 'xd.dung', '--text', '-'], `${words}\n`).status, 0);
  await hears(citizen, new RegExp(`PAKN ${code} ket qua \\(1/\\d\\): Doan 1: .*soan|PAKN ${code} ket qua \\(1/\\d\\): Doan 1: `));
  await citizen.send(`TC ${code} 2`);
  await hears(citizen, new RegExp(`PAKN ${code} ket qua \\(2/\\d\\)`));
  assert.equal((await show(lab, code, { reveal: true })).answer, words);
});

test('with a central store the desk points to it', async (t) => {
  const lab = await Lab.open(t, { settings: { central: { url: 'https://pakn.example/api' }, directory: { file: DIRECTORY } } });
  await lab.start();
  const code = await submits(lab.citizen('+84987654321'));
  refused(lab, /central store, https:\/\/pakn\.example\/api \(central\.url\)/, 'tt.hoa', 'accept', code, 'so-xd-gt');
  assert.equal((await show(lab, code)).state, 'RECEIVED');
});

test('files are read anew whole or not at all', async (t) => {
  const lab = await Lab.open(t, {});
  const calendar = JSON.parse(readFileSync(path.join(ROOT, 'tests/fixtures/calendar.json'), 'utf8'));
  const write = (name, text) => writeFileSync(lab.file(name), text);
  write('calendar.json', JSON.stringify({ ...calendar, version: 7 }));
  write('directory.conf', readFileSync(DIRECTORY));
  write('texts.json', '{}');
  lab.writeConfig({
    clock: { start: MONDAY },
    calendar: { file: lab.file('calendar.json') },
    directory: { file: lab.file('directory.conf') },
    texts: { file: lab.file('texts.json') },
  });
  await lab.start();
  const citizen = lab.citizen('+84987654321');
  const code = await accepted(lab, citizen);
  assert.equal((await show(lab, code)).due, '2026-12-07');

  // Each broken on its own; what ran before goes on.
  const reload = () => lab.ctl('reload', '--json');
  for (const [name, broken, pattern] of [
    ['calendar.json', '{"tz":', /calendar\.json/],
    ['directory.conf', 'agencies = ( { key = "so-xd"', /directory\.conf:\d+/],
    ['directory.conf', `${readFileSync(DIRECTORY)}\nagencies = 3;`, /directory\.conf:\d+/],
    ['texts.json', '{"ACK": {"plain": "PAKN {nobody}"}}', /texts\.json/],
  ]) {
    const good = readFileSync(lab.file(name));
    write(name, broken);
    const done = reload();
    assert.equal(done.status, 1, name);
    assert.match(JSON.parse(done.stdout).message, pattern);
    write(name, good);
  }
  assert.equal(reload().status, 0);
  assert.equal((await show(lab, code)).due, '2026-12-07');

  // Two more days off: the open deadline moves later, its old row stays, and the cause is told. Never earlier again.
  const off = { ...calendar, version: 8, years: { ...calendar.years, 2026: { ...calendar.years[2026], off: [...calendar.years[2026].off, '2026-12-01', '2026-12-02'] } } };
  write('calendar.json', JSON.stringify(off));
  const moved = JSON.parse(reload().stdout);
  assert.deepEqual([moved.calendar.version, moved.calendar.deadlines_moved], ['8', 1]);
  let shown = await show(lab, code);
  assert.equal(shown.due, '2026-12-09');
  assert.deepEqual(shown.deadlines.filter((d) => d.kind === 'T2').map((d) => [d.state, d.due, d.cause]), [['replaced', '2026-12-07', null], ['open', '2026-12-09', 'calendar-v8']]);
  assert.equal(shown.events.filter((e) => e.type === 'case.deadline-moved').length, 1);
  write('calendar.json', JSON.stringify({ ...calendar, version: 9 }));
  process.kill(lab.core.running.pid, 'SIGHUP');
  await lab.core.running.line(/app\.signal name=Hangup/);
  await lab.core.running.line(/ reload\.done/, { from: lab.core.running.lines.findIndex((l) => /Hangup/.test(l)) });
  shown = await show(lab, code);
  assert.equal(shown.due, '2026-12-09');

  // A directory that is good: its officers decide from now on.
  write('directory.conf', readFileSync(DIRECTORY, 'utf8').replace('key = "gt.hai"', 'key = "gt.moi"'));
  assert.equal(reload().status, 0);
  refused(lab, /no officer "gt\.hai"/, 'gt.hai', 'result', code, 'Da xong');
  decides(lab, 'gt.moi', 'result', code, 'Da xong');
});

test('stopped in the middle: what fell due meanwhile happens once, after the start', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const code = await accepted(lab, citizen);
  await citizen.send(`RUT ${code}`);
  await hears(citizen, new RegExp(`rut phan anh ${code}`));
  for (const signal of ['SIGKILL', 'SIGTERM']) {
    await lab.core.running.kill(signal);
    await lab.startCore();
    await lab.modemsUp();
  }
  await citizen.send(`DY ${code}`); // the question is still open
  await hears(citizen, new RegExp(`PAKN ${code}: da rut theo yeu cau`));
  assert.equal((await show(lab, code)).state, 'NOTED_CLOSED');

  const second = await accepted(lab, citizen);
  skip(lab, '2026-12-08T09:00');
  await lab.stopCore();
  await lab.startCore();
  await lab.modemsUp();
  skip(lab, '2026-12-09T09:00');
  await hears(citizen, new RegExp(`PAKN ${second}: xin loi, da qua han`));
  const shown = await show(lab, second);
  assert.deepEqual(shown.late, ['T2']);
  assert.equal(shown.events.filter((e) => e.type === 'case.late').length, 1);
  assert.equal(shown.events.filter((e) => e.type === 'case.no-reason').length, 1);
});

test('who opted out is answered but gets no other texts', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const code = await submits(citizen);
  await citizen.send('TUCHOI');
  await hears(citizen, /NHAN/);
  decides(lab, 'tt.hoa', 'transfer', code, 'so-xd');
  decides(lab, 'xd.dung', 'accept', code, 'so-xd-gt');
  await citizen.send(`TC ${code}`);
  await hears(citizen, new RegExp(`^PAKN ${code}: `));
  await citizen.send('NHAN');
  await hears(citizen, /nhan/i);
  decides(lab, 'gt.hai', 'ask', code, 'Con duong rong may met?');
  await hears(citizen, /Con duong rong may met/);
  assert.ok(!(await citizen.inbox()).some((m) => /da chuyen So Xay dung|da tiep nhan, giao/.test(m.text)));
});

test('a blocked sender is kept and shown, not answered, until it is lifted', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const block = (...more) => lab.ctl('sender', 'block', citizen.number, ...more);
  assert.match(block('--until', '2026-12-15').stderr, /reason in words/);
  assert.match(block('--reason', 'quay roi').stderr, /last day of the block/);
  assert.match(block('--reason', 'quay roi', '--until', '2026-11-01').stderr, /future/);
  assert.equal(lab.ctl('sender', 'block', 'nobody', '--reason', 'x', '--until', '2026-12-15').status, 1);
  assert.equal(block('--reason', 'quay roi', '--until', '2026-12-15', '--as', 'tt.hoa').status, 0);
  await citizen.send('PA Duong vao thon 3 bi sut lun');
  await hears(citizen, /./); // told once
  await citizen.send('PA Duong vao thon 5 bi sut lun');
  await lab.network.ask({ op: 'idle', empty: true, wait: 20000 });
  assert.equal((await lab.core.result('case.list')).length, 0);
  assert.equal((await lab.core.result('message.list')).length, 2);
  const list = lab.ctl('sender', 'list');
  assert.match(list.stdout, /84987\*\*\*321 +blocked .* tt\.hoa\/uid:\d+/);
  assert.ok(!list.stdout.includes('quay roi'));
  assert.ok(lab.ctl('sender', 'list', '--reveal').stdout.includes('quay roi'));
  assert.equal(lab.ctl('sender', 'unblock', citizen.number).status, 0);
  assert.equal(lab.ctl('sender', 'unblock', citizen.number).status, 1);
  const code = await submits(citizen);
  assert.equal((await citizen.inbox()).filter((m) => m.text.includes(code)).length >= 1, true);
});

test('who reads what a citizen wrote is an event; a changed record shows', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const code = await submits(citizen);
  const masked = lab.ctl('case', 'show', code);
  assert.ok(!masked.stdout.includes('sut lun') && !masked.stdout.includes('987654321'));
  assert.equal((await show(lab, code)).events.filter((e) => e.type === 'case.read').length, 0);
  assert.ok(lab.ctl('case', 'show', code, '--reveal', '--as', 'tt.hoa').stdout.includes('sut lun'));
  assert.equal(lab.ctl('message', 'show', '1', '--reveal').status, 0);
  const readers = (await show(lab, code)).events.filter((e) => e.type === 'case.read').map((e) => e.actor);
  assert.equal(readers.length, 2);
  assert.match(readers[0], /^tt\.hoa\/uid:\d+$/);
  assert.match(readers[1], /^uid:\d+$/);

  const good = JSON.parse(lab.ctl('audit', 'verify', '--json').stdout);
  assert.ok(good.events >= 3);
  assert.match(good.head, /^[0-9a-f]{64}$/);
  const changed = spawnSync('sqlite3', [lab.database, "UPDATE case_event SET actor = 'uid:4711' WHERE type = 'case.read' AND actor LIKE 'tt.hoa%'"]);
  assert.equal(changed.status, 0, String(changed.stderr));
  const broken = lab.ctl('audit', 'verify');
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /event \d+: the chain doesn't hold/);
});

test('the transfer slip says in words what is due and what was done', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const code = await submits(citizen);
  decides(lab, 'tt.hoa', 'transfer', code, 'so-xd');
  const slip = lab.ctl('case', 'slip', code);
  assert.equal(slip.status, 0, slip.stderr);
  assert.match(slip.stdout, /^Lĩnh vực +duong, dien, nuoc \(ha-tang\)$/m);
  assert.match(slip.stdout, /^quyết định tiếp nhận \(T1\) +2 +25\/11\/2026 +còn hạn/m);
  assert.match(slip.stdout, / tiếp nhận tin phản ánh +người gửi$/m);
  assert.match(slip.stdout, / chuyển cơ quan +tt\.hoa$/m);
  assert.doesNotMatch(slip.stdout, /case\.|sut lun|987654321/);
  decides(lab, 'xd.dung', 'need-info', code, 'doan duong nao?');
  decides(lab, 'xd.dung', 'accept', code, 'so-xd-gt');
  assert.match(lab.ctl('case', 'slip', code).stdout, /^có kết quả \(T2\) +10 +07\/12\/2026 +còn hạn/m);
});

test('the diagram of the table is Graphviz text', async (t) => {
  const diagram = spawnSync(program('phanhoictl'), ['case', 'diagram'], { encoding: 'utf8' });
  assert.equal(diagram.status, 0);
  assert.match(diagram.stdout, /^digraph /);
  for (const state of ['DRAFT', 'RECEIVED', 'NEED_INFO', 'IN_PROCESS', 'RESULT_READY', 'PUBLISHED', 'REJOINDER', 'REFUSED', 'NOTED_CLOSED', 'CLOSED'])
    assert.ok(diagram.stdout.includes(state), state);
  const json = spawnSync(program('phanhoictl'), ['case', 'diagram', '--json'], { encoding: 'utf8' });
  assert.equal(JSON.parse(json.stdout), diagram.stdout);
});

test('flagged words wait for an officer’s look, and the clock doesn’t; a signed document is told to who asks', async (t) => {
  const lab = await open(t);
  const citizen = lab.citizen('+84987654321');
  const code = await accepted(lab, citizen, 'PA Bon khon nan do rac ra suoi, hoi ong Ba 0912345678 ko nhan');
  const file = path.join(lab.folder, 'ket-qua.pdf');
  writeFileSync(file, 'abc');
  const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  refused(lab, /SHA-256/, 'gt.hai', 'result', code, 'Da don rac', '--document', '12/SXD-HT');
  refused(lab, /number/, 'gt.hai', 'result', code, 'Da don rac', '--signed', file);
  assert.equal(desk(lab, 'gt.hai', 'result', code, 'Da don rac', '--document', '12/SXD-HT', '--signed', file, '--sha256', hash).status, 2);
  refused(lab, /no-such\.pdf/, 'gt.hai', 'result', code, 'Da don rac', '--document', '12/SXD-HT', '--signed', path.join(lab.folder, 'no-such.pdf'));
  decides(lab, 'gt.hai', 'result', code, 'Da don rac', '--document', '12/SXD-HT', '--signed', file);
  const before = await show(lab, code);
  assert.deepEqual(before.flags, ['unaccented', 'abbreviated', 'insult', 'personal_data']);
  assert.deepEqual(before.document_ref, { number: '12/SXD-HT', sha256: hash });
  refused(lab, /flagged \(insult, personal_data\).*case review/, 'xd.dung', 'publish', code);
  assert.match(lab.ctl('case', 'slip', code).stdout, /^Máy đánh dấu .*xúc phạm.*dữ liệu cá nhân.*\(phải xem trước khi công khai\)/m);
  decides(lab, 'xd.dung', 'review', code, 'Che so dien thoai');
  refused(lab, /nothing in the citizen's words is flagged/, 'xd.dung', 'review', code);
  const shown = await show(lab, code);
  assert.equal(shown.due, before.due);
  assert.ok(shown.flags.includes('reviewed'));
  assert.deepEqual(shown.events.filter((e) => e.type === 'case.reviewed').map((e) => e.actor), ['xd.dung']);
  const printed = lab.ctl('case', 'show', code).stdout;
  assert.match(printed, /^FLAGS +unaccented, abbreviated, insult, personal_data, reviewed$/m);
  assert.match(printed, /^DOCUMENT +12\/SXD-HT$/m);
  assert.match(lab.ctl('case', 'slip', code).stdout, /^Văn bản ký số +12\/SXD-HT \(SHA-256: ba7816bf/m);
  decides(lab, 'xd.dung', 'publish', code);
  await hears(citizen, /^Khong dong y, soan: PD/);
  await citizen.send(`TC ${code}`);
  await hears(citizen, /van ban ky so 12\/SXD-HT, ma SHA-256 bat dau bang ba7816bf8f01cfea\. /);
});
