// phanhoictl parse: how a citizen's text is understood, without a core and without a configuration.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT, program } from '../lib/harness.mjs';

const fixture = (name) => JSON.parse(readFileSync(path.join(ROOT, 'tests/fixtures', name), 'utf8'));
const run = (...args) => spawnSync(program('phanhoictl'), ['parse', ...args], { encoding: 'utf8', env: {} });

function parsed(text, context) {
  const done = run('--json', ...(context ? ['--context', context] : []), '--', text);
  assert.equal(done.status, 0, done.stderr + done.stdout);
  assert.equal(done.stdout.trimEnd().split('\n').length, 1);
  return JSON.parse(done.stdout);
}

test('the vectors, as JSON with exactly its keys', () => {
  for (const row of fixture('grammar.json')) {
    const got = parsed(row.in, row.context);
    assert.deepEqual(Object.keys(got), ['verb', 'code', 'argument', 'flags', 'why']);
    assert.equal(got.verb, row.verb, row.in);
    assert.equal(got.code, row.code, row.in);
    assert.deepEqual(got.flags, row.flags ?? [], row.in);
    if (row.argument) assert.equal(got.argument, row.argument);
    assert.ok(got.why.length > 0);
  }
});

test('arguments are the original words', () => {
  assert.equal(parsed('Phản ánh: Đường  hỏng “nặng”').argument, 'Đường  hỏng “nặng”');
  assert.equal(parsed('Hố ga mất nắp').argument, 'Hố ga mất nắp');
  assert.equal(parsed('DG 482109304 4').argument, null);
  assert.equal(parsed('TC 482109304').argument, null);
  assert.equal(parsed('MST 482109304 0100109106').argument, '0100109106');
  assert.deepEqual(parsed('thuế tăng, tố cáo, cháy nhà').flags, ['emergency', 'scope', 'tax']);
});

test('contexts, one or several', () => {
  assert.equal(parsed('5').verb, 'FREETEXT');
  assert.equal(parsed('5', 'rating_open').verb, 'RATE');
  assert.equal(parsed('2', 'list_sent').code, '#2');
  assert.equal(parsed('vâng', 'question_open').verb, 'CONFIRM');
  assert.equal(parsed('Nguyen Van A', 'name_asked,rating_open').verb, 'SETNAME');
  assert.equal(parsed('5', 'name_asked,rating_open').verb, 'RATE');
});

test('for people', () => {
  const done = run('TC 482-109-304');
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, /^verb +TRACK\ncode +482109304\nargument +-\nflags +-\nwhy +\S.*\n$/);
  assert.match(run('Chay nha o thon 5').stdout, /^flags +emergency$/m);
  assert.doesNotMatch(run('PA duong \x1b[31m hong').stdout, /\x1b/);
});

test('bad input', () => {
  for (const context of ['rating', '', 'name_asked,nonsense']) {
    const done = run('--context', context, 'TC');
    assert.equal(done.status, 2, context);
    for (const name of ['name_asked', 'rating_open', 'question_open', 'list_sent']) assert.match(done.stderr, new RegExp(name));
    assert.equal(JSON.parse(run('--json', '--context', context, 'TC').stdout).error, 'ERR_INVALID');
  }
  assert.equal(run().status, 2);
  assert.equal(run('TC', '482109304').status, 2);
  assert.equal(parsed('').verb, 'IGNORE');
  assert.equal(parsed('-h').verb, 'FREETEXT');
  const invalid = spawnSync('/bin/sh', ['-c', `exec "${program('phanhoictl')}" parse "$(printf 'PA d\\377uong')"`], { encoding: 'utf8' });
  assert.equal(invalid.status, 1);
  assert.match(invalid.stderr, /octet 5 is 0xFF/);
});

test('ten thousand octets of text', () => {
  const long = 'Đường hỏng '.repeat(1000);
  const got = parsed(`PA ${long}`);
  assert.equal(got.verb, 'SUBMIT');
  assert.equal(got.argument, long);
  assert.equal(parsed('TC '.repeat(4000)).verb, 'FREETEXT');
  assert.equal(parsed('4'.repeat(12000)).verb, 'FREETEXT');
});
