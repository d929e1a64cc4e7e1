// The contract with the central store, by programs that nobody here wrote: the document is OpenAPI, what lies in the outbox is what it describes, npm's
// `cloudevents` reads our events, npm's `standardwebhooks` takes our signatures and we take its.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { parse } from 'yaml';
import { ROOT } from '../lib/harness.mjs';
import { sign, verify } from './central/signature.mjs';

const read = (name) => readFileSync(path.join(ROOT, name), 'utf8');
const contract = parse(read('store/central/openapi.yaml'));
const folder = 'tests/fixtures/events';
const fixtures = Object.fromEntries(readdirSync(path.join(ROOT, folder)).map((name) => [name.replace('.json', ''), JSON.parse(read(`${folder}/${name}`))]));
const { batch, changes, signature, ...single } = fixtures;

const ajv = new Ajv2020.default({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
addFormats.default(ajv);
ajv.addVocabulary(['example']);
ajv.addSchema({ $id: 'contract', components: contract.components }, undefined, undefined, false);
ajv.addVocabulary(['components']);
const schema = (name) => `contract#/components/schemas/${name}`;
const holds = (validate, value, what) => assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}`);

/** Type of an event → schema of its data, out of the rows of UpEvent or DownEvent. */
const table = (name) =>
  new Map(
    contract.components.schemas[name].allOf
      .filter((row) => row.if?.properties.type.const)
      .map((row) => [row.if.properties.type.const, row.then.properties.data.$ref.split('/').at(-1)]),
  );
const up = table('UpEvent');
const down = table('DownEvent');
// With every member named in the schema: consumers take others too, but nothing leaves here that isn't described.
const exact = new Map([...new Set([...up.values(), ...down.values()])].map((name) => [name, ajv.compile({ allOf: [{ $ref: schema(name) }], unevaluatedProperties: false })]));
const upEvent = ajv.compile({ $ref: schema('UpEvent') });
const downEvent = ajv.compile({ $ref: schema('DownEvent') });

test('the document is OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(contract);
  assert.ok(valid, JSON.stringify(errors, null, 1));
  const without = (value, at) => value && typeof value === 'object' && !Array.isArray(value) && Object.entries(value).forEach(([key, one]) => {
    assert.notEqual(one, null, `${at}/${key} has no value: a comma in words without quotes?`);
    without(one, `${at}/${key}`);
  });
  without(contract, '');
});

test('every event of the outbox is described, and nothing in it is left undescribed', () => {
  const written = read('tests/golden/outbox_data.jsonl').trim().split('\n').map((line) => JSON.parse(line));
  for (const { type, data } of written) {
    assert.ok(up.has(type), `${type} is not in UpEvent`);
    holds(exact.get(up.get(type)), data, `${type} ${JSON.stringify(data)}`);
  }
});

test('the types of the sources and those of the contract are the same', () => {
  const named = new Set();
  for (const place of ['store', 'store/central', 'smsc', 'firmware-host'])
    for (const name of readdirSync(path.join(ROOT, place)).filter((one) => /\.[ch]$/.test(one)))
      for (const [, type] of read(`${place}/${name}`).matchAll(/"(vn\.pakn\.[a-z.-]+[a-z])"/g)) named.add(type);
  for (const type of named) assert.ok(up.has(type) || down.has(type), `${type} is written or read, but not in the contract`);
  // The heartbeat is the pusher's and no row of a case.
  for (const type of up.keys()) assert.ok(named.has(type) || type === 'vn.pakn.appliance.heartbeat', `nothing writes ${type}`);
});

test('the fixtures are what the contract says', () => {
  for (const [name, event] of [...Object.entries(single), ...batch.map((event, i) => [`batch ${i}`, event])]) {
    holds(upEvent, event, name);
    holds(exact.get(up.get(event.type)), event.data, name);
  }
  for (const item of changes.items) {
    holds(downEvent, item, item.id);
    if (down.has(item.type)) holds(exact.get(down.get(item.type)), item.data, item.id);
  }
  const told = new Set(changes.items.map((item) => item.type));
  for (const type of down.keys()) assert.ok(told.has(type), `no fixture of ${type}`);
});

test('bad events are refused by the schemas', () => {
  const good = single.submitted;
  for (const [what, bad] of [
    ['no id', { ...good, id: undefined }],
    ['a space in the id', { ...good, id: 'th 01' }],
    ['Vietnamese in the subject', { ...good, subject: 'mã' }],
    ['a sequence that does not sort', { ...good, sequence: '12' }],
    ['a code of eight digits', { ...good, data: { ...good.data, code: '12345678' } }],
    ['a state that there is not', { ...good, data: { ...good.data, state: 'LOST' } }],
    ['no phone', { ...good, data: { ...good.data, phone: undefined } }],
  ])
    assert.ok(!upEvent(JSON.parse(JSON.stringify(bad))), what);
  const accepted = changes.items.find((item) => item.type === 'vn.pakn.case.accepted');
  assert.ok(!downEvent({ ...accepted, data: { code: accepted.subject } }), 'accepted by no unit');
});

test('npm cloudevents reads them: single and batch', () => {
  const strings = (event) => JSON.parse(JSON.stringify(event));
  for (const [name, event] of Object.entries(single)) {
    const got = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' }, body: JSON.stringify(event) });
    got.validate();
    assert.deepEqual({ ...strings(got), time: event.time }, event, name);
    assert.equal(Date.parse(got.time), Date.parse(event.time));
  }
  const several = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents-batch+json' }, body: JSON.stringify(batch) });
  assert.deepEqual(several.map((one) => [one.id, one.data.step]), batch.map((one) => [one.id, one.data.step]));
});

test('npm standardwebhooks and we agree on signatures', () => {
  const webhook = new Webhook(signature.secret);
  const at = Number(signature['webhook-timestamp']);
  const id = signature['webhook-id'];
  assert.equal(webhook.sign(id, new Date(at * 1000), signature.body), signature['webhook-signature'], 'the fixture');
  assert.equal(verify([signature.secret], signature, signature.body, at + 299), null);
  for (const event of [...Object.values(single), batch]) {
    const body = JSON.stringify(event);
    assert.doesNotThrow(() => webhook.verify(body, sign(signature.secret, 'a:1:2', body)));
    const theirs = { 'webhook-id': 'a:1:2', 'webhook-timestamp': String(at), 'webhook-signature': webhook.sign('a:1:2', new Date(at * 1000), body) };
    assert.equal(verify([signature.secret], theirs, body, at), null);
    assert.throws(() => webhook.verify(`${body} `, sign(signature.secret, 'a:1:2', body)));
    assert.notEqual(verify([signature.secret], theirs, `${body} `, at), null);
  }
});

test('a signature that does not hold is found', () => {
  const { secret, body } = signature;
  const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const at = 1_800_000_000;
  const good = sign(secret, 'a', body, at);
  const said = (headers, secrets = [secret], now = at) => verify(secrets, headers, body, now);
  assert.equal(said({}), 'unsigned');
  assert.equal(said(good, [other, secret]), null, 'while a secret is exchanged');
  assert.equal(said({ ...good, 'webhook-signature': `v1,AAAA v1a,xyz ${good['webhook-signature']}` }), null, 'one of several');
  for (const [what, headers, secrets, now] of [
    ['another secret', good, [other]],
    ['no secret here', good, []],
    ['another id', { ...good, 'webhook-id': 'b' }],
    ['no id', { ...good, 'webhook-id': undefined }],
    ['too old', good, [secret], at + 301],
    ['of tomorrow', good, [secret], at - 86400],
    ['a timestamp in words', { ...good, 'webhook-timestamp': '1e9' }],
    ['an asymmetric one', { ...good, 'webhook-signature': good['webhook-signature'].replace('v1,', 'v1a,') }],
    ['half of one', { ...good, 'webhook-signature': good['webhook-signature'].slice(0, 20) }],
  ])
    assert.ok(said(headers, secrets, now), what);
  assert.throws(() => sign('whsec_c2hvcnQ=', 'a', body), /24 to 64/);
});
