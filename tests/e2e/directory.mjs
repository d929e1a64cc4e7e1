// Agencies and officers: a file is looked at, put in force, refused whole; and an officer with a phone works from then on.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Lab, ROOT } from '../lib/harness.mjs';

const SAMPLE = path.join(ROOT, 'tests/fixtures/directory.conf');
const MONDAY = '2026-11-23T09:00:00+07:00';
const hears = async (phone, pattern) => {
  for (;;) {
    const { text } = await phone.next();
    const match = text.match(pattern);
    if (match) return match;
  }
};

test('a directory is checked, imported, listed; a wrong one is refused whole', async (t) => {
  const lab = await Lab.open(t, { settings: { clock: { start: MONDAY } } });
  await lab.start();
  const run = (...words) => lab.ctl('directory', ...words);
  assert.match(run('check', SAMPLE).stdout, /^19 agencies, 26 officers, 0 fields: fine$/m);
  const imported = run('import', SAMPLE, '--json');
  assert.equal(imported.status, 0, imported.stderr);
  assert.deepEqual(JSON.parse(imported.stdout), { version: 1, changed: true, agencies: 19, officers: 26 });
  assert.deepEqual(JSON.parse(run('import', SAMPLE, '--json').stdout).changed, false);

  const bad = lab.file('bad.conf');
  writeFileSync(bad, readFileSync(SAMPLE, 'utf8').replace('agency = "xa-hoang-hoa"', 'agency = "xa-hoang-hoaa"').replace('role = "office"', 'role = "boss"'));
  const refused = run('import', bad);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /bad\.conf:\d+: officers\[\d+\]\.agency: unknown agency "xa-hoang-hoaa" \(known: xa-hoang-quang, xa-hoang-hoa, /);
  assert.match(refused.stderr, /bad\.conf:\d+: officers\[3\]\.role: "boss": "intake", /);
  await assert.rejects(lab.core.result('directory.import', { file: bad }), /officers\[3\]\.role/); // the core looks for itself
  await assert.rejects(lab.core.result('directory.import', { file: 'bad.conf' }), /whole path/);
  await assert.rejects(lab.core.result('directory.import', { file: lab.file('none.conf') }), /none\.conf: can't be read/);

  const listed = JSON.parse(run('list', '--json').stdout);
  assert.equal(listed.version, 1);
  assert.equal(listed.agencies.length, 19);
  const officer = listed.officers.find((o) => o.key === 'xd.dung');
  assert.deepEqual([officer.agency, officer.role, officer.phone, officer.name, officer.valid], ['so-xd', 'intake', '84912***011', undefined, true]);
  assert.equal(listed.officers.find((o) => o.key === 'ns.moi').valid, false);
  assert.match(run('list', '--reveal').stdout, /xd\.dung .*\+84912001011 .*Trần Quốc Dũng/);
});

test('an officer is told of a case, says that it was read, and asks for the open work; others get nothing of that', async (t) => {
  const lab = await Lab.open(t, { settings: { clock: { start: MONDAY } } });
  await lab.start();
  assert.equal(lab.ctl('directory', 'import', SAMPLE).status, 0);
  const citizen = lab.citizen('+84987654321');
  const officer = lab.citizen('+84912001001'); // tt.hoa, of the service centre
  await citizen.send('PA Bai rac o xa Hoang Quang boc mui hoi thoi');
  const code = (await hears(citizen, /ma so (\d{9})/))[1];
  const told = await hears(officer, /viec moi (\d{9}) \((.*)\)\. Han xem xet tiep nhan: het (\S+)\. /);
  assert.deepEqual(told.slice(1), [code, 'moi truong, xa Hoang Quang', '25/11/2026']);
  await officer.send(`OK ${code}`);
  await hears(officer, new RegExp(`da ghi ban da doc ${code}`));
  await officer.send('VIEC');
  assert.equal((await hears(officer, /^PAKN-CB: (.*)$/))[1], `${code} han 25/11.`);
  const stranger = lab.citizen('+84977000001');
  await stranger.send('VIEC');
  assert.doesNotMatch((await stranger.next()).text, /PAKN-CB|\d{9} han/);
});
