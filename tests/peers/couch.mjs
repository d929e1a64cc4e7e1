// The couch profile against a store of CouchDB's protocol that others wrote: each event a document, once; conflicts; the feed of everybody's documents,
// whatever lies in it; a store that is killed, or comes back empty; appliances that answer for each other's cases.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Lab, ROOT, within } from '../lib/harness.mjs';
import { Couch } from './couch/store.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;

// A text of which a kill left nobody knowing goes again after a second.
async function open(t, couch, { central = {}, ...more } = {}) {
  const lab = await Lab.open(t, { settings: { central: { profile: 'couch', url: couch.url, heartbeat: 0, ...central }, messages: { unknown_wait: 1 }, ...more } });
  await lab.start();
  return lab;
}
async function until(citizen, pattern) {
  for (;;) {
    const found = (await citizen.next()).text.match(pattern);
    if (found) return found;
  }
}
async function submit(lab, n, to) {
  const citizen = lab.citizen(`+8498765${String(n).padStart(4, '0')}`);
  await citizen.send(`PA Đường vào thôn ${n} bị sụt lún`, to && { to });
  return { citizen, code: (await until(citizen, ACK))[1] };
}
const json = (lab, ...args) => {
  const done = lab.ctl(...args, '--json');
  assert.equal(done.status, 0, `${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return JSON.parse(done.stdout);
};
// Asks until the status is as wanted: each answer comes when the core had time for it.
async function statusUntil(lab, wanted, what) {
  for (const late = Date.now() + 30000; ; ) {
    const answer = await lab.core.result('central.status');
    if (wanted(answer)) return answer;
    assert.ok(Date.now() < late, `${what}: ${JSON.stringify(answer)}\n${lab.core.running.tail(15)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const submitted = (couch, count) => couch.until(async () => {
  const found = await couch.ofType('case.submitted');
  return found.length >= count && found;
}, `${count} cases`);
const events = async (couch) => (await couch.documents()).filter(({ source }) => source?.includes('/pakn-sms/'));

test('each event is a document under its own id, written once; what comes back of ours is no decision', async (t) => {
  const couch = await Couch.open(t);
  const lab = await open(t, couch);
  const { code } = await submit(lab, 1);
  await submit(lab, 2);
  await submitted(couch, 2);
  await statusUntil(lab, ({ waiting }) => waiting === 0, 'all of it up');
  const all = await events(couch);
  assert.ok(all.length >= 4);
  for (const document of all) {
    assert.match(document._id, /^th-01:\d+:\d+$/);
    assert.equal(document._id, document.id);
    assert.match(document._rev, /^1-/);
    assert.deepEqual([document.specversion, document.source], ['1.0', '/vn/38/pakn-sms/th-01']);
  }
  const [first] = all.filter(({ type, subject }) => type === 'vn.pakn.case.submitted' && subject === code);
  assert.deepEqual([first.partitionkey, first.data.text], [`38-${code}`, 'Đường vào thôn 1 bị sụt lún']);
  const bulk = couch.requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body).docs);
  assert.equal(bulk.flat().length, all.length, 'each was sent once');
  for (const docs of bulk) assert.equal(new Set(docs.map(({ subject, _id }) => subject ?? _id)).size, docs.length, 'no two of a case in one request');
  assert.deepEqual(json(lab, 'central', 'kept'), []);
});

test('an answer that was lost: the conflict is with itself, and done', async (t) => {
  const couch = await Couch.open(t);
  let lost = 0;
  couch.answer = ({ method, body }) => (method === 'POST' && body.includes('case.submitted') && lost++ < 2 ? null : undefined);
  const lab = await open(t, couch);
  await submit(lab, 1);
  await submitted(couch, 1);
  await lab.core.running.line(/central\.not_up/);
  lab.ctl('central', 'retry');
  await statusUntil(lab, ({ waiting }) => waiting === 0, 'all of it up');
  assert.ok(lost >= 2);
  assert.ok(couch.requests.some(({ method, url }) => method === 'GET' && /\/pakn\/th-01%3A/.test(url)), 'it was compared');
  for (const { _rev } of await events(couch)) assert.match(_rev, /^1-/);
  assert.deepEqual(json(lab, 'central', 'parked'), []);
});

test('another document under the id of an event: that event is parked, its case waits for a person, others go on', async (t) => {
  const couch = await Couch.open(t);
  let taken;
  couch.answer = async ({ method, body }) => {
    const found = method === 'POST' && JSON.parse(body).docs.find(({ type }) => type === 'vn.pakn.case.submitted');
    if (!found || taken) return undefined;
    taken = found._id;
    await couch.put(taken, { ...found, _id: undefined, data: { ...found.data, text: 'something else' } });
    return undefined;
  };
  const lab = await open(t, couch);
  const { code } = await submit(lab, 1);
  await submit(lab, 2);
  await submitted(couch, 2);
  await statusUntil(lab, ({ parked }) => parked === 1, 'the event parked');
  const [parked] = json(lab, 'central', 'parked');
  assert.match(JSON.stringify(parked), /another event stands under its id/);
  assert.equal((await events(couch)).filter(({ subject }) => subject === code).length, 1, 'later ones of the case are held');
  const other = await couch.ask('GET', `/${taken}`);
  await couch.ask('DELETE', `/${taken}?rev=${other._rev}`);
  assert.equal(lab.ctl('central', 'retry', 'all').status, 0);
  await statusUntil(lab, ({ waiting, parked: left }) => waiting === 0 && left === 0, 'all of it up');
  assert.equal((await couch.ask('GET', `/${taken}`)).data.text, 'Đường vào thôn 1 bị sụt lún');
});

test('a rule of the database refuses one event: only that one is parked', async (t) => {
  const couch = await Couch.open(t);
  await couch.put('_design/rules', { validate_doc_update: `function (doc) { if (doc.data && /thôn 1 /.test(doc.data.text)) throw { forbidden: 'not thôn 1' }; }` });
  const lab = await open(t, couch, { central: { park_after: 1 } });
  await submit(lab, 1);
  await submit(lab, 2);
  await submitted(couch, 1);
  await statusUntil(lab, ({ parked }) => parked === 1, 'the event parked');
  assert.match(JSON.stringify(json(lab, 'central', 'parked')), /forbidden: not thôn 1/);
});

test('too large for the store: a batch goes in halves, one alone is parked', async (t) => {
  const couch = await Couch.open(t, { limit: 1500 });
  const lab = await open(t, couch);
  await submit(lab, 1);
  const long = lab.citizen('+84987650009');
  await long.send(`PA Đường vào thôn bị sụt lún ${'rất nặng '.repeat(110)}`);
  await until(long, ACK);
  await submitted(couch, 1);
  await statusUntil(lab, ({ parked }) => parked === 1, 'the long one parked');
  assert.match(JSON.stringify(json(lab, 'central', 'parked')), /413/);
});

test('officers decide by documents; a kill of the core in between repeats nothing, the follower goes on from its place', async (t) => {
  const couch = await Couch.open(t);
  const lab = await open(t, couch);
  const { citizen, code } = await submit(lab, 1);
  await submitted(couch, 1);
  await couch.decide(code, 'need-info', { text: 'Thon nao, xa nao?' }, 'k1');
  await until(citizen, /Thon nao, xa nao\?/);
  await lab.stopCore();
  const core = lab.spawnCore({ env: { PHANHOI_CRASH: 'feed.committed:1' } });
  await couch.decide(code, 'refused', { reason_code: 'khong-thuoc', text: 'Khong thuoc tham quyen' }, 'k2');
  assert.equal((await core.exit).signal, 'SIGKILL');
  const before = couch.requests.length;
  await lab.startCore();
  await lab.modemsUp();
  await until(citizen, /Khong thuoc tham quyen/);
  const shown = json(lab, 'case', 'show', code);
  for (const type of ['case.need-info', 'case.refused']) assert.equal(shown.events.filter((e) => e.type === type).length, 1, type);
  const asked = () => couch.requests.slice(before).filter(({ url }) => url.includes('_changes?')).map(({ url }) => new URL(url, 'http://x').searchParams.get('since'));
  await couch.until(() => asked().length > 0, 'the feed to be asked for');
  assert.ok(!asked().includes('0'), `from its place: ${asked()}`);
});

test('whatever lies in the store, what follows it is read', async (t) => {
  const couch = await Couch.open(t);
  const lab = await open(t, couch);
  const { citizen, code } = await submit(lab, 1);
  await submitted(couch, 1);
  const event = { specversion: '1.0', source: '/vn/38/pakn-store', time: new Date().toISOString(), data: {} };
  await couch.put('weather', { ...event, id: 'w', type: 'vn.pakn.weather.changed' });
  await couch.put('nothing', {});
  await couch.put('data', { ...event, id: 'd', type: 'vn.pakn.case.accepted', data: 'text' });
  await couch.put('false-id', { ...event, id: 'th-02:x:1', source: '/vn/38/pakn-sms/th-02', type: 'vn.pakn.case.submitted', subject: code });
  await couch.put('large', { ...event, id: 'l', type: 'vn.pakn.case.asked', subject: code, data: { code, text: 'x'.repeat(3000000) } });
  await couch.put('_design/rules', { views: {} });
  const { rev } = await couch.put('gone', { ...event, id: 'g', type: 'vn.pakn.case.closed' });
  await couch.ask('DELETE', `/gone?rev=${rev}`);
  await couch.put('th-02:7:1', { ...event, id: 'th-02:7:1', source: '/vn/38/pakn-sms/th-02', type: 'vn.pakn.case.refused', subject: code, data: { code, state: 'REFUSED', text: 'x' } });
  await couch.decide(code, 'need-info', { text: 'Thon nao, xa nao?' }, 'k1');
  await until(citizen, /Thon nao, xa nao\?/);
  const kept = json(lab, 'central', 'kept').map(({ type, reason }) => `${type} ${reason}`);
  assert.equal(kept.length, 5, kept.join('\n'));
  for (const wanted of [/weather\.changed .*known/, /specversion/, /data is no object/, /id and time/, /too large/]) assert.ok(kept.some((k) => wanted.test(k)), `${wanted}: ${kept}`);
  assert.equal(json(lab, 'case', 'show', code).state, 'NEED_INFO', "another appliance's event is no decision");
  assert.equal((await couch.until(async () => {
    const told = await couch.ofType('event.unknown');
    return told.length === 5 && told;
  })).length, 5);
});

test('answers that are no JSON, no page, or of no database: the place stays, and it is told', async (t) => {
  const couch = await Couch.open(t);
  let lies = ['<html>', '[]', '{"results":7,"last_seq":1}', '{"results":[]}', '{"results":[],"last_seq":-1}'];
  couch.answer = ({ url }) => (url.includes('_changes?') && lies.length ? { status: 200, body: lies[0] } : undefined);
  const lab = await open(t, couch);
  const { citizen, code } = await submit(lab, 1);
  await submitted(couch, 1);
  for (; lies.length; lies = lies.slice(1)) {
    await statusUntil(lab, ({ central }) => central.feed !== 'read', `a problem with ${lies[0]}`);
    lab.ctl('central', 'retry');
  }
  await couch.decide(code, 'need-info', { text: 'Thon nao, xa nao?' }, 'k1');
  lab.ctl('central', 'retry');
  await until(citizen, /Thon nao, xa nao\?/);
});

test('killed in the middle of the push and started again: each event once, each case in its order', async (t) => {
  const couch = await Couch.open(t);
  const lab = await open(t, couch);
  const sent = Array.from({ length: 8 }, (_, n) => submit(lab, n + 1));
  let pushed = 0;
  couch.answer = ({ method, url }) => {
    if (method === 'POST' && url.endsWith('_bulk_docs') && ++pushed === 3) couch.kill();
    return undefined;
  };
  const codes = (await Promise.all(sent)).map(({ code }) => code);
  await within(couch.running.exit, 'the store to be killed');
  await submit(lab, 9);
  await couch.start();
  lab.ctl('central', 'retry');
  await statusUntil(lab, ({ waiting }) => waiting === 0, 'all of it up');
  const all = await events(couch);
  assert.equal(new Set(all.map(({ _id }) => _id)).size, all.length);
  for (const { _rev } of all) assert.match(_rev, /^1-/);
  for (const code of codes) {
    const sequences = all.filter(({ subject }) => subject === code).map(({ sequence }) => sequence);
    assert.deepEqual(sequences, [...sequences].sort(), code);
    assert.ok(sequences.length >= 2);
  }
});

test('the store comes back empty, its numbers begin anew: the follower does, too', async (t) => {
  const couch = await Couch.open(t);
  const lab = await open(t, couch);
  const { citizen, code } = await submit(lab, 1);
  await submitted(couch, 1);
  await couch.decide(code, 'need-info', { text: 'Thon nao, xa nao?' }, 'k1');
  await until(citizen, /Thon nao, xa nao\?/);
  await couch.reset();
  await couch.decide(code, 'need-info', { text: 'Thon nao, xa nao?' }, 'k1'); // as before, and done
  await couch.decide(code, 'refused', { reason_code: 'khong-thuoc', text: 'Khong thuoc tham quyen' }, 'k2');
  lab.ctl('central', 'retry');
  await until(citizen, /Khong thuoc tham quyen/);
  await lab.core.running.line(/central\.feed_anew/);
  assert.equal(json(lab, 'case', 'show', code).events.filter((e) => e.type === 'case.need-info').length, 1);
});

// Two appliances on one network of the air: each has a modem of its own there, and the first line of one key file.
async function twins(t, couch) {
  const air = await Lab.open(t, { modems: 2 });
  await air.startNetwork();
  writeFileSync(air.file('seal.key'), `1 ${'5a'.repeat(32)}\n`);
  chmodSync(air.file('seal.key'), 0o600);
  return Promise.all(air.modems.map(async (modem, index) => {
    const lab = await Lab.open(t, { modems: [{ ...modem, line: air.line(modem) }] });
    lab.networkSocket = air.networkSocket;
    copyFileSync(air.file('seal.key'), lab.file('seal.key'));
    lab.writeConfig({
      appliance: { id: `th-0${index + 1}`, index, of: 8, province: '38', name: 'Thanh Hoa', name_accented: 'Thanh Hóa', shortcode: '1022' },
      central: { profile: 'couch', url: couch.url, heartbeat: 0 },
    });
    await lab.startCore();
    await lab.modemsUp();
    return lab;
  }));
}

test("two appliances on one store answer TC for each other's cases, to the bound phone only, also while the store is away", async (t) => {
  const couch = await Couch.open(t);
  const [one, two] = await twins(t, couch);
  const first = await submit(one, 1);
  const second = await submit(two, 2);
  await submitted(couch, 2);
  const settled = async () => {
    await Promise.all([one, two].map((lab) => statusUntil(lab, ({ waiting }) => waiting === 0, 'all of it up')));
    const count = (await couch.documents()).length;
    await Promise.all([one, two].map((lab) => statusUntil(lab, ({ central }) => Number(central.cursor) >= count, 'the feed read')));
  };
  const ask = async (citizen, lab, code, pattern) => {
    await citizen.send(`TC ${code}`, { to: lab.modems[0].number });
    return (await until(citizen, pattern)).input;
  };
  await settled();
  await ask(first.citizen, two, first.code, new RegExp(`${first.code}: da nhan`));
  await ask(second.citizen, one, second.code, new RegExp(`${second.code}: da nhan`));

  // An officer decides in the store: the appliance that has the case does it, the other one knows.
  await couch.decide(first.code, 'need-info', { text: 'Thon nao, xa nao?' }, 'k1');
  await until(first.citizen, /Thon nao, xa nao\?/);
  await settled();
  await ask(first.citizen, two, first.code, new RegExp(`${first.code}: cho bo sung`));

  // Whose it isn't, and who asks for what there isn't, read the same.
  const stranger = two.citizen('+84987650099');
  const nobodys = ['000000195', '000000292', '000000389'].find((code) => code !== first.code && code !== second.code);
  const answers = [await ask(stranger, two, first.code, new RegExp(first.code)), await ask(stranger, two, nobodys, new RegExp(nobodys))];
  assert.equal(answers[0].replace(first.code, 'CODE'), answers[1].replace(nobodys, 'CODE'));
  assert.doesNotMatch(answers[0], /cho bo sung/);

  await couch.kill();
  await two.stopCore();
  await two.startCore();
  await two.modemsUp();
  await ask(first.citizen, two, first.code, new RegExp(`${first.code}: cho bo sung`));
});

test("the province's directory is an attachment of a document; an event tells that it changed", async (t) => {
  const couch = await Couch.open(t);
  const directory = readFileSync(path.join(ROOT, 'tests/fixtures/directory.conf'), 'utf8');
  const { rev } = await couch.ask('PUT', '/document:directory/text', directory, { 'Content-Type': 'text/plain' });
  const lab = await open(t, couch);
  await lab.core.running.line(/central\.document document=directory/);
  const from = lab.core.running.lines.length;
  await couch.ask('PUT', `/document:directory/text?rev=${rev}`, `${directory}\n# newer\n`, { 'Content-Type': 'text/plain' });
  await couch.put('changed-1', { specversion: '1.0', id: 'changed-1', source: '/vn/38/pakn-store', type: 'vn.pakn.directory.changed', data: {} });
  await lab.core.running.line(/central\.document document=directory/, { from });
  assert.deepEqual(json(lab, 'central', 'kept'), []);
});

test('a password instead of a token; a wrong one stops the push until the file is mended', async (t) => {
  const couch = await Couch.open(t);
  const right = `Basic ${Buffer.from('th-01:mật khẩu').toString('base64')}`;
  couch.answer = ({ headers }) => (headers.authorization === right ? undefined : { status: 401, body: '{"error":"unauthorized","reason":"Name or password is incorrect."}' });
  const lab = await Lab.open(t);
  const password = (text) => {
    writeFileSync(lab.file('password'), `${text}\n`);
    chmodSync(lab.file('password'), 0o600);
  };
  password('wrong');
  lab.writeConfig({ central: { profile: 'couch', url: couch.url, heartbeat: 0, user: 'th-01', token_file: lab.file('password') } });
  await lab.start();
  await submit(lab, 1);
  await statusUntil(lab, ({ central }) => central.state === 'paused' && /unauthorized: Name or password/.test(central.reason), 'the push to be paused');
  password('mật khẩu');
  lab.ctl('central', 'retry');
  await submitted(couch, 1);
  assert.ok(!lab.core.running.lines.some((line) => /mật khẩu|wrong/.test(line)));
});
