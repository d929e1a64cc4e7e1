// The way up to the central store, with real programs and sockets: whatever the store does, every event reaches it once or more, in the order of its
// case, with the same id; citizens are answered all the while.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { CentralStore } from '../lib/central_store.mjs';
import { Lab } from '../lib/harness.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;
const OPERATOR = '+84912345999';

async function open(t, store, central = {}, { appliance, ...more } = {}) {
  const lab = await Lab.open(t, { settings: { central: { url: store.url ?? store, heartbeat: 0, ...central }, ...(appliance && { appliance }), ...more } });
  await lab.start();
  return lab;
}
const secret = (lab, name, content) => {
  writeFileSync(lab.file(name), content);
  chmodSync(lab.file(name), 0o600);
  return lab.file(name);
};
async function submit(lab, n) {
  const citizen = lab.citizen(`+8498765${String(n).padStart(4, '0')}`);
  await citizen.send(`PA Đường vào thôn ${n} bị sụt lún`);
  for (;;) {
    const code = (await citizen.next()).text.match(ACK)?.[1];
    if (code) return { citizen, code };
  }
}
const ok = (lab, ...args) => {
  const done = lab.ctl(...args);
  assert.equal(done.status, 0, `${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return done.stdout;
};
const status = (lab) => JSON.parse(ok(lab, 'central', 'status', '--json'));
// Asks until the status is as wanted: each answer comes when the core had time for it.
async function statusUntil(lab, wanted, what) {
  for (const late = Date.now() + 30000; ; ) {
    const answer = await lab.core.result('central.status');
    if (wanted(answer)) return answer;
    assert.ok(Date.now() < late, `${what}: ${JSON.stringify(answer)}\n${lab.core.running.tail(15)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
// Since when, and until when, the store wasn't reached, as it's on disk.
async function awayUntil(lab, wanted, what) {
  for (const late = Date.now() + 30000; ; ) {
    const rows = "SELECT key, value FROM meta WHERE key LIKE 'central_away_%'";
    const found = Object.fromEntries(spawnSync('sqlite3', ['-readonly', lab.database, rows], { encoding: 'utf8' }).stdout.split('\n').map((row) => row.split('|')));
    const away = ['from', 'until'].map((end) => Number(found[`central_away_${end}`] ?? 0));
    if (wanted(away)) return away;
    assert.ok(Date.now() < late, `${what}: ${away}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const submitted = (store) => store.ofType('case.submitted');

test('a case goes up as a CloudEvent, signed, with its key; batches where the store takes them', async (t) => {
  const store = await CentralStore.open(t);
  const whsec = Buffer.alloc(32, 7).toString('base64');
  const next = Buffer.alloc(24, 9).toString('base64');
  const lab = await Lab.open(t, { settings: { central: { url: store.url, heartbeat: 1 } } });
  lab.writeConfig({ central: { url: store.url, heartbeat: 1, secret_file: secret(lab, 'whsec', `whsec_${whsec}\nwhsec_${next}\n`), token_file: secret(lab, 'token', 'abc.def\n') } });
  await lab.start();
  const { code } = await submit(lab, 1);
  await store.until(() => submitted(store).length === 1 && store.ofType('appliance.heartbeat').length >= 2);
  const [event] = submitted(store);
  assert.equal(event.subject, code);
  assert.equal(event.partitionkey, `38-${code}`);
  assert.match(event.id, /^[\w.-]+:\d+:\d+$/);
  assert.equal(event.source, `/vn/38/pakn-sms/${event.id.split(':')[0]}`);
  assert.equal(Number(event.sequence), Number(event.id.split(':')[2]));
  assert.equal(event.data.text, 'Đường vào thôn 1 bị sụt lún');
  const beat = store.ofType('appliance.heartbeat').at(-1).data;
  assert.equal(beat.links[0].up, true);
  assert.ok(beat.version && beat.waiting >= 0);
  for (const { method, headers, body } of store.requests) {
    assert.equal(headers.authorization, 'Bearer abc.def');
    if (method !== 'POST') continue;
    const id = headers['webhook-id'], at = headers['webhook-timestamp'];
    assert.equal(headers['idempotency-key'], `"${id}"`);
    assert.ok(Math.abs(Number(at) - Date.now() / 1000) < 120);
    for (const key of [whsec, next])
      assert.ok(headers['webhook-signature'].split(' ').includes(`v1,${createHmac('sha256', Buffer.from(key, 'base64')).update(`${id}.${at}.${body}`).digest('base64')}`));
  }
  assert.equal(store.requests[0].url, '/pakn/capabilities');
  // Whoever looks at a case in the store sees what its sender was told, and whether they got it; without the words.
  const texts = () => store.events.filter((e) => e.type.startsWith('vn.pakn.notice.') && e.data.template === 'ACK');
  await store.until(() => texts().length === 3);
  assert.deepEqual(texts().map((e) => e.type.slice(15)), ['queued', 'sent', 'received']);
  assert.deepEqual(texts()[0].data, { code, text: texts()[0].data.text, template: 'ACK', class: 'reply', parts: 1 });
  assert.equal(status(lab).central.state, 'up');
  assert.match(ok(lab, 'status'), /central store +up/);
  assert.match(ok(lab, 'metrics'), /phanhoi_central_events_total [1-9]/);
});

test('while the store is away people are answered; it comes back, the core is killed in the drain, nothing is lost', async (t) => {
  const store = await CentralStore.open(t, { batch: 3 });
  const { port } = store;
  await store.close();
  const lab = await open(t, store, { parallel: 2, heartbeat: 1 });
  const citizens = [];
  for (let n = 0; n < 8; n++) citizens.push(await submit(lab, n));
  await statusUntil(lab, (s) => s.central.state === 'away', 'to be away');
  const [since] = await awayUntil(lab, ([from, until]) => from > 0 && until === 0, 'to be noted');
  assert.ok(since <= Date.now() && since > Date.now() - 600000, `away since ${since}`);
  for (const { citizen } of citizens) {
    await citizen.send('TEN Le Thi Hoa');
    await citizen.next();
  }
  const { waiting } = status(lab);
  assert.ok(waiting >= 16);
  assert.match(status(lab).central.reason, /refused|connect/i);
  const hasty = async (point) => {
    await lab.stopCore();
    const core = lab.spawnCore({ env: { PHANHOI_CRASH: point } });
    assert.equal((await core.exit).signal, 'SIGKILL', point);
  };
  await lab.stopCore();
  await lab.startCore();
  await statusUntil(lab, (s) => s.central.state === 'away', 'to be away again');
  await store.listen(port);
  await hasty('central.answered:2');
  await hasty('central.written:2');
  await lab.startCore();
  await store.until(() => store.events.length >= waiting);
  await statusUntil(lab, (s) => s.waiting === 0, 'to have drained');
  const [still] = await awayUntil(lab, ([, until]) => until > 0, 'to be over');
  assert.equal(still, since, 'starts in the middle of it begin nothing anew');
  assert.ok(store.again >= 1, 'what was not written came again');
  assert.equal(submitted(store).length, 8);
  assert.equal(new Set(store.events.map((e) => e.id)).size, store.events.length);
});

// Structural: whatever its speed, an acknowledgement that waited for the store would never come here.
for (const [how, answers] of [['takes every request and never answers', true], ['takes connections and never reads', false]])
  test(`a store that ${how}: citizens are acknowledged all the same, and the request still hangs`, async (t) => {
    const store = await CentralStore.open(t);
    const sockets = [];
    const deaf = net.createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket.on('error', () => {})));
    t.after(() => (sockets.forEach((socket) => socket.destroy()), deaf.close()));
    await new Promise((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    store.answer = () => new Promise(() => {});
    const lab = await open(t, answers ? store : { url: `http://127.0.0.1:${deaf.address().port}/pakn` }, { timeout: 600 });
    const first = await submit(lab, 0);
    if (answers) await store.until(() => store.requests.some((r) => r.method === 'POST'), 'the first event to be sent'); // and hang
    for (let n = 1; n < 6; n++) await submit(lab, n);
    await first.citizen.send(`BS ${first.code} xã Hoằng Quang`);
    await first.citizen.next();
    const { central, waiting } = status(lab);
    assert.ok(central.in_flight >= 1, 'an event still hangs');
    assert.ok(waiting >= 7);
    assert.equal(lab.core.running.lines.filter((line) => / central\.(not_up|up|no_feed)/.test(line)).length, 0, 'nothing has ended yet');
    if (!answers) assert.ok(sockets.length >= 1);
  });

test('what the store refuses is parked, holds its case only, and a person decides', async (t) => {
  const store = await CentralStore.open(t);
  let poison = true;
  store.answer = ({ method, body }) => (poison && method === 'POST' && body.includes('thôn 2') && body.includes('case.submitted')
    ? { status: 422, headers: { 'Content-Type': 'application/problem+json' }, body: JSON.stringify({ title: 'Other content', status: 422, detail: 'the id stands with other content' }) } : undefined);
  const lab = await open(t, store, { park_after: 1, heartbeat: 1 }, { appliance: { operator: OPERATOR } });
  const codes = [];
  for (let n = 1; n <= 3; n++) codes.push(await submit(lab, n));
  const bad = codes[1];
  await statusUntil(lab, (s) => s.parked === 1, 'to be parked');
  await bad.citizen.send('TEN Le Thi Hoa');
  await bad.citizen.next();
  await store.until(() => submitted(store).length === 2);
  const [parked] = JSON.parse(ok(lab, 'central', 'parked', '--json'));
  assert.equal(parked.case, bad.code);
  assert.match(parked.reason, /^HTTP 422: Other content: the id stands/);
  assert.match(ok(lab, 'central', 'parked'), new RegExp(bad.code));
  assert.ok(!store.events.some((e) => e.subject === bad.code), 'later events of its case are held');
  await store.until(() => store.ofType('appliance.alarm').length === 1, 'the alarm');
  assert.deepEqual(store.ofType('appliance.alarm')[0].data, { incident: 'central-parked', over: false });
  assert.equal(lab.ctl('central', 'drop', '1').status, 1);
  assert.equal(lab.ctl('central', 'retry', '99999').status, 1);
  assert.equal(lab.ctl('central', 'retry', 'x').status, 1);
  ok(lab, 'central', 'retry', String(parked.event)); // refused again
  await statusUntil(lab, (s) => s.parked === 1, 'to be parked again');
  poison = false;
  assert.match(ok(lab, 'central', 'retry', 'all'), /^1 of the parked/);
  await store.until(() => store.events.filter((e) => e.subject === bad.code).length >= 2);
  await statusUntil(lab, (s) => s.waiting === 0 && s.parked === 0, 'to be drained');

  poison = true;
  const { code } = await submit(lab, 22);
  await statusUntil(lab, (s) => s.parked === 1, 'to be parked');
  const [other] = JSON.parse(ok(lab, 'central', 'parked', '--json'));
  assert.equal(other.case, code);
  assert.match(ok(lab, 'central', 'drop', String(other.event)), /never learn/);
  await statusUntil(lab, (s) => s.waiting === 0 && s.parked === 0, 'to be drained');
});

test('unwell stores: cut, slow, oversized, redirecting, refusing credentials, gone', async (t) => {
  const store = await CentralStore.open(t);
  const elsewhere = await CentralStore.open(t);
  const answers = {
    cut: () => null,
    slow: () => new Promise(() => {}),
    oversized: () => ({ status: 200, body: 'x'.repeat(3 << 20) }),
    unwell: () => 500,
    later: () => ({ status: 429, headers: { 'Retry-After': '3600' } }),
    redirecting: () => ({ status: 307, headers: { Location: `http://localhost:${elsewhere.port}/pakn/events` } }),
    forbidding: () => 403,
    missing: () => 404,
    gone: () => 410,
  };
  const states = { redirecting: 'paused', forbidding: 'paused', missing: 'paused', gone: 'stopped' };
  const why = { cut: /empty reply|recv|reset|closed/i, slow: /tim/i, oversized: /too large/, later: /429/, redirecting: /307, a redirect to another host/, gone: /410/ };
  const lab = await open(t, store, { timeout: 0.3 });
  await submit(lab, 0);
  await store.until(() => submitted(store).length === 1);
  let n = 1;
  for (const [name, answer] of Object.entries(answers)) {
    store.answer = answer;
    await submit(lab, n);
    const { central } = await statusUntil(lab, (s) => s.central.state === (states[name] ?? 'away'), name);
    assert.match(central.reason, why[name] ?? /./, name);
    if (name === 'later') assert.ok(Date.parse(central.next_try) - Date.now() > 3000000, 'Retry-After is obeyed');
    store.answer = () => undefined;
    ok(lab, 'central', 'retry');
    await store.until(() => submitted(store).length === n + 1, name);
    await statusUntil(lab, (s) => s.central.state === 'up' && s.waiting === 0, name);
    n++;
  }
  assert.equal(elsewhere.requests.length, 0);
});

test('the token comes from the token endpoint, once, and again after it was refused', async (t) => {
  const store = await CentralStore.open(t);
  const asked = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      asked.push({ authorization: request.headers.authorization, body });
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ access_token: `token-${asked.length}`, token_type: 'Bearer', expires_in: 3600 }));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => (server.closeAllConnections(), server.close()));
  const lab = await Lab.open(t);
  const central = { url: store.url, heartbeat: 0, oauth_url: `http://127.0.0.1:${server.address().port}/token`, oauth_id: 'th-01:x', oauth_secret_file: secret(lab, 'oauth', 'geheim\n'), oauth_scope: 'pakn.push' };
  let good = 'token-1';
  store.answer = ({ headers }) => (headers.authorization === `Bearer ${good}` ? undefined : 401);
  lab.writeConfig({ central });
  await lab.start();
  for (let n = 0; n < 3; n++) await submit(lab, n);
  await store.until(() => submitted(store).length === 3);
  assert.equal(asked.length, 1);
  assert.equal(asked[0].authorization, `Basic ${Buffer.from('th-01%3Ax:geheim').toString('base64')}`);
  assert.equal(asked[0].body, 'grant_type=client_credentials&scope=pakn.push');
  good = 'token-2';
  await submit(lab, 3);
  await store.until(() => submitted(store).length === 4);
  assert.equal(asked.length, 2);
  chmodSync(lab.file('oauth'), 0o644); // no token, no push; and it says why
  await lab.stopCore();
  await lab.startCore();
  await lab.modemsUp();
  await submit(lab, 4);
  await statusUntil(lab, (s) => /chmod 600/.test(s.central.reason ?? ''), 'to have no credentials');
});

test('raw messages go up sealed for the store, or plain', async (t) => {
  const store = await CentralStore.open(t);
  const lab = await open(t, store, { raw_messages: 'plain' });
  await submit(lab, 1);
  await store.until(() => store.ofType('sms.received').length === 1);
  const { message, link } = store.ofType('sms.received')[0].data;
  assert.match(message.text, /^PA Đường vào thôn 1/);
  assert.equal(message.from, '+84987650001');
  assert.ok(link && message.pdu);
  await lab.stopCore();
  writeFileSync(lab.file('store.pub'), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f\n');
  lab.writeConfig({ central: { url: store.url, heartbeat: 0, raw_messages: 'sealed', public_key_file: lab.file('store.pub') } });
  await lab.startCore();
  await lab.modemsUp();
  await submit(lab, 2);
  await store.until(() => store.ofType('sms.received').length === 2);
  const sealed = store.ofType('sms.received')[1].data;
  assert.deepEqual(Object.keys(sealed).sort(), ['link', 'sealed']);
  assert.ok(Buffer.from(sealed.sealed, 'base64').length > 100);
  assert.doesNotMatch(JSON.stringify(store.ofType('sms.received')[1]), /987650002/);
});

// ---- TLS ----

const openssl = (...args) => {
  const done = spawnSync('openssl', args, { encoding: 'utf8' });
  assert.equal(done.status, 0, `openssl ${args.join(' ')}: ${done.stderr}`);
};
// An authority, and certificates that it signs.
class Authority {
  constructor(lab, name) {
    this.lab = lab;
    this.name = name;
    this.key = lab.file(`${name}.key`);
    this.cert = lab.file(`${name}.pem`);
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', this.key, '-out', this.cert, '-subj', `/CN=${name}`, '-days', '60');
  }
  sign(name, subject, names, days) {
    const [key, csr, cert, ext] = ['key', 'csr', 'pem', 'ext'].map((end) => this.lab.file(`${name}.${end}`));
    writeFileSync(ext, names ? `subjectAltName=${names}\n` : 'basicConstraints=CA:FALSE\n');
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', csr, '-subj', `/CN=${subject}`);
    openssl('x509', '-req', '-in', csr, '-CA', this.cert, '-CAkey', this.key, '-CAcreateserial', '-out', cert, '-extfile', ext, '-days', String(days)); // -1: it has ended
    return { key, cert };
  }
}
const pem = ({ key, cert }) => ({ key: readFileSync(key), cert: readFileSync(cert) });

test('TLS: only a certificate that verifies and bears the name; our own is shown, and read anew', async (t) => {
  const lab = await Lab.open(t, { settings: { appliance: { operator: OPERATOR } } });
  const authority = new Authority(lab, 'authority'), stranger = new Authority(lab, 'stranger');
  const good = authority.sign('good', '127.0.0.1', 'IP:127.0.0.1', 40);
  const bad = {
    'wrong name': authority.sign('wrong', 'other.example', 'DNS:other.example', 40),
    expired: authority.sign('expired', '127.0.0.1', 'IP:127.0.0.1', -1),
    stranger: stranger.sign('unknown', '127.0.0.1', 'IP:127.0.0.1', 40),
  };
  const ours = authority.sign('th-01', 'th-01', null, 40);
  const ca = readFileSync(authority.cert);
  const store = await CentralStore.open(t, { tls: { ...pem(good), ca, rejectUnauthorized: true } });
  const { port } = store;
  const central = { url: store.url, heartbeat: 1, ca_file: authority.cert, cert_file: ours.cert, key_file: ours.key };
  lab.writeConfig({ appliance: { operator: OPERATOR }, central });
  await store.close();
  let first = true;
  for (const [name, which] of Object.entries(bad)) {
    store.tls = { ...pem(which), ca };
    await store.listen(port);
    if (first) await lab.start();
    first = false;
    ok(lab, 'central', 'retry');
    await submit(lab, name.length);
    ok(lab, 'central', 'retry');
    await statusUntil(lab, (s) => s.central.state === 'away' && /certificate|SSL/i.test(s.central.reason), name);
    await store.close();
  }
  assert.equal(store.requests.length, 0);
  store.tls = { ...pem(good), ca, rejectUnauthorized: true };
  await store.listen(port);
  ok(lab, 'central', 'retry');
  await store.until(() => submitted(store).length === 3);
  assert.equal(store.requests.at(-1).peer.subject.CN, 'th-01');

  // A renewed one is used at once; one that ends within 30 days is told to the operator.
  const renewed = authority.sign('renewed', 'th-01-new', null, 20);
  copyFileSync(renewed.key, ours.key);
  copyFileSync(renewed.cert, ours.cert);
  await submit(lab, 50);
  await store.until(() => store.requests.some((r) => r.peer.subject?.CN === 'th-01-new'));
  const operator = lab.citizen(OPERATOR);
  for (;;) {
    const { text } = await operator.next();
    if (/chung thu so .* het han ngay \d\d\/\d\d\/\d{4}/.test(text)) break;
  }
});

test('a configuration that cannot work is refused with the reason', async (t) => {
  const lab = await Lab.open(t);
  for (const [central, why] of [
    [{ url: 'https://x.example', token_file: '/a', oauth_url: 'https://y.example' }, /token_file and oauth_url/],
    [{ url: 'https://x.example', user: 'th-01' }, /central\.user: token_file/],
    [{ url: 'https://x.example', user: 'th:01', token_file: '/a' }, /central\.user: a colon/],
    [{ url: 'https://x.example', oauth_url: 'https://y.example' }, /oauth_id and oauth_secret_file are needed/],
    [{ url: 'https://x.example', cert_file: '/a' }, /cert_file and key_file go together/],
    [{ url: 'https://x.example', raw_messages: 'sealed' }, /needs public_key_file/],
    [{ url: 'https://x.example', raw_messages: 'sealed', public_key_file: '/nowhere/key' }, /\/nowhere\/key: can't be read/],
    [{ url: 'http://x.example' }, /plain HTTP to another machine/],
    [{ url: 'ftp://x.example' }, /neither http nor https/],
    [{ url: 'nonsense' }, /central\.url/],
    [{ url: 'https://user:password@x.example' }, /credentials/],
  ]) {
    lab.writeConfig({ central });
    const core = lab.spawnCore();
    assert.equal((await core.exit).code, 1, JSON.stringify(central));
    assert.match(core.tail(), why);
  }
});
