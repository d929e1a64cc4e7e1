// The contract over HTTP (store/central/openapi.yaml): who asks, whether they may, whether it's well formed; store.mjs does it.
import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { parse } from './json_value.mjs';
import { DECIDED } from './projection.mjs';
import { verify } from './signature.mjs';
import { Refusal } from './store.mjs';

const SINGLE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const DOCUMENTS = ['directory', 'calendar', 'templates'];
const DRAIN_MAX = 8 * 1024 * 1024; // of a body that is refused; so much is read so that the answer isn't lost in a reset

// Method, path, who may, what happens.
const ROUTES = [
  ['GET', /^\/capabilities$/, 'appliance', capabilities],
  ['POST', /^\/events$/, 'appliance', pushEvents],
  ['GET', /^\/events$/, 'appliance', readEvent],
  ['GET', /^\/changes$/, 'appliance', changes],
  ['POST', /^\/cases\/lookup$/, 'appliance', lookup],
  ['GET', /^\/documents\/(directory|calendar|templates)$/, 'appliance', readDocument],
  ['PUT', /^\/documents\/(directory|calendar|templates)$/, 'officer', writeDocument],
  ['POST', /^\/cases\/([0-9]{9})\/decisions$/, 'officer', decide],
];

const DEFAULTS = {
  batch: true,
  max_batch: 500,
  max_event_octets: 65536,
  max_wait: 50,
  max_limit: 500,
  signature: 'optional',
};

/**
 * `principals`: [{token | cn, source, secrets, officer}]; an appliance has a source, an officer `officer: true`.
 * `tls`: {key, cert, ca}; with ca a client may show a certificate instead of a token, whose CN is the appliance's id.
 */
export function createServer(store, { principals, tls, ...limits }) {
  const hashed = new Map(principals.filter((one) => one.token).map((one) => [hash(one.token), one]));
  const desk = { store, limits: { ...DEFAULTS, ...limits }, hashed, principals };
  const options = tls && { ...tls, minVersion: 'TLSv1.2', requestCert: Boolean(tls.ca), rejectUnauthorized: false };
  const server = tls ? https.createServer(options) : http.createServer();
  server.on('request', (request, response) => answer(desk, request, response));
  server.keepAliveTimeout = 60_000;
  return server;
}

const hash = (text) => createHash('sha256').update(text).digest('base64'); // looked up by its hash: no compare that stops at the first difference

async function answer(desk, request, response) {
  try {
    const { pathname, searchParams } = new URL(request.url, 'http://store');
    const paths = ROUTES.filter(([, path]) => path.test(pathname));
    if (!paths.length) throw new Refusal(404, 'there is no such path here');
    const route = paths.find(([method]) => method === request.method);
    if (!route) throw new Refusal(405, 'not with this method', { headers: { Allow: paths.map(([method]) => method).join(', ') } });
    const who = authenticate(desk, request, route[2]);
    const [, ...parts] = route[1].exec(pathname);
    await route[3]({ ...desk, who, request, response, query: searchParams, parts });
  } catch (error) {
    refuse(request, response, error);
  }
}

function refuse(request, response, error) {
  const known = error instanceof Refusal;
  if (!known) process.stderr.write(`central: ${request.method}: ${error.stack}\n`);
  // What isn't the sender's fault comes again.
  const { status, message, headers, failures } = known ? error : new Refusal(503, 'not now', { headers: { 'Retry-After': '5' } });
  const body = { title: http.STATUS_CODES[status], status, detail: message, failures };
  if (!response.headersSent) send(response, status, body, { 'Content-Type': 'application/problem+json', ...headers });
  let drained = 0;
  request.on('data', (chunk) => (drained += chunk.length) > DRAIN_MAX && request.destroy());
}

function send(response, status, body, headers = {}) {
  const octets = body === null ? '' : Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const type = body === null ? {} : { 'Content-Type': 'application/json' };
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': octets.length };
  response.writeHead(status, { 'Cache-Control': 'no-store', ...type, ...length, ...headers });
  response.end(octets);
}

function authenticate({ hashed, principals }, request, role) {
  const [, token] = /^Bearer ([!-~]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const cn = request.socket.authorized ? request.socket.getPeerCertificate().subject?.CN : undefined;
  const who = token ? hashed.get(hash(token)) : principals.find((one) => cn && one.source?.endsWith(`/${cn}`));
  if (!who) throw new Refusal(401, 'no token or certificate that is known here', { headers: { 'WWW-Authenticate': 'Bearer' } });
  if ((role === 'officer') !== Boolean(who.officer)) throw new Refusal(403, `that is for an ${role}`);
  return who;
}

const mediaType = (request) => (request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();

/** Of what is too long the rest is read and thrown away, so that the answer arrives. */
async function readBody(request, most) {
  if (Number(request.headers['content-length']) > most) throw new Refusal(413, `more than ${most} octets`);
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= most) chunks.push(chunk);
    else if (length > most + DRAIN_MAX) break;
  }
  if (length > most) throw new Refusal(413, `more than ${most} octets`);
  return Buffer.concat(chunks);
}

function checkSignature({ limits, who, request }, body) {
  const wrong = verify(who.secrets ?? [], request.headers, body);
  if (wrong && (wrong !== 'unsigned' || limits.signature === 'required')) throw new Refusal(401, wrong, { headers: { 'WWW-Authenticate': 'Bearer' } });
}

function readJson(body) {
  try {
    return parse(body);
  } catch (error) {
    throw new Refusal(400, `not JSON in UTF-8: ${error.message.slice(0, 100)}`);
  }
}

function idempotencyKey(request) {
  const [, key] = /^"([ !#-[\]-~]{1,255})"$/.exec(request.headers['idempotency-key'] ?? '') ?? [];
  if (!key) throw new Refusal(400, 'Idempotency-Key is missing, or has no quotes around it');
  return key;
}

function count(query, name, least, most, otherwise) {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!/^[0-9]{1,9}$/.test(text) || Number(text) < least) throw new Refusal(400, `${name} is a number from ${least}`);
  return Math.min(Number(text), most);
}

// ---- events ----

const visible = (most) => new RegExp(`^[!-~]{1,${most}}$`);
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$/;
// Attribute, required, what it looks like.
const ATTRIBUTES = [
  ['specversion', true, /^1\.0$/],
  ['id', true, visible(255)],
  ['source', true, visible(255)],
  ['type', true, /^[a-z0-9.-]{1,127}$/],
  ['time', true, TIME],
  ['datacontenttype', true, /^application\/json$/],
  ['subject', false, visible(64)],
  ['partitionkey', false, visible(64)],
  ['sequence', false, visible(32)],
];

function checkEvent(event, who) {
  if (event === null || typeof event !== 'object' || Array.isArray(event)) throw new Refusal(400, 'an event is an object');
  for (const [name, required, pattern] of ATTRIBUTES) {
    const value = event[name];
    if (value === undefined && !required) continue;
    if (typeof value !== 'string' || !pattern.test(value)) throw new Refusal(400, `${name} is missing or malformed`);
  }
  if (Number.isNaN(Date.parse(event.time))) throw new Refusal(400, 'time is no time');
  if (event.data === null || typeof event.data !== 'object' || Array.isArray(event.data)) throw new Refusal(400, 'data is an object');
  if (event.source !== who.source) throw new Refusal(403, `these credentials are of ${who.source}`);
  if (event.type.startsWith('vn.pakn.case.') && (!/^[0-9]{9}$/.test(event.data.code ?? '') || event.data.code !== event.subject))
    throw new Refusal(422, 'an event of a case names its code in subject and in data.code, nine digits, the same');
}

/** Of a batch: those that are malformed refuse it whole, and are named. */
function checkBatch(events, { who, limits }) {
  const failures = [];
  events.forEach((event, index) => {
    try {
      checkEvent(event, who);
      if (Buffer.byteLength(JSON.stringify(event)) > limits.max_event_octets) throw new Refusal(413, `more than ${limits.max_event_octets} octets`);
    } catch (error) {
      failures.push({ index, id: typeof event?.id === 'string' ? event.id : undefined, status: error.status, detail: error.message });
    }
  });
  if (failures.length) throw new Refusal(failures[0].status, `${failures.length} of ${events.length} events are refused, so all are`, { failures });
}

async function pushEvents(context) {
  const { store, limits, request, response, who } = context;
  const type = mediaType(request);
  const batch = type === BATCH && limits.batch;
  if (!batch && type !== SINGLE) throw new Refusal(415, limits.batch ? `${SINGLE} or ${BATCH}` : SINGLE);
  const body = await readBody(request, limits.max_event_octets * (batch ? limits.max_batch : 1));
  checkSignature(context, body);
  const key = idempotencyKey(request);
  const value = readJson(body);
  if (batch) {
    if (!Array.isArray(value) || !value.length) throw new Refusal(400, 'a batch is an array of events');
    if (value.length > limits.max_batch) throw new Refusal(413, `more than ${limits.max_batch} events`);
    checkBatch(value, context);
  } else {
    checkEvent(value, who);
    if (value.id !== key) throw new Refusal(400, 'Idempotency-Key of a single event is its id');
  }
  const fresh = await store.push(batch ? value : [value]);
  const location = batch ? {} : { Location: `events?${new URLSearchParams({ source: value.source, id: value.id })}` };
  send(response, fresh ? 201 : 200, null, fresh ? { ...location, 'Content-Length': 0 } : { 'Content-Length': 0 });
}

async function readEvent({ store, who, query, response }) {
  const [source, id] = [query.get('source'), query.get('id')];
  if (!source || !id) throw new Refusal(400, 'source and id are needed');
  if (source !== who.source) throw new Refusal(403, `these credentials are of ${who.source}`);
  const body = id.includes('\0') ? null : await store.event(source, id);
  if (body === null) throw new Refusal(404, 'no such event');
  send(response, 200, body, { 'Content-Type': SINGLE });
}

// ---- down ----

async function capabilities({ store, limits, response }) {
  const { batch, max_batch, max_event_octets, max_wait, max_limit, signature } = limits;
  const documents = [];
  for (const name of DOCUMENTS) if (await store.document(name)) documents.push(name);
  const events = { batch, max_batch: batch ? max_batch : 1, max_event_octets };
  send(response, 200, { contract: '1.0', events, changes: { max_wait, max_limit }, signature, lookup: true, documents, decisions: true });
}

async function changes({ store, limits, query, response }) {
  const since = query.get('since') ?? '';
  if (!/^[!-~]{1,512}$/.test(since)) throw new Refusal(400, 'since is 0 or a cursor');
  const wait = count(query, 'wait', 0, limits.max_wait, 0);
  const limit = count(query, 'limit', 1, limits.max_limit, Math.min(100, limits.max_limit));
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const found = await store.changes(since, limit, wait * 1000, gone.signal);
  send(response, found ? 200 : 204, found);
}

async function lookup(context) {
  const { store, request, response } = context;
  if (mediaType(request) !== 'application/json') throw new Refusal(415, 'application/json');
  const body = await readBody(request, 4096);
  checkSignature(context, body);
  const asked = readJson(body);
  if (!/^[0-9]{9}$/.test(asked?.code) || !/^\+[0-9]{8,15}$/.test(asked?.phone)) throw new Refusal(400, 'code is nine digits, phone + and digits');
  const found = await store.lookup(asked.code, asked.phone); // one query, whether the code, the binding or nothing is known
  if (!found) throw new Refusal(404, 'no such case for this phone', { headers: { 'Cache-Control': 'no-store' } });
  send(response, 200, found);
}

async function readDocument({ store, request, response, parts: [name] }) {
  const document = await store.document(name);
  if (!document) throw new Refusal(404, `there is no ${name}`);
  const headers = { ETag: document.etag, 'Cache-Control': 'no-cache', 'Content-Type': document.type };
  const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(document.etag) || known.includes('*')) return send(response, 304, null, headers);
  send(response, 200, document.body, headers);
}

// ---- officers ----

async function writeDocument({ store, request, response, parts: [name] }) {
  const type = request.headers['content-type'] ?? 'text/plain; charset=utf-8';
  const body = await readBody(request, 4 * 1024 * 1024);
  const etag = await store.putDocument(name, type, body, request.headers['if-match']);
  send(response, 204, null, { ETag: etag });
}

const text = (value) => typeof value === 'string' && value.length > 0 && value.length <= 20000 && !value.includes('\0');
const agency = (value) => typeof value === 'string' && /^[!-~]{1,64}$/.test(value);
const day = (value) => /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value) && !Number.isNaN(Date.parse(value));
const NEEDED = {
  'vn.pakn.case.accepted': (d) => agency(d.unit),
  'vn.pakn.case.refused': (d) => (text(d.reason_code) && text(d.text)) || /^[0-9]{9}$/.test(d.original),
  'vn.pakn.case.coordination': (d) => text(d.text) && Array.isArray(d.agencies) && d.agencies.length > 0 && d.agencies.every(agency),
  'vn.pakn.case.late-reason': (d) => text(d.text) && day(d.new_date),
  'vn.pakn.case.assigned': (d) => agency(d.agency),
  'vn.pakn.case.transferred': (d) => d.agency === undefined || agency(d.agency),
  'vn.pakn.case.called': () => true,
  'vn.pakn.case.reviewed': () => true,
};

async function decide({ store, request, response, parts: [code] }) {
  if (mediaType(request) !== 'application/json') throw new Refusal(415, 'application/json');
  const key = idempotencyKey(request);
  const asked = readJson(await readBody(request, 128 * 1024));
  const data = asked?.data;
  if (data === null || typeof data !== 'object' || Array.isArray(data)) throw new Refusal(400, 'data is an object');
  if (!Object.hasOwn(DECIDED, asked.type)) throw new Refusal(400, `type is one of ${Object.keys(DECIDED).join(', ')}`);
  if (!(NEEDED[asked.type] ?? ((d) => text(d.text)))(data)) throw new Refusal(400, 'the decision lacks what its type needs');
  send(response, (await store.decide(key, code, asked.type, data)) ? 201 : 200, null, { 'Content-Length': 0 });
}
