// phanhoi-vmodem as a program: options, lines that come and go, accidents, the control socket, load.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { access, mkdtemp, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tty from 'node:tty';
import { program } from '../lib/harness.mjs';
import { run, VirtualNetwork } from '../lib/virtual_network.mjs';

const citizen = '+84912345678';
const number = '+84912000001';

/** A terminal on a modem's line: what was said and not yet expected is kept. */
class Terminal {
  constructor(stream, write) {
    this.stream = stream;
    this.write = write;
    this.said = '';
    this.ended = new Promise((resolve) => stream.once('close', resolve));
    stream.setEncoding('latin1').on('data', (data) => (this.said += data));
    stream.on('error', () => {});
  }

  static async tcp(line) {
    const [, host, port] = line.match(/^tcp:(.*):(\d+)$/);
    const socket = net.connect(Number(port), host);
    await once(socket, 'connect');
    return new Terminal(socket, (text) => socket.write(text, 'latin1'));
  }

  static pty(line) {
    const fd = openSync(line.slice('pty:'.length), constants.O_RDWR | constants.O_NOCTTY);
    const terminal = new Terminal(new tty.ReadStream(fd), (text) => writeSync(fd, text, null, 'latin1'));
    terminal.ended.then(() => closeSync(fd)); // the stream has reopened it and closes its own
    return terminal;
  }

  /** Waits until what is said matches, and takes the match out of it. */
  async expect(pattern) {
    const signal = AbortSignal.timeout(20_000);
    for (;;) {
      const match = this.said.match(pattern);
      if (match) {
        this.said = this.said.slice(0, match.index) + this.said.slice(match.index + match[0].length);
        return match;
      }
      await once(this.stream, 'data', { signal }).catch(() => {
        throw new Error(`${pattern} did not come; said: ${JSON.stringify(this.said)}`);
      });
    }
  }

  async at(command, pattern = /\r\nOK\r\n/) {
    this.write(`${command}\r`);
    return this.expect(pattern);
  }

  close() {
    this.stream.destroy();
    return this.ended;
  }
}

/** Runs `body` on a network of its own. */
async function on(modems, body) {
  const network = await VirtualNetwork.start(modems);
  const terminals = [];
  const plug = async (i = 0) => {
    const { line } = network.ready.modems[i];
    terminals.push(line.startsWith('tcp:') ? await Terminal.tcp(line) : Terminal.pty(line));
    return terminals.at(-1);
  };
  try {
    await body(network, plug);
  } finally {
    await Promise.all(terminals.map((t) => t.close()));
    await network.stop();
  }
}

const pty = `m1,number=${number},line=pty:DIR/m1`;
const tcp = `m1,number=${number},line=tcp:127.0.0.1:0`;

test('what is wrong with the command line is said', async () => {
  const cases = [
    [[], /no --modem given/],
    [['--modem'], /--modem: its value is missing/],
    [['--verbose'], /--verbose: not understood/],
    [['--modem', 'number=1'], /name must come first/],
    [['--modem', 'm1'], /--modem m1: number=… is missing/],
    [['--modem', 'm1,number=+84912000001'], /line=… is missing/],
    [['--modem', 'm1,number=x,line=pty:x'], /number=x: a telephone number/],
    [['--modem', 'm1,number=+84912000001,line=pty:x,submit-delay=soon'], /submit-delay=soon: a number from 0/],
    [['--modem', 'm1,number=+84912000001,line=pty:x,colour=red'], /colour: no such option/],
    [['--modem', 'm1,number=+84912000001,line=pty:x,profile=brick'], /profile=brick: there is no such profile/],
    [['--modem', 'm1,number=+84912000001,line=pty:x,pin=12'], /pin=12: 4 to 8 digits/],
  ];
  for (const [args, problem] of cases) {
    const { status, output } = await run(program('phanhoi-vmodem'), args);
    assert.equal(status, 2, output);
    assert.match(output, problem);
  }
  const help = await run(program('phanhoi-vmodem'), ['--help']);
  assert.equal(help.status, 0);
  assert.match(help.output, /submit-delay.*ms/);
});

test('lines and sockets that cannot be opened are said', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'phanhoi-vmodem-'));
  const busy = net.createServer().listen(path.join(directory, 'busy'));
  const taken = net.createServer().listen(0, '127.0.0.1');
  await Promise.all([once(busy, 'listening'), once(taken, 'listening')]);
  try {
    await writeFile(path.join(directory, 'file'), 'precious');
    const good = ['--modem', `m1,number=${number},line=pty:${directory}/m1`];
    const cases = [
      [['--modem', `m1,number=${number},line=pty:${directory}/none/m1`], /its directory must exist/],
      [['--modem', `m1,number=${number},line=pty:${directory}/file`], /is not a symbolic link/],
      [['--modem', `m1,number=${number},line=serial:/dev/ttyS0`], /expected pty:PATH or tcp:ADDR:PORT/],
      [['--modem', `m1,number=${number},line=tcp:nowhere`], /not an address and port/],
      [['--modem', `m1,number=${number},line=tcp:127.0.0.1:${taken.address().port}`], /can't listen/],
      [[...good, '--modem', `m1,number=+84912000002,line=pty:${directory}/m2`], /another modem has its name or its number/],
      [[...good, '--modem', `m2,number=0912000001,line=pty:${directory}/m2`], /another modem has its name or its number/],
      [[...good, '--control', `${directory}/none/control`], /its directory must exist/],
      [[...good, '--control', `${directory}/busy`], /another program listens there/],
      [[...good, '--control', `${directory}/file`], /in use/],
    ];
    for (const [args, problem] of cases) {
      const { status, output } = await run(program('phanhoi-vmodem'), args);
      assert.equal(status, 1, output);
      assert.match(output, problem);
      await assert.rejects(access(path.join(directory, 'm1')), 'no link is left');
    }
  } finally {
    busy.close();
    taken.close();
    await rm(directory, { recursive: true });
  }
});

test('clients of a terminal come and go', () =>
  on([pty], async (network, plug) => {
    const first = await plug();
    await first.at('AT+CNMI=2,1');
    first.write('AT+CM'); // and never finishes
    await first.expect(/AT\+CM$/);
    await first.close();
    await network.send(citizen, number, 'while nobody listens');
    const second = await plug();
    await second.at('ATE0', /^ATE0\r\r\nOK\r\n$/);
    await second.at('AT+CMGL=0', /^\r\n\+CMGL: 1,0,,\d+\r\n[0-9A-F]+\r\n\r\nOK\r\n$/);
    const third = await plug(); // what is said goes to one of the two, as on a serial port
    await network.ask('modem', { name: 'm1', say: 'RING' });
    await Promise.race([second.expect(/RING/), third.expect(/RING/)]);
  }));

test('a stale link is replaced, and removed at the end; SIGTERM ends cleanly', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'phanhoi-vmodem-'));
  await symlink('/dev/pts/none', path.join(directory, 'm1'));
  const network = await VirtualNetwork.start([`m1,number=${number},line=pty:${directory}/m1`]);
  assert.match(await readlink(path.join(directory, 'm1')), /^\/dev\/pts\/\d+$/);
  await network.running.kill('SIGTERM');
  assert.equal(network.running.ended.code, 0);
  await assert.rejects(access(path.join(directory, 'm1')));
  await assert.rejects(access(network.file('control')));
  await network.stop();
  await rm(directory, { recursive: true });
});

for (const line of [pty, tcp]) {
  test(`accidents on ${line.split('line=')[1].split(':')[0]}: hang-up, unplugging, silence`, () =>
    on([line], async (network, plug) => {
      const terminal = await plug();
      await terminal.at('ATE0+CMGF=1');
      await network.ask('modem', { name: 'm1', set: { fail_next: { stage: 'hangup', on_air: true } } });
      await terminal.at(`AT+CMGS="${citizen}"`, /> $/);
      terminal.write('on the air, unknown to the sender\x1a');
      await terminal.ended;
      assert.equal((await network.inbox(citizen))[0].text, 'on the air, unknown to the sender');
      const again = await plug();
      await again.at('AT');
      await network.ask('modem', { name: 'm1', set: { plugged: false } });
      await again.ended;
      await assert.rejects(async () => plug());
      assert.equal((await network.ask('modem', { name: 'm1', set: { plugged: true } })).plugged, true);
      const back = await plug();
      await back.at('AT');
      await network.ask('modem', { name: 'm1', set: { mute: true } });
      back.write('AT\r');
      await network.ask('modem', { name: 'm1', set: { mute: false } });
      await back.at('AT+CPAS', /\+CPAS: 0\r\n\r\nOK\r\n/);
    }));
}

test('a new client of a TCP line replaces the old', () =>
  on([tcp], async (network, plug) => {
    const old = await plug();
    await old.at('AT');
    const fresh = await plug();
    await old.ended;
    await fresh.at('AT');
  }));

test('baud paces what the modem says', () =>
  on([`${tcp},baud=9600`], async (network, plug) => {
    const terminal = await plug();
    let pieces = 0;
    terminal.stream.on('data', () => pieces++);
    const started = process.hrtime.bigint();
    const [listing] = await terminal.at('ATE0+CMGL=?;+CPMS=?;+CSCS=?;+COPS=?', /[^]*\r\nOK\r\n/);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    assert.ok(seconds >= (0.9 * listing.length) / 960, `${listing.length} octets in ${seconds} s`);
    assert.ok(pieces > 5, `${listing.length} octets in ${pieces} pieces`);
  }));

test('requests that wait are answered when something comes, or at their time', () =>
  on([tcp], async (network, plug) => {
    const patient = await network.connect();
    const waiting = patient.ask({ op: 'inbox', number: citizen, wait: 60_000 });
    const behind = patient.ask({ op: 'idle' });
    assert.deepEqual((await network.ask('inbox', { number: citizen, wait: 1 })).messages, []);
    const terminal = await plug();
    await terminal.at('ATE0+CMGF=1');
    await terminal.at(`AT+CMGS="${citizen}"`, /> $/);
    await terminal.at('here it is\x1a', /\+CMGS: 0\r\n/);
    assert.equal((await waiting).messages[0].text, 'here it is');
    assert.equal((await behind).idle, true);
    patient.close();
  }));

test('a client of the control socket that misbehaves harms nobody', () =>
  on([tcp], async (network) => {
    const socket = net.connect(network.file('control'));
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write('x'.repeat(3 << 20));
    await new Promise((resolve) => socket.on('close', resolve));
    const broken = net.connect(network.file('control'));
    await once(broken, 'connect');
    broken.write('\0\xff{]\n{"op":"idle"}\n');
    let answers = '';
    for await (const data of broken) if ((answers += data).split('\n').length > 2) break;
    assert.match(answers, /^\{"error":"not JSON.*\n\{"ok":true,"idle":true/);
    assert.equal((await network.ask('idle')).idle, true);
  }));

test('1,000 messages each way through two modems, none lost, none twice, in order', () =>
  on([tcp, 'm2,number=+84912000002,line=tcp:127.0.0.1:0,slots=10'], async (network, plug) => {
    const count = 500;
    const numbers = [number, '+84912000002'];
    const terminals = [await plug(0), await plug(1)];
    for (const terminal of terminals) await terminal.at('ATE0+CMGF=1;+CNMI=2,1');
    const serve = async (terminal) => {
      for (let n = 0; n < count; n++) {
        const [, slot] = await terminal.expect(/\+CMTI: "SM",(\d+)\r\n/);
        const [, from, text] = await terminal.at(`AT+CMGR=${slot}`, /\+CMGR: "REC UNREAD","([^"]+)".*\r\n(.*)\r\n\r\nOK\r\n/);
        assert.equal(text, `message ${n}`);
        terminal.write(`AT+CMGD=${slot}\r`); // indications of what waited come in between
        await terminal.expect(/\r\nOK\r\n/);
        terminal.write(`AT+CMGS="${from}"\r`);
        await terminal.expect(/> /);
        terminal.write(`answer ${n}\x1a`);
        await terminal.expect(/\+CMGS: \d+\r\n\r\nOK\r\n/);
      }
    };
    const started = process.hrtime.bigint();
    const serving = terminals.map(serve);
    for (let n = 0; n < count; n++)
      for (const i of [0, 1]) network.send(`+8498000000${i}`, numbers[i], `message ${n}`);
    await Promise.all(serving);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    for (const i of [0, 1]) {
      const inbox = await network.inbox(`+8498000000${i}`, count);
      assert.deepEqual(
        inbox.map((m) => m.text),
        Array.from({ length: count }, (_, n) => `answer ${n}`),
      );
    }
    const { air, messages } = await network.ask('stats');
    assert.equal(air, 2 * count);
    assert.equal(messages.handed_over, 2 * count);
    process.stdout.write(`# ${Math.round((2 * count) / seconds)} messages a second in and as many out\n`);
  }));
