// Another calendar for a core that runs, and for one that starts again: open deadlines are counted anew, never earlier, each change an event.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Lab } from '../lib/harness.mjs';

const WHOLE = { tz: 'Asia/Ho_Chi_Minh', weekend: ['SAT', 'SUN'], years: {} };
const write = (file, version, days = []) => {
  const years = {};
  for (const day of days) (years[day.slice(0, 4)] ??= { status: 'official', off: [] }).off.push(day);
  writeFileSync(file, JSON.stringify({ ...WHOLE, version, years }));
};
const nextWeekday = (day) => {
  const d = new Date(`${day}T00:00:00Z`);
  do d.setUTCDate(d.getUTCDate() + 1);
  while (d.getUTCDay() % 6 === 0);
  return d.toISOString().slice(0, 10);
};

async function oneCase(t) {
  const lab = await Lab.open(t);
  const file = lab.file('calendar.json');
  write(file, 1);
  lab.writeConfig({ calendar: { file } });
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  await citizen.send('PA Cống thoát nước đầu ngõ 12 bị tắc, nước thải tràn vào nhà dân từ hôm qua');
  const code = (await citizen.next()).text.match(/ma so (\d{9})/)[1];
  const show = () => JSON.parse(lab.ctl('case', 'show', code, '--json').stdout);
  return { lab, file, show, due: show().due };
}
const openDue = (shown) => shown.deadlines.filter((d) => d.state === 'open').map((d) => d.due);

test('a core that runs takes another calendar; a wrong one is refused and what ran goes on', async (t) => {
  const { lab, file, show, due } = await oneCase(t);
  write(file, 2, [due]);
  const printed = lab.ctl('reload', '--json');
  assert.equal(printed.status, 0, printed.stderr + printed.stdout);
  assert.deepEqual(JSON.parse(printed.stdout).calendar, { version: '2', deadlines_moved: 1, done: true });
  const moved = show();
  assert.equal(moved.due, nextWeekday(due));
  assert.deepEqual(openDue(moved), [nextWeekday(due)]);
  assert.equal(moved.events.filter((e) => e.type === 'case.deadline-moved').length, 1);

  writeFileSync(file, '{"tz": 5}');
  const refused = lab.ctl('reload');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /calendar\.json: tz must be/);
  assert.equal(show().due, nextWeekday(due));

  write(file, 3); // the day is worked again: never earlier
  const back = lab.ctl('reload');
  assert.equal(back.status, 0, back.stderr);
  assert.match(back.stdout, /calendar +3\ndeadlines moved +0\n/);
  assert.equal(show().due, nextWeekday(due));
  assert.equal(show().events.filter((e) => e.type === 'case.deadline-moved').length, 1);
});

test('a core that starts with another calendar counts once', async (t) => {
  const { lab, file, show, due } = await oneCase(t);
  await lab.stopCore();
  write(file, 2, [due]);
  await lab.startCore();
  assert.equal(show().due, nextWeekday(due));
  await lab.stopCore();
  await lab.startCore();
  assert.equal(show().events.filter((e) => e.type === 'case.deadline-moved').length, 1);
});
