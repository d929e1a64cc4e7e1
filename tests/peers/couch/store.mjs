// A couch store of a test's own, in a process that can be killed, behind a proxy that can lie.
//
//   const couch = await Couch.open(t)
//   couch.answer = (request) => 503       // a status, {status, body}, or null: the store does it, but the answer is lost. undefined: as the store says
//   await couch.put('d1', { … })
//   await couch.until(() => …)            // asked again whenever a document came
import { once } from 'node:events';
import http from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Running, within } from '../../lib/harness.mjs';

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));

export class Couch {
  static async open(t, settings = {}) {
    const couch = new Couch(settings);
    t.after(() => couch.close());
    await couch.start();
    await couch.ask('PUT', '');
    await couch.#listen();
    return couch;
  }
  constructor({ limit = 8000000 }) {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'couch-'));
    this.generation = 0; // a reset begins an empty one
    this.limit = limit;
    this.requests = []; // {method, url, body}
    this.answer = () => undefined;
    this.waiting = [];
    this.looks = 0;
  }
  async start() {
    this.running = new Running(process.execPath, [SERVER, '--folder', path.join(this.folder, String(this.generation)), '--port', String(this.port ?? 0), '--limit', String(this.limit)]);
    this.port = JSON.parse(await this.running.line(/^\{"port":/)).port;
  }
  kill() {
    return this.running.kill('SIGKILL');
  }
  /** Another store in the same place, which has nothing of what the first had. */
  async reset() {
    await this.kill();
    this.generation++;
    await this.start();
    await this.ask('PUT', '');
  }
  async #listen() {
    this.proxy = http.createServer((request, response) => this.#pass(request, response));
    this.proxy.listen(0, '127.0.0.1');
    await once(this.proxy, 'listening');
  }
  get url() {
    return `http://127.0.0.1:${this.proxy.address().port}/pakn`;
  }
  async #pass(request, response) {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // cut off
    }
    const seen = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
    this.requests.push(seen);
    const told = await this.answer(seen);
    if (told !== undefined && told !== null) {
      const { status, body = '' } = typeof told === 'number' ? { status: told } : told;
      response.writeHead(status).end(body);
      this.#look();
      return;
    }
    const up = http.request({ host: '127.0.0.1', port: this.port, method: request.method, path: request.url, headers: { ...request.headers, connection: 'close' } }, (answer) => {
      if (told === null) answer.resume().on('end', () => response.destroy());
      else answer.pipe(response.writeHead(answer.statusCode, answer.headers));
      answer.on('end', () => this.#look()).on('error', () => response.destroy());
    });
    up.on('error', () => response.destroy());
    response.on('close', () => up.destroy());
    up.end(seen.body);
  }
  /** Straight to the store. */
  async ask(method, of, body, headers = { 'Content-Type': 'application/json' }) {
    const answer = await fetch(`http://127.0.0.1:${this.port}/pakn${of}`, { method, body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body), headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${of}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }
  put(id, document) {
    return this.ask('PUT', `/${encodeURIComponent(id)}`, document);
  }
  /** An officer decides: a document. */
  decide(code, type, data, id) {
    return this.put(id, { specversion: '1.0', id, source: '/vn/38/pakn-store', type: `vn.pakn.case.${type}`, subject: code, time: new Date().toISOString(), data: { code, ...data } });
  }
  /** All documents, in the order of their changes. */
  async documents() {
    return (await this.ask('GET', '/_changes?include_docs=true')).results.map(({ doc }) => doc);
  }
  async ofType(type) {
    return (await this.documents()).filter((document) => document.type === `vn.pakn.${type}`);
  }
  until(condition, what = 'the store to have what the test wants') {
    const promise = new Promise((resolve, reject) => {
      const waiter = () => {
        const before = this.looks; // something may come while the condition looks
        Promise.resolve(condition()).then((good) => (good ? resolve(good) : this.looks !== before ? waiter() : this.waiting.push(waiter)), reject);
      };
      waiter();
    });
    return within(promise, what);
  }
  #look() {
    this.looks++;
    for (const waiter of this.waiting.splice(0)) waiter();
  }
  async close() {
    this.proxy?.closeAllConnections();
    this.proxy?.close();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
