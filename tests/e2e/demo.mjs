// scripts/demo, from anywhere and without a terminal.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../lib/harness.mjs';

const demo = (t, args, input = '') => {
  const tmp = mkdtempSync(path.join(os.tmpdir(), 'demo-'));
  t.after(() => rmSync(tmp, { recursive: true, force: true }));
  const done = spawnSync(path.join(ROOT, 'scripts/demo'), args, { cwd: tmp, env: { ...process.env, TMPDIR: tmp }, input, encoding: 'utf8', timeout: 280000 });
  return { ...done, left: existsSync(tmp) ? readdirSync(tmp) : [] };
};

test('the scripted life of a case is right and leaves nothing behind', (t) => {
  const done = demo(t, ['--once']);
  assert.equal(done.status, 0, `${done.stdout}\n${done.stderr}`);
  assert.match(done.stdout, /citizen +PA Duong vao thon 3 bi sut lun\n +appliance +PAKN Thanh Hoa da nhan phan anh, ma so \d{9} /);
  for (const text of [/-> tt\.hoa +PAKN-CB: viec moi/, /appliance +PAKN \d{9}: xin loi, chua co ket qua dung han/, /-> xd\.gd +PAKN-CB: \d{9} bi danh gia 2\/5/, /appliance +PAKN \d{9} ket qua phuc dap: /])
    assert.match(done.stdout, text);
  assert.match(done.stdout, /Every text came and was right/);
  assert.deepEqual(done.left, []);
});

test('playing citizen without a terminal', (t) => {
  const done = demo(t, [], 'HD\n');
  assert.equal(done.status, 0, `${done.stdout}\n${done.stderr}`);
  assert.match(done.stdout, /\+84912000001: PA <noi dung>: gui phan anh/);
  assert.match(done.stdout, /a day takes 20 seconds/);
  assert.deepEqual(done.left, []);
});

test('wrong usage', (t) => {
  for (const args of [['--twice'], ['--day'], ['--day', '0'], ['--day', 'x']]) {
    const done = demo(t, args);
    assert.equal(done.status, 2);
    assert.ok(done.stderr.includes(args[0]));
  }
});
