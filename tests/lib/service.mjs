// A service under load that is killed and started again, and the account that is taken at the end.
//
// Promises (the numbers are those of smsc/README.md's truth table):
//  1. Every SMS that the network handed over is in the database, once.
//  2. A case never exists without its acknowledgement, its event, its deadline and its place in the outbox, and none of them without the case.
//  3. A part is on the air again only after an attempt whose outcome was unknown.
//  4. What the attempts say of TP-MRs is what the network saw; only those of which nobody knows may be wrong, or missing there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Lab, ROOT } from './harness.mjs';

export const HANDSETS = 20;
const MODEMS = 2;
const FAILURES = [
  { stage: 'prompt', code: 332 }, // certainly not sent
  { stage: 'pdu', code: 38 },
  { stage: 'pdu', code: 500, on_air: true }, // sent, and nobody knows
  { stage: 'pdu', code: 513 }, // not sent, and nobody knows
];

// The crash points of the program, read from its source, so that a new one is tested on the day it is written.
export function crashPoints() {
  const points = new Set();
  const walk = (folder) => {
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      if (statSync(file).isDirectory()) walk(file);
      else if (name.endsWith('.c')) for (const [, point] of readFileSync(file, 'utf8').matchAll(/crash_point\("([^"]+)"\)/g)) points.add(point);
    }
  };
  for (const folder of ['firmware-host', 'modem', 'smsc', 'store']) walk(path.join(ROOT, folder));
  return [...points].sort();
}

export class Service {
  // options: what Lab.open() takes; without it two modems, and a desk that waits for nothing.
  static async open(t, options) {
    const lab = await Lab.open(t, options ?? {
      modems: MODEMS,
      settings: {
        worker: { restart_base: 0.05 },
        messages: { unknown_wait: 1, draft_life: 1, retry_base: 0.1 },
        abuse: { messages_per_hour: 0, flood_per_hour: 0 },
      },
    });
    await lab.startNetwork();
    return new Service(lab);
  }
  constructor(lab) {
    this.lab = lab;
    this.sent = 0;
    this.loading = false;
  }
  // Handsets that write without end, and modems that fail now and then. The SIMs are small: what doesn't fit waits in the network.
  startLoad() {
    this.loading = true;
    this.load = Promise.all(Array.from({ length: HANDSETS }, (_, h) => this.write(h)));
  }
  async write(h) {
    while (this.loading) {
      const n = this.sent + 1, { name } = this.lab.modems[n % this.lab.modems.length];
      if (n % 10 === 0) await this.lab.network.ask({ op: 'modem', name, set: { fail_next: FAILURES[(n / 10) % FAILURES.length] } });
      await this.complain(h);
    }
  }
  // Mostly complaints by the book; some so long that they come in parts; some without a word of command, from people who never wrote before.
  async complain(h) {
    const n = ++this.sent;
    const { number } = this.lab.modems[n % this.lab.modems.length];
    const about = `Su co thu ${n} o thon ${h}`;
    const stranger = n % 5 === 0;
    const citizen = this.lab.citizen(stranger ? `+84971${String(n).padStart(6, '0')}` : `+8498700${String(h).padStart(4, '0')}`);
    citizen.seen = (await citizen.inbox()).at(-1)?.seq ?? 0;
    await citizen.send(stranger ? about : `PA ${about}${n % 7 ? '' : ', nuoc chay tran ra duong khong ai sua'.repeat(5)}`, { to: number });
    await citizen.next(1000).catch(() => {}); // people wait for an answer, for a while
  }
  async stopLoad() {
    this.loading = false;
    await this.load;
  }
  // The core as it is started in service; `env` names a crash point.
  async start(env) {
    this.running = this.lab.spawnCore({ env });
    return this.running;
  }
  async killCore() {
    this.running.kill('SIGKILL');
    await this.running.exit;
  }
  async workers() {
    const modems = await this.lab.core.result('modems').catch(() => []);
    return modems.map((m) => m.worker.pid).filter((pid) => pid > 0);
  }
  // Until everything that the network had is stored, answered and known.
  async settle() {
    const late = Date.now() + 120000;
    for (;;) {
      const idle = await this.lab.network.ask({ op: 'idle', empty: true, wait: 10000 });
      const held = await this.lab.core.result('held.list', { limit: 1000 });
      for (const { id } of held) await this.lab.core.ask('held.retry', { id });
      const status = this.sql('SELECT (SELECT count(*) FROM inbound WHERE state = 0) AS raw, (SELECT count(*) FROM assembly WHERE state = 0) AS joining, ' +
        '(SELECT count(*) FROM cases WHERE state = 0) AS drafts, (SELECT count(*) FROM part WHERE state IN (0, 1)) AS going')[0];
      if (idle.idle && held.length === 0 && status.raw + status.joining + status.drafts + status.going === 0) return;
      assert.ok(Date.now() < late, `the service doesn't come to rest: ${JSON.stringify({ idle, status, held: held.length })}\n${this.running.tail(15)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  sql(query) {
    const done = spawnSync('sqlite3', ['-readonly', '-json', this.lab.database, query], { encoding: 'utf8', maxBuffer: 1 << 28 });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout.trim() ? JSON.parse(done.stdout) : [];
  }
  async everything(command, more = {}) {
    const rows = [];
    for (let before = 0; ; before = rows.at(-1).id) {
      const page = await this.lab.core.result(command, { ...more, ...(before && { before }), limit: 500, reveal: true });
      rows.push(...page);
      if (page.length < 500) return rows;
    }
  }
  // others: what was texted besides complaints.
  async account(others = /^$/) {
    await this.promise1(others);
    this.promise2();
    const { parts: air } = await this.lab.network.ask({ op: 'air', after: 0 });
    this.promise4(air);
    this.promise3(air);
  }
  async promise1(others) {
    const { arrivals } = await this.lab.network.ask({ op: 'arrivals', after: 0 });
    const texts = (await this.everything('message.list')).map((m) => m.text);
    const count = new Map();
    for (const text of texts) {
      if (others.test(text)) continue;
      const [, n] = /^(?:PA )?Su co thu (\d+) o thon/.exec(text) ?? [];
      assert.ok(n, `a message that nobody wrote: ${text}`);
      count.set(Number(n), (count.get(Number(n)) ?? 0) + 1);
    }
    const open = arrivals.filter((a) => a.kind === 'sms' && !['deleted', 'acknowledged', 'shown'].includes(a.state));
    assert.deepEqual(open, [], 'every message was handed over at the end');
    for (let n = 1; n <= this.sent; n++) assert.equal(count.get(n) ?? 0, 1, `message ${n} of ${this.sent} is in the database ${count.get(n) ?? 0} times`);
  }
  promise2() {
    const wrong = this.sql(`
      SELECT c.id, c.code,
        (SELECT count(*) FROM outbound o WHERE o.case_id = c.id AND o.template_name = 'ACK') AS acknowledgements,
        (SELECT count(*) FROM case_event e WHERE e.case_id = c.id AND e.type = 'case.submitted') AS events,
        (SELECT count(*) FROM deadline d WHERE d.case_id = c.id AND d.kind = 0) AS deadlines,
        (SELECT count(*) FROM outbox x WHERE x.case_id = c.id AND x.type = 'vn.pakn.case.submitted') AS pushes
      FROM cases c WHERE acknowledgements <> 1 OR events <> 1 OR deadlines <> 1 OR pushes <> 1`);
    assert.deepEqual(wrong, [], 'a case without its acknowledgement, event, deadline or push (or with two)');
    const [{ cases, acknowledgements, pushes }] = this.sql(`SELECT (SELECT count(*) FROM cases) AS cases,
      (SELECT count(*) FROM outbound WHERE template_name = 'ACK') AS acknowledgements,
      (SELECT count(*) FROM outbox WHERE type = 'vn.pakn.case.submitted') AS pushes`);
    assert.equal(cases, this.sent);
    assert.equal(acknowledgements, cases);
    assert.equal(pushes, cases);
  }
  promise3(air) {
    const said = new Map();
    const onAir = new Map(); // what a phone shows of an acknowledgement is its code: no two are alike
    for (const part of air) {
      const [, code] = /ma so (\d{9}) \(/.exec(part.text) ?? [];
      if (code) said.set(code, [...(said.get(code) ?? []), `${part.modem} TP-MR ${part.mr}${part.repeat ? ' dropped' : ''}`]);
      if (part.repeat) continue; // dropped by the message centre
      if (code) onAir.set(code, (onAir.get(code) ?? 0) + 1);
    }
    const rows = this.sql(`SELECT printf('%09d', c.code) AS code, p.state AS state, count(a.id) AS attempts, coalesce(sum(a.repeated), 0) AS repeated,
        group_concat(a.link || ' state ' || a.state || ' TP-MR ' || a.reference || ' ' || a.reason, '; ') AS tries
      FROM cases c JOIN outbound o ON o.case_id = c.id AND o.template_name = 'ACK' JOIN part p ON p.outbound_id = o.id
      LEFT JOIN attempt a ON a.part_id = p.id GROUP BY c.id`);
    let twice = 0;
    for (const { code, state, attempts, repeated, tries } of rows) {
      const times = onAir.get(code) ?? 0;
      assert.ok(times <= 1 + repeated, `acknowledgement ${code} was on the air ${times} times; ${repeated} of its ${attempts} attempts followed an unknown one`);
      assert.ok(times >= 1 || state === 6, `acknowledgement ${code} never was on the air, yet its part is in state ${state}: ${tries}; the network saw ${said.get(code)}`);
      twice += times > 1;
    }
    assert.equal(rows.length, this.sent);
    this.twice = twice;
  }
  promise4(air) {
    const recipients = new Map(this.sql(`SELECT printf('%09d', c.code) AS code, o.subscriber_id AS id FROM cases c JOIN outbound o ON o.case_id = c.id
      AND o.template_name = 'ACK'`).map(({ code, id }) => [code, id]));
    const ids = new Map(); // of a phone: numbers are sealed on disk, but it got an acknowledgement
    for (const { text, to } of air) {
      const [, code] = /ma so (\d{9}) \(/.exec(text) ?? [];
      if (code) ids.set(to, recipients.get(code));
    }
    const between = new Map();
    const of = (link, id) => between.get(`${link} ${id}`) ?? between.set(`${link} ${id}`, { air: [], attempts: [] }).get(`${link} ${id}`);
    for (const part of air) if (ids.has(part.to)) of(part.modem, ids.get(part.to)).air.push(part);
    for (const a of this.sql('SELECT id, part_id, link, subscriber_id, number, state, reference, repeated, reason FROM attempt ORDER BY id')) of(a.link, a.subscriber_id).attempts.push(a);
    const known = new Set(ids.values());
    for (const [key, { air: parts, attempts }] of between) {
      if (!known.has(Number(key.split(' ')[1]))) continue;
      const certain = attempts.filter((a) => [1, 2, 3].includes(a.state)).map((a) => a.reference);
      const doubtful = attempts.filter((a) => [5, 6].includes(a.state)).length;
      const unexplained = parts.filter(({ mr }) => {
        const at = certain.indexOf(mr);
        if (at >= 0) certain.splice(at, 1);
        return at < 0;
      });
      assert.ok(certain.length === 0 && unexplained.length <= doubtful, `${key}: ${certain.length} certain attempts weren't on the air, ` +
        `${unexplained.length} parts were by no certain one, ${doubtful} are doubtful\n${[...attempts, ...parts].map((x) => JSON.stringify(x)).join('\n')}`);
    }
  }
}
