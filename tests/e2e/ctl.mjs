// phanhoictl and the control socket it speaks to.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { JsonLines, Lab, program, validCode } from '../lib/harness.mjs';

const NUMBER = '+84912345678';
const TEXT = 'PA Cống thoát nước đầu ngõ 12 bị tắc, nước thải tràn vào nhà dân từ hôm qua';

test('what a citizen did can be looked at; numbers and texts only when revealed', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const citizen = lab.citizen(NUMBER);
  await citizen.send(TEXT);
  const code = (await citizen.next()).text.match(/ma so (\d{9})/)[1];
  assert.ok(validCode(code));

  const list = lab.ctl('case', 'list');
  assert.equal(list.status, 0, list.stderr);
  assert.match(list.stdout, new RegExp(`${code} +RECEIVED .*84912\\*\\*\\*678`));
  for (const command of [['case', 'list'], ['case', 'show', code], ['message', 'list'], ['message', 'list', '--out'], ['queue'], ['modems'], ['status'], ['log', '-n', '1000']])
    for (const form of [[], ['--json']]) {
      const printed = lab.ctl(...command, ...form);
      assert.equal(printed.status, 0, printed.stderr);
      assert.ok(!printed.stdout.includes('912345678'), `${command}: a number is shown`);
      assert.ok(!printed.stdout.includes('thoát'), `${command}: a text is shown`);
      if (form.length) JSON.parse(printed.stdout);
    }

  const revealed = JSON.parse(lab.ctl('case', 'show', code, '--reveal', '--json').stdout);
  assert.equal(revealed.from, NUMBER);
  assert.equal(revealed.text, TEXT.slice(3));
  assert.equal(revealed.code, code);
  assert.equal(revealed.state, 'RECEIVED');
  assert.equal(revealed.deadlines.length, 1);
  assert.equal(revealed.deadlines[0].working_days, 2);
  assert.ok(revealed.events.length >= 1);
  await lab.core.running.line(/control\.reveal command=case\.show uid=\d+/);
  assert.ok(lab.ctl('case', 'show', code, '--reveal').stdout.includes(TEXT.slice(3)));

  const messages = JSON.parse(lab.ctl('message', 'list', '--json', '--reveal').stdout);
  assert.equal(messages.length, 1);
  assert.equal(messages[0].text, TEXT);
  assert.equal(messages[0].case, code);

  const { counts, modems_up } = JSON.parse(lab.ctl('status', '--json').stdout);
  assert.equal(counts.cases, 1);
  assert.equal(counts.messages, 1);
  assert.equal(modems_up, 1);
});

test('a text is sent', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  const long = 'Thông báo: '.padEnd(200, 'ngừng cấp nước ');
  const sent = lab.ctl('send', '0912345678', long);
  assert.equal(sent.status, 0, sent.stderr);
  const message = await lab.citizen(NUMBER).next();
  assert.equal(message.text, long);
  assert.equal(message.from, lab.modems[0].number);
  assert.ok(message.parts > 1);
});

test('what is refused ends with 1 and says why, also as JSON', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  const cases = [
    [['send', 'Viettel', 'x'], /phone number/, 'ERR_INVALID'],
    [['send', '0912345678', ''], /text is needed/, 'ERR_INVALID'],
    [['send', '0912345678', 'x'.repeat(3000)], /long/, 'ERR_TOO_LONG'],
    [['case', 'show', '123'], /9 digits/, 'ERR_INVALID'],
    [['case', 'show', '482109304'], /no case/, 'ERR_NOT_FOUND'],
    [['held', 'retry', '1'], /no such message/, 'ERR_NOT_FOUND'],
    [['unknown', 'resend', '1'], /no such part/, 'ERR_NOT_FOUND'],
  ];
  for (const [args, pattern, error] of cases) {
    const plain = lab.ctl(...args);
    assert.equal(plain.status, 1, args.join(' '));
    assert.match(plain.stderr, pattern);
    const json = lab.ctl(...args, '--json');
    assert.equal(json.status, 1);
    assert.equal(JSON.parse(json.stdout).error, error);
  }
});

test('wrong usage ends with 2', async (t) => {
  const lab = await Lab.open(t);
  for (const args of [[], ['nonsense'], ['case'], ['case', 'shw', '1'], ['send', '1'], ['status', 'x'], ['status', '--limit', '3'], ['case', 'list', '--limit', 'x'], ['--nonsense'], ['held', 'retry', 'x'], ['phone', 'inbox', '0912345678'], ['phone', 'inbox', '', '--network', 'x']])
    assert.equal(lab.ctl(...args).status, 2, args.join(' '));
  assert.equal(lab.ctl('--help').status, 0);
  assert.match(lab.ctl('help').stdout, /case show CODE/);
});

test('without a core it ends with 1 and names the socket', async (t) => {
  const lab = await Lab.open(t);
  const alone = lab.ctl('status');
  assert.equal(alone.status, 1);
  assert.ok(alone.stderr.includes(lab.controlSocket), alone.stderr);
  const direct = spawnSync(program('phanhoictl'), ['-s', '/nonexistent/socket', 'status', '--json'], { encoding: 'utf8' });
  assert.equal(direct.status, 1);
  assert.equal(JSON.parse(direct.stdout).error, 'ERR_CLOSED');
});

test('the log is followed as it comes', async (t) => {
  const lab = await Lab.open(t);
  const core = await lab.startCore();
  const follower = lab.run('phanhoictl', ['-c', lab.config, 'log', '-f', '-n', '1']);
  await follower.line(/./);
  process.kill(core.pid, 'SIGHUP');
  assert.match(await follower.line(/app\.signal/), /^\d\d\/\d\d \d\d:\d\d:\d\d phanhoid: app\.signal name=Hangup/);
  await lab.stopCore();
  assert.equal((await follower.exit).code, 1);
});

test('a phone of the network: send, inbox, chat', async (t) => {
  const lab = await Lab.open(t, { modems: 2 });
  await lab.start();
  const sent = lab.phone('send', '0912345678', 'PA Duong vao thon 3 bi sut lun');
  assert.equal(sent.status, 0, sent.stderr);
  assert.match(sent.stdout, /sent to \+84912000001 in 1 part/);
  const inbox = lab.phone('inbox', NUMBER, '--wait', '20');
  assert.equal(inbox.status, 0);
  assert.match(inbox.stdout, /^\+84912000001: PAKN Thanh Hoa da nhan phan anh/);
  assert.equal(lab.phone('send', '0912345678', 'TC', '--to', '0912000002', '--json').status, 0);
  const last = JSON.parse(lab.phone('inbox', NUMBER, '--json').stdout).at(-1).seq;
  assert.equal(lab.phone('inbox', '+84912345679').stdout, '');
  assert.equal(lab.phone('inbox', '+84912345679', '--wait', '0').status, 1);
  assert.ok(last >= 1);

  const chat = spawnSync(program('phanhoictl'), ['phone', 'chat', '0987654321', '--network', lab.networkSocket, '--wait', '8'], { input: 'HD\n', encoding: 'utf8', timeout: 30000 });
  assert.equal(chat.status, 0, chat.stderr);
  assert.match(chat.stdout, /^\+84912000001: PA <noi dung>: gui phan anh/m);
});

test('hostile requests are answered and harm nobody', async (t) => {
  const lab = await Lab.open(t);
  await lab.startCore();
  const connection = await JsonLines.connect(lab.controlSocket);
  const refused = async (request, error) => {
    const answer = await connection.ask(request);
    assert.equal(answer.ok, false);
    assert.equal(answer.error, error);
  };
  await refused('garbage\n', 'ERR_INVALID');
  await refused('\n', 'ERR_INVALID');
  await refused('\0\xff\n', 'ERR_INVALID');
  await refused('[]\n', 'ERR_NOT_FOUND');
  await refused({}, 'ERR_NOT_FOUND');
  await refused({ command: 3 }, 'ERR_NOT_FOUND');
  await refused({ command: 'status; rm' }, 'ERR_NOT_FOUND');
  await refused({ command: 'case.list', limit: 100000 }, 'ERR_INVALID');
  await refused({ command: 'case.list', limit: '3' }, 'ERR_INVALID');
  await refused({ command: 'case.list', before: -1 }, 'ERR_INVALID');
  await refused({ command: 'case.show', code: 482109304 }, 'ERR_INVALID');
  await refused({ command: 'send', to: '0912345678' }, 'ERR_INVALID');
  await refused({ command: 'send', to: { a: 1 }, text: 'x' }, 'ERR_INVALID');
  await refused({ command: 'held.retry', id: 1e30 }, 'ERR_INVALID');
  await refused(`{"command":"${'x'.repeat(100000)}"}\n`, 'ERR_TOO_LONG');
  assert.equal((await connection.ask({ command: 'status' })).ok, true);

  // Many requests at once are answered in order, writing ones too.
  const answers = [];
  for (let i = 0; i < 50; i++) answers.push(connection.ask(i % 2 ? { command: 'send', to: '0912345678', text: `tin ${i}` } : { command: 'help' }));
  for (const [i, answer] of (await Promise.all(answers)).entries()) {
    assert.equal(answer.ok, true);
    assert.equal(i % 2 ? typeof answer.result.message : Array.isArray(answer.result), i % 2 ? 'number' : true);
  }
  connection.close();

  // One that asks and goes away, and more than there is room for.
  const rude = await JsonLines.connect(lab.controlSocket);
  rude.tell({ command: 'send', to: '0912345678', text: 'x' });
  rude.close();
  const crowd = [];
  for (let i = 0; i < 80; i++) crowd.push(await JsonLines.connect(lab.controlSocket));
  const fates = await Promise.allSettled(crowd.map((c) => c.ask({ command: 'status' })));
  assert.equal(fates.filter((f) => f.status === 'fulfilled' && f.value.ok).length, 64);
  crowd.forEach((c) => c.close());
  const again = await JsonLines.connect(lab.controlSocket);
  assert.equal((await again.ask({ command: 'status' })).ok, true);
  again.close();
});
