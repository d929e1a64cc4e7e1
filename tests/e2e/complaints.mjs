// What users of other gateways complain of and no other test here shows (tests/COMPLAINTS.md lists all of it), with every real part.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import net from 'node:net';
import { test } from 'node:test';
import { Lab, PATIENCE_MS, program, within } from '../lib/harness.mjs';

const NUMBER = '+84912345678';
// Asks until it is so.
const settled = async (what, isSo) => {
  for (const end = Date.now() + PATIENCE_MS; !(await isSo()); ) assert.ok(Date.now() < end, `${what}: not within ${PATIENCE_MS} ms`);
};
const emptied = (lab) => lab.network.ask({ op: 'idle', empty: true, wait: PATIENCE_MS });

test('told directly and found on the SIM, in either order: one message', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen(NUMBER);
  const duplicates = async () => Number(/phanhoi_sms_duplicate_total (\d+)/.exec(await lab.core.result('metrics'))[1]);
  const centre = '07914809000000F1'; // the network's
  const [first, second] = ['26602151000082', '26602151100082'] // TP-SCTS
    .map((time) => `040B914819325476F80000${time}024822`); // HD
  const direct = async (tpdu) => {
    const line = `\r\n+CMT: ,${tpdu.length / 2}\r\n${centre}${tpdu}\r\n`;
    await lab.network.ask({ op: 'modem', name: 'm1', octets: Buffer.from(line).toString('hex') });
  };
  const found = (tpdu) => lab.network.ask({ op: 'send', from: NUMBER, to: lab.modems[0].number, pdu: tpdu });
  for (const [n, [tpdu, ways]] of [[first, [direct, found]], [second, [found, direct]]].entries()) {
    await ways[0](tpdu);
    assert.match((await citizen.next()).text, /^PA <noi dung>/);
    await ways[1](tpdu);
    await settled('the second copy', async () => (await duplicates()) === n + 1);
    await emptied(lab);
    assert.equal((await lab.core.result('message.list')).length, n + 1);
  }
  assert.equal((await citizen.inbox()).length, 2);
});

test('a network that takes every text and says that it failed: on the air twice at most, and the phone gets it once', async (t) => {
  const lab = await Lab.open(t, {
    modems: [{ name: 'm1', number: '+84912000001', options: 'profile=report-never' }],
    settings: { messages: { unknown_wait: 1, retry_base: 0.1 } },
  });
  await lab.start();
  const citizen = lab.citizen(NUMBER);
  await citizen.send('HD');
  await citizen.next(); // the core has seen how this modem counts
  await emptied(lab);
  await lab.network.ask({ op: 'modem', name: 'm1', set: { fail_next: { stage: 'pdu', code: 500, on_air: true, count: 100 } } });
  await citizen.send('HD');
  const attempts = async () => (await lab.network.ask({ op: 'air' })).parts.length;
  await settled('a repeat', async () => (await attempts()) > 2);
  await settled('a person to be asked', async () => (await lab.core.result('message.list', { out: true }))[0].parts[0].state === 'unknown');
  const parts = (await lab.network.ask({ op: 'air' })).parts.slice(1);
  assert.deepEqual(parts.map((part) => [part.mr, part.reject_duplicates, part.repeat]), [[parts[0].mr, false, false], [parts[0].mr, true, true]]);
  assert.equal((await citizen.inbox()).length, 2); // one for each HD
  assert.equal(new Set((await lab.core.result('unknown.list')).map((row) => row.part)).size, 1); // a person decides
});

test('a modem that is gone, a store that says nothing and a client that only stays take no processor', async (t) => {
  const silent = net.createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const lab = await Lab.open(t, { modems: 2, settings: { central: { url: `http://127.0.0.1:${silent.address().port}` }, worker: { restart_base: 0.2 } } });
  const stays = [];
  t.after(() => (stays.forEach((socket) => socket.destroy()), silent.close()));
  silent.on('connection', (socket) => stays.push(socket));
  await lab.start();
  const citizen = lab.citizen(NUMBER);
  await citizen.send('HD', { to: lab.modems[1].number });
  await citizen.next();
  await lab.network.ask({ op: 'modem', name: 'm1', set: { plugged: false } });
  await lab.core.running.line(/link\.down link=m1/);
  stays.push(net.connect(lab.controlSocket));
  stays.at(-1).write('{');
  // utime and stime (proc(5)) of the core, in ticks of 10 ms, against the time in which the line is tried again and again.
  const spent = () => readFileSync(`/proc/${lab.core.running.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').slice(11, 13).reduce((sum, ticks) => sum + 10 * Number(ticks), 0);
  const began = { at: Date.now(), spent: spent() };
  await lab.core.running.line(/worker\.started link=m1 .*starts=5/);
  const share = (spent() - began.spent) / (Date.now() - began.at);
  assert.ok(share < 0.25, `it took ${(100 * share).toFixed()} % of a processor`);
});

test('names, paths and words of any length are refused in words', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  const programs = {
    phanhoid: (long) => [['-c', long], ['-t', '-c', `/${long}`], ['-c', lab.config, '--restore', `/${long}`], [long]],
    phanhoictl: (long) => [['-s', long, 'status'], ['-c', long, 'status'], [long], ['case', 'show', long], ['send', long, 'x'], ['backup', lab.file(long)]]
      .map((args) => (args[0].startsWith('-') ? args : ['-c', lab.config, ...args])),
    'phanhoi-modem': (long) => [['--line', `pty:/${long}`], ['--line', `serial:/dev/${long}@115200`], ['--line', `tcp:${long}:1`], ['--name', long], ['--driver', long], ['--decode', long]],
    'phanhoi-vmodem': (long) => [['--control', long], ['--control', lab.file('c'), '--modem', `m1,number=+84912000001,line=pty:/${long}`], ['--modem', long]],
  };
  for (const length of [300, 4096, 100_000])
    for (const [name, uses] of Object.entries(programs))
      for (const args of uses('x'.repeat(length))) {
        const { status, stdout, stderr } = spawnSync(program(name), args, { encoding: 'utf8', input: '', timeout: PATIENCE_MS });
        const what = `${name} ${args.map((arg) => (arg.length > 100 ? `${arg.slice(0, 20)}… (${arg.length})` : arg)).join(' ')}: ${stderr.slice(0, 1000)}`;
        assert.ok([1, 2, 3].includes(status), what);
        assert.ok(stderr.trim() || stdout.trim(), what);
      }
  assert.equal((await lab.core.result('status')).state, 'serving');
});

test('of three parts one is lost: only that one goes out again', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const text = Array.from({ length: 40 }, (_, i) => `phan ${i} `).join('').trim();
  await lab.network.ask({ op: 'modem', name: 'm1', set: { fail_next: { stage: 'pdu', code: 500 } } }); // not on the air, and nobody knows
  assert.equal(lab.ctl('send', NUMBER, text).status, 0);
  const onAir = async () => (await lab.network.ask({ op: 'air' })).parts;
  await settled('the rest', async () => (await onAir()).length === 2);
  await emptied(lab);
  const [lost] = await lab.core.result('unknown.list');
  assert.equal(lab.ctl('unknown', 'resend', String(lost.part)).status, 0);
  assert.equal((await lab.citizen(NUMBER).next()).text, text);
  assert.deepEqual((await onAir()).map((part) => part.concat.seq), [2, 3, 1]);
});

test('a worker that hangs is ended, another serves, and nothing is sent twice', async (t) => {
  const lab = await Lab.open(t, { settings: { worker: { send_deadline: 4, stop_deadline: 0.1, restart_base: 0.1 } } });
  await lab.start();
  const [{ worker }] = await lab.core.result('modems');
  process.kill(worker.pid, 'SIGSTOP');
  const from = lab.core.running.lines.length;
  assert.equal(lab.ctl('send', NUMBER, 'xin chao').status, 0);
  await lab.core.running.line(/worker\.gone .*no answer to a submission in time/, { from });
  await lab.core.running.line(/ link\.up link=m1 /, { from });
  const citizen = lab.citizen(NUMBER);
  await citizen.send('HD');
  assert.match((await citizen.next()).text, /^PA <noi dung>/);
  assert.equal((await lab.core.result('unknown.list')).length, 1); // it may have been on its way: a person decides
  assert.equal((await lab.network.ask({ op: 'air' })).parts.length, 1);
});

test('a SIM without the number of its service centre is told of', async (t) => {
  const lab = await Lab.open(t);
  await lab.startNetwork();
  const terminal = await open(lab.file('m1'), constants.O_RDWR | constants.O_NOCTTY);
  await terminal.write('AT+CSCA=""\r');
  for (let said = ''; !/\r\nOK\r\n$/.test(said); ) said += (await within(terminal.read(), 'OK')).buffer.toString('latin1').replace(/\0+$/, '');
  await terminal.close();
  await lab.startCore();
  assert.match(await lab.core.running.line(/ alarm\.raised /), /link=m1 alarm=no-centre detail="the SIM doesn't know its service centre/);
  assert.match(lab.ctl('alarms').stdout, /m1 +no-centre/);
});
