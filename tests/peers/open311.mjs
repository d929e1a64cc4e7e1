// The core and a GeoReport store: each case is one request there, whatever gets lost on the way; what happens to it goes up as updates, and what
// officers say there comes down.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Lab, ROOT } from '../lib/harness.mjs';
import { GeoReport } from './georeport/server.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;
const SERVICES = [{ code: 'OTHER', unit: 'so-xd-gt' }];

async function open(t, store, { open311 = {}, central = {}, services = SERVICES, env } = {}) {
  const lab = await Lab.open(t);
  writeFileSync(lab.file('key'), `${store.key}\n`);
  chmodSync(lab.file('key'), 0o600);
  lab.writeConfig({
    central: { url: store.url, profile: 'open311', heartbeat: 0, timeout: 1, ...central },
    open311: { api_key_file: lab.file('key'), ...open311 },
    services,
    directory: { file: path.join(ROOT, 'tests/fixtures/directory.conf') },
  });
  await lab.startNetwork();
  lab.spawnCore({ env });
  return lab;
}
const up = async (lab) => {
  await lab.core.running.line(/ app\.ready /);
  await lab.modemsUp();
};
async function read(citizen, pattern) {
  citizen.lab.ctl('central', 'retry'); // what came down is looked for now
  for (;;) {
    const found = (await citizen.next()).text.match(pattern);
    if (found) return found;
  }
}
async function submit(lab, n, words = `Đường vào thôn ${n} bị sụt lún`) {
  const citizen = lab.citizen(`+8498765${String(n).padStart(4, '0')}`);
  await citizen.send(/^KIN /.test(words) ? words : `PA ${words}`);
  return { citizen, code: (await read(citizen, ACK))[1] };
}
const json = (lab, ...args) => {
  const done = lab.ctl(...args, '--json');
  assert.equal(done.status, 0, `${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return JSON.parse(done.stdout);
};
// Until the program has said or done it: asked for again each time that the store was asked for something.
async function settled(lab, condition, what) {
  for (const late = Date.now() + 30000; !condition(); ) {
    assert.ok(Date.now() < late, `${what}\n${lab.core.running.tail(20)}`);
    lab.ctl('central', 'retry'); // now, not when it's time
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
const statuses = (store) => store.updates.map((u) => u.status);

for (const format of ['json', 'xml'])
  test(`a case as a request, its life as updates both ways (${format})`, async (t) => {
    const store = await GeoReport.open(t, { jurisdiction: 'th.vn', wrapped: format === 'json' });
    const lab = await open(t, store, { open311: { jurisdiction_id: 'th.vn', format } });
    await up(lab);
    const { citizen, code } = await submit(lab, 1, 'Đường vào thôn 3 & 4 bị sụt lún <50 cm>');
    await store.until(() => store.requests.length === 1);
    const [posted] = store.posted;
    assert.equal(posted.description, `Đường vào thôn 3 & 4 bị sụt lún <50 cm>\n\n[PAKN ${code}]`);
    assert.equal(posted['attribute[ma_pakn]'], `38-${code}`);
    assert.equal(posted.phone, '+84987650001');
    assert.match(posted['attribute[expected_datetime]'], /^\d{4}-\d\d-\d\dT23:59:59\+07:00$/);
    const id = store.idOf(code);
    store.update('999', 'closed', 'Người khác gửi qua web', { at: '2026-01-01T00:00:00+09:00' });
    store.update(id, 'investigating', 'Thon 3 xa nao?', { at: new Date(Date.now() + 7 * 3600000).toISOString().replace(/\.\d+Z/, '+07:00') });
    await settled(lab, () => store.updates.length === 1, 'the question to be taken');
    await read(citizen, /Thon 3 xa nao\?/);
    await citizen.send(`BS ${code} xã Hoằng Quang`);
    await store.until(() => store.updates.some((u) => u.description.includes('Hoằng Quang')));
    store.update(id, 'in_progress');
    await settled(lab, () => statuses(store).includes('IN_PROGRESS'), 'the case to be accepted');
    store.update(id, 'fixed', 'Da sua xong ngay 16/12.');
    await read(citizen, /Da sua xong ngay 16\/12\./);
    await settled(lab, () => statuses(store).includes('CLOSED'), 'the publication to be told');
    assert.deepEqual(statuses(store), ['INVESTIGATING', 'UNCHANGED', 'IN_PROGRESS', 'CLOSED']);
    for (const u of store.updates) assert.match(u.update_id, /^th-01_\d+_\d+$/);
    assert.equal(json(lab, 'case', 'show', code).state, 'PUBLISHED');
    assert.equal(json(lab, 'central', 'kept').length, 0);
    assert.equal(store.requests.length, 1);
    assert.ok(lab.core.running.lines.every((line) => !line.includes('k3y')), 'the key is in no log');
  });

test('an answer that is lost, on either side of the deed: never two requests, never two updates', async (t) => {
  for (const where of ['fault', 'afterwards'])
    for (const how of ['cut', 'silent', { status: 500, body: 'oops' }, { status: 200, body: '<html>It works!</html>' }, { status: 200, body: '[{"service_request_id":""}]' }]) {
      const store = await GeoReport.open(t);
      let faults = 2; // one of a request, one of an update
      store[where] = ({ method }) => (method === 'POST' && faults-- > 0 && store.asked('POST', faults === 1 ? 'requests' : 'servicerequestupdates').length <= 1 ? how : undefined);
      const lab = await open(t, store);
      await up(lab);
      const { citizen, code } = await submit(lab, 1);
      await settled(lab, () => store.requests.length === 1 && (where === 'fault' || store.asked('GET', 'requests').length >= 1), `${where} ${JSON.stringify(how)}: the request`);
      await citizen.send(`BS ${code} xã Hoằng Quang`);
      await settled(lab, () => store.updates.length === 1, `${where} ${JSON.stringify(how)}: the update`);
      await settled(lab, () => json(lab, 'central', 'status').waiting === 0, `${where} ${JSON.stringify(how)}: nothing waits`);
      assert.equal(store.requests.length, 1, `${where} ${JSON.stringify(how)}`);
      assert.equal(store.updates.length, 1);
      await lab.close();
      await store.close();
    }
});

test('killed between the request and its name on disk: found again at the next start', async (t) => {
  for (const point of ['central.answered', 'central.learned', 'turn.before_commit']) {
    const store = await GeoReport.open(t, { page: 2 });
    for (let n = 0; n < 5; n++) // others', and the same words among them
      store.requests.push({ service_request_id: `w${n}`, status: 'open', service_code: 'OTHER', description: n % 2 ? 'Đường vào thôn 1 bị sụt lún' : 'x\n\n[PAKN 111111111]', requested_datetime: new Date(Date.now() + 60000).toISOString().replace(/\.\d+/, '') });
    const before = store.requests.length;
    const lab = await open(t, store, { env: point === 'turn.before_commit' ? {} : { PHANHOI_CRASH: `${point}:1` } });
    await up(lab);
    let killed = lab.core.running.exit;
    if (point === 'turn.before_commit') store.afterwards = ({ method }) => (method === 'POST' ? (lab.core.running.kill('SIGKILL'), 'silent') : undefined);
    const citizen = lab.citizen('+84987650001');
    await citizen.send('PA Đường vào thôn 1 bị sụt lún');
    assert.equal((await killed).signal, 'SIGKILL', point);
    assert.equal(store.requests.length, before + 1);
    store.afterwards = () => undefined;
    await lab.startCore();
    await lab.modemsUp();
    const [{ code }] = json(lab, 'case', 'list');
    await citizen.send(`BS ${code} xã Hoằng Quang`);
    await settled(lab, () => store.updates.length === 1, point);
    assert.equal(store.updates[0].service_request_id, store.idOf(code), point);
    assert.equal(store.requests.length, before + 1, point);
    await lab.close();
    await store.close();
  }
});

test('a receipt first: the name is asked for, later steps wait for it, also over a restart', async (t) => {
  const store = await GeoReport.open(t, { receipts: true });
  const lab = await open(t, store);
  await up(lab);
  const { citizen, code } = await submit(lab, 1);
  await citizen.send(`BS ${code} xã Hoằng Quang`);
  await store.until(() => store.asked('GET', 'tokens').length >= 1);
  assert.equal(store.updates.length, 0);
  await lab.stopCore();
  await lab.startCore();
  await lab.modemsUp();
  await settled(lab, () => store.updates.length === 1, 'the update');
  assert.equal(store.updates[0].service_request_id, store.idOf(code));
  assert.equal(store.requests.length, 1);
  assert.equal(store.asked('POST', 'requests').length, 1);
});

test('refusals: a person is called, with the store\'s words; a wrong key stops all; a request that is gone holds up its own case only', async (t) => {
  const store = await GeoReport.open(t, { services: ['ELSE'] });
  const lab = await open(t, store, { central: { park_after: 1 } });
  await up(lab);
  const first = await submit(lab, 1);
  await settled(lab, () => store.asked('POST', 'requests').length >= 1 && json(lab, 'central', 'status').central.state === 'paused', 'a wrong service is the way\'s fault (404)');
  store.services.push('OTHER');
  await settled(lab, () => store.requests.length === 1, 'it goes on');
  store.fault = ({ method, resource }) => (method === 'POST' && resource === 'requests' ? { status: 400, body: '[{"code":400,"description":"lat is required"}]' } : undefined);
  const second = await submit(lab, 2);
  await settled(lab, () => json(lab, 'central', 'parked').length === 1, 'the second is parked');
  assert.match(json(lab, 'central', 'parked')[0].reason, /HTTP 400: lat is required/);
  store.fault = () => undefined;
  store.requests.length = 0; // somebody deleted them
  await first.citizen.send(`BS ${first.code} xã A`);
  await second.citizen.send(`BS ${second.code} xã B`);
  await settled(lab, () => json(lab, 'central', 'parked').length === 2, 'the update of a deleted request is parked');
  const third = await submit(lab, 3);
  await settled(lab, () => store.idOf(third.code), 'other cases go on');
  const key = store.key;
  store.key = 'another';
  await third.citizen.send(`BS ${third.code} xã C`);
  await settled(lab, () => json(lab, 'central', 'status').central.state === 'paused', 'nothing is sent with a wrong key');
  store.key = key;
  await settled(lab, () => store.updates.length === 1, 'and again with the right one');
  assert.equal(json(lab, 'central', 'parked').length, 2);
});

test('a store that gives two cases one name: the second is a person\'s', async (t) => {
  const store = await GeoReport.open(t);
  store.afterwards = ({ method, resource }) => (method === 'POST' && resource === 'requests' ? { status: 200, body: '[{"service_request_id":"same"}]' } : undefined);
  const lab = await open(t, store);
  await up(lab);
  await submit(lab, 1);
  await submit(lab, 2);
  await settled(lab, () => json(lab, 'central', 'parked').length === 1, 'the second is parked');
  assert.match(json(lab, 'central', 'parked')[0].reason, /another case/);
});

test('confidential cases stay here, unless the store keeps them to itself', async (t) => {
  for (const confidential of [false, true]) {
    const store = await GeoReport.open(t);
    const lab = await open(t, store, { open311: { confidential } });
    await up(lab);
    const { citizen, code } = await submit(lab, 1, 'KIN Cán bộ A gây khó khăn khi làm thủ tục');
    await submit(lab, 2);
    await settled(lab, () => store.requests.length === (confidential ? 2 : 1) && json(lab, 'central', 'status').waiting === 0, 'what may go has gone');
    assert.equal(Boolean(store.idOf(code)), confidential, lab.ctl('case', 'show', code).stdout);
    if (confidential) assert.equal(store.posted[0]['attribute[non_public]'], '1');
    await citizen.send(`BS ${code} cán bộ B nữa`);
    await settled(lab, () => json(lab, 'central', 'status').waiting === 0 && json(lab, 'case', 'show', code).events.some((e) => e.type === 'case.supplemented'), 'the rest, too');
    assert.equal(store.updates.length, confidential ? 1 : 0);
    await lab.close();
    await store.close();
  }
});

test('updates: bad lists, echoes, what comes again, unknown words, no moment, of no request of ours', async (t) => {
  const store = await GeoReport.open(t, { echo: true });
  const lab = await open(t, store);
  await up(lab);
  const { citizen, code } = await submit(lab, 1);
  await store.until(() => store.requests.length === 1);
  const id = store.idOf(code);
  await citizen.send(`BS ${code} xã Hoằng Quang`);
  await store.until(() => store.updates.length === 1);
  const bad = ['<html>', '[', '{}', '[[]]', '<!DOCTYPE a [<!ENTITY b "c">]><a><b><c>&b;</c></b></a>', `["${'x'.repeat(5 << 20)}"]`, ''];
  for (const body of bad) {
    const before = store.asked('GET', 'servicerequestupdates').length;
    store.afterwards = ({ method, resource }) => (method === 'GET' && resource === 'servicerequestupdates' ? { status: 200, body } : undefined);
    await settled(lab, () => store.asked('GET', 'servicerequestupdates').length > before, `asked again after ${body.slice(0, 20)}`);
  }
  store.afterwards = () => undefined;
  store.update(id, 'closed', '', { at: '2026-11-20 10:00' }); // no moment, and no words to publish
  store.update(id, 'eaten_by_dog', 'Chó ăn');
  store.update('', 'closed', 'Của ai?');
  store.update('42', 'closed', 'Của người khác');
  store.update(id, 'no_further_action', 'Khong thuoc tham quyen', { update_id: 'u1' });
  store.update(id, 'no_further_action', 'Khong thuoc tham quyen', { update_id: 'u1' });
  await read(citizen, /Khong thuoc tham quyen/);
  await settled(lab, () => statuses(store).includes('NO_FURTHER_ACTION'), 'the refusal is told');
  const shown = json(lab, 'case', 'show', code);
  assert.equal(shown.state, 'REFUSED');
  assert.equal(shown.events.filter((e) => e.type === 'case.refused').length, 1);
  const kept = json(lab, 'central', 'kept', '--reveal');
  assert.deepEqual(kept.map((k) => k.type).sort(), ['vn.open311.closed', 'vn.open311.eaten_by_dog'], JSON.stringify(kept));
  const again = store.asked('GET', 'servicerequestupdates').length;
  await settled(lab, () => store.asked('GET', 'servicerequestupdates').length > again + 2, 'read again');
  assert.equal(json(lab, 'central', 'kept').length, kept.length, 'nothing is dealt with twice');
});
