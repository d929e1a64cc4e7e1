// scripts/central-conformance holds for the reference store, and finds what is wrong with others: between it and the store stands a proxy that
// breaks one rule, and just the checks of that rule fail.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../lib/harness.mjs';
import { Cluster } from './central/cluster.mjs';
import { startStore } from './central/start.mjs';

const PROGRAM = path.join(ROOT, 'scripts/central-conformance');
const source = '/vn/38/pakn-sms/th-01';
const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const principals = [
  { token: 'appliance', source, secrets: [secret] },
  { token: 'officer', officer: true },
];
let cluster;
let databases = 0;
before(async () => {
  cluster = await Cluster.start();
});
after(() => cluster.stop());

async function storeWithDocuments(settings) {
  const store = await startStore({ connection: await cluster.database(`store_${databases++}`), principals, ...settings });
  for (const name of ['directory', 'calendar', 'templates']) await store.store.putDocument(name, 'text/plain', Buffer.from(`# ${name}\n`), undefined);
  return store;
}

/** {status, failed: [names], skipped: [names], output}. */
function conformance(url, ...options) {
  return new Promise((resolve) => {
    const args = [PROGRAM, url, '--token', 'appliance', '--officer-token', 'officer', ...options];
    execFile(process.execPath, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const names = (pattern) => [...stdout.matchAll(pattern)].map(([, name]) => name);
      const failed = names(/^not ok \d+ - ([a-z0-9-]+):/gm);
      resolve({ status: error ? error.code : 0, failed, skipped: names(/^ok \d+ - ([a-z0-9-]+):.*# SKIP/gm), output: stdout + stderr });
    });
  });
}

test('the reference store does what the contract says', async () => {
  for (const [settings, skipped] of [
    [{ signature: 'required' }, ['batch-unasked']],
    [{ batch: false, max_wait: 5, max_limit: 2, max_event_octets: 70000 }, ['batch', 'batch-again', 'batch-order', 'batch-whole', 'batch-other', 'batch-twice', 'batch-most', 'batch-empty', 'signature-none']],
  ]) {
    const store = await storeWithDocuments(settings);
    const result = await conformance(store.url, '--secret', secret);
    await store.stop();
    assert.deepEqual([result.status, result.failed, result.skipped], [0, [], skipped], result.output);
  }
});

// ---- stores that break a rule ----

const json = (body) => JSON.parse(body.toString());
const rewritten = (request, value) => ({ ...request, body: Buffer.from(JSON.stringify(value)) });
const isEvent = ({ method, path: of, headers }) => method === 'POST' && of === '/events' && headers['content-type']?.startsWith('application/cloudevents+json');
const isBatch = ({ method, headers }) => method === 'POST' && headers['content-type'] === 'application/cloudevents-batch+json';
const parsed = (request) => {
  try {
    return json(request.body);
  } catch {
    return null;
  }
};
const instead = (answer, from, to) => (answer.status === from ? { ...answer, status: to } : answer);

/** What a proxy must know to tell an unknown code from another phone's. */
function knowingCodes(spoil) {
  const codes = new Set();
  return (request, forward) => {
    if (isEvent(request)) codes.add(parsed(request)?.subject);
    const unbound = request.path === '/cases/lookup' && codes.has(parsed(request)?.code);
    return unbound ? spoil(request, forward) : forward(request);
  };
}

// Name, what the proxy makes of an exchange, the checks that must fail: those and no others.
const damages = [
  ['says stored and forgets', (request, forward) => (isEvent(request) && parsed(request)?.type === 'vn.pakn.weather.observed' ? { status: 201, headers: {}, body: Buffer.alloc(0) } : forward(request)), ['unknown-type']],
  ['takes other content for the same event', async (request, forward) => (isEvent(request) ? instead(await forward(request), 422, 200) : forward(request)), ['other-content']],
  ['makes a new event of every repetition', () => {
    const ids = new Set();
    return (request, forward) => {
      const event = isEvent(request) && parsed(request);
      if (!event?.id || !ids.has(event.id)) return ids.add(event?.id) && forward(request);
      const id = `${event.id}-${ids.size}`;
      ids.add(id);
      return forward({ ...rewritten(request, { ...event, id }), headers: { ...request.headers, 'idempotency-key': `"${id}"` } });
    };
  }, ['other-content', 'at-once', 'again-late']],
  ['drops members that it does not know', (request, forward) => {
    const event = isEvent(request) && parsed(request);
    if (!event?.data?.weather) return forward(request);
    delete event.data.weather;
    return forward(rewritten(request, event));
  }, ['unknown-member']],
  ['takes any content type', (request, forward) => {
    const any = request.path === '/events' && request.method === 'POST' && !isBatch(request);
    return forward(any ? { ...request, headers: { ...request.headers, 'content-type': 'application/cloudevents+json' } } : request);
  }, ['wrong-type']],
  ['calls what is too large malformed', async (request, forward) => instead(await forward(request), 413, 400), ['too-large', 'batch-most']],
  ['calls wrong credentials malformed', async (request, forward) => instead(await forward(request), 401, 400), ['auth-none', 'auth-wrong']],
  ['turns batches round', (request, forward) => forward(isBatch(request) && Array.isArray(parsed(request)) ? rewritten(request, parsed(request).reverse()) : request), ['batch-order']],
  ['stores the good ones of a bad batch', async (request, forward) => {
    const answer = await forward(request);
    if (!isBatch(request) || !answer.body.length) return answer;
    const bad = new Set(json(answer.body).failures?.map(({ index }) => index));
    const good = bad.size ? parsed(request).filter((_, index) => !bad.has(index)) : [];
    if (good.length) await forward(rewritten(request, good));
    return answer;
  }, ['batch-whole', 'batch-other', 'batch-twice']],
  ['looks at no signature', (request, forward) => {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !name.startsWith('webhook-')));
    return forward({ ...request, headers });
  }, ['signature-wrong', 'signature-old'], ['--secret', secret]],
  ['takes any cursor for the beginning', (request, forward) => (request.path.startsWith('/changes') ? forward(request).then((answer) => (answer.status === 410 ? forward({ ...request, path: '/changes?since=0' }) : answer)) : forward(request)), ['feed-unknown']],
  ['leaves out the last item of a page', async (request, forward) => {
    const answer = await forward(request);
    if (!request.path.startsWith('/changes') || answer.status !== 200) return answer;
    const page = json(answer.body);
    return { ...answer, body: Buffer.from(JSON.stringify({ ...page, items: page.items.length > 1 ? page.items.slice(0, -1) : page.items })) };
  }, ['feed-order', 'feed-pages']],
  ['does not wait', (request, forward) => forward({ ...request, path: request.path.replace(/&wait=[0-9]+/, '') }), ['feed-decision', 'feed-hold']],
  ['gives another ETag every time', () => {
    let n = 0;
    return async (request, forward) => {
      const answer = await forward(request);
      return answer.headers.etag ? { ...answer, headers: { ...answer.headers, etag: `"${n++}"` } } : answer;
    };
  }, ['document-etag']],
  ['tells another phone that there is a case', knowingCodes(async (request, forward) => {
    const answer = await forward(request);
    return answer.status === 404 ? { ...answer, body: Buffer.from(answer.body.toString().replace('no such case', 'not your case')) } : answer;
  }), ['lookup-same']],
  ['thinks longer about a case of another phone', knowingCodes(async (request, forward) => {
    const answer = await forward(request);
    await new Promise((resolve) => setTimeout(resolve, 25)); // the damage itself: longer than what the machine adds
    return answer;
  }), ['lookup-time']],
  ['says later, and not when', () => {
    let said = false;
    return (request, forward) => {
      if (said || request.path !== '/events') return forward(request);
      said = true;
      return { status: 503, headers: { 'content-type': 'application/problem+json' }, body: Buffer.from('{"title":"later","status":503}') };
    };
  }, ['retry-after']],
  ['refuses in a page for people', async (request, forward) => {
    const answer = await forward(request);
    return answer.status >= 400 ? { ...answer, headers: { ...answer.headers, 'content-type': 'text/html' } } : answer;
  }, ['problem']],
];

async function whole(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A proxy before `url`; `spoil(request, forward)` gives the answer. */
async function proxy(url, spoil) {
  const target = new URL(url);
  const agent = new http.Agent({ keepAlive: true });
  const forward = ({ method, path: of, headers, body }) =>
    new Promise((resolve, reject) => {
      const { 'content-length': _, 'transfer-encoding': __, ...rest } = headers;
      const asked = http.request({ host: target.hostname, port: target.port, method, path: of, agent, headers: method === 'GET' ? rest : { ...rest, 'content-length': body.length } });
      asked.on('error', reject).on('response', async (got) => resolve({ status: got.statusCode, headers: got.headers, body: await whole(got) }));
      asked.end(body);
    });
  const server = http.createServer(async (request, response) => {
    const { method, url: of, headers } = request;
    try {
      const answer = await spoil({ method, path: of, headers, body: await whole(request) }, forward);
      const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...rest } = answer.headers;
      response.writeHead(answer.status, answer.status === 204 || answer.status === 304 ? rest : { ...rest, 'content-length': answer.body.length });
      response.end(answer.body);
    } catch (error) {
      response.destroy(error);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      agent.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function failing(spoil, options = []) {
  const store = await storeWithDocuments({});
  // One that remembers something is a function without arguments that makes it.
  const between = await proxy(store.url, spoil.length === 0 ? spoil() : spoil);
  const result = await conformance(between.url, ...options);
  await between.stop();
  await store.stop();
  return result;
}

test('a proxy that breaks nothing is not noticed', async () => {
  const { status, failed, output } = await failing((request, forward) => forward(request), ['--secret', secret]);
  assert.deepEqual([status, failed], [0, []], output);
});

test('stores that break a rule', { concurrency: 3 }, async (t) => {
  await Promise.all(
    damages.map(([name, spoil, expected, options]) =>
      t.test(name, async () => {
        const { status, failed, output } = await failing(spoil, options);
        assert.deepEqual([status, failed], [1, expected], output);
      }),
    ),
  );
});

test('what it cannot begin with', async () => {
  const nobody = await conformance('http://127.0.0.1:9');
  assert.equal(nobody.status, 2);
  assert.match(nobody.output, /Bail out! GET \/capabilities/);
  for (const [args, words] of [
    [['gopher://x'], /one URL is needed/],
    [['http://x', '--secret', 'x'], /whsec_/],
    [['http://x', '--only', 'everything'], /no check everything/],
    [['http://x', '--ca', '/nonexistent'], /--ca: ENOENT/],
    [['http://x', '--fast'], /--fast/],
  ])
    await new Promise((resolve) =>
      execFile(process.execPath, [PROGRAM, ...args], (error, _, stderr) => {
        assert.equal(error?.code, 2, args.join(' '));
        assert.match(stderr, words);
        resolve();
      }),
    );
});
