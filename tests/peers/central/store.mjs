// The rows of the reference store. Every public function is one transaction; what it returned is on disk.
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { digest } from './json_value.mjs';
import { after, binding, DECIDED, ENDED } from './projection.mjs';

/** What the other side is told: an HTTP status, words for a person, perhaps header fields and the events of a batch that are to blame. */
export class Refusal extends Error {
  constructor(status, detail, { headers = {}, failures } = {}) {
    super(detail);
    Object.assign(this, { status, headers, failures });
  }
}

const SCHEMA = readFileSync(new URL('schema.sql', import.meta.url), 'utf8');
const CHANGED = { directory: 'vn.pakn.directory.changed', calendar: 'vn.pakn.calendar.changed', templates: 'vn.pakn.template.changed' };
// A deadlock or a lost race between two batches: PostgreSQL undid one of them, which may simply be done again.
const AGAIN = new Set(['40P01', '40001']);

const SQL = {
  insert: `INSERT INTO event (source, id, digest, type, code, body)
           SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           ON CONFLICT DO NOTHING RETURNING source, id`,
  digests: 'SELECT source, id, digest FROM event JOIN unnest($1::text[], $2::text[]) AS asked (source, id) USING (source, id)',
  standing: 'SELECT code, state, agency, due::text FROM cases WHERE code = ANY ($1) ORDER BY code FOR UPDATE',
  project: `INSERT INTO cases (code, state, agency, due) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[])
            ON CONFLICT (code) DO UPDATE SET state = excluded.state, agency = excluded.agency, due = excluded.due`,
  bind: `INSERT INTO binding (code, phone, role) SELECT code, phone, 'sender' FROM unnest($1::text[], $2::text[]) AS bound (code, phone)
         ON CONFLICT (code, phone) DO UPDATE SET role = 'sender'`,
  body: 'SELECT body FROM event WHERE source = $1 AND id = $2',
  place: 'UPDATE feed SET last = last + 1 RETURNING epoch, last',
  change: 'INSERT INTO change (place, id, digest, item) VALUES ($1, $2, $3, $4)',
  decided: 'SELECT digest FROM change WHERE id = $1',
  feed: 'SELECT epoch, last FROM feed',
  changes: 'SELECT place, item FROM change WHERE place > $1 ORDER BY place LIMIT $2',
  lookup: `SELECT state, agency, due::text FROM binding JOIN cases USING (code)
           WHERE code = $1 AND phone = $2 AND role <> 'asked'`,
  document: 'SELECT type, body, etag FROM document WHERE name = $1',
  put: `INSERT INTO document (name, type, body, etag) VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO UPDATE SET type = excluded.type, body = excluded.body, etag = excluded.etag`,
};

// What an event makes of the bindings of its case (projection.mjs): statements, and what each is given.
const BINDINGS = {
  asked: [["INSERT INTO binding VALUES ($1, $2, 'asked') ON CONFLICT DO NOTHING", 'code', 'phone']],
  consent: [["UPDATE binding SET role = 'represented' WHERE code = $1 AND role = 'asked'", 'code']],
  dissent: [["DELETE FROM binding WHERE code = $1 AND role IN ('asked', 'represented')", 'code']],
  lapse: [["DELETE FROM binding WHERE code = $1 AND role = 'sender'", 'code']],
  rebind: [
    ["DELETE FROM binding WHERE code = $1 AND role = 'sender'", 'code'],
    ["INSERT INTO binding VALUES ($1, $2, 'sender') ON CONFLICT (code, phone) DO UPDATE SET role = 'sender'", 'code', 'phone'],
  ],
  reassign: [['DELETE FROM binding WHERE phone = $1', 'phone']],
};

const key = (event) => `${event.source} ${event.id}`; // neither has a space
const column = (rows, name) => rows.map((row) => row[name] ?? null);

export class Store {
  /** `pool`: of pg. `source`: the store's own, of its feed's items. `secret`: phones are hashed with it. */
  constructor({ pool, source, secret }) {
    Object.assign(this, { pool, source, secret });
    this.waiting = new Set(); // of those that wait for the feed: called when it has something
    this.turn = 0; // of the feed, counted so that nothing is missed between looking and waiting
  }

  async open() {
    await this.#transaction(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(1)'); // two stores on one database
      if ((await client.query("SELECT to_regclass('event') AS there")).rows[0].there === null) await client.query(SCHEMA);
    });
    await this.#listen();
  }

  async close() {
    this.closed = true;
    this.#wake();
    await this.listener?.end().catch(() => {});
  }

  // ---- up ----

  /** `events`: checked ones, in their order. How many of them were new. */
  async push(events) {
    const once = this.#once(events);
    for (let tries = 0; ; tries++)
      try {
        return await this.#transaction((client) => this.#push(client, once));
      } catch (error) {
        if (!AGAIN.has(error.code) || tries === 5) throw error;
      }
  }

  /** A batch may hold the same event twice; with other content it contradicts itself. */
  #once(events) {
    const seen = new Map();
    const rows = events.map((event, index) => ({ event, index, source: event.source, id: event.id, digest: digest(event) }));
    const failures = [];
    for (const row of rows) {
      const first = seen.get(key(row));
      if (!first) seen.set(key(row), row);
      else if (first.digest !== row.digest) failures.push(this.#other(row));
    }
    if (failures.length) throw new Refusal(422, 'a batch holds one id with two contents', { failures });
    return [...seen.values()];
  }

  #other({ index, id }) {
    return { index, id, status: 422, detail: 'an event with this source and id stands here with other content' };
  }

  async #push(client, rows) {
    for (const row of rows) Object.assign(row, { type: row.event.type, code: caseOf(row.event), body: JSON.stringify(row.event) });
    // In one order everywhere, so that two batches don't wait for each other.
    const sorted = [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    const values = ['source', 'id', 'digest', 'type', 'code', 'body'].map((name) => column(sorted, name));
    const inserted = new Set((await client.query({ name: 'insert', text: SQL.insert, values })).rows.map(key));
    const known = rows.filter((row) => !inserted.has(key(row)));
    if (known.length) await this.#compare(client, known);
    const fresh = rows.filter((row) => inserted.has(key(row)));
    await this.#project(client, fresh);
    await this.#bind(client, fresh);
    return fresh.length;
  }

  async #compare(client, known) {
    const { rows } = await client.query(SQL.digests, [column(known, 'source'), column(known, 'id')]);
    const stands = new Map(rows.map((row) => [key(row), row.digest]));
    const failures = known.filter((row) => stands.get(key(row)) !== row.digest).map((row) => this.#other(row));
    if (failures.length) throw new Refusal(422, failures[0].detail, { failures });
  }

  async #project(client, fresh) {
    const told = fresh.filter((row) => row.code);
    const codes = [...new Set(told.map((row) => row.code))].sort();
    if (!codes.length) return;
    const standing = (await client.query({ name: 'standing', text: SQL.standing, values: [codes] })).rows;
    const cases = new Map(standing.map((row) => [row.code, row]));
    for (const { code, type, event } of told) cases.set(code, after(cases.get(code), type, event.data));
    const rows = codes.map((code) => ({ ...cases.get(code), code })).filter((row) => row.state);
    const values = ['code', 'state', 'agency', 'due'].map((name) => column(rows, name));
    await client.query({ name: 'project', text: SQL.project, values });
  }

  /** In their order; new cases, by far the most, all at once up to the next other event. */
  async #bind(client, fresh) {
    let bound = new Map();
    const flush = async () => {
      const rows = [...bound.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
      if (rows.length) await client.query({ name: 'bind', text: SQL.bind, values: [column(rows, 'code'), column(rows, 'phone')] });
      bound = new Map();
    };
    for (const { code, type, event } of fresh) {
      const what = binding(type, event.data);
      if (!what) continue;
      const row = { code, phone: what.phone ? this.#hash(what.phone) : null };
      if (what.name === 'bind') {
        bound.set(`${code} ${row.phone}`, row);
        continue;
      }
      await flush();
      for (const [text, ...names] of BINDINGS[what.name]) await client.query(text, names.map((name) => row[name]));
    }
    await flush();
  }

  #hash(phone) {
    return createHmac('sha256', this.secret).update(phone).digest('base64');
  }

  /** The event as JSON text; null: there is none. */
  async event(source, id) {
    return (await this.pool.query(SQL.body, [source, id])).rows[0]?.body ?? null;
  }

  // ---- down ----

  /** {items, next, more}; null when nothing came in `wait` ms or `signal` aborted. */
  async changes(since, limit, wait, signal) {
    const end = Date.now() + wait;
    while (!this.closed && !signal.aborted) {
      const turn = this.turn;
      const found = await this.#after(since, limit);
      const left = end - Date.now();
      if (found || left <= 0) return found;
      if (turn === this.turn) await this.#wait(left, signal);
    }
    return null;
  }

  async #after(since, limit) {
    const { epoch, last } = (await this.pool.query(SQL.feed)).rows[0];
    const place = this.#place(since, epoch, last);
    const { rows } = await this.pool.query({ name: 'changes', text: SQL.changes, values: [place, limit + 1] });
    if (!rows.length) return null;
    const shown = rows.slice(0, limit);
    const next = Buffer.from(`${epoch}:${shown.at(-1).place}`).toString('base64url');
    return { items: shown.map((row) => JSON.parse(row.item)), next, more: rows.length > limit };
  }

  #place(since, epoch, last) {
    if (since === '0') return '0';
    const [, of, place] = /^([0-9a-f]+):([0-9]{1,18})$/.exec(Buffer.from(since, 'base64url').toString('latin1')) ?? [];
    if (of !== epoch || BigInt(place) > BigInt(last)) throw new Refusal(410, 'this store never gave that cursor; begin at since=0');
    return place;
  }

  #wait(ms, signal) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  #wake() {
    this.turn++;
    for (const done of this.waiting) done();
  }

  async #listen() {
    const client = await this.pool.connect();
    this.listener = { end: async () => client.release(true) };
    client.on('notification', () => this.#wake());
    client.on('error', () => {
      if (this.closed) return;
      client.release(true);
      this.#wake(); // who waits looks for itself
      setTimeout(() => this.closed || this.#listen().catch(() => {}), 1000).unref();
    });
    await client.query('LISTEN change');
  }

  async #add(client, { epoch, last }, item, value) {
    await client.query(SQL.change, [last, item.id, value, JSON.stringify(item)]);
    await client.query('NOTIFY change');
  }

  /** false: it was decided already, the same. */
  decide(id, code, type, data) {
    const value = digest({ code, type, data });
    return this.#transaction(async (client) => {
      const place = (await client.query(SQL.place)).rows[0]; // from here on one at a time
      const stands = (await client.query(SQL.decided, [id])).rows[0];
      if (stands && stands.digest !== value) throw new Refusal(422, 'that Idempotency-Key has decided something else');
      if (stands) return false;
      const was = (await client.query(SQL.standing, [[code]])).rows[0];
      if (!was) throw new Refusal(404, 'no such case');
      if (ENDED.includes(was.state) && type !== 'vn.pakn.case.annulled') throw new Refusal(409, `the case is ${was.state}`);
      const now = { state: DECIDED[type] ?? was.state, agency: data.unit ?? data.agency ?? was.agency, due: data.new_date ?? was.due };
      await client.query(SQL.project, [[code], [now.state], [now.agency], [now.due]]);
      const item = { ...this.#item(id, type), subject: code, data: { code, decided_at: new Date().toISOString(), ...data } };
      await this.#add(client, place, item, value);
      return true;
    });
  }

  #item(id, type) {
    return { specversion: '1.0', id, source: this.source, type, time: new Date().toISOString(), datacontenttype: 'application/json' };
  }

  async lookup(code, phone) {
    const { rows } = await this.pool.query({ name: 'lookup', text: SQL.lookup, values: [code, this.#hash(phone)] });
    return rows.length ? { code, state: rows[0].state, agency: rows[0].agency, date: rows[0].due } : null;
  }

  async document(name) {
    return (await this.pool.query(SQL.document, [name])).rows[0] ?? null;
  }

  /** `match`: the ETag that must stand, `*` for any; undefined: whatever stands. The new one. */
  putDocument(name, type, body, match) {
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
    return this.#transaction(async (client) => {
      const place = (await client.query(SQL.place)).rows[0];
      const stands = (await client.query(SQL.document, [name])).rows[0];
      if (match !== undefined && (match === '*' ? !stands : stands?.etag !== match)) throw new Refusal(412, 'another version of the document stands');
      if (stands?.etag === etag && stands.type === type) return etag;
      await client.query(SQL.put, [name, type, body, etag]);
      const id = `${place.epoch}:${place.last}`;
      await this.#add(client, place, { ...this.#item(id, CHANGED[name]), data: { etag } }, etag);
      return etag;
    });
  }

  async #transaction(work) {
    const client = await this.pool.connect();
    let failed;
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      failed = await client.query('ROLLBACK').then(() => undefined, (lost) => lost);
      throw error;
    } finally {
      client.release(failed);
    }
  }
}

/** The code of the case that an event is about; null: about none. */
function caseOf(event) {
  const code = event.data.code;
  return /^vn\.pakn\.(case|deadline|notice)\./.test(event.type) && typeof code === 'string' && code === event.subject ? code : null;
}
