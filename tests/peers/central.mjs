// The reference central store where the contract can't be seen from outside: what is on disk, several writers, several processes, certificates, the
// database going away, decisions. The contract itself: central_conformance.mjs.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, test } from 'node:test';
import { ROOT, within } from '../lib/harness.mjs';
import { Cluster } from './central/cluster.mjs';
import { load } from './central/load.mjs';
import { startStore } from './central/start.mjs';

const source = '/vn/38/pakn-sms/th-01';
const principals = [
  { token: 'appliance', source },
  { token: 'second', source: '/vn/38/pakn-sms/th-02' },
  { token: 'officer', officer: true },
];
const read = (name) => JSON.parse(readFileSync(path.join(ROOT, 'tests/fixtures/events', `${name}.json`), 'utf8'));
const submitted = read('submitted');
let cluster;
let databases = 0;
before(async () => {
  cluster = await Cluster.start();
});
after(() => cluster.stop());

/** A store on a database of its own; ended after the test. */
async function serve(t, { connection, ...settings } = {}) {
  const store = await startStore({ connection: connection ?? (await cluster.database(`central_${databases++}`)), principals, ...settings });
  t.after(() => store.stop());
  const ask = async (method, of, { body, token = 'appliance', headers = {}, signal } = {}) => {
    const answer = await fetch(store.url + of, { method, body, signal, headers: { Authorization: `Bearer ${token}`, ...headers } });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const push = (event, token) =>
    Array.isArray(event)
      ? ask('POST', '/events', { body: JSON.stringify(event), token, headers: { 'Content-Type': 'application/cloudevents-batch+json', 'Idempotency-Key': '"a batch"' } })
      : ask('POST', '/events', { body: JSON.stringify(event), token, headers: { 'Content-Type': 'application/cloudevents+json', 'Idempotency-Key': `"${event.id}"` } });
  const decide = (code, key, type, data, token = 'officer') =>
    ask('POST', `/cases/${code}/decisions`, { body: JSON.stringify({ type: `vn.pakn.case.${type}`, data }), token, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `"${key}"` } });
  const lookup = async (code, phone) => JSON.parse((await ask('POST', '/cases/lookup', { body: JSON.stringify({ code, phone }), headers: { 'Content-Type': 'application/json' } })).text);
  const count = async (table) => Number((await store.pool.query(`SELECT count(*) FROM ${table}`)).rows[0].count);
  return { ...store, ask, push, decide, lookup, count };
}

const numbered = (n, more = {}) => ({ ...submitted, id: `th-01:1:${1000 + n}`, sequence: String(1000 + n).padStart(12, '0'), ...more });

test('PostgreSQL syncs what it acknowledges, and listens to no network', async (t) => {
  const { pool } = await serve(t);
  const of = async (name) => (await pool.query(`SHOW ${name}`)).rows[0][name];
  assert.deepEqual([await of('fsync'), await of('synchronous_commit'), await of('listen_addresses')], ['on', 'on', '']);
});

test('batches that overlap, at one moment, in different orders: each event once, nobody waits for ever', async (t) => {
  const { push, count } = await serve(t);
  const events = Array.from({ length: 600 }, (_, n) => numbered(n));
  const batches = Array.from({ length: 16 }, (_, i) => {
    const some = events.slice(i, i + 500); // nearly the same, by turns from either end
    return i % 2 ? some.reverse() : some;
  });
  const answers = await within(Promise.all([...batches, events.slice(500), ...events.slice(0, 40)].map((batch) => push(batch))), 'overlapping batches');
  for (const { status, text } of answers) assert.ok(status === 200 || status === 201, `${status} ${text}`);
  assert.equal(await count('event'), events.length);
});

test('the same event in a batch twice is one', async (t) => {
  const { push, count } = await serve(t);
  assert.equal((await push([numbered(1), numbered(1), numbered(2)])).status, 201);
  assert.equal(await count('event'), 2);
  assert.equal((await push([numbered(2), numbered(1)])).status, 200, 'nothing new');
});

test('whoever waits is woken by a decision that another process of the store took', async (t) => {
  const connection = await cluster.database('central_shared');
  const [one, other] = [await serve(t, { connection }), await serve(t, { connection })];
  await one.push(submitted);
  const waiting = one.ask('GET', '/changes?since=0&wait=50');
  assert.equal((await other.decide(submitted.subject, 'd1', 'accepted', { unit: 'to-duong' })).status, 201);
  const { items, next } = JSON.parse((await within(waiting, 'the decision')).text);
  assert.deepEqual([items[0].id, items[0].type, items[0].data.unit], ['d1', 'vn.pakn.case.accepted', 'to-duong']);
  assert.equal((await other.ask('GET', `/changes?since=${next}`)).status, 204, 'a cursor is good in both');
});

test('decisions taken at one moment all have a place, and who follows misses none', async (t) => {
  const { push, decide, ask } = await serve(t);
  await push(submitted);
  const ids = Array.from({ length: 30 }, (_, i) => `d${i}`);
  const seen = [];
  const follow = (async () => {
    for (let since = '0'; seen.length < ids.length; ) {
      const { status, text } = await ask('GET', `/changes?since=${since}&wait=20&limit=4`);
      assert.equal(status, 200, 'the next ones');
      const { items, next } = JSON.parse(text);
      seen.push(...items.map(({ id }) => id));
      since = next;
    }
  })();
  await Promise.all(ids.map((id) => decide(submitted.subject, id, 'asked', { text: `${id}?` })));
  await within(follow, 'all decisions');
  assert.deepEqual([...seen].sort(), [...ids].sort());
});

test('a waiting appliance that goes away is forgotten', async (t) => {
  const { ask, store } = await serve(t);
  const gone = new AbortController();
  const waiting = ask('GET', '/changes?since=0&wait=50', { signal: gone.signal });
  while (store.waiting.size === 0) await new Promise(setImmediate);
  gone.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  while (store.waiting.size > 0) await new Promise(setImmediate);
});

test('the store wins on the state, and keeps the words', async (t) => {
  const { push, decide, lookup, count } = await serve(t);
  const { subject: code, data } = submitted;
  await push(submitted);
  assert.equal((await lookup(code, data.phone)).date, data.intake_due);
  await decide(code, 'd1', 'accepted', { unit: 'to-duong' });
  assert.deepEqual(await lookup(code, data.phone), { code, state: 'IN_PROCESS', agency: 'to-duong', date: data.intake_due });
  await decide(code, 'd2', 'refused', { reason_code: 'khac', text: 'Không thuộc phạm vi.' });
  const rejoinder = { ...read('rejoinder-submitted'), subject: code, id: 'th-01:1:77' };
  rejoinder.data = { ...rejoinder.data, code, state: 'REJOINDER' };
  assert.equal((await push(rejoinder)).status, 201);
  assert.deepEqual([(await lookup(code, data.phone)).state, await count('event')], ['REFUSED', 2]);
  await decide(code, 'd3', 'annulled', { text: 'Xem lại.' });
  assert.equal((await lookup(code, data.phone)).state, 'IN_PROCESS');
});

test('the lives of the outbox, as the appliance writes them: all is taken, each case stands as its last event says', async (t) => {
  const { push, pool } = await serve(t);
  const written = readFileSync(path.join(ROOT, 'tests/golden/outbox_data.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const events = written.map(({ type, subject, time, data }, n) => ({ ...numbered(n), type, subject: subject ?? undefined, time, partitionkey: subject ?? 'th-01', data }));
  for (let first = 0; first < events.length; first += 25) {
    const { status, text } = await push(events.slice(first, first + 25));
    assert.equal(status, 201, text);
  }
  const last = new Map(written.filter(({ data }) => data.state).map(({ data }) => [data.code, data.state]));
  const stands = new Map((await pool.query('SELECT code, state FROM cases')).rows.map(({ code, state }) => [code, state]));
  assert.deepEqual(new Map([...stands].sort()), new Map([...last].sort()));
  const of = async (where) => (await pool.query(`SELECT role, count(*)::int FROM binding WHERE ${where} GROUP BY role ORDER BY role`)).rows.map(({ role, count }) => `${count} ${role}`);
  const rebound = written.find(({ type }) => type === 'vn.pakn.case.rebound').subject;
  assert.deepEqual(await of(`code = '${rebound}'`), [], 'bound anew, and then the number got another owner');
  assert.deepEqual(await of('true'), ['1 represented', `${last.size - 1} sender`]);
});

test('a decision is taken once, and only one that makes sense', async (t) => {
  const { push, decide, ask } = await serve(t);
  const { subject: code } = submitted;
  await push(submitted);
  const status = async (...args) => (await decide(...args)).status;
  assert.deepEqual(
    [await status(code, 'd1', 'accepted', { unit: 'to-duong' }), await status(code, 'd1', 'accepted', { unit: 'to-duong' }), await status(code, 'd1', 'accepted', { unit: 'so-xd' })],
    [201, 200, 422],
  );
  assert.equal(await status('000000195', 'd2', 'accepted', { unit: 'to-duong' }), 404);
  assert.equal(await status(code, 'd3', 'accepted', { unit: 'to-duong' }, 'appliance'), 403);
  for (const [type, data] of [['accepted', {}], ['need-info', { text: '' }], ['late-reason', { text: 'Mưa.', new_date: 'mai' }], ['refused', { text: 'x' }], ['coordination', { agencies: [], text: 'x' }], ['promoted', {}], ['annulled', { text: 'a\0b' }]])
    assert.equal(await status(code, 'd4', type, data), 400, type);
  assert.equal(await status(code, 'd5', 'closed', { text: 'Cảm ơn.' }), 201);
  assert.equal(await status(code, 'd6', 'accepted', { unit: 'to-duong' }), 409, 'it has ended');
  const { items } = JSON.parse((await ask('GET', '/changes?since=0')).text);
  assert.deepEqual(items.map(({ id }) => id), ['d1', 'd5']);
});

test("an appliance neither writes nor reads another's events", async (t) => {
  const { push, ask } = await serve(t);
  await push(submitted);
  assert.equal((await push(submitted, 'second')).status, 403);
  const query = new URLSearchParams({ source, id: submitted.id });
  assert.equal((await ask('GET', `/events?${query}`, { token: 'second' })).status, 403);
  assert.equal((await ask('GET', '/changes?since=0', { token: 'officer' })).status, 403);
});

test('documents: replaced under a condition, told in the feed', async (t) => {
  const { ask } = await serve(t);
  const put = (body, headers = {}) => ask('PUT', '/documents/directory', { body, token: 'officer', headers: { 'Content-Type': 'text/plain', ...headers } });
  assert.equal((await ask('GET', '/documents/directory')).status, 404);
  assert.equal((await put('a', { 'If-Match': '*' })).status, 412, 'there is none');
  const first = (await put('a')).headers.get('etag');
  assert.equal((await put('a')).headers.get('etag'), first);
  assert.equal((await put('b', { 'If-Match': '"other"' })).status, 412);
  const second = (await put('b', { 'If-Match': first })).headers.get('etag');
  const { items } = JSON.parse((await ask('GET', '/changes?since=0')).text);
  assert.deepEqual(items.map(({ type, data }) => [type, data.etag]), [['vn.pakn.directory.changed', first], ['vn.pakn.directory.changed', second]]);
  assert.equal((await ask('GET', '/documents/directory')).text, 'b');
  assert.equal((await ask('PUT', '/documents/directory', { body: 'c' })).status, 403, 'not by an appliance');
});

test('no phone stands where phones are looked for', async (t) => {
  const { push, pool } = await serve(t);
  await push(submitted);
  const { rows } = await pool.query('SELECT phone FROM binding');
  assert.equal(rows.length, 1);
  assert.doesNotMatch(rows[0].phone, /912/);
});

test('while the database is away everything is to come later', async (t) => {
  const own = await Cluster.start();
  const store = await serve(t, { connection: own.connection });
  assert.equal((await store.push(submitted)).status, 201);
  await own.stop();
  for (const answer of [await store.push(numbered(1)), await store.ask('GET', '/changes?since=0')]) {
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get('retry-after'), /^[0-9]+$/);
    assert.doesNotMatch(answer.text, /postgres|socket|ENOENT/i, 'what is wrong inside is not told');
  }
});

// ---- certificates ----

function certificates(t) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ca-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const file = (name) => readFileSync(path.join(folder, name));
  const ca = (name) => openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.crt`, '-days', '2', '-subj', `/CN=${name}`);
  const issue = (name, by) => {
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1');
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial', '-copy_extensions', 'copy', '-days', '2', '-out', `${name}.crt`);
    return { key: file(`${name}.key`), cert: file(`${name}.crt`) };
  };
  ca('ca');
  ca('strangers');
  return { ca: file('ca.crt'), server: issue('server', 'ca'), appliance: issue('th-01', 'ca'), nobody: issue('th-99', 'ca'), stranger: issue('strangers-th-01', 'strangers') };
}

test('TLS: an appliance is known by its certificate', async (t) => {
  const of = certificates(t);
  const { url } = await serve(t, { tls: { ...of.server, ca: of.ca } });
  const status = (client) =>
    new Promise((resolve, reject) => {
      https.get(`${url}/changes?since=0`, { ca: of.ca, agent: false, ...client }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode))).on('error', reject);
    });
  assert.equal(await status(of.appliance), 204);
  assert.equal(await status({}), 401, 'no certificate and no token');
  assert.equal(await status({ headers: { Authorization: 'Bearer appliance' } }), 204, 'a token instead');
  assert.equal(await status(of.nobody), 401, 'a name that is not known');
  assert.equal(await status(of.stranger), 401, "of another's CA");
  await assert.rejects(status({ ...of.appliance, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }), 'older than TLS 1.2');
});

// ---- the programs ----

test('the program serves, says where, and ends with who started it', async () => {
  const child = spawn(process.execPath, [path.join(ROOT, 'tests/peers/central/server.mjs'), '--token', 't'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await within(once(readline.createInterface({ input: child.stdout }), 'line'), 'the line of the program');
  const { url, token } = JSON.parse(line);
  assert.equal(token, 't');
  const { events } = await (await fetch(`${url}/capabilities`, { headers: { Authorization: 'Bearer t' } })).json();
  assert.equal(events.batch, true);
  const ended = once(child, 'close');
  child.stdin.end();
  assert.deepEqual(await within(ended, 'the end of the program'), [0, null]);
});

test('the program refuses what it does not know', () => {
  assert.throws(() => execFileSync(process.execPath, [path.join(ROOT, 'tests/peers/central/server.mjs'), '--fast'], { stdio: 'pipe' }), /known: --port/);
});

test('the load generator counts what is there afterwards', async (t) => {
  const { url, count } = await serve(t);
  const result = await load(url, { token: 'appliance', events: 1050, batch: 100, connections: 4 });
  assert.deepEqual([result.events, await count('event'), await count('cases')], [1050, 1050, 1050]);
  t.diagnostic(`${result.per_second} events/s`);
  await assert.rejects(load(url, { token: 'wrong', events: 1 }), /401/);
});
