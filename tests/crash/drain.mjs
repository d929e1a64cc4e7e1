// The central store was away for seven days. Now it's back, and while the outbox drains into it the core, the store and its PostgreSQL are killed at
// random moments. At the end the reference store has every event of the appliance, each once, and no case's events ever went out of order.
//
// The seven days are lived by tests/bench/preload.c: arrivals, texts, deadlines, on a clock that is moved from hour to hour. Core, store and kills are
// real. DRAIN_EVENTS: about how many events (4,000; `make drain-drill` 50,000). DRAIN_KILLS: kills at most (9; 120). CRASH_SEED makes the choice repeat
// itself.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import readline from 'node:readline';
import { test } from 'node:test';
import { Lab, ROOT, bound, program, within } from '../lib/harness.mjs';
import { random } from '../lib/random.mjs';
import { Cluster } from '../peers/central/cluster.mjs';

const EVENTS = Number(process.env.DRAIN_EVENTS ?? 4000);
const KILLS = Number(process.env.DRAIN_KILLS ?? 9);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 2147483647);
const EVENTS_OF_A_CASE = 5.6;
const BATCH = 50;
const APPLIANCE = 'bench-01';
const SOURCE = `/vn/38/pakn-sms/${APPLIANCE}`;
const agent = new http.Agent({ keepAlive: true });

function rows(database, query) {
  const done = spawnSync('sqlite3', ['-readonly', '-json', database, query], { encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim() ? JSON.parse(done.stdout) : [];
}
// The outbox as it stands: ids in the order in which they were written, and each event's one before it of the same case.
function outbox(database) {
  const found = { ids: [], previous: new Map() };
  const newest = new Map();
  const [{ epoch }] = rows(database, "SELECT value AS epoch FROM meta WHERE key = 'epoch'");
  for (const { sequence, of } of rows(database, 'SELECT sequence, case_id AS of FROM outbox ORDER BY sequence')) {
    const id = `${APPLIANCE}:${epoch}:${sequence}`;
    found.ids.push(id);
    if (of && newest.has(of)) found.previous.set(id, newest.get(of));
    if (of) newest.set(of, id);
  }
  return found;
}

// The reference store as a program of its own, on a database that outlives it.
class Store {
  constructor({ host, user, database }) {
    this.database = `postgres://${user}@/${database}?host=${encodeURIComponent(host)}`;
  }
  async start() {
    const args = ['tests/peers/central/server.mjs', '--database', this.database, '--source', SOURCE, '--token', 'appliance'];
    this.child = spawn(...bound(process.execPath, args), { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
    this.said = [];
    readline.createInterface({ input: this.child.stderr }).on('line', (line) => this.said.push(line));
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    const said = new Promise((resolve, reject) => {
      readline.createInterface({ input: this.child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
      this.ended.then(() => reject(new Error(`the store ended: ${this.said.slice(-10).join('\n')}`)));
    });
    this.url = (await within(said, 'the store to serve')).url;
  }
  kill() {
    this.child.kill('SIGKILL');
    return this.ended;
  }
}

// Stands before the store, whose port is another after each kill; sees everything that passes, and strikes at a moment of a request's life.
class Gate {
  constructor(store, previous) {
    Object.assign(this, { store, previous, taken: new Set(), requests: 0, again: 0, wrong: [] });
  }
  async listen() {
    this.server = http.createServer((request, response) => this.#serve(request, response));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }
  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
  // strike() is called at that moment ('before', 'during', 'after' the store's work) of the n-th push from now.
  plan(n, moment, strike) {
    this.strike = { left: n, moment, strike };
  }
  #at(moment) {
    if (this.strike?.left !== 0 || this.strike.moment !== moment) return;
    const { strike } = this.strike;
    this.strike = null;
    strike();
  }
  #serve(request, response) {
    const chunks = [];
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const events = request.method === 'POST' && request.url === '/events' ? [JSON.parse(body)].flat() : null;
      if (events) this.#look(events);
      this.#forward(request, response, body, events);
    });
  }
  // No event leaves before the one before it of its case was acknowledged, or in the same batch behind it.
  #look(events) {
    const here = new Set();
    this.requests++;
    if (this.strike?.left > 0) this.strike.left--;
    for (const { id } of events) {
      const before = this.previous.get(id);
      if (before && !this.taken.has(before) && !here.has(before)) this.wrong.push(`${id} before ${before}`);
      if (this.taken.has(id)) this.again++;
      here.add(id);
    }
    this.#at('before');
  }
  #forward(request, response, body, events) {
    const cut = () => request.socket.destroy();
    const { host, connection, 'content-length': length, ...headers } = request.headers;
    const onward = http.request(this.store.url + request.url, { method: request.method, agent, headers: { ...headers, ...(body.length && { 'content-length': body.length }) } });
    request.socket.once('close', () => onward.destroy());
    onward.on('error', cut);
    onward.on('response', (answer) => {
      const parts = [];
      answer.on('error', cut);
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        if (events && answer.statusCode < 300) for (const { id } of events) this.taken.add(id);
        if (events) this.#at('after');
        response.writeHead(answer.statusCode, Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !/^(connection|keep-alive|transfer-encoding)$/.test(name))));
        response.end(Buffer.concat(parts));
      });
    });
    onward.end(body, () => events && this.#at('during'));
  }
}

test(`seven days away, about ${EVENTS} events, then a drain with kills (seed ${SEED}): each is there once, each case in its order`, async (t) => {
  const choose = random(SEED);
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number: '+84912000001', named: 'pty:/nowhere' }] });
  const cases = Math.ceil(EVENTS / EVENTS_OF_A_CASE);
  const filled = spawnSync(program('bench/preload'), [lab.database, lab.file('seal.key'), String(cases), '7'], { encoding: 'utf8' });
  assert.equal(filled.status, 0, `preload (make tests-only builds it): ${filled.error ?? filled.stderr}`);
  const { ids, previous } = outbox(lab.database);
  assert.ok(ids.length > EVENTS / 2 && previous.size > ids.length / 2);

  const cluster = await Cluster.start();
  t.after(() => cluster.stop());
  const pool = cluster.pool({ max: 1 });
  t.after(() => pool.end());
  const ask = async (...query) => (await pool.query(...query)).rows;
  // Cuts every connection, ours too, and refuses others while it recovers.
  const recovered = async (ours) => {
    for (const late = Date.now() + 60000; ; ) {
      const [{ pid }] = await ask('SELECT pg_backend_pid() AS pid').catch(() => [{ pid: ours }]);
      if (pid !== ours) return;
      assert.ok(Date.now() < late, "PostgreSQL doesn't recover");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const store = new Store(cluster.connection);
  await store.start();
  t.after(() => store.kill());
  const gate = new Gate(store, previous);
  await gate.listen();
  t.after(() => gate.close());

  writeFileSync(lab.file('token'), 'appliance\n');
  chmodSync(lab.file('token'), 0o600);
  lab.writeConfig({
    appliance: { id: APPLIANCE, index: 0, of: 1 },
    central: { url: gate.url, token_file: lab.file('token'), batch: BATCH, heartbeat: 0 },
  });
  const status = () => lab.core.result('central.status');
  const drained = (s) => s.waiting === 0 && s.central.in_flight === 0;
  // A person who says "now" to whatever back-off there is.
  const hurry = () => lab.core.ask('central.retry').catch(() => {});

  // Each ends what it names and starts it again.
  const victims = {
    core: async () => {
      await lab.core.running.kill('SIGKILL');
      await lab.startCore();
    },
    store: async () => {
      await store.kill();
      await store.start();
    },
    // One backend that dies makes PostgreSQL stop them all and recover from its log.
    postgres: async () => {
      const busy = "SELECT pid, pg_backend_pid() AS ours FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY state = 'active' DESC, pid LIMIT 1";
      const [found] = await ask(busy);
      process.kill(found.pid, 'SIGKILL');
      await recovered(found.ours);
    },
  };
  const kills = { core: 0, store: 0, postgres: 0 };
  await lab.startCore();
  for (let kill = 0; kill < KILLS && gate.taken.size < ids.length; kill++) {
    const victim = Object.keys(victims)[kill < 3 ? kill : choose(3)];
    const moment = ['before', 'during', 'after'][choose(3)];
    const struck = new Promise((resolve, reject) => gate.plan(1 + choose(8), moment, () => victims[victim]().then(resolve, reject)));
    let over = false;
    struck.then(() => (over = true), () => (over = true));
    for (const late = Date.now() + 120000; !over; ) {
      const s = await status().catch(() => null); // nobody answers while it's being killed
      if (s && drained(s)) break;
      assert.equal(store.child.exitCode, null, `the store ended by itself: ${store.said.slice(-10).join('\n')}`);
      assert.ok(Date.now() < late, `${victim} ${moment} isn't struck: ${JSON.stringify([s, gate.strike])}\n${store.said.slice(-5).join('\n')}\n${lab.core.running.tail(15)}`);
      await hurry();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (!over && gate.strike) break; // nothing is left to be struck
    await struck;
    kills[victim]++;
  }
  gate.strike = null;
  for (const late = Date.now() + 240000; ; ) {
    const s = await status();
    if (drained(s)) break;
    assert.ok(Date.now() < late, `the outbox doesn't drain: ${JSON.stringify(s)}\n${lab.core.running.tail(15)}`);
    await hurry();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(gate.wrong.slice(0, 5), [], 'an event went before the one before it of its case');
  assert.equal((await status()).parked, 0);
  const last = outbox(lab.database);
  const there = (await ask('SELECT id FROM event WHERE source = $1', [SOURCE])).map(({ id }) => id);
  const number = (id) => Number(id.split(':')[2]);
  assert.deepEqual(there.sort((a, b) => number(a) - number(b)), last.ids, 'the store has every event, and each once');
  assert.equal((await ask('SELECT count(*)::int AS n FROM cases'))[0].n, cases);
  assert.deepEqual(rows(lab.database, 'SELECT count(*) AS n FROM outbox WHERE state <> 1'), [{ n: 0 }]);
  t.diagnostic(`${last.ids.length} events of ${cases} cases in ${gate.requests} requests, ${gate.again} of them sent again; killed: ${JSON.stringify(kills)}`);
});
