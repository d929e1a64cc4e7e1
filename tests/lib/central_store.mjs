// A central store of a test's own: an HTTP(S) server on a port that the system gives, which keeps what it's sent and answers as it's told.
//
//   const store = await CentralStore.open(t, { tls: { key, cert, ca } })
//   store.answer = (request) => 503                 // a status, {status, headers, body}, or null: the connection is cut
//   await store.until(() => store.events.length === 3)
//
// It holds what central stores may rely on: a key is of one body, a case's events come in order, an event that comes again is the same.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { within } from './harness.mjs';

export class CentralStore {
  static async open(t, { tls, batch = 100, port = 0 } = {}) {
    const store = new CentralStore(tls, batch);
    await store.listen(port);
    t.after(() => store.close());
    return store;
  }
  constructor(tls, batch) {
    this.tls = tls;
    this.batch = batch;
    this.requests = []; // {method, url, headers, body, at}
    this.events = []; // as they were first taken
    this.again = 0;
    this.known = new Map(); // id to JSON
    this.keys = new Map(); // Idempotency-Key to body
    this.answer = () => undefined; // undefined: the good answer
    this.feed = []; // what GET /changes gives, in order
    this.feedAsked = []; // the cursors with which it was asked
    this.documents = {}; // name to {etag, type, body}
    this.waiting = [];
    this.sockets = new Set();
  }
  async listen(port) {
    const serve = (request, response) => this.#serve(request, response);
    this.server = this.tls ? https.createServer({ requestCert: Boolean(this.tls.ca), ...this.tls }, serve) : http.createServer(serve);
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.on('tlsClientError', () => this.#look());
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
  }
  get url() {
    return `${this.tls ? 'https' : 'http'}://${this.tls?.host ?? '127.0.0.1'}:${this.port}/pakn`;
  }
  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
  #serve(request, response) {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const seen = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString('utf8'), at: performance.now(), peer: request.socket.getPeerCertificate?.() };
      this.requests.push(seen);
      const told = this.answer(seen);
      if (told === null) request.socket.destroy();
      else Promise.resolve(told).then((later) => this.#respond(response, later ?? this.#take(seen)));
      this.#look();
    });
  }
  async #respond(response, told) {
    this.#look(); // it was taken
    this.#say(response, await told);
  }
  #say(response, told) {
    const { status, headers = {}, body = '' } = typeof told === 'number' ? { status: told } : told;
    response.writeHead(status, headers);
    response.end(body);
  }
  #take({ method, url, headers, body }) {
    const asked = new URL(url, 'http://x');
    if (method === 'GET' && asked.pathname.endsWith('/changes')) return this.#changes(asked.searchParams);
    if (method === 'POST' && asked.pathname.endsWith('/cases/lookup')) return this.lookup?.(JSON.parse(body)) ?? 404;
    const document = method === 'GET' && asked.pathname.match(/\/documents\/(\w+)$/)?.[1];
    if (document) return this.#document(this.documents[document], headers['if-none-match']);
    if (method === 'GET' && url.endsWith('/capabilities'))
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ contract: '1.0', events: { batch: this.batch > 1, max_batch: this.batch, max_event_octets: 65536 }, changes: { max_wait: 60, max_limit: 100 }, signature: 'optional', lookup: Boolean(this.lookup), documents: Object.keys(this.documents) }) };
    if (method === 'GET') {
      const id = new URL(url, 'http://x').searchParams.get('id');
      return this.known.has(id) ? { status: 200, body: this.known.get(id) } : 404;
    }
    const batched = headers['content-type'].startsWith('application/cloudevents-batch+json');
    assert.match(headers['content-type'], /^application\/cloudevents(-batch)?\+json; charset=utf-8$/);
    const key = headers['idempotency-key'];
    assert.match(key, /^"[ !#-[\]-~]{1,255}"$/);
    assert.equal(this.keys.get(key) ?? body, body, 'a key came with another body');
    this.keys.set(key, body);
    const events = batched ? JSON.parse(body) : [JSON.parse(body)];
    if (!batched) assert.equal(key, `"${events[0].id}"`);
    for (const event of events) this.#takeEvent(event);
    return events.length ? 201 : 400;
  }
  // Held until there is something, or the time is over.
  #changes(asked) {
    const since = asked.get('since');
    this.feedAsked.push(since);
    const from = since === '0' ? 0 : Number(since.match(/^c(\d+)$/)?.[1] ?? NaN);
    if (!(from <= this.feed.length)) return 410;
    const page = () => {
      const items = this.feed.slice(from, from + Number(asked.get('limit')));
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ items, next: `c${from + items.length}`, more: from + items.length < this.feed.length }) };
    };
    if (from < this.feed.length) return page();
    const wait = Number(asked.get('wait'));
    if (!wait) return 204;
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(204), wait * 1000);
      late.unref();
      this.waiting.push(() => from < this.feed.length && (clearTimeout(late), resolve(page()), true));
    });
  }
  #document(document, known) {
    if (!document) return 404;
    const headers = { ETag: document.etag, 'Content-Type': document.type ?? 'text/plain' };
    return known === document.etag ? { status: 304, headers } : { status: 200, headers, body: document.body };
  }
  /** An officer decides: an item of the feed. */
  decide(code, type, data, id = `d${this.feed.length}`) {
    this.publish({ id, type: `vn.pakn.case.${type}`, subject: code, data: { code, ...data } });
  }
  publish(item) {
    this.feed.push({ specversion: '1.0', source: '/vn/38/store', time: new Date().toISOString(), datacontenttype: 'application/json', ...item });
    this.#look();
  }
  #takeEvent(event) {
    const text = JSON.stringify(event);
    if (this.known.has(event.id)) {
      assert.equal(text, this.known.get(event.id), 'an event came again as another');
      this.again++;
      return;
    }
    if (event.subject) {
      const before = this.events.findLast((e) => e.subject === event.subject);
      assert.ok(!before || before.sequence < event.sequence, `${event.id} came after ${before?.id}`);
    }
    this.known.set(event.id, text);
    this.events.push(event);
  }
  #look() {
    this.waiting = this.waiting.filter((waiter) => !waiter());
  }
  until(condition, what = 'the central store to have what the test wants') {
    const promise = new Promise((resolve) => {
      const waiter = () => (condition() ? (resolve(), true) : false);
      if (!waiter()) this.waiting.push(waiter);
    });
    return within(promise, what);
  }
  ofType(type) {
    return this.events.filter((event) => event.type === `vn.pakn.${type}`);
  }
}
