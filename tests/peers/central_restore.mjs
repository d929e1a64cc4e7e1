// A backup is put in place of a newer database, while the reference store has what that one told it and decided: nothing is told twice, no id is given
// twice, and the copy's cases come to stand where the store's do.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Lab, program } from '../lib/harness.mjs';
import { startStore } from './central/start.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;
const SOURCE = '/vn/38/pakn-sms/th-01';

async function until(citizen, pattern) {
  for (;;) {
    const found = (await citizen.next()).text.match(pattern);
    if (found) return found;
  }
}

test('restored over a newer world: no event is another, no citizen reads a thing twice', async (t) => {
  const store = await startStore({ principals: [{ token: 'appliance', source: SOURCE }, { token: 'officer', officer: true }] });
  t.after(() => store.stop());
  const lab = await Lab.open(t);
  writeFileSync(lab.file('token'), 'appliance\n');
  chmodSync(lab.file('token'), 0o600);
  lab.writeConfig({ central: { url: store.url, token_file: lab.file('token'), heartbeat: 0 } });
  await lab.start();
  const status = () => lab.core.result('central.status');
  const wait = async (condition, what) => {
    for (const late = Date.now() + 30000; ; ) {
      const got = await condition();
      if (got) return got;
      assert.ok(Date.now() < late, `${what}\n${JSON.stringify(await status())}\n${lab.core.running.tail(15)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  // Until nothing waits and no text is on its way: the reports of delivery are events too.
  const drained = async () => {
    await lab.network.ask({ op: 'idle', empty: true, wait: 30000 });
    await wait(async () => {
      const { waiting, parked, central } = await status();
      assert.equal(parked, 0);
      return waiting === 0 && central.in_flight === 0;
    }, 'the outbox to be drained');
  };
  const events = async () => (await store.pool.query('SELECT id, body FROM event WHERE source = $1', [SOURCE])).rows;
  const decide = async (code, key, type, data) => {
    const headers = { Authorization: 'Bearer officer', 'Content-Type': 'application/json', 'Idempotency-Key': `"${key}"` };
    const answer = await fetch(`${store.url}/cases/${code}/decisions`, { method: 'POST', headers, body: JSON.stringify({ type: `vn.pakn.case.${type}`, data }) });
    assert.ok(answer.ok, `${type}: ${answer.status} ${await answer.text()}`);
  };
  const submit = async (n) => {
    const citizen = lab.citizen(`+8498765${String(n).padStart(4, '0')}`);
    await citizen.send(`PA Đường vào thôn ${n} bị sụt lún`);
    return { citizen, code: (await until(citizen, ACK))[1] };
  };
  const one = await submit(1), two = await submit(2);
  await drained();
  const copy = lab.file('copy.db');
  assert.equal(lab.ctl('backup', copy).status, 0);

  // The world goes on: a decision, a question answered, a case that the copy won't have.
  await decide(one.code, 'k1', 'need-info', { text: 'Thon nao, xa nao?' });
  await until(one.citizen, /Thon nao, xa nao\?/);
  await one.citizen.send(`BS ${one.code} thôn 1 xã Hoằng Quang`);
  await until(one.citizen, /bo sung/);
  const three = await submit(3);
  await decide(three.code, 'k2', 'need-info', { text: 'O dau?' });
  await until(three.citizen, /O dau\?/);
  await drained();
  const before = await events();
  const said = new Map(before.map(({ id, body }) => [id, body]));
  const read = async ({ citizen }) => (await citizen.inbox()).map((m) => m.text);
  const texts = await Promise.all([one, two, three].map(read));
  await lab.core.running.kill('SIGKILL');

  const done = spawnSync(program('phanhoid'), ['-c', lab.config, '--restore', copy], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  await lab.startCore();
  await lab.core.running.line(/smsc\.adopted /);
  await lab.modemsUp();
  // The decision comes again, and the case follows; the one that isn't here any more is refused, with its reason.
  await lab.core.running.line(/central\.told_before event=k1 /);
  await lab.core.running.line(/central\.not_taken event=k2 .*no such case here/);
  assert.equal(JSON.parse(lab.ctl('case', 'show', one.code, '--json').stdout).state, 'NEED_INFO');
  const four = await submit(4);
  await two.citizen.send(`BS ${two.code} thôn 2 xã Hoằng Quang`);
  await until(two.citizen, /bo sung/);
  await decide(two.code, 'k3', 'need-info', { text: 'Tu bao gio?' }); // made since: read at once
  await until(two.citizen, /Tu bao gio\?/);
  await drained();
  assert.equal(new Set([one, two, three, four].map((c) => c.code)).size, 4);

  const after = await events();
  for (const [id, body] of said) assert.equal(after.find((e) => e.id === id)?.body, body, `${id} is what it was`);
  assert.ok(after.length > before.length);
  const epochs = (rows) => [...new Set(rows.map(({ id }) => id.split(':')[1]))];
  assert.equal(epochs(before).length, 1);
  const fresh = after.filter(({ id }) => !said.has(id));
  assert.equal(epochs(fresh).length, 1, 'what is new is of an epoch of its own');
  assert.ok(!epochs(before).includes(epochs(fresh)[0]));
  const submitted = after.map(({ body }) => JSON.parse(body)).filter((e) => e.type === 'vn.pakn.case.submitted');
  assert.deepEqual(submitted.map((e) => e.subject).sort(), [one, two, three, four].map((c) => c.code).sort(), 'each case was submitted once');
  const now = await Promise.all([one, two, three].map(read));
  assert.deepEqual(now[0], texts[0]);
  assert.deepEqual(now[2], texts[2]);
  assert.equal(now[1].filter((text) => text.match(ACK)).length, 1);
  const unknown = JSON.parse(lab.ctl('unknown', 'list', '--json').stdout);
  assert.ok(unknown.some((u) => u.reason === 'waited in a copy that was restored'), 'a person may send them all the same');
});
