// Modems that are plugged, pulled, renumbered and moved, as the core sees it. Discovery is a few lines of shell that say what the test says, and each
// /dev/ttyUSBn is a link to a virtual modem; everything else is the real thing. The kernel's part is told by tests/hardware/.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { Lab, program } from '../lib/harness.mjs';

const PLACE = (n) => `pci-0000:00:14.0-usb-0:${n}`;
const IMEI = (n) => `35000000000000${n}`;
const MODEMS = [1, 2, 3].map((n) => ({ name: `m${n}`, number: `+8491200000${n}`, options: `imei=${IMEI(n)}` }));

class Bench {
  // named: what the configuration calls each modem, in its order; the others it doesn't know.
  static async open(t, named, modems = MODEMS, worker = { restart_base: 0.1 }) {
    const bench = new Bench();
    bench.lab = await Lab.open(null, { modems });
    t.after(() => bench.close());
    const { lab } = bench;
    mkdirSync(lab.file('dev'));
    execFileSync('mkfifo', [lab.file('ports')]);
    bench.ports = openSync(lab.file('ports'), 'r+');
    const stub = lab.file('phanhoi-modem');
    writeFileSync(stub, `#!/bin/sh
case " $* " in
*" --discover "*)
    printf '{"name":"hello","version":1}\\n'
    cat <>'${lab.file('ports')}' &
    while read -r line; do
        printf 'asked %s\\n' "$line" >&2
        case $line in *'"stop"'*) break ;; esac
    done
    kill $!
    exit
    ;;
esac
for word; do
    case $word in serial:/dev/*) word=pty:${lab.file('dev')}/\${word#serial:/dev/} ;; esac
    shift
    set -- "$@" "$word"
done
exec '${program('phanhoi-modem')}' "$@"
`);
    chmodSync(stub, 0o755);
    await lab.startNetwork(); // of all modems, then the configuration of some
    lab.modems = Object.keys(named).map((name) => ({ ...modems.find((m) => m.name === name), named: named[name] }));
    lab.writeConfig({ worker: { program: stub, ...worker } });
    return bench;
  }
  async close() {
    await this.lab.close();
    closeSync(this.ports);
  }
  get log() {
    return this.lab.core.running;
  }
  say(line) {
    writeSync(this.ports, `${JSON.stringify(line)}\n`);
  }
  here() {
    return this.log.lines.length;
  }
  until(pattern, from) {
    return this.log.line(pattern, { from });
  }
  // plug: what is there at the start.
  async start(plug) {
    await this.lab.startCore();
    await this.until(/asked .*"hello"/, 0);
    await plug?.();
    this.say({ name: 'ports', count: 0 });
  }
  async stop() {
    await this.log.kill();
  }
  async plug(name, node, place) {
    await this.lab.network.ask({ op: 'modem', name, set: { plugged: true } });
    this.link(name, node);
    this.sayPort(node, place);
  }
  link(name, node) {
    rmSync(this.lab.file(`dev/${node}`), { force: true });
    symlinkSync(this.lab.file(name), this.lab.file(`dev/${node}`));
  }
  sayPort(node, place) {
    this.say({ name: 'port', node: `/dev/${node}`, place, usb: '0403:6001', product: 'Adapter', serial: '0000', interface: 0, role: 'adapter' });
  }
  async pull(name, node) {
    await this.lab.network.ask({ op: 'modem', name, set: { plugged: false } });
    this.say({ name: 'port_gone', node: `/dev/${node}` });
  }
  async asked(node, imei, from) {
    await this.until(new RegExp(`asked .*"probe".*"/dev/${node}"`), from);
    this.say({ name: 'probed', node: `/dev/${node}`, ...(imei ? { answers: true, imei } : { reason: 'no answer to AT' }) });
  }
  async modem(name) {
    return (await this.lab.core.result('modems')).find((m) => m.name === name);
  }
  events() {
    return this.lab.core.result('modem.events', { limit: 10 });
  }
}

test('a modem comes back under another number, at its place, and what came meanwhile is taken', async (t) => {
  const bench = await Bench.open(t, { m1: `usb:${PLACE(1)}` });
  await bench.start();
  assert.match(await bench.until(/link\.absent link=m1/, 0), /phanhoi\.conf:\d+: modems\[0\]\.line: nothing is plugged in at/);
  assert.equal((await bench.modem('m1')).worker.starts, 0);
  let from = bench.here();
  await bench.plug('m1', 'ttyUSB0', PLACE(1));
  await bench.until(/link\.up link=m1/, from);
  from = bench.here();
  await bench.pull('m1', 'ttyUSB0');
  await bench.until(/link\.absent link=m1/, from);
  const citizen = bench.lab.citizen('+84987000001');
  await citizen.send('PA Duong vao thon 3 bi sut lun', { to: MODEMS[0].number });
  await bench.plug('m2', 'ttyUSB0', PLACE(2)); // its number is another's now
  from = bench.here();
  await bench.plug('m1', 'ttyUSB1', PLACE(1));
  await bench.until(/link\.up link=m1/, from);
  const modem = await bench.modem('m1');
  assert.deepEqual([modem.node, modem.place, modem.imei], ['serial:/dev/ttyUSB1', PLACE(1), IMEI(1)]);
  assert.match((await citizen.next()).text, /da nhan phan anh/);
  assert.deepEqual(await bench.events(), []);
});

test('a port that is being asked is given to nobody until it has answered', async (t) => {
  const bench = await Bench.open(t, { m2: `imei:${IMEI(2)}`, m1: `usb:${PLACE(1)}` }); // m2 is the first to hear of a port, and has it asked
  await bench.start();
  await bench.plug('m1', 'ttyUSB1', PLACE(1));
  await bench.until(/link\.absent link=m1 .*ttyUSB1 is being asked who is there/, 0);
  await bench.plug('m2', 'ttyUSB0', PLACE(2));
  await bench.asked('ttyUSB0', IMEI(2), 0);
  await bench.until(/link\.up link=m2/, 0); // that nobody answers there holds up only who is there
  assert.equal((await bench.modem('m1')).worker.starts, 0);
  await bench.asked('ttyUSB1', null, 0);
  await bench.until(/link\.up link=m1/, 0);
  assert.equal((await bench.modem('m1')).worker.starts, 1);
});

test('a modem that is moved is followed by its IMEI; of two equal ones the one where it was last, also after a restart', async (t) => {
  const clones = MODEMS.map((m) => ({ ...m, options: `imei=${IMEI(2)}` }));
  const bench = await Bench.open(t, { m2: `imei:${IMEI(2)}` }, clones);
  await bench.start();
  await bench.plug('m2', 'ttyUSB0', PLACE(2));
  await bench.asked('ttyUSB0', IMEI(2), 0);
  await bench.until(/link\.up link=m2/, 0);
  let from = bench.here();
  await bench.pull('m2', 'ttyUSB0');
  await bench.until(/link\.absent link=m2/, from);
  from = bench.here();
  await bench.plug('m2', 'ttyUSB0', PLACE(3));
  await bench.asked('ttyUSB0', IMEI(2), from);
  await bench.until(/modem\.moved link=m2/, from);
  const [moved] = await bench.events();
  assert.deepEqual([moved.event, moved.modem, moved.imei, moved.from, moved.to], ['moved', 'm2', IMEI(2), PLACE(2), PLACE(3)]);
  await bench.stop();

  await bench.start(async () => {
    await bench.plug('m1', 'ttyUSB1', PLACE(1));
    await bench.plug('m2', 'ttyUSB0', PLACE(3));
  });
  await bench.asked('ttyUSB1', IMEI(2), 0); // a cloned board, which answers first
  bench.say({ name: 'port', node: '/dev/ttyUSB9', place: PLACE(9), usb: '2c7c:0125', interface: 3, role: 'ppp' });
  await bench.until(/port\.there node=\/dev\/ttyUSB9/, 0); // so that answer was heard
  assert.equal((await bench.modem('m2')).worker.starts, 0);
  await bench.asked('ttyUSB0', IMEI(2), 0);
  await bench.until(/link\.up link=m2/, 0);
  assert.equal((await bench.modem('m2')).place, PLACE(3));
  assert.equal((await bench.modem('m2')).worker.starts, 1);
});

test('a modem that turns out to be another than its line names is not served, and free for the one that it is', async (t) => {
  const bench = await Bench.open(t, { m2: `imei:${IMEI(2)}`, m3: `usb:${PLACE(2)}` });
  await bench.start();
  await bench.plug('m3', 'ttyUSB0', PLACE(2));
  await bench.asked('ttyUSB0', IMEI(2), 0); // exchanged between the question and the start
  await bench.until(new RegExp(`link\\.another link=m2 .*imei=${IMEI(3)}`), 0);
  await bench.until(/link\.absent link=m2 .*no modem here has the IMEI/, 0);
  await bench.until(/link\.up link=m3/, 0);
  assert.equal((await bench.modem('m2')).up, false);
});

test('a port that can be opened only a moment after it came is tried again soon, whatever pauses its modem has earned', async (t) => {
  const bench = await Bench.open(t, { m1: `usb:${PLACE(1)}` }, MODEMS, { restart_base: 600, restart_cap: 600 });
  await bench.start();
  const from = bench.here();
  bench.sayPort('ttyUSB0', PLACE(1)); // there, and not to be opened
  await bench.until(/worker\.gone link=m1/, from);
  bench.link('m1', 'ttyUSB0'); // now it is, and nobody tells the core
  await bench.until(/link\.up link=m1/, from);
});
