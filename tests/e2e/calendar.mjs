// phanhoictl calendar: due days with their reasons, and what is wrong with a calendar. No core runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Lab, program } from '../lib/harness.mjs';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const CALENDAR = path.join(FIXTURES, 'calendar.json');
const fixture = (name) => JSON.parse(readFileSync(path.join(FIXTURES, name), 'utf8'));
const calendar = (...args) => spawnSync(program('phanhoictl'), ['calendar', ...args], { encoding: 'utf8', timeout: 20000 });
const json = (...args) => {
  const done = calendar(...args, '--json');
  assert.equal(done.status, 0, done.stderr + done.stdout);
  return JSON.parse(done.stdout);
};
const WHOLE = { tz: 'Asia/Ho_Chi_Minh', weekend: ['SAT', 'SUN'], years: {} };
const STORM = { agency: 'so-xd', from: '2026-09-08', to: '2026-09-09', reason: 'bão số 5' };

test('the day, and every day that was skipped with its reason', () => {
  const { status, stdout, stderr } = calendar('due', '2026-02-11', '10', '--file', CALENDAR);
  assert.equal(status, 0, stderr);
  const lines = stdout.split('\n');
  assert.match(lines[0], /^2026-03-04 Wed \(04\/03\/2026\), until 24:00: 10 working days after 2026-02-11 Wed$/);
  assert.match(lines[1], /^calendar: .*\/calendar\.json, version /);
  const skipped = lines.filter((l) => l.startsWith('  ')).map((l) => l.trim().split('  '));
  assert.deepEqual(skipped.map(([date]) => date), ['14', '15', '16', '17', '18', '19', '20', '21', '22', '28'].map((d) => `2026-02-${d}`).concat('2026-03-01'));
  assert.deepEqual(skipped[0], ['2026-02-14', 'Sat']);
  assert.deepEqual(skipped[3], ['2026-02-17', 'Tue, holiday: off in 2026 (Tết Nguyên đán)']);
});

test('what is told as JSON', () => {
  const due = json('due', '2026-08-20', '3', '--file', CALENDAR);
  assert.equal(due.due, '2026-08-24');
  assert.equal(due.late_from, '2026-08-24T17:00:00.000Z');
  assert.deepEqual(due.skipped, [{ date: '2026-08-23', kind: 'weekend', reason: 'Sun' }]);
  assert.deepEqual(due.counted.map((d) => d.date), ['2026-08-21', '2026-08-22', '2026-08-24']);
  assert.deepEqual(due.counted[1], { date: '2026-08-22', kind: 'worked_weekend', reason: 'Sat, worked Saturday' });
  assert.deepEqual(due.warnings, []);
  assert.equal(due.calendar.file, CALENDAR);
  assert.equal(due.calendar.pending_as_off, false);
});

test('some of the known deadlines, through the program', () => {
  const some = fixture('deadlines.json').filter((_, i) => i % 5 === 0);
  for (const { event, plus } of some) for (const n of ['2', '10']) assert.equal(json('due', event, n, '--file', CALENDAR).due, plus[n], `${event} + ${n}`);
  for (const { event, plus } of fixture('deadlines_24_11_off.json')) assert.equal(json('due', event, '2', '--file', CALENDAR, '--pending').due, plus['2']);
  const worked = json('due', '2026-11-20', '2', '--file', CALENDAR);
  assert.deepEqual(worked.counted.at(-1), { date: '2026-11-24', kind: 'pending_worked', reason: 'Tue, pending 24/11 (not counted as off): Ngày Văn hóa Việt Nam' });
});

test('an agency that the storm closed', async (t) => {
  const lab = await Lab.open(t);
  const file = lab.file('storm.json');
  writeFileSync(file, JSON.stringify({ ...WHOLE, version: 7, closures: [STORM] }));
  assert.equal(json('due', '2026-09-07', '1', '--file', file).due, '2026-09-08');
  const closed = json('due', '2026-09-07', '1', '--file', file, '--agency', 'so-xd');
  assert.equal(closed.due, '2026-09-10');
  assert.deepEqual(closed.skipped.map((d) => d.reason), ['Tue, closed: agency so-xd, bão số 5', 'Wed, closed: agency so-xd, bão số 5']);
  assert.equal(closed.calendar.version, '7');
  const unknown = calendar('due', '2026-09-07', '1', '--file', file, '--agency', 'so-dx');
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /unknown agency "so-dx"/);
  assert.equal(unknown.stdout, '');
});

test('a year without a schedule is counted by its weekends, and said to be', async (t) => {
  const far = json('due', '2031-12-30', '3', '--file', CALENDAR);
  assert.equal(far.due, '2032-01-02');
  assert.equal(far.warnings.length, 2);
  for (const [i, year] of ['2031', '2032'].entries()) assert.match(far.warnings[i], new RegExp(`${year} is missing`));
  const { status, stdout } = calendar('due', '2027-12-30', '3', '--file', CALENDAR);
  assert.equal(status, 0);
  assert.match(stdout, /^2028-01-04 Tue/);
  assert.match(stdout, /^warning: 2027 isn't official.*PROVISIONAL/m);
  assert.match(stdout, /^warning: 2028 is missing/m);
});

test('what is no date and no number of days is refused', () => {
  for (const date of ['2026-02-30', '2027-02-29', '2026-13-01', '26-01-01', '2026/01/01', '11/02/2026', 'tomorrow', '', '1999-12-31', '2200-01-01', '2026-02-11x']) {
    const refused = calendar('due', date, '10', '--file', CALENDAR);
    assert.equal(refused.status, 1, date);
    assert.match(refused.stderr, /is not a date: YYYY-MM-DD/);
    assert.equal(refused.stdout, '');
  }
  for (const days of ['0', '367', '1000000', '99999999999999999999', 'ten', '1.5', '', '+2', ' 2']) {
    const refused = calendar('due', '2026-02-11', days, '--file', CALENDAR);
    assert.equal(refused.status, 1, days);
    assert.match(refused.stderr, /is not a number of working days: 1 to 366/);
  }
  assert.notEqual(calendar('due', '2026-02-11', '-3', '--file', CALENDAR).status, 0);
  assert.equal(calendar('due', '2026-02-11').status, 2);
  assert.equal(calendar('due').status, 2);
  assert.equal(calendar('check', '--agency', 'so-xd').status, 2);
  const said = calendar('due', '2026-02-30', '10', '--file', CALENDAR, '--json');
  assert.equal(said.status, 1);
  assert.equal(JSON.parse(said.stdout).error, 'ERR_INVALID');
});

test('the check names years that are provisional or missing, pending days, and what disagrees with the law', async (t) => {
  const year = new Date(Date.now() + 7 * 3600000).getUTCFullYear();
  const lab = await Lab.open(t);
  const file = lab.file('calendar.json');
  writeFileSync(file, JSON.stringify({ ...WHOLE, years: { 2027: { status: 'provisional', off: ['2027-01-01', '2027-11-24'], work_on_weekend: ['2027-03-06'] } } }));
  const { status, stdout, stderr } = calendar('check', '--file', file);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^2027 {2}provisional$/m);
  assert.match(stdout, /^warning: 2027: provisional: /m);
  assert.match(stdout, /^warning: 2027: holiday: Tết Nguyên đán: days off by law: 5, but 2027-02-06 to 2027-02-07, where nobody works, has only 0 besides weekends$/m);
  assert.match(stdout, /^warning: 2027: holiday: Giỗ Tổ Hùng Vương, Fri 2027-04-16, is a working day/m);
  assert.match(stdout, /^warning: 2027: swap: weekend days worked: 1 \(2027-03-06\)/m);
  const missing = json('check', '--file', file).warnings.filter((w) => w.kind === 'missing').map((w) => w.year);
  for (const y of [year, year + 1, year + 2]) if (y !== 2027) assert.ok(missing.includes(y), `${y}`);
  const known = json('check', '--file', CALENDAR);
  assert.deepEqual(known.years.slice(0, 3).map((y) => [y.year, y.status]), [[2025, 'official'], [2026, 'official'], [2027, 'provisional']]);
  assert.deepEqual(known.warnings.filter((w) => w.year < 2028).map((w) => [w.year, w.kind]), [[2026, 'pending'], [2027, 'provisional'], [2027, 'pending']]);
});

test('a calendar with a mistake is refused with its place', async (t) => {
  const lab = await Lab.open(t);
  const file = lab.file('wrong.json');
  const wrong = [
    [JSON.stringify({ ...WHOLE, years: { 2026: { status: 'official', off: ['2026-02-30'] } } }), /wrong\.json: years\.2026: off: "2026-02-30" is not a date/],
    [JSON.stringify({ ...WHOLE, closures: [{ ...STORM, to: '2026-09-07' }] }), /wrong\.json: closures\[0\]: to: 2026-09-07 is before from/],
    ['{', /wrong\.json: is not JSON/],
    ['', /wrong\.json: is not JSON/],
    [`${JSON.stringify(WHOLE)}\0more`, /wrong\.json: is not JSON: a NUL octet/],
  ];
  for (const [text, words] of wrong) {
    writeFileSync(file, text);
    for (const command of [['check'], ['due', '2026-02-11', '10']]) {
      const refused = calendar(...command, '--file', file);
      assert.equal(refused.status, 1, text);
      assert.match(refused.stderr, words);
      assert.equal(refused.stdout, '');
    }
  }
  for (const [none, words] of [[lab.file('none.json'), /none\.json: No such file/], ['', /--file is empty/], [lab.file('.'), /directory/]]) {
    const refused = calendar('check', '--file', none);
    assert.equal(refused.status, 1, none);
    assert.match(refused.stderr, words);
  }
});

test('the configuration names the calendar, and whether pending days are off', async (t) => {
  const lab = await Lab.open(t);
  lab.writeConfig({ calendar: { pending_as_off: true } });
  const inside = JSON.parse(lab.ctl('calendar', 'due', '2026-11-20', '2', '--json').stdout);
  assert.equal(inside.due, '2026-11-25');
  assert.deepEqual([inside.calendar.file, inside.calendar.version], [null, '1+pending']);
  const file = lab.file('own.json');
  writeFileSync(file, JSON.stringify({ ...WHOLE, version: 'th-2' }));
  lab.writeConfig({ calendar: { file } });
  const own = JSON.parse(lab.ctl('calendar', 'due', '2026-02-11', '10', '--json').stdout);
  assert.equal(own.due, '2026-02-25');
  assert.deepEqual([own.calendar.file, own.calendar.version], [file, 'th-2']);
  assert.equal(JSON.parse(lab.ctl('calendar', 'due', '2026-02-11', '10', '--file', CALENDAR, '--json').stdout).due, '2026-03-04');
});

test('the calendar that is printed is one to begin with', async (t) => {
  const lab = await Lab.open(t);
  const printed = calendar('print');
  assert.equal(printed.status, 0, printed.stderr);
  const file = lab.file('own.json');
  writeFileSync(file, printed.stdout);
  lab.writeConfig();
  const [own, inside] = [[file], []].map(([f]) => JSON.parse(lab.ctl('calendar', 'check', '--json', ...(f ? ['--file', f] : [])).stdout));
  assert.equal(own.calendar.file, file);
  assert.equal(inside.calendar.file, null);
  assert.deepEqual({ ...own, calendar: 0 }, { ...inside, calendar: 0 });
});

test('with a directory its agencies are known, and a closure of none of them is found', async (t) => {
  const lab = await Lab.open(t);
  const file = lab.file('storm.json');
  const directory = path.join(FIXTURES, 'directory.conf');
  writeFileSync(file, JSON.stringify({ ...WHOLE, closures: [{ ...STORM, agency: 'so-dx' }, { ...STORM, agency: '*', to: '2026-09-08' }, { ...STORM, to: '2026-09-08' }] }));
  lab.writeConfig({ calendar: { file }, directory: { file: directory } });
  const due = (agency) => lab.ctl('calendar', 'due', '2026-09-07', '1', '--json', '--agency', agency);
  assert.equal(JSON.parse(due('so-yt').stdout).due, '2026-09-09');
  assert.equal(JSON.parse(due('so-xd').stdout).due, '2026-09-09');
  assert.equal(JSON.parse(due('so-dx').stdout).due, '2026-09-10');
  const unknown = due('so-khac');
  assert.equal(unknown.status, 1);
  assert.match(JSON.parse(unknown.stdout).message, /unknown agency "so-khac": neither the directory nor a closure/);
  const found = JSON.parse(lab.ctl('calendar', 'check', '--json').stdout).warnings.filter((w) => w.kind === 'closure');
  assert.deepEqual(found, [{ year: 2026, kind: 'closure', text: 'closures[0]: no agency of the directory has the key "so-dx"' }]);
  lab.writeConfig({ calendar: { file }, directory: { file: lab.file('none.conf') } });
  assert.equal(JSON.parse(due('so-xd').stdout).due, '2026-09-09');
  assert.match(due('so-xd').stderr, /none\.conf/);
});
