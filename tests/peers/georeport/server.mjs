// A GeoReport v2 server (wiki.open311.org/GeoReport_v2) with mySociety's extension for updates, in memory, for tests. It is as strict as the strictest
// that is in use (mySociety's open311-adapter): what a resource's documentation doesn't name is refused, moments have a zone and no fractions, and a
// request that comes twice is two requests.
//
//   const store = await GeoReport.open(t, { format: 'xml', receipts: true })
//   store.fault = (seen) => 'cut'                  // before it takes effect: 'cut', or {status, body}; undefined: none
//   store.afterwards = (seen) => 'cut'             // the same behind it: the answer is lost
//   store.update(id, 'closed', 'Xong')             // an officer's
//   await store.until(() => store.requests.length === 1)
import assert from 'node:assert/strict';
import http from 'node:http';
import { within } from '../../lib/harness.mjs';

const DAY = 86400000;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/;
const ATTRIBUTE = /^attribute\[\w+\]$/;
const STATUSES = ['OPEN', 'INVESTIGATING', 'IN_PROGRESS', 'PLANNED', 'ACTION_SCHEDULED', 'FIXED', 'CLOSED', 'DUPLICATE', 'NOT_COUNCILS_RESPONSIBILITY', 'NO_FURTHER_ACTION', 'INTERNAL_REFERRAL', 'CANCELLED', 'REOPEN', 'FOR_TRIAGE', 'UNCHANGED'];
// What each resource takes: required, optional.
const TAKES = {
  'POST requests': [['api_key', 'service_code'], ['jurisdiction_id', 'lat', 'long', 'address_string', 'address_id', 'email', 'device_id', 'account_id', 'first_name', 'last_name', 'phone', 'description', 'media_url']],
  'GET requests': [[], ['jurisdiction_id', 'service_request_id', 'service_code', 'start_date', 'end_date', 'status']],
  'POST servicerequestupdates': [['api_key', 'service_request_id', 'update_id', 'status', 'updated_datetime', 'description'], ['jurisdiction_id', 'email', 'phone', 'last_name', 'first_name', 'title', 'media_url', 'account_id']],
  'GET servicerequestupdates': [[], ['jurisdiction_id', 'start_date', 'end_date']],
  'GET services': [[], ['jurisdiction_id']],
  'GET tokens': [[], ['jurisdiction_id']],
};
const WRAP = { requests: ['service_requests', 'request'], tokens: ['service_requests', 'request'], servicerequestupdates: ['service_request_updates', 'request_update'], services: ['services', 'service'], errors: ['errors', 'error'] };

const xmlText = (value) => String(value).replace(/[<>&]/g, (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[c]);
function xml(kind, records) {
  const [list, one] = WRAP[kind];
  const inner = records.map((record) => `<${one}>${Object.entries(record).map(([name, value]) => (value === null ? `<${name}/>` : `<${name}>${xmlText(value)}</${name}>`)).join('')}</${one}>`);
  return `<?xml version="1.0" encoding="utf-8"?>\n<${list}>${inner.join('')}</${list}>`;
}
class Refusal extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

export class GeoReport {
  static async open(t, options = {}) {
    const store = new GeoReport(options);
    store.server = http.createServer((request, response) => store.#serve(request, response));
    await new Promise((resolve) => store.server.listen(options.port ?? 0, '127.0.0.1', resolve));
    t?.after(() => store.close());
    return store;
  }
  // jurisdiction: the one that it serves. receipts: requests get a token first. page: so many requests of a page, by `page` (an extension). wrapped: the
  // list stands in an object. services: their codes. echo: updates that are posted are told, too.
  constructor({ key = 'k3y&', jurisdiction, receipts = false, page = 0, wrapped = false, echo = false, services = ['POTHOLE', 'OTHER'] } = {}) {
    Object.assign(this, { key, jurisdiction, receipts, page, wrapped, echo, services });
    this.seen = []; // {method, resource, name, params, format}
    this.requests = []; // as they're told
    this.posted = []; // parameters of them, in the same order
    this.updates = []; // that were posted: parameters
    this.told = []; // updates of officers, and of others' requests
    this.tokens = new Map();
    this.fault = this.afterwards = () => undefined;
    this.waiting = [];
    this.number = 100;
  }
  get url() {
    return `http://127.0.0.1:${this.server.address().port}/open311/v2`;
  }
  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
  #serve(request, response) {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const address = new URL(request.url, 'http://x');
      const [, resource, name, format] = address.pathname.match(/^\/open311\/v2\/(\w+)(?:\/([^/]+))?\.(json|xml)$/) ?? [];
      assert.ok(resource, `${request.method} ${request.url}`);
      const form = request.method === 'POST';
      if (form) assert.match(request.headers['content-type'], /^application\/x-www-form-urlencoded/);
      assert.ok(!address.searchParams.has('api_key'), 'a key in an address is in every log');
      const params = Object.fromEntries(form ? new URLSearchParams(Buffer.concat(chunks).toString('utf8')) : address.searchParams);
      const seen = { method: request.method, resource, name: name && decodeURIComponent(name), params, format, at: Date.now() };
      this.seen.push(seen);
      const before = this.fault(seen);
      const told = before ?? this.#answer(seen);
      const after = before ?? this.afterwards(seen) ?? told;
      if (after === 'cut') request.socket.destroy();
      else if (after !== 'silent') {
        response.writeHead(after.status ?? 200, { 'Content-Type': format === 'xml' ? 'text/xml; charset=utf-8' : 'application/json; charset=utf-8', ...after.headers });
        response.end(after.body ?? '');
      }
      this.#look();
    });
  }
  #answer(seen) {
    const say = (kind, records) => {
      const list = this.wrapped ? { [WRAP[kind][0]]: records } : records;
      return seen.format === 'xml' ? xml(kind, records) : JSON.stringify(list);
    };
    try {
      return { status: 200, body: say(seen.resource, this.#take(seen)) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: say('errors', [{ code: error.status, description: error.message }]) };
    }
  }
  #take(seen) {
    const { params, resource, method } = seen;
    const takes = TAKES[`${method} ${resource}`];
    if (!takes) throw new Refusal(404, `there is no ${method} ${resource}`);
    for (const [name, value] of Object.entries(params)) {
      const known = takes.flat().includes(name) || (method === 'POST' && ATTRIBUTE.test(name)) || (resource === 'requests' && name === 'page' && this.page);
      if (!known) throw new Refusal(400, `${name} isn't known here`);
      if (/_date|_datetime$/.test(name) && !MOMENT.test(value)) throw new Refusal(400, `${name} is no moment: ${value}`);
    }
    if (takes[0].includes('api_key') && params.api_key !== this.key) throw new Refusal(403, 'Invalid api_key');
    for (const name of takes[0]) if (params[name] === undefined) throw new Refusal(400, `${name} is missing`);
    if (this.jurisdiction && params.jurisdiction_id !== this.jurisdiction) throw new Refusal(404, `jurisdiction_id ${params.jurisdiction_id} isn't served here`);
    if (resource === 'services') return this.services.map((code) => ({ service_code: code, service_name: code, description: code, metadata: 'false', type: this.receipts ? 'batch' : 'realtime', keywords: '', group: '' }));
    if (resource === 'tokens') return [this.#resolve(seen.name)];
    if (resource === 'requests') return method === 'POST' ? [this.#request(params)] : this.#list(params);
    return method === 'POST' ? [this.#takeUpdate(params)] : this.#updates(params);
  }
  #request(params) {
    if (!this.services.includes(params.service_code)) throw new Refusal(404, `service_code ${params.service_code} isn't known`);
    if (!params.address_string && !params.address_id && !(params.lat && params.long)) throw new Refusal(400, 'one of lat and long, address_string, address_id is needed');
    if ([...(params.description ?? '')].length > 4000) throw new Refusal(400, 'description has more than 4,000 characters');
    const id = String(this.number++);
    const now = new Date().toISOString().replace(/\.\d+/, '');
    this.posted.push(params);
    this.requests.push({ service_request_id: id, status: 'open', status_notes: null, service_name: params.service_code, service_code: params.service_code, description: params.description, agency_responsible: null, service_notice: null, requested_datetime: now, updated_datetime: now, expected_datetime: null, address: params.address_string, address_id: null, zipcode: null, lat: null, long: null, media_url: null });
    if (!this.receipts) return { service_request_id: id, service_notice: 'It will be looked at.', account_id: null };
    this.tokens.set(`t${id}`, { id, asked: 0 });
    return { token: `t${id}`, service_notice: null, account_id: null };
  }
  #resolve(token) {
    const known = this.tokens.get(token);
    if (!known) throw new Refusal(404, `token ${token} isn't known`);
    return ++known.asked > 1 ? { service_request_id: known.id, token } : { token };
  }
  #period({ start_date, end_date }, what) {
    const until = end_date ? Date.parse(end_date) : Date.now();
    const from = start_date ? Date.parse(start_date) : until - 90 * DAY;
    if (until - from > 90 * DAY) throw new Refusal(400, 'a period of more than 90 days');
    return (record) => Date.parse(record[what]) >= from && Date.parse(record[what]) <= until;
  }
  #list(params) {
    const inside = this.#period(params, 'requested_datetime');
    const found = this.requests.filter((r) => inside(r) && (!params.service_code || params.service_code.split(',').includes(r.service_code))).reverse();
    const page = Number(params.page ?? 1);
    return this.page ? found.slice((page - 1) * this.page, page * this.page) : found.slice(0, 1000);
  }
  #takeUpdate(params) {
    if (!STATUSES.includes(params.status)) throw new Refusal(400, `status ${params.status} isn't known`);
    if (!this.requests.some((r) => r.service_request_id === params.service_request_id)) throw new Refusal(404, `request ${params.service_request_id} isn't known`);
    if (this.updates.some((u) => u.update_id === params.update_id)) throw new Refusal(400, `update ${params.update_id} already exists`);
    this.updates.push(params);
    const id = String(this.number++);
    if (this.echo) this.told.push({ update_id: id, service_request_id: params.service_request_id, status: params.status.toLowerCase(), updated_datetime: params.updated_datetime, description: params.description, media_url: '' });
    return { update_id: id, account_id: null };
  }
  #updates(params) {
    const inside = this.#period(params, 'updated_datetime');
    return this.told.filter((u) => Number.isNaN(Date.parse(u.updated_datetime)) || inside(u));
  }
  /** An officer's update; `at` as the store writes it. */
  update(service_request_id, status, description = '', { at = new Date().toISOString().replace(/\.\d+/, ''), update_id = String(this.number++), ...more } = {}) {
    this.told.push({ update_id, service_request_id, status, updated_datetime: at, description, media_url: '', ...more });
    this.#look();
    return update_id;
  }
  /** The id of the request about that code. */
  idOf(code) {
    return this.requests.find((r) => r.description.includes(`[PAKN ${code}]`))?.service_request_id;
  }
  asked(method, resource) {
    return this.seen.filter((s) => s.method === method && s.resource === resource);
  }
  #look() {
    this.waiting = this.waiting.filter((waiter) => !waiter());
  }
  until(condition, what = 'the GeoReport store to have what the test wants') {
    return within(new Promise((resolve) => {
      const waiter = () => (condition() ? (resolve(), true) : false);
      if (!waiter()) this.waiting.push(waiter);
    }), what);
  }
}
