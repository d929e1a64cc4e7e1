// A modem that fails is brought back: the ladder's rungs against real programs, and the helper that resets USB devices.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Lab, program } from '../lib/harness.mjs';
import { ModemWorker } from '../lib/modem_worker.mjs';

test('three submissions in a row without radio: the line is opened anew, and nothing is sent twice', async (t) => {
  const lab = await Lab.open(t, { settings: { worker: { restart_base: 0.05 }, messages: { retry_base: 0.2 } } });
  await lab.start();
  const [{ worker: before }] = await lab.core.result('modems');
  await lab.network.ask({ op: 'modem', name: 'm1', set: { fail_next: { stage: 'pdu', code: 38, count: 3 } } });
  const from = lab.core.running.lines.length;
  assert.equal(lab.ctl('send', '0912345678', 'xin chao').status, 0);
  await lab.core.running.line(/ link\.recovery link=m1 rung=reopen/, { from });
  await lab.core.running.line(/ link\.up link=m1/, { from });
  assert.equal((await lab.citizen('+84912345678').next()).text, 'xin chao');
  const [view] = await lab.core.result('modems');
  assert.notEqual(view.worker.pid, before.pid);
  assert.match(await lab.core.result('metrics'), /\nphanhoi_modem_recoveries_total 1\n/);
  assert.equal((await lab.network.ask({ op: 'air' })).parts.length, 1);
});

for (const driver of ['at', 'gammu'])
  test(`a worker switches the radio, restarts the modem, gives up the line, as it is told: ${driver}`, async (t) => {
    const lab = await Lab.open(t);
    await lab.startNetwork();
    const worker = new ModemWorker(lab.line(lab.modems[0]), { args: ['--driver', driver] });
    t.after(() => worker.kill());
    await worker.next('up');
    for (const [recovery, why] of [
      ['radio', /radio was switched/],
      ['restart', /restarted/],
    ]) {
      worker.say({ name: 'recover', recovery });
      assert.match((await worker.next('down')).reason, why);
      await worker.next('up');
      worker.say({ name: 'send', id: 1, to: '+84912345678', encoding: 'gsm7', text: recovery });
      assert.equal((await worker.next('sent')).id, 1);
    }
    worker.say({ name: 'recover', recovery: 'reopen' });
    assert.match((await worker.next('down')).reason, /opened anew/);
    assert.equal((await worker.ended).status, 4);
  });

test('only devices of the table are reset, and every request is taken away', (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'phanhoi-usb-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (...names) => path.join(folder, ...names);
  for (const device of ['1-1.2', '1-1.3', '2-1']) {
    mkdirSync(at('devices', device), { recursive: true });
    writeFileSync(at('devices', device, 'authorized'), 'x');
  }
  mkdirSync(at('requests'));
  const run = (table) => {
    writeFileSync(at('table'), table);
    return spawnSync(program('phanhoi-usb-reset'), ['--requests', at('requests'), '--table', at('table'), '--devices', at('devices')], { encoding: 'utf8' });
  };
  const state = (device) => readFileSync(at('devices', device, 'authorized'), 'utf8');
  const table = '# modems\nm1 1-1.2 # the first\n\nm2 1-1.3\nm3 9-9\n';

  assert.equal(run(table).status, 0);
  writeFileSync(at('requests', 'm1'), 'whatever\n');
  assert.equal(run(table).status, 0);
  assert.deepEqual([state('1-1.2'), state('1-1.3'), state('2-1')], ['1', 'x', 'x']);
  assert.deepEqual(readdirSync(at('requests')), []);

  writeFileSync(at('requests', '2-1'), '');
  writeFileSync(at('requests', 'm9'), '');
  symlinkSync(at('devices', '2-1', 'authorized'), at('requests', 'm2')); // only its name counts
  assert.equal(run(table).status, 1);
  assert.deepEqual([state('1-1.3'), state('2-1')], ['1', 'x']);
  assert.deepEqual(readdirSync(at('requests')), []);
  assert.ok(existsSync(at('devices', '2-1', 'authorized')));

  writeFileSync(at('requests', 'm3'), ''); // its device isn't there
  assert.equal(run(table).status, 1);
  assert.deepEqual(readdirSync(at('requests')), []);

  for (const bad of ['m1 ../../etc', 'm1 1-1.2/../..', 'm1 /sys', 'm1', 'm1 1-1.2 more', '../m1 1-1.2', 'm1 usb1', `m1 1-${'1'.repeat(300)}`]) {
    writeFileSync(at('requests', 'm1'), '');
    const done = run(`${bad}\n`);
    assert.equal(done.status, 2, bad);
    assert.match(done.stderr, /NAME DEVICE is wanted/, bad);
    assert.deepEqual(readdirSync(at('requests')), ['m1']);
  }
});

test('where resets are asked for is a key of the configuration; at first none is', async (t) => {
  const lab = await Lab.open(t, { settings: { worker: { usb_reset_folder: '/nowhere' } } });
  assert.equal(spawnSync(program('phanhoid'), ['-t', '-c', lab.config]).status, 0);
  assert.match(spawnSync(program('phanhoid'), ['--print-config'], { encoding: 'utf8' }).stdout, /usb_reset_folder = ""/);
});
