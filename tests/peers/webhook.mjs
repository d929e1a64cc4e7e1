// The listener by which the central store may knock, against npm's standardwebhooks as the signer, and against what strangers send: a knock that is
// signed makes the feed be asked at once; nothing else does anything.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { CentralStore } from '../lib/central_store.mjs';
import { Lab, program, within } from '../lib/harness.mjs';

const ACK = /^PAKN Thanh Hoa da nhan phan anh, ma so (\d{9}) /;
const secretOf = (n) => `whsec_${Buffer.alloc(32, n).toString('base64')}`;
const closed = (socket) => new Promise((resolve) => socket.once('close', resolve)); // however
const now = () => Math.floor(Date.now() / 1000);

function signed(body, { secret = secretOf(1), id = `msg_${Math.random().toString(36).slice(2)}`, at = now() } = {}) {
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': new Webhook(secret).sign(id, new Date(at * 1000), body) };
}

// A lab whose store isn't asked by itself: the feed says "in an hour".
async function open(t, { secrets = [secretOf(1)], central = {} } = {}) {
  const store = await CentralStore.open(t);
  store.answer = ({ url }) => (url.includes('/changes?') && !store.awake ? { status: 503, headers: { 'Retry-After': '3600' } } : undefined);
  const lab = await Lab.open(t);
  lab.write = (name, content) => {
    writeFileSync(lab.file(name), content);
    chmodSync(lab.file(name), 0o600);
    return lab.file(name);
  };
  lab.writeConfig({ central: { url: store.url, heartbeat: 0, webhook_listen: '127.0.0.1:0', webhook_secret_file: lab.write('whsec', `# ours\n${secrets.join('\n')}\n`), ...central } });
  await lab.start();
  lab.port = Number((await lab.core.running.line(/webhook\.listening /)).match(/port=(\d+)/)[1]);
  await store.until(() => store.requests.some((r) => r.url.includes('/changes?')));
  return { store, lab };
}
function knock(lab, body, headers, { method = 'POST', path = '/webhook', protocol = http, ...more } = {}) {
  return within(
    new Promise((resolve, reject) => {
      const request = protocol.request({ host: '127.0.0.1', port: lab.port, method, path, headers, ...more }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      });
      request.on('error', (error) => (more.mayBeCut ? resolve('cut') : reject(error)));
      request.end(body);
    }),
    'an answer to a knock',
  );
}
const knocks = (lab) => Number(lab.ctl('metrics').stdout.match(/phanhoi_central_knocks_total (\d+)/)[1]);
async function submit(lab) {
  const citizen = lab.citizen('+84987650001');
  await citizen.send('PA Đường vào thôn 3 bị sụt lún');
  const [, code] = await read(citizen, ACK);
  return { citizen, code };
}
async function read(citizen, pattern) {
  for (;;) {
    const found = (await citizen.next()).text.match(pattern);
    if (found) return found;
  }
}

test('a knock is heard at once; again it is none; what it says is not looked into', async (t) => {
  const { store, lab } = await open(t);
  const { citizen, code } = await submit(lab);
  store.awake = true;
  store.decide(code, 'need-info', { text: 'Thon nao?' });
  const body = '{"type":"anything","data":[[[';
  const headers = signed(body);
  assert.equal(await knock(lab, body, headers), 204);
  await read(citizen, /Thon nao\?/);
  assert.equal(await knock(lab, body, headers), 204, 'a store that repeats itself is content');
  assert.equal(knocks(lab), 1);
  assert.equal(await knock(lab, '', signed('')), 204, 'nothing at all can be signed, too');
  await lab.core.running.line(/webhook\.knock/);
  assert.equal(knocks(lab), 2);
});

test('what is not signed now, by a secret of ours, over these very octets, is nothing', async (t) => {
  const { store, lab } = await open(t);
  const body = '{"type":"x"}';
  const good = signed(body);
  const bad = {
    'another secret': signed(body, { secret: secretOf(9) }),
    'old': signed(body, { at: now() - 310 }),
    'of tomorrow': signed(body, { at: now() + 310 }),
    'another body': signed('{"type":"y"}'),
    'another id': { ...good, 'webhook-id': 'msg_other' },
    'another time': { ...good, 'webhook-timestamp': String(now() - 1) },
    'a time in words': { ...good, 'webhook-timestamp': '1e9' },
    'an id with a dot': signed(body, { id: 'a.1' }),
    'a long id': signed(body, { id: 'x'.repeat(256) }),
    'no id': { ...good, 'webhook-id': undefined },
    'no time': { ...good, 'webhook-timestamp': undefined },
    'no signature': { ...good, 'webhook-signature': undefined },
    'an empty one': { ...good, 'webhook-signature': '' },
    'half of one': { ...good, 'webhook-signature': good['webhook-signature'].slice(0, 20) },
    'one of another kind': { ...good, 'webhook-signature': good['webhook-signature'].replace('v1,', 'v1a,') },
    'a hundred wrong ones before it': { ...good, 'webhook-signature': `${'v1,AAAA '.repeat(100)}${good['webhook-signature']}` },
    'no headers': {},
  };
  for (const [what, headers] of Object.entries(bad))
    assert.equal(await knock(lab, body, JSON.parse(JSON.stringify(headers))), 401, what);
  assert.equal(await knock(lab, undefined, good, { method: 'GET' }), 405);
  assert.equal(await knock(lab, body, good, { method: 'DELETE' }), 405);
  assert.equal(await knock(lab, body, good, { path: '/' }), 404);
  assert.equal(await knock(lab, body, good, { path: '/webhook/../../etc/passwd' }), 404);
  const large = 'x'.repeat(64 * 1024 + 1);
  assert.ok([413, 'cut'].includes(await knock(lab, large, signed(large), { mayBeCut: true })));
  assert.equal(await knock(lab, large, { ...signed(large), 'Transfer-Encoding': 'chunked' }, { mayBeCut: true }), 'cut');
  assert.equal(await knock(lab, body, { ...good, 'x-much': 'y'.repeat(40000) }, { mayBeCut: true }).then((s) => s === 'cut' || s >= 400), true);
  const exactly = 'x'.repeat(64 * 1024);
  assert.equal(knocks(lab), 0);
  assert.equal(await knock(lab, exactly, signed(exactly)), 204);
  assert.equal(await knock(lab, body, good), 204, 'and the good one is good');
  await lab.core.running.line(/webhook\.knock/);
  assert.ok(!store.awake && lab.core.running.lines.filter((l) => /worker\.started link=webhook/.test(l)).length === 1, 'the listener lives');
});

test('a secret is exchanged: both sign, either is enough; a listener that dies is started again, with the new file', async (t) => {
  const { lab } = await open(t, { secrets: [secretOf(1), secretOf(2)] });
  const body = '{}';
  assert.equal(await knock(lab, body, signed(body, { secret: secretOf(1) })), 204);
  assert.equal(await knock(lab, body, signed(body, { secret: secretOf(2) })), 204);
  const both = signed(body, { secret: secretOf(7), id: 'msg_both' });
  both['webhook-signature'] += ` v1a,xyz ${signed(body, { secret: secretOf(2), id: 'msg_both', at: Number(both['webhook-timestamp']) })['webhook-signature']}`;
  assert.equal(await knock(lab, body, both), 204);
  lab.write('whsec', `${secretOf(3)}\n`);
  const pid = Number(lab.core.running.lines.findLast((l) => /worker\.started link=webhook/.test(l)).match(/pid=(\d+)/)[1]);
  const from = lab.core.running.lines.length;
  process.kill(pid, 'SIGKILL');
  lab.port = Number((await lab.core.running.line(/webhook\.listening /, { from })).match(/port=(\d+)/)[1]);
  assert.equal(await knock(lab, body, signed(body, { secret: secretOf(2) })), 401);
  assert.equal(await knock(lab, body, signed(body, { secret: secretOf(3) })), 204);
});

test('callers that send an octet now and then are ended, and hold up nobody meanwhile', async (t) => {
  const { lab } = await open(t);
  const slow = Array.from({ length: 12 }, () => net.connect(lab.port, '127.0.0.1'));
  const ends = slow.map((socket) => {
    socket.on('error', () => {});
    socket.on('connect', () => socket.write('POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n'));
    const dribble = setInterval(() => socket.write('x'), 300);
    t.after(() => (clearInterval(dribble), socket.destroy()));
    return closed(socket);
  });
  assert.equal(await knock(lab, '{}', signed('{}'), { localAddress: '127.0.0.2' }), 204, 'another address is served');
  await within(Promise.all(ends), 'the slow ones to be ended');
  assert.equal(await knock(lab, '{}', signed('{}')), 204, 'and theirs again');
  for (const garbage of ['\0\0\0\0\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'POST /webhook HTTP/1.1\r\nContent-Length: -1\r\n\r\n', 'POST /webhook HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', '\x16\x03\x01\x02']) {
    const socket = net.connect(lab.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.end(garbage, 'latin1');
    await within(closed(socket.resume()), JSON.stringify(garbage));
  }
  assert.equal(await knock(lab, '{}', signed('{}')), 204);
  assert.equal(lab.core.running.lines.filter((l) => /worker\.started link=webhook/.test(l)).length, 1);
});

test('TLS: the certificate is shown, plain HTTP is not understood; without one only this machine may knock', async (t) => {
  const folder = await Lab.open(t);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', folder.file('key.pem'), '-out', folder.file('cert.pem')], { stdio: 'ignore' });
  chmodSync(folder.file('key.pem'), 0o600);
  const { lab } = await open(t, { central: { webhook_cert_file: folder.file('cert.pem'), webhook_key_file: folder.file('key.pem') } });
  const ca = readFileSync(folder.file('cert.pem'));
  assert.equal(await knock(lab, '{}', signed('{}'), { protocol: https, ca }), 204);
  await assert.rejects(knock(lab, '{}', signed('{}'), { protocol: https, ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }));
  assert.equal(await knock(lab, '{}', signed('{}'), { mayBeCut: true }).then((s) => s === 'cut' || s >= 400), true);
  assert.equal(await knock(lab, '{}', signed('{}'), { protocol: https, ca }), 204);
  assert.equal(lab.core.running.lines.filter((l) => /worker\.started link=webhook/.test(l)).length, 1);
  folder.writeConfig({ central: { url: 'http://127.0.0.1:1/x', webhook_listen: '0.0.0.0:0', webhook_secret_file: '/x' } });
  const refused = folder.run('phanhoid', ['-t', '-c', folder.config]);
  await refused.exit;
  assert.match(refused.tail(), /central\.webhook_listen: without webhook_cert_file only this machine itself may knock/);
});

test('--help is no mistake, a missing option is one', () => {
  assert.match(execFileSync(program('phanhoi-webhook'), ['--help'], { encoding: 'utf8' }), /^usage: phanhoi-webhook --listen/);
  assert.throws(() => execFileSync(program('phanhoi-webhook'), ['--listen', '127.0.0.1:0'], { stdio: 'pipe' }), { status: 2 });
});
