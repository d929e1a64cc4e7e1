// The core and the reference store, whole: officers decide in the store by HTTP, citizens read it, the store learns what the table refused.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Lab, ROOT } from '../lib/harness.mjs';
import { startStore } from './central/start.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;

async function until(citizen, pattern) {
  for (;;) {
    const found = (await citizen.next()).text.match(pattern);
    if (found) return found;
  }
}

test('a case decided in PostgreSQL and lived through by text, with kills of the core and a directory from the store', async (t) => {
  const principals = [
    { token: 'appliance', source: '/vn/38/pakn-sms/th-01' },
    { token: 'officer', officer: true },
  ];
  const store = await startStore({ principals });
  t.after(() => store.stop());
  const lab = await Lab.open(t);
  writeFileSync(lab.file('token'), 'appliance\n');
  chmodSync(lab.file('token'), 0o600);
  lab.writeConfig({ central: { url: store.url, token_file: lab.file('token'), heartbeat: 0 }, messages: { unknown_wait: 1 } }); // what a kill leaves in doubt goes again soon
  await lab.start();
  const ask = async (method, of, body, headers) => {
    const answer = await fetch(store.url + of, { method, body, headers: { Authorization: 'Bearer officer', ...headers } });
    assert.ok(answer.ok, `${of}: ${answer.status} ${await answer.text()}`);
  };
  const decide = (code, key, type, data) =>
    ask('POST', `/cases/${code}/decisions`, JSON.stringify({ type: `vn.pakn.case.${type}`, data }), { 'Content-Type': 'application/json', 'Idempotency-Key': `"${key}"` });
  // Waits for a row that the appliance's events make in the store.
  const row = async (sql, values, what) => {
    for (const late = Date.now() + 30000; ; ) {
      const { rows } = await store.pool.query(sql, values);
      if (rows.length) return rows[0];
      assert.ok(Date.now() < late, `${what}\n${lab.core.running.tail(15)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await ask('PUT', '/documents/directory', readFileSync(path.join(ROOT, 'tests/fixtures/directory.conf'), 'utf8'), { 'Content-Type': 'text/plain' });
  await lab.core.running.line(/central\.document document=directory/);

  const citizen = lab.citizen('+84987654321');
  await citizen.send('PA Đường vào thôn 3 bị sụt lún');
  const [, code] = await until(citizen, ACK);
  await row('SELECT 1 FROM cases WHERE code = $1', [code], 'the case to be in the store');
  await decide(code, 'k1', 'need-info', { text: 'Thon nao, xa nao?' });
  await until(citizen, /Thon nao, xa nao\?/);
  await citizen.send(`BS ${code} thôn 3 xã Hoằng Quang`);
  await until(citizen, /da nhan them|da ghi|bo sung/i);

  await lab.stopCore();
  const core = lab.spawnCore({ env: { PHANHOI_CRASH: 'feed.committed:1' } });
  await decide(code, 'k2', 'refused', { reason_code: 'khong-thuoc', text: 'Khong thuoc tham quyen cua tinh' });
  assert.equal((await core.exit).signal, 'SIGKILL');
  await lab.startCore();
  await lab.modemsUp();
  await until(citizen, /Khong thuoc tham quyen cua tinh/);
  const shown = JSON.parse(lab.ctl('case', 'show', code, '--json').stdout);
  assert.equal(shown.state, 'REFUSED');
  for (const type of ['case.need-info', 'case.refused']) assert.equal(shown.events.filter((e) => e.type === type).length, 1, type);
  await row("SELECT 1 FROM cases WHERE code = $1 AND state = 'REFUSED'", [code], 'the store to know');
});
