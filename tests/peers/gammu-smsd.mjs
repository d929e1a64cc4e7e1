// gammu-smsd with its FILES backend on a virtual modem: messages of handsets become files, files become messages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Running } from '../lib/harness.mjs';
import { run, until, VirtualNetwork } from '../lib/virtual_network.mjs';

const number = '+84912000001';
const citizen = '+84912345678';
const env = { ...process.env, LC_ALL: 'C.UTF-8' };
let network;
let daemon;

before(async () => {
  network = await VirtualNetwork.start([`m1,number=${number},line=pty:DIR/m1`]);
  const folders = ['inbox', 'outbox', 'sent', 'error'];
  for (const folder of folders) await mkdir(network.file(folder));
  const paths = folders.map((folder) => `${folder === 'sent' || folder === 'error' ? `${folder}sms` : folder}path = ${network.file(folder)}/`);
  await writeFile(
    network.file('smsdrc'),
    `[gammu]\ndevice = ${network.file('m1')}\nconnection = dku2at\nmodel = at\n` +
      `[smsd]\nservice = files\nlogfile = ${network.file('log')}\ndebuglevel = 1\nloopsleep = 1\ncommtimeout = 1\nreceivefrequency = 1\nstatusfrequency = 0\n` +
      `checksecurity = 0\nchecksignal = 0\ncheckbattery = 0\ninboxformat = unicode\nmultiparttimeout = 30\n${paths.join('\n')}\n`,
  );
  daemon = new Running('/usr/bin/gammu-smsd', ['-c', network.file('smsdrc')], { env });
});
after(async () => {
  await daemon.kill();
  await network.stop();
});

/** The messages in the inbox by the sequence of their names: parts of one message have the same name but for the last number. */
async function received() {
  const folder = network.file('inbox');
  const messages = new Map();
  for (const name of (await readdir(folder)).sort()) {
    const key = name.replace(/_\d+\.txt$/, '');
    const octets = await readFile(path.join(folder, name));
    octets.swap16(); // UTF-16BE with a mark at its start
    // gammu-smsd 1.42 writes as many characters as the text has octets of UTF-8; what is too much begins with a NUL.
    const [text] = octets.toString('utf16le').replace(/^\uFEFF/, '').split('\0');
    messages.set(key, (messages.get(key) ?? '') + text);
  }
  return [...messages.values()];
}

test('messages of handsets become files, and leave the SIM', async () => {
  const wanted = ['PA Cau qua suoi bi hong', 'Nhà văn hóa thôn Đông bị dột nát, mưa là ngập. '.repeat(4).trim()];
  let parts = 0;
  for (const text of wanted) parts += (await network.send(citizen, number, text)).parts;
  const got = await until([network.file('inbox')], async () => {
    const all = await received().catch(() => []); // a file half written
    return all.length >= wanted.length && wanted.every((text) => all.includes(text)) && all;
  });
  assert.deepEqual([...got].sort(), [...wanted].sort());
  const { idle } = await network.ask('idle', { empty: true, wait: 30_000 });
  assert.ok(idle, 'its SIM is emptied');
  assert.equal((await network.ask('arrivals', { state: 'deleted' })).arrivals.length, parts);
});

test('what is injected reaches the handset once', async () => {
  const texts = ['Ma phan anh 482109304', 'Phản ánh của ông bà đã được chuyển Ủy ban nhân dân xã. '.repeat(3).trim()];
  for (const text of texts) {
    const options = ['-c', network.file('smsdrc'), 'TEXT', citizen, '-unicode', '-autolen', '400', '-text', text];
    const { status, output } = await run('gammu-smsd-inject', options, { env });
    assert.equal(status, 0, output);
  }
  const inbox = await network.inbox(citizen, texts.length);
  assert.deepEqual(inbox.map((m) => m.text).sort(), [...texts].sort());
  await until([network.file('sent')], async () => (await readdir(network.file('sent'))).length >= texts.length);
  const { parts } = await network.ask('air');
  assert.equal(parts.length, inbox.reduce((sum, m) => sum + m.parts, 0));
  assert.deepEqual(await readdir(network.file('error')), []);
});
