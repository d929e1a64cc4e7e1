// A SIM's PIN: tried once, whatever ends the program or the machine in between; the last tries are a person's (gammu#458, MKRGSM#98).
import assert from 'node:assert/strict';
import { chmodSync, closeSync, openSync, readFileSync, readSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Lab } from '../lib/harness.mjs';

const NUMBER = '+84912000001';
const open = async (t, pin, { options = 'profile=pin', mode = 0o600, driver } = {}) => {
  const lab = await Lab.open(t, { modems: [{ name: 'm1', number: NUMBER, options, driver }] });
  lab.pinFile = lab.file('m1.pin');
  lab.modems[0].settings = `pin_file = "${lab.pinFile}";`;
  lab.writePin = (text) => {
    writeFileSync(lab.pinFile, text);
    chmodSync(lab.pinFile, mode);
  };
  lab.writePin(pin);
  lab.writeConfig({ worker: { restart_base: 0.05, restart_cap: 0.1 } });
  lab.entered = async () => (await lab.network.ask({ op: 'modems' })).modems[0].pin_entered;
  lab.view = async () => (await lab.core.result('modems'))[0];
  await lab.startNetwork();
  return lab;
};
const tried = (lab, from = 0) => lab.core.running.line(/ pin\.refused link=m1 /, { from });
const notAgain = (lab, from = 0) => lab.core.running.line(/ link\.pin_not_tried link=m1 reason=".* was tried on this SIM and/, { from });

// Where a process can write, and may have kept something: heap, stacks, data. Each place that holds `text`, with what stands around it.
function found(pid, text) {
  const memory = openSync(`/proc/${pid}/mem`, 'r'); // the processes aren't dumpable: only root may look
  const places = [];
  for (const map of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [, from, to, name] = /^([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+ *(.*)$/.exec(map) ?? [];
    if (!from || name === '[vvar]') continue;
    const size = Number(BigInt(`0x${to}`) - BigInt(`0x${from}`));
    if (size > 2 ** 30) continue; // what a sanitizer keeps of the memory, not the memory
    const octets = Buffer.alloc(size);
    const n = readSync(memory, octets, 0, octets.length, BigInt(`0x${from}`));
    for (let at = octets.indexOf(text); at >= 0 && at < n; at = octets.indexOf(text, at + 1))
      places.push(`${name || 'anonymous'}: ${JSON.stringify(octets.toString('latin1', Math.max(0, at - 40), at + 40))}`);
  }
  closeSync(memory);
  return places;
}

const looks = { skip: process.getuid() !== 0 && "only root may look into our processes' memory" };

for (const driver of ['at', 'gammu'])
  describe(driver, () => {
    for (const [outcome, options] of [['accepted', 'profile=double-echo,pin=73914682'], ['refused', 'profile=pin,pin=1234']])
      test(`once a PIN was ${outcome}, no process remembers it`, looks, async (t) => {
        const lab = await open(t, '73914682\n', { options, driver });
        await lab.startCore();
        await lab.core.running.line(new RegExp(` pin\\.${outcome} link=m1`));
        const { worker } = await lab.view();
        assert.ok(found(lab.core.running.pid, 'pin_file').length > 0, 'the search finds nothing at all');
        assert.deepEqual(found(lab.core.running.pid, '73914682'), []);
        assert.deepEqual(found(worker.pid, '73914682'), []);
      });

    test('the right PIN is entered, and again whenever the SIM asks', async (t) => {
      const lab = await open(t, '1234\n', { options: 'pin=1234', driver });
      await lab.startCore();
      await lab.modemsUp();
      assert.equal(await lab.entered(), 1);
      const citizen = lab.citizen('+84912345678');
      await citizen.send('PA Duong vao thon 3 bi sut lun');
      assert.match((await citizen.next()).text, /da nhan phan anh/);
      let from = lab.core.running.lines.length;
      await lab.network.ask({ op: 'modem', name: 'm1', set: { sim: 'pin' } });
      await lab.core.running.line(/ pin\.accepted link=m1/, { from });
      assert.equal(await lab.entered(), 2);
      await lab.stopCore();
      from = 0;
      await lab.network.ask({ op: 'modem', name: 'm1', set: { sim: 'pin' } });
      await lab.startCore();
      await lab.modemsUp();
      assert.equal(await lab.entered(), 3);
    });

    test('a wrong PIN is tried once, however often core and workers end and start', async (t) => {
      const lab = await open(t, '4321', { driver });
      await lab.startCore();
      await tried(lab);
      await notAgain(lab);
      const view = await lab.view();
      assert.equal(view.up, false);
      assert.match(view.reason, /phanhoictl modem pin-retry m1/);
      for (let i = 0; i < 3; i++) {
        await lab.core.running.kill(i % 2 ? 'SIGTERM' : 'SIGKILL');
        await lab.startCore();
        await notAgain(lab);
        const from = lab.core.running.lines.length;
        process.kill((await lab.view()).worker.pid, 'SIGKILL');
        await notAgain(lab, from);
      }
      assert.equal(await lab.entered(), 1);
    });

    for (const point of ['pin.committed', 'pin.given', 'worker.pin_tried'])
      test(`killed at ${point}, a wrong PIN is not tried a second time`, async (t) => {
        const lab = await open(t, '4321', { driver });
        const running = lab.spawnCore({ env: { PHANHOI_CRASH: point } });
        const died = point.startsWith('worker') ? running.line(/ worker\.gone .*signal 9/) : running.exit;
        await died;
        await running.kill('SIGKILL');
        await lab.startCore();
        await notAgain(lab);
        assert.ok((await lab.entered()) <= 1);
      });

    test('with fewer than two tries left nothing is tried', async (t) => {
      const lab = await open(t, '4321', { driver });
      await lab.startCore();
      await tried(lab);
      await notAgain(lab);
      let from = lab.core.running.lines.length;
      assert.equal(lab.ctl('modem', 'pin-retry', 'm1').status, 0);
      await tried(lab, from); // two of three are gone
      await lab.core.running.line(/ link\.pin_not_tried link=m1 reason=".*only 1 of its tries are left/, { from });
      assert.equal(lab.ctl('modem', 'pin-retry', 'm1').status, 0);
      await lab.core.running.kill('SIGKILL');
      lab.writePin('1234');
      await lab.startCore();
      await lab.core.running.line(/only 1 of its tries are left/);
      assert.equal(await lab.entered(), 2);
    });

    test('a SIM that asks for its PUK is left to a person', async (t) => {
      const lab = await open(t, '1234', { options: 'profile=puk', driver });
      await lab.startCore();
      await lab.core.running.line(/ modem\.down .*PUK/);
      assert.match((await lab.view()).reason, /PUK: unblock it in a telephone/);
      assert.equal(await lab.entered(), 0);
    });
  });

test('another PIN in the file is another try; the wrong one put back is none', async (t) => {
  const lab = await open(t, '4321');
  await lab.startCore();
  await notAgain(lab);
  await lab.core.running.kill('SIGKILL');
  lab.writePin('1234\r\n');
  await lab.startCore();
  await lab.modemsUp();
  assert.equal(await lab.entered(), 2);
  await lab.stopCore();
  await lab.network.ask({ op: 'modem', name: 'm1', set: { sim: 'pin' } });
  lab.writePin('4321');
  await lab.startCore();
  await notAgain(lab);
  assert.equal(await lab.entered(), 2);
});

test('a person has the PIN tried once more', async (t) => {
  const lab = await open(t, '4321');
  await lab.startCore();
  await notAgain(lab);
  const from = lab.core.running.lines.length;
  assert.match(lab.ctl('modem', 'pin-retry', 'm1').stdout, /tried once more/);
  await tried(lab, from);
  assert.equal(await lab.entered(), 2);
  for (const [args, why] of [
    [['m9'], /no modem "m9"; there are: m1/],
    [[''], /no modem ""/],
  ]) {
    const done = lab.ctl('modem', 'pin-retry', ...args);
    assert.equal(done.status, 1);
    assert.match(done.stderr, why);
  }
});

test('nothing to be retried is said', async (t) => {
  const lab = await open(t, '1234');
  await lab.startCore();
  await lab.modemsUp();
  await lab.core.running.line(/ pin\.accepted /);
  const done = lab.ctl('modem', 'pin-retry', 'm1');
  assert.equal(done.status, 1);
  assert.match(done.stderr, /no PIN of it waits/);
});

test('a file that is no PIN, or that others may read, is said and not used', async (t) => {
  const rows = [
    ['123', 0o600, /4 to 8 digits/],
    ['123456789', 0o600, /4 to 8 digits/],
    ['1234\n\n', 0o600, /4 to 8 digits/],
    ['12 34', 0o600, /4 to 8 digits/],
    ['1234";+CFUN=0', 0o600, /4 to 8 digits/],
    ['', 0o600, /4 to 8 digits/],
    ['1234', 0o644, /has mode 0644, open to group or others; do: chmod 600/],
  ];
  for (const [text, mode, why] of rows) {
    const lab = await open(t, text, { mode });
    await lab.startCore();
    assert.match(await lab.core.running.line(/ link\.pin_not_tried /), why);
    assert.equal(await lab.entered(), 0);
    await lab.close();
  }
  for (const [make, why] of [
    [(lab) => (lab.modems[0].settings = `pin_file = "${lab.file('nothing')}";`), /can't be read: No such file/],
    [(lab) => (lab.modems[0].settings = `pin_file = "${lab.folder}";`), /is no regular file/],
    [(lab) => (symlinkSync('/dev/zero', lab.file('zero')), (lab.modems[0].settings = `pin_file = "${lab.file('zero')}";`)), /is no regular file/],
  ]) {
    const lab = await open(t, '1234');
    make(lab);
    lab.writeConfig();
    await lab.startCore();
    assert.match(await lab.core.running.line(/ link\.pin_not_tried /), why);
    assert.equal(await lab.entered(), 0);
    await lab.close();
  }
});

test('the PIN is in no log, no argument and not in the database', async (t) => {
  const lab = await open(t, '86420975');
  lab.writeConfig({ log: { level: 'debug' } });
  await lab.startCore();
  await tried(lab);
  const { pid } = (await lab.view()).worker;
  for (const of of [pid, lab.core.running.pid]) assert.doesNotMatch(readFileSync(`/proc/${of}/cmdline`, 'utf8'), /86420975/);
  await lab.stopCore();
  assert.doesNotMatch(lab.core.running.lines.join('\n'), /86420975/);
  assert.doesNotMatch(readFileSync(lab.database, 'latin1'), /86420975/);
});
