// The way down from the central store, with real programs and sockets: officers decide there, citizens read it; whatever the feed does, each decision
// takes effect once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CentralStore } from '../lib/central_store.mjs';
import { Lab, ROOT } from '../lib/harness.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;

async function open(t, store, more = {}) {
  const lab = await Lab.open(t, { settings: { central: { url: store.url, heartbeat: 0 }, ...more } });
  await lab.start();
  return lab;
}
async function submit(lab, n) {
  const citizen = lab.citizen(`+8498765${String(n).padStart(4, '0')}`);
  await citizen.send(`PA Đường vào thôn ${n} bị sụt lún`);
  return { citizen, code: (await until(citizen, ACK))[1] };
}
async function until(citizen, pattern) {
  for (;;) {
    const found = (await citizen.next()).text.match(pattern);
    if (found) return found;
  }
}
const json = (lab, ...args) => {
  const done = lab.ctl(...args, '--json');
  assert.equal(done.status, 0, `${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return JSON.parse(done.stdout);
};
const refusals = (store) => store.ofType('decision.refused').map((e) => e.data);

test('officers decide in the store, the citizen reads it; what the table refuses goes back with its reason', async (t) => {
  const store = await CentralStore.open(t);
  const lab = await open(t, store);
  const { citizen, code } = await submit(lab, 1);
  store.decide(code, 'need-info', { text: 'Thon nao?', officer: 'nv.an' });
  await until(citizen, /Thon nao\?/);
  store.decide(code, 'published', { text: 'Xong.' }, 'early'); // out of order
  store.publish({ id: 'w', type: 'vn.pakn.weather.changed', data: { rain: true } });
  store.feed.push(7, { specversion: '1.0' });
  store.decide('100000036', 'asked', { text: 'x' }); // wrong check digits
  store.decide(code, 'refused', { reason_code: 'khong-thuoc', text: 'Khong thuoc tham quyen' });
  await until(citizen, /Khong thuoc tham quyen/);
  await store.until(() => refusals(store).length === 2 && store.ofType('event.unknown').length === 3);
  const early = refusals(store).find((r) => r.event === 'early');
  assert.equal(early.code, code);
  assert.match(early.reason, /publish/);
  const kept = json(lab, 'central', 'kept');
  assert.equal(kept.length, 5);
  assert.ok(kept.some((k) => k.type === 'vn.pakn.weather.changed'));
  assert.match(lab.ctl('central', 'kept').stdout, /weather\.changed/);
  assert.ok(!JSON.stringify(kept).includes('Xong.'), 'the words of a decision are for who has a reason to read them');
  assert.ok(JSON.stringify(json(lab, 'central', 'kept', '--reveal')).includes('Xong.'));
  assert.equal(json(lab, 'central', 'status').central.feed, 'read');
  assert.match(lab.ctl('metrics').stdout, /phanhoi_feed_items_total 7/);
});

test('killed before, in and after the commit of a page: each decision takes effect once', async (t) => {
  const store = await CentralStore.open(t);
  const lab = await open(t, store);
  const { citizen, code } = await submit(lab, 1);
  for (const point of ['feed.decided', 'feed.applied', 'turn.before_commit', 'feed.committed']) {
    await lab.stopCore();
    const core = lab.spawnCore({ env: { PHANHOI_CRASH: `${point}:1` } });
    store.decide(code, 'called', { text: point }, `call-${point}`);
    assert.equal((await core.exit).signal, 'SIGKILL', point);
    await lab.startCore();
    await lab.modemsUp();
  }
  store.decide(code, 'need-info', { text: 'Thon nao?' });
  await until(citizen, /Thon nao\?/);
  const { events } = json(lab, 'case', 'show', code);
  assert.equal(events.filter((e) => e.type === 'case.need-info').length, 1);
  const calls = events.filter((e) => e.type === 'case.called').length + json(lab, 'central', 'kept').length;
  assert.equal(calls, 4, 'each was done once, or refused once');
});

test('bad answers, a cursor that the store has forgotten, and what comes again', async (t) => {
  const store = await CentralStore.open(t);
  const bad = [
    { status: 200, body: '<html>' },
    { status: 200, body: '{"items":[],"next":"","more":true}' },
    { status: 200, body: `{"items":["${'x'.repeat(2 << 20)}"],"next":"c9","more":true}` },
    null,
    500,
  ];
  let failing = [];
  store.answer = ({ url }) => (url.includes('/changes?') && failing.length ? failing.shift() : undefined);
  const lab = await open(t, store);
  const { citizen, code } = await submit(lab, 1);
  store.decide(code, 'need-info', { text: 'Thon nao?' });
  await until(citizen, /Thon nao\?/);
  for (const answer of bad) {
    failing = [answer];
    store.publish({ id: `again${bad.indexOf(answer)}`, type: 'vn.pakn.weather.changed', data: {} });
    for (let n = 0; failing.length || store.ofType('event.unknown').length < bad.indexOf(answer) + 1; n++) {
      assert.equal(lab.ctl('central', 'retry').status, 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(n < 1000, 'the feed goes on');
    }
  }
  failing = [410];
  store.decide(code, 'refused', { reason_code: 'khong-thuoc', text: 'Khong thuoc tham quyen' });
  await until(citizen, /Khong thuoc tham quyen/);
  store.publish({ id: 'end', type: 'vn.pakn.weather.changed', data: {} });
  await store.until(() => store.ofType('event.unknown').some((e) => e.data.event === 'end'));
  assert.ok(store.feedAsked.lastIndexOf('0') > 1, 'it began anew');
  assert.equal(refusals(store).length, 0, 'nothing was done twice');
});

const HELP = (words) => ({ HELP: { plain: `Soan PA <noi dung> gui {shortcode}. {province} ${words}.`, accented: `Soạn PA <nội dung> gửi {shortcode}. {province} ${words}.` } });
const CALENDAR = { tz: 'Asia/Ho_Chi_Minh', weekend: ['SAT', 'SUN'], years: {} };

test('documents: fetched by ETag, taken whole or refused whole with the reason, in force after a restart without the store', async (t) => {
  const store = await CentralStore.open(t);
  store.documents = {
    directory: { etag: '"d1"', body: readFileSync(path.join(ROOT, 'tests/fixtures/directory.conf'), 'utf8') },
    calendar: { etag: '"c1"', type: 'application/json', body: JSON.stringify({ ...CALENDAR, version: 'th-1' }) },
    templates: { etag: '"t1"', body: JSON.stringify(HELP('nghe ban')) },
  };
  const lab = await open(t, store);
  const asked = (name) => store.requests.filter((r) => r.url.endsWith(`/documents/${name}`));
  const refused = () => store.ofType('document.refused').map((e) => e.data);
  const changed = (name, document) => {
    if (document) store.documents[name] = document;
    store.publish({ id: `changed-${store.feed.length}`, type: `vn.pakn.${name === 'templates' ? 'template' : name}.changed`, data: { etag: store.documents[name].etag } });
  };
  const citizen = lab.citizen('+84912345678');
  const told = async () => {
    await citizen.send('HD');
    return (await citizen.next()).text;
  };
  await store.until(() => asked('templates').length === 1 && store.ofType('directory.version').length === 1);
  await lab.core.running.line(/central\.document document=templates/);
  assert.match(await told(), /nghe ban\.$/);
  assert.match(lab.ctl('directory', 'list').stdout, /so-xd/);

  // Bad ones: each is reported once, what ran goes on.
  const bad = [
    ['directory', { etag: '"d2"', body: 'agencies = ( { key = "x"; name = "X"; kind = "planet"; } );' }],
    ['calendar', { etag: '"c2"', body: '{"years":' }],
    ['templates', { etag: '"t2"', body: JSON.stringify({ HELP: { plain: 'x'.repeat(2000) } }) }],
    ['templates', { etag: 'no quotes', body: '{}' }],
    ['calendar', { etag: '"c3"', body: '' }],
    ['directory', { etag: '"d3"', body: 'x\0y' }],
  ];
  for (const [i, [name, document]] of bad.entries()) {
    changed(name, document);
    await store.until(() => refused().length > i, `${name} ${document.etag} to be refused`);
    assert.equal(refused()[i].document, name);
    assert.ok(refused()[i].reason);
  }
  assert.equal(asked('directory')[1].headers['if-none-match'], '"d1"');
  const before = asked('calendar').length;
  changed('calendar');
  await store.until(() => asked('calendar').length > before);
  assert.match(await told(), /nghe ban\.$/);
  assert.match(lab.ctl('directory', 'list').stdout, /so-xd/);
  assert.equal(refused().length, bad.length, 'what is refused already is not reported again');

  changed('templates', { etag: '"t4"', body: JSON.stringify(HELP('dang nghe')) });
  await lab.core.running.line(/central\.document document=templates etag=.*t4/);
  assert.match(await told(), /dang nghe\.$/);
  await store.close();
  await lab.stopCore();
  await lab.startCore();
  await lab.modemsUp();
  assert.match(await told(), /dang nghe\.$/);
  assert.equal(json(lab, 'reload').calendar.version, 'th-1');
  assert.match(await told(), /dang nghe\.$/);
});

test('TC for a case of another appliance: the store is asked, a bound phone reads it, every other learns nothing', async (t) => {
  const store = await CentralStore.open(t);
  const THEIRS = '+84987650001';
  const cases = new Map();
  const asked = [];
  store.lookup = ({ code, phone }) => {
    asked.push({ code, phone });
    const found = phone === THEIRS && cases.get(code);
    return found ? { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code, ...found }) } : 404;
  };
  const lab = await open(t, store);
  const theirs = lab.citizen(THEIRS), stranger = lab.citizen('+84987650002');
  const say = async (citizen, text) => (await citizen.send(text), (await citizen.next()).text);
  // Codes of other slots: those for which the store is asked.
  const codes = [];
  for (let body = 1; codes.length < 6 && body < 200; body++) {
    const code = String(body * 100 + 98 - ((body * 100) % 97)).padStart(9, '0');
    const before = asked.length;
    assert.match(await say(lab.citizen(`+8498766${String(body).padStart(4, '0')}`), `TC ${code}`), /^Khong tim thay ma so/);
    if (asked.length > before) codes.push(code);
  }
  assert.equal(codes.length, 6);
  const [bound, ended, undated, nonsense, late] = codes;
  cases.set(bound, { state: 'IN_PROCESS', agency: null, date: '2031-12-30' });
  cases.set(ended, { state: 'CLOSED', agency: 'so-xd', date: null });
  cases.set(undated, { state: 'RESULT_READY', agency: 'no-such', date: null });
  cases.set(nonsense, { state: 'FLYING', agency: null, date: null });
  assert.match(await say(theirs, `TC ${bound}`), new RegExp(`^PAKN ${bound}: dang xu ly tai .*, han 30/12/2031\\.`));
  const before = asked.length;
  assert.match(await say(theirs, `TC ${bound}`), /dang xu ly/);
  assert.equal(asked.length, before, 'from the cache');
  assert.match(await say(theirs, `TC ${ended}`), new RegExp(`^PAKN ${ended} da ket thuc`));
  assert.match(await say(theirs, `TC ${undated}`), new RegExp(`^PAKN ${undated}: sap co ket qua tai`));
  assert.equal(await say(stranger, `TC ${bound}`), (await say(stranger, `TC ${late}`)).replace(late, bound));
  assert.match(await say(theirs, `TC ${nonsense}`), /^Khong tim thay/);

  // Killed before the answer is on disk; then a store that says nothing: each question is answered when its time is over.
  await lab.stopCore();
  const core = lab.spawnCore({ env: { PHANHOI_CRASH: 'lookup.answered:1' } });
  await stranger.send(`TC ${codes[5]}`);
  assert.equal((await core.exit).signal, 'SIGKILL');
  store.answer = ({ url }) => (url.endsWith('/cases/lookup') ? new Promise(() => {}) : undefined);
  await lab.startCore();
  await lab.modemsUp();
  assert.match((await stranger.next()).text, /^Khong tim thay/);
});

test('a feed that is held keeps nothing else waiting, also where connections are not kept', async (t) => {
  const store = await CentralStore.open(t);
  store.server.on('request', (request, response) => (response.shouldKeepAlive = false));
  const lab = await open(t, store);
  await store.until(() => store.requests.some(({ url }) => /changes.*wait=50/.test(url)), 'the feed to be held');
  const { code } = await submit(lab, 1);
  await store.until(() => store.ofType('case.submitted').some(({ subject }) => subject === code), 'the case to go up');
});
