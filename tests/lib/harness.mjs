// A laboratory for tests that run the real programs: a folder of its own, a virtual network, the core with its workers, and clients of both control
// sockets. Nothing sleeps: whoever waits, waits for a line or an answer, and every wait has an end that says what didn't come.
//
//   const lab = await Lab.open(t, { modems: 2 })       // folder, configuration; everything is ended and removed after the test
//   await lab.startNetwork()                           // phanhoi-vmodem, until its ready line
//   await lab.startCore()                              // phanhoid, until app.ready
//   await lab.modemsUp()
//   const citizen = lab.citizen('+84912345678')
//   await citizen.send('PA Duong vao thon 3 bi sut lun')
//   const ack = await citizen.next()                   // {seq, from, text, encoding, parts, …}
//   await lab.core.ask('status')                       // the core's control socket
//   lab.ctl('case', 'list', '--json')                  // phanhoictl
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const BUILD = path.resolve(ROOT, process.env.PHANHOI_BUILD ?? path.join('build', process.env.MODE ?? 'debug'));
export const program = (name) => path.join(BUILD, name);

export const PATIENCE_MS = Number(process.env.PATIENCE_MS ?? 30000); // two noisy cores may be slow; nothing good takes that long

// Rejects when `promise` takes longer.
export async function within(promise, what, ms = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// What to spawn so that the program ends with the test, however that ends: a killed test can't clean up.
export const bound = (command, args) => ['setpriv', ['--pdeathsig', 'KILL', command, ...args]];

// A program that runs: its lines, its end.
export class Running {
  constructor(name, args, { env = {}, cwd, onLine } = {}) {
    this.name = name;
    this.lines = [];
    this.waiting = [];
    this.ended = null; // {code, signal}
    this.child = spawn(...bound(name.includes('/') ? name : program(name), args), { env: { ...process.env, ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exit = new Promise((resolve) => {
      this.child.once('error', (error) => this.#end(resolve, { code: null, signal: null, error }));
      this.child.once('close', (code, signal) => this.#end(resolve, { code, signal }));
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      readline.createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        onLine?.(line);
        this.#look();
      });
  }
  #end(resolve, how) {
    this.ended ??= how;
    this.#look();
    resolve(this.ended);
  }
  #look() {
    this.waiting = this.waiting.filter((waiter) => !waiter());
  }
  get pid() {
    return this.child.pid;
  }
  // The first line from index `from` on that matches; resolves to it. Fails when the program ends first.
  line(pattern, { from = 0, ms = PATIENCE_MS } = {}) {
    let at = from;
    const promise = new Promise((resolve, reject) => {
      const waiter = () => {
        for (; at < this.lines.length; at++)
          if (pattern.test(this.lines[at])) return resolve(this.lines[at]), true;
        if (this.ended) return reject(new Error(`${this.name} ended ${JSON.stringify(this.ended)} without ${pattern}:\n${this.tail()}`)), true;
        return false;
      };
      if (!waiter()) this.waiting.push(waiter);
    });
    return within(promise, `${this.name}: a line like ${pattern}`, ms).catch((error) => {
      throw new Error(`${error.message}\n${this.tail()}`);
    });
  }
  tail(count = 40) {
    return this.lines.slice(-count).join('\n');
  }
  kill(signal = 'SIGTERM') {
    if (!this.ended) this.child.kill(signal);
    return within(this.exit, `${this.name} to end after ${signal}`);
  }
}

// A UNIX socket on which a line of JSON is answered by a line of JSON, in order.
export class JsonLines {
  static async connect(socketPath) {
    const connection = new JsonLines(net.createConnection(socketPath));
    await within(once(connection.socket, 'connect'), `a connection to ${socketPath}`);
    return connection;
  }
  constructor(socket) {
    this.socket = socket;
    this.answers = [];
    this.askers = [];
    this.closed = false;
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      for (const line of lines) this.#put(JSON.parse(line));
    });
    socket.on('error', () => this.#close());
    socket.on('close', () => this.#close());
  }
  #put(answer) {
    const asker = this.askers.shift();
    if (asker) asker.resolve(answer);
    else this.answers.push(answer);
  }
  #close() {
    this.closed = true;
    for (const asker of this.askers.splice(0)) asker.reject(new Error('the connection was closed'));
  }
  next(ms = PATIENCE_MS) {
    if (this.answers.length) return Promise.resolve(this.answers.shift());
    if (this.closed) return Promise.reject(new Error('the connection is closed'));
    return within(new Promise((resolve, reject) => this.askers.push({ resolve, reject })), 'an answer', ms);
  }
  tell(request) {
    this.socket.write(typeof request === 'string' ? request : `${JSON.stringify(request)}\n`);
  }
  ask(request, ms) {
    const answer = this.next(ms);
    this.tell(request);
    return answer;
  }
  close() {
    this.socket.destroy();
  }
}

export class Network {
  constructor(lab) {
    this.lab = lab;
  }
  // The answer, or an exception with what the network found wrong. A connection for each: one that waits holds up nobody.
  async ask(request, ms = PATIENCE_MS) {
    const connection = await JsonLines.connect(this.lab.networkSocket);
    try {
      const wait = request.wait === undefined ? {} : { wait: request.wait * this.lab.pace }; // the network's own time
      const answer = await connection.ask({ ...request, ...wait }, (request.wait ?? 0) + ms);
      if (answer.error) throw new Error(`network: ${answer.error}`);
      return answer;
    } finally {
      connection.close();
    }
  }
}

// A phone of the virtual network.
export class Citizen {
  constructor(lab, number) {
    this.lab = lab;
    this.number = number;
    this.seen = 0; // seq of the last message that next() gave
  }
  send(text, { to = this.lab.modems[0].number, ...more } = {}) {
    return this.lab.network.ask({ op: 'send', from: this.number, to, text, ...more });
  }
  async inbox() {
    return (await this.lab.network.ask({ op: 'inbox', number: this.number })).messages;
  }
  // The next message that hasn't been given yet.
  async next(ms = PATIENCE_MS) {
    const { messages } = await this.lab.network.ask({ op: 'inbox', number: this.number, after: this.seen, wait: ms });
    if (!messages.length) throw new Error(`${this.number}: no message within ${ms} ms; the core said:\n${this.lab.core?.running?.tail()}`);
    this.seen = messages[0].seq;
    return messages[0];
  }
}

export class Core {
  constructor(lab) {
    this.lab = lab;
    this.running = null;
  }
  async ask(command, more = {}) {
    const connection = await JsonLines.connect(this.lab.controlSocket);
    try {
      return await connection.ask({ command, ...more });
    } finally {
      connection.close();
    }
  }
  async result(command, more = {}) {
    const answer = await this.ask(command, more);
    if (!answer.ok) throw new Error(`${command}: ${JSON.stringify(answer)}`);
    return answer.result;
  }
}

const keysOf = (keys) => `{ ${Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)};`).join(' ')} }`;
const sections = (settings) =>
  Object.entries(settings)
    .map(([group, keys]) => `${group} = ${Array.isArray(keys) ? `( ${keys.map(keysOf).join(', ')} )` : keysOf(keys)};\n`)
    .join('');

export class Lab {
  // modems: a number, or [{name, number, driver, options, settings}], options being those of phanhoi-vmodem's --modem, settings more keys of the
  // configuration as they are written there. settings: {group: {key: value}}, or a list of such groups, merged into
  // the configuration. pace: a rehearsal, in which the time of the radio, of the workers and of the desk goes so many times as fast. `t`: what the test
  // function was given; the lab is closed after it.
  static async open(t, { modems = 1, settings = {}, pace = 1 } = {}) {
    const lab = new Lab(modems, settings, pace);
    t?.after(() => lab.close());
    return lab;
  }
  constructor(modems, settings, pace = 1) {
    this.pace = pace;
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'phanhoi-'));
    this.modems =
      typeof modems === 'number'
        ? Array.from({ length: modems }, (_, i) => ({ name: `m${i + 1}`, number: `+8491200${String(i + 1).padStart(4, '0')}` }))
        : modems;
    this.networkSocket = this.file('network.sock');
    this.controlSocket = this.file('control.sock');
    this.config = this.file('phanhoi.conf');
    this.database = this.file('phanhoi.db');
    this.network = new Network(this);
    this.core = new Core(this);
    this.programs = [];
    this.writeConfig(settings);
  }
  file(name) {
    return path.join(this.folder, name);
  }
  line(modem) {
    return modem.line ?? `pty:${this.file(modem.name)}`;
  }
  writeConfig(settings = {}) {
    const base = {
      appliance: { id: 'th-01', index: 0, of: 8, province: '38', name: 'Thanh Hoa', name_accented: 'Thanh Hóa', shortcode: '1022' },
      store: { path: this.database, key_file: this.file('seal.key') },
      control: { socket: this.controlSocket },
      ...(this.pace > 1 && { clock: { rate: this.pace }, worker: { pace: this.pace } }),
    };
    const merged = {};
    for (const group of new Set([...Object.keys(base), ...Object.keys(settings)])) merged[group] = Array.isArray(settings[group]) ? settings[group] : { ...base[group], ...settings[group] };
    const modems = this.modems.map((m) => `{ name = "${m.name}"; line = "${m.named ?? this.line(m)}"; number = "${m.number}"; driver = "${m.driver ?? 'at'}"; ${m.settings ?? ''}}`);
    writeFileSync(this.config, `${sections(merged)}modems = ( ${modems.join(',\n  ')} );\n`);
  }
  run(name, args, options) {
    const running = new Running(name, args, options);
    this.programs.push(running);
    return running;
  }
  async startNetwork() {
    const args = ['--control', this.networkSocket, '--pace', String(this.pace)];
    for (const m of this.modems) args.push('--modem', `${m.name},number=${m.number},line=${this.line(m)}${m.options ? `,${m.options}` : ''}`);
    this.vmodem = this.run('phanhoi-vmodem', args);
    await this.vmodem.line(/"ready":true/);
  }
  // Without waiting for anything.
  spawnCore({ env, args = [] } = {}) {
    this.core.running = this.run('phanhoid', ['-c', this.config, ...args], { env });
    return this.core.running;
  }
  async startCore(options) {
    const running = this.spawnCore(options);
    await running.line(/ app\.ready /);
    return running;
  }
  async modemsUp(modems = this.modems) {
    await Promise.all(modems.map((m) => this.core.running.line(new RegExp(` link\\.up link=${m.name} `))));
  }
  async start(options) {
    await this.startNetwork();
    await this.startCore(options);
    await this.modemsUp();
  }
  async stopCore() {
    return this.core.running.kill('SIGTERM');
  }
  citizen(number) {
    return new Citizen(this, number);
  }
  ctl(...args) {
    const done = spawnSync(program('phanhoictl'), ['-c', this.config, ...args], { encoding: 'utf8', timeout: PATIENCE_MS });
    return { status: done.status, stdout: done.stdout, stderr: done.stderr };
  }
  phone(...args) {
    return this.ctl('phone', ...args, '--network', this.networkSocket);
  }
  async close() {
    await Promise.all(this.programs.map((p) => p.kill('SIGTERM').catch(() => p.kill('SIGKILL'))));
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true, force: true });
  }
}

// ---- what a citizen may expect, computed without the appliance ----

const calendar = JSON.parse(readFileSync(path.join(ROOT, 'tests/fixtures/calendar.json'), 'utf8'));
const DAY_MS = 86400000;
const VIETNAM_MS = 7 * 3600000;
export const vietnamDay = (ms) => new Date(ms + VIETNAM_MS).toISOString().slice(0, 10);

export function workingDay(day) {
  const year = calendar.years[day.slice(0, 4)] ?? { off: [], work_on_weekend: [] };
  if (year.work_on_weekend.includes(day)) return true;
  if (year.off.includes(day)) return false;
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday >= 1 && weekday <= 5;
}
// The n-th working day after the Vietnamese day of `ms`, which itself never counts, as dd/mm/yyyy.
export function dueDate(ms, n) {
  let day = vietnamDay(ms);
  while (n > 0) {
    day = new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
    if (workingDay(day)) n--;
  }
  return day.split('-').reverse().join('/');
}
// 9 digits of which the last two check the others: ISO 7064 MOD 97-10.
export const validCode = (code) => /^\d{9}$/.test(code) && Number(code) % 97 === 1;
