// The operator's own texts: looked at without a core, refused whole, and sent.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Lab, program, ROOT } from '../lib/harness.mjs';

const run = (name, ...args) => spawnSync(program(name), args, { encoding: 'utf8', timeout: 20000 });
const texts = (...args) => run('phanhoictl', 'texts', ...args);
const HELP = { plain: 'Soan PA <noi dung> gui {shortcode}. {province} nghe ban.', accented: 'Soạn PA <nội dung> gửi {shortcode}. {province} nghe bạn.' };

test('every text is listed and printed, with what it takes at most', () => {
  const printed = texts('print');
  assert.equal(printed.stderr, '');
  assert.equal(printed.stdout, readFileSync(path.join(ROOT, 'tests/golden/texts.txt'), 'utf8'));
  const rows = JSON.parse(texts('list', '--json').stdout);
  const published = JSON.parse(readFileSync(path.join(ROOT, 'tests/fixtures/templates.json'), 'utf8'));
  for (const [name, , accented] of published) {
    const row = rows.find((r) => r.name === name);
    assert.ok(row, name);
    assert.equal(row.own, false);
    assert.equal(row.accented === undefined, accented === null, name);
    assert.equal(row.plain.segments, /\{(reason|question|answer)\}/.test(row.variables) ? 3 : 1, name);
    assert.doesNotMatch(row.plain.text.replace(/\{[a-z_]+\}/g, ''), /[&[\]{}^~\\|]/);
  }
  assert.equal(texts('list').stdout.split('\n').length, rows.length + 2);
});

test('a file of one’s own texts is checked whole', async (t) => {
  const lab = await Lab.open(t);
  const file = lab.file('texts.json');
  writeFileSync(file, JSON.stringify({ HELP }));
  const good = texts('check', file);
  assert.deepEqual([good.status, good.stderr], [0, '']);
  assert.match(good.stdout, /texts\.json: good: 1 of \d+ texts are your own\n$/);
  assert.ok(texts('print', file).stdout.includes(`HELP (your own)\n  ${HELP.plain}\n`));

  writeFileSync(file, JSON.stringify({ HELP: { ...HELP, plain: `{time}${HELP.plain}&` }, HELPP: HELP, ENDED: { plain: 'PAKN {code} '.padEnd(158, 'a'), accented: '{code}' } }));
  const bad = texts('check', file);
  assert.equal(bad.status, 1);
  assert.deepEqual(
    bad.stderr.split('\n').map((line) => line.replace(file, 'FILE').replace(/; it may have .*/, '')),
    [
      'FILE:1: HELP.plain: this text has no {time}',
      'FILE:1: HELP.plain: &: none of & [ ] { } ^ ~ \\ | may stand in a text, gateways mangle them',
      'FILE:1: HELPP: no text is called so; phanhoictl texts list shows them all',
      'FILE:1: ENDED.plain: 161 characters with the longest values, 160 fit one SMS: 1 too many',
      '',
    ],
  );
  writeFileSync(file, '{"HELP": {\n"plain": "x" "accented"}}');
  assert.match(texts('check', file).stderr, /texts\.json:2:\d+: /);
  assert.match(texts('check', lab.file('none.json')).stderr, /none\.json: No such file or directory/);

  lab.writeConfig({ texts: { file } });
  for (const args of [['-t', '-c', lab.config], ['-c', lab.config]]) {
    const refused = run('phanhoid', ...args);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /texts\.json:2:\d+: /);
  }
});

test('what is too long with this appliance’s short code is found by the check of its configuration', async (t) => {
  const lab = await Lab.open(t);
  const file = lab.file('texts.json');
  writeFileSync(file, JSON.stringify({ ENDED: { plain: 'PAKN {code} {shortcode}'.padEnd(164, 'a'), accented: '{code} {shortcode}' } }));
  lab.writeConfig({ texts: { file } });
  assert.equal(run('phanhoid', '-t', '-c', lab.config).status, 0);
  lab.writeConfig({ texts: { file }, appliance: { shortcode: '10221' } });
  const refused = run('phanhoid', '-t', '-c', lab.config);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /ENDED\.plain: 161 characters .* 1 too many/);
});

test('own texts are what citizens get', async (t) => {
  const lab = await Lab.open(t);
  writeFileSync(lab.file('texts.json'), JSON.stringify({ HELP }));
  lab.writeConfig({ texts: { file: lab.file('texts.json') } });
  await lab.start();
  const citizen = lab.citizen('+84912345678');
  await citizen.send('HD');
  assert.equal((await citizen.next()).text, 'Soan PA <noi dung> gui 1022. Thanh Hoa nghe ban.');
});
