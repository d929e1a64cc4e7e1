// phanhoid's command line and configuration file, as a person meets them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Lab, program } from '../lib/harness.mjs';

const phanhoid = (...args) => spawnSync(program('phanhoid'), args, { encoding: 'utf8', timeout: 20000 });

test('the printed sample passes its own check', async (t) => {
  const lab = await Lab.open(t);
  const printed = phanhoid('--print-config');
  assert.equal(printed.status, 0);
  const file = lab.file('sample.conf');
  writeFileSync(file, printed.stdout);
  const checked = phanhoid('-t', '-c', file);
  assert.equal(checked.stderr, '');
  assert.equal(checked.status, 0);
  assert.match(checked.stdout, /sample\.conf: good/);
});

test('an unknown key is named with file, line and what is allowed', async (t) => {
  const lab = await Lab.open(t);
  const text = readFileSync(lab.config, 'utf8').replace('driver = "at"', 'device = "/dev/ttyUSB0"');
  writeFileSync(lab.config, text);
  const line = text.split('\n').findIndex((l) => l.includes('device =')) + 1;
  for (const args of [['-t', '-c', lab.config], ['-c', lab.config]]) {
    const refused = phanhoid(...args);
    assert.equal(refused.status, 1);
    assert.equal(refused.stderr, `${lab.config}:${line}: modems[0].device: unknown key; allowed here: name, line, number, driver, operator, cost_same, cost_other, per_minute, per_hour, per_day, weight, balance_code, balance_words, expiry_words, pin_file\n`);
  }
});

test('a typo gets a hint', async (t) => {
  const lab = await Lab.open(t);
  writeFileSync(lab.config, readFileSync(lab.config, 'utf8').replace('key_file', 'keyfile'));
  const refused = phanhoid('-t', '-c', lab.config);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /store\.keyfile: unknown key \(did you mean key_file\?\); allowed here: path, key_file/);
  assert.match(refused.stderr, /store\.key_file is missing/);
});

test('a calendar that is none is found by the check', async (t) => {
  const lab = await Lab.open(t);
  writeFileSync(lab.file('calendar.json'), '{"years":3}');
  lab.writeConfig({ calendar: { file: lab.file('calendar.json') } });
  const refused = phanhoid('-t', '-c', lab.config);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /calendar\.json/);
});

test('a value that would fail the start fails the check', async (t) => {
  const lab = await Lab.open(t);
  lab.writeConfig({ appliance: { name: '日本' } });
  const refused = phanhoid('-t', '-c', lab.config);
  assert.equal(refused.status, 1);
  assert.ok(refused.stderr.startsWith(`${lab.config}: `), refused.stderr);
});

test('wrong usage ends with 2, a missing file with 1', () => {
  assert.equal(phanhoid('--nonsense').status, 2);
  assert.equal(phanhoid('word').status, 2);
  const missing = phanhoid('-t', '-c', '/nonexistent/phanhoi.conf');
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /\/nonexistent\/phanhoi\.conf: can't be read: No such file/);
});

test('help and version', () => {
  assert.match(phanhoid('--help').stdout, /usage: phanhoid \[-c FILE\]/);
  assert.match(phanhoid('--version').stdout, /^phanhoid \d+\.\d+\.\d+\n$/);
});

test('a start that fails says what, where and what to do', async (t) => {
  const lab = await Lab.open(t);
  const cases = [
    [{ store: { path: '/nonexistent/phanhoi.db' } }, /\/nonexistent/],
    [{ store: { key_file: '/nonexistent/seal.key' } }, /\/nonexistent\/seal\.key/],
    [{ control: { socket: '/nonexistent/control.sock' } }, /\/nonexistent\/control\.sock/],
    [{ control: { group: 'no-such-group' } }, /no-such-group/],
    [{ worker: { program: '/nonexistent/phanhoi-modem' } }, /\/nonexistent\/phanhoi-modem.*worker\.program/],
  ];
  for (const [settings, pattern] of cases) {
    lab.writeConfig(settings);
    const failed = phanhoid('-c', lab.config);
    assert.equal(failed.status, 1, failed.stderr);
    assert.match(failed.stderr, pattern);
    assert.match(failed.stderr, /app\.not_started/);
  }
});
