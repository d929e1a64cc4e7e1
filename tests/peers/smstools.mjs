// SMS Server Tools 3 (its smsd, which has the name of gammu's) on a virtual modem: incoming and outgoing directories.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Running } from '../lib/harness.mjs';
import { until, VirtualNetwork } from '../lib/virtual_network.mjs';

const number = '+84912000001';
const citizen = '+84912345678';
let network;
let daemon;

before(async () => {
  network = await VirtualNetwork.start([`m1,number=${number},line=pty:DIR/m1`]);
  const folders = ['outgoing', 'checked', 'incoming', 'failed', 'sent', 'report', 'stats'];
  for (const folder of folders) await mkdir(network.file(folder));
  const paths = folders.map((folder) => `${folder} = ${network.file(folder)}`);
  await writeFile(
    network.file('smsd.conf'),
    `devices = GSM1\nlogfile = ${network.file('log')}\ninfofile = ${network.file('info')}\npidfile = ${network.file('pid')}\nloglevel = 5\n` +
      `${paths.join('\n')}\ndelaytime = 1\nerrorsleeptime = 1\nblocktime = 5\nreceive_before_send = no\nincoming_utf8 = yes\nstore_received_pdu = 1\n` +
      `decode_unicode_text = yes\ninternal_combine = yes\n` +
      `[GSM1]\ndevice = ${network.file('m1')}\nincoming = yes\nbaudrate = 115200\nreport = yes\nsocket_connection_retries = 0\n`,
  );
  daemon = new Running('/usr/sbin/smsd', ['-c', network.file('smsd.conf'), '-t']);
});
after(async () => {
  await daemon.kill();
  await network.stop();
});

/** Files of a directory as {headers, text}; a half-written one has no empty line yet and is left out. */
async function files(folder) {
  const found = [];
  for (const name of await readdir(network.file(folder))) {
    const content = await readFile(path.join(network.file(folder), name), 'utf8').catch(() => '');
    const [head, ...body] = content.split('\n\n');
    if (body.length) found.push({ headers: head, text: body.join('\n\n').replace(/\n$/, '') });
  }
  return found;
}

async function post(name, headers, text) {
  await writeFile(network.file(`${name}.draft`), `${headers.join('\n')}\n\n${text}`);
  await rename(network.file(`${name}.draft`), path.join(network.file('outgoing'), name));
}

test('messages of handsets become files, and leave the SIM', async () => {
  const wanted = ['PA Cot dien nga ra duong', 'Cột điện đầu thôn Trung ngả ra đường, nguy hiểm cho trẻ em đi học. '.repeat(3).trim()];
  for (const text of wanted) await network.send(citizen, number, text);
  const got = await until([network.file('incoming')], async () => {
    const all = await files('incoming');
    return all.length >= wanted.length && wanted.every((text) => all.some((f) => f.text === text)) && all;
  });
  assert.equal(got.length, wanted.length);
  for (const file of got) assert.match(file.headers, /From: 84912345678/);
  const { idle } = await network.ask('idle', { empty: true, wait: 30_000 });
  assert.ok(idle, 'its SIM is emptied');
});

test('files become messages, each once', async () => {
  const accented = 'Phản ánh của ông bà đã có kết quả: cầu đã được sửa. '.repeat(3).trim();
  await post('plain', [`To: ${citizen.slice(1)}`], 'Ma phan anh 482109304');
  await post('accented', [`To: ${citizen.slice(1)}`, 'Alphabet: UTF-8'], accented);
  const inbox = await network.inbox(citizen, 2, 50_000);
  assert.deepEqual(inbox.map((m) => m.text).sort(), ['Ma phan anh 482109304', accented].sort());
  await until([network.file('sent')], async () => (await readdir(network.file('sent'))).length === 2);
  const { parts } = await network.ask('air');
  assert.equal(parts.length, inbox.reduce((sum, m) => sum + m.parts, 0));
});
