// Rotation of keys on a core that runs: a new line in the key file, reload, rows sealed anew beside the work, the old key's line out again.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Lab } from '../lib/harness.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;
const keyFile = (lab) => lab.file('seal.key');
const add = (lab, id) => appendFileSync(keyFile(lab), `${id} ${randomBytes(32).toString('hex')}\n`);
const drop = (lab, id) => writeFileSync(keyFile(lab), readFileSync(keyFile(lab), 'utf8').replace(new RegExp(`^${id} .*\n`, 'm'), ''));
const keys = async (lab) => Object.fromEntries((await lab.core.result('keys')).map((k) => [k.key, k]));

async function submit(lab, n) {
  const citizen = lab.citizen(`+8498765400${n}`);
  await citizen.send(`PA Duong vao thon ${n} bi sut lun`);
  for (;;) {
    const code = (await citizen.next()).text.match(ACK)?.[1];
    if (code) return code;
  }
}
async function rotate(lab, id) {
  add(lab, id);
  const from = lab.core.running.lines.length;
  const done = lab.ctl('reload');
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, new RegExp(`newest key +${id}\n`));
  await submit(lab, id);
  return from;
}

test('a key is added, rows follow it, the old one is retired, while citizens write', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const code = await submit(lab, 1);
  assert.deepEqual(Object.keys(await keys(lab)), ['1']);
  let from = await rotate(lab, 2);
  // The pass is looked for once a minute; a start does it too.
  await lab.core.running.kill('SIGKILL');
  await lab.startCore();
  await lab.modemsUp();
  await lab.core.running.line(/reseal\.done key=2 /);
  assert.equal((await keys(lab))[1].values, 0);
  from = await rotate(lab, 3);
  const used = await keys(lab);
  assert.ok(used[2].values > 0 && used[3].values > 0);
  assert.equal(used[2].needed, true);

  const whole = readFileSync(keyFile(lab), 'utf8');
  drop(lab, 2);
  const refused = lab.ctl('reload');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /seal\.key: key 2 is missing, and rows are still sealed with it/);
  await lab.stopCore();
  const second = lab.spawnCore();
  assert.equal((await second.exit).code, 1);
  assert.match(second.tail(), /was made with other keys than those in the key file/);
  writeFileSync(keyFile(lab), whole);

  // Killed in the middle, it goes on.
  const cut = lab.spawnCore({ env: { PHANHOI_CRASH: 'reseal.step:3' } });
  assert.equal((await cut.exit).signal, 'SIGKILL');
  await lab.startCore();
  await lab.modemsUp();
  await lab.core.running.line(/reseal\.done key=3 /);
  drop(lab, 2);
  assert.equal(lab.ctl('reload').status, 0);
  assert.deepEqual(Object.keys(await keys(lab)), ['1', '3']);
  assert.match(lab.ctl('keys').stdout, /look-up: must stay/);
  assert.match(lab.ctl('case', 'show', code, '--reveal').stdout, /Duong vao thon 1 bi sut lun/);
  await submit(lab, 4);
});

test('a wrong key file changes nothing', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  await submit(lab, 1);
  const whole = readFileSync(keyFile(lab), 'utf8');
  for (const [content, why] of [
    [`${whole}2 abc\n`, /seal\.key:4: the key isn't 64 hex digits/],
    [`${whole}1 ${'0'.repeat(64)}\n`, /isn't greater than the one before/],
    [`1 ${'0'.repeat(64)}\n`, /the first key must stay key 1 as it is/],
    [`2 ${'0'.repeat(64)}\n`, /the first key must stay key 1 as it is/],
    ['', /holds no key/],
  ]) {
    writeFileSync(keyFile(lab), content);
    const refused = lab.ctl('reload');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, why);
  }
  assert.deepEqual(Object.keys(await keys(lab)), ['1']);
  await submit(lab, 2);
});
