// phanhoi-modem as its core sees it: lines in, lines out, how it ended. Waiting is for a line or for the end, never for a while.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { PATIENCE_MS, program } from './harness.mjs';

export class ModemWorker {
  // args: further options; env: further environment; hello false: the core says nothing by itself.
  constructor(line, { args = [], env = {}, hello = true } = {}) {
    this.lines = [];
    this.log = '';
    this.taken = 0;
    this.waiting = [];
    this.child = spawn(program('phanhoi-modem'), ['--name', 'm1', '--line', line, ...args], { env: { ...process.env, ...env } });
    this.child.stdin.on('error', () => {}); // it may end while it is spoken to
    this.child.stderr.setEncoding('utf8').on('data', (data) => (this.log += data));
    readline.createInterface({ input: this.child.stdout }).on('line', (text) => {
      this.lines.push(JSON.parse(text));
      this.#look();
    });
    this.ended = once(this.child, 'close').then(([status, signal]) => {
      this.end = { status, signal };
      this.#look();
      return this.end;
    });
    if (hello) this.say({ name: 'hello', version: 1 });
  }

  #look() {
    this.waiting = this.waiting.filter((look) => !look());
  }

  say(...messages) {
    for (const m of messages) this.child.stdin.write(typeof m === 'string' ? m : `${JSON.stringify(m)}\n`);
  }

  // The next line with one of these names that wasn't taken yet; those in between are passed over.
  next(...names) {
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${why} while waiting for ${names}: ${JSON.stringify(this.lines.slice(-5))}\n${this.log.slice(-2000)}`));
      const timer = setTimeout(() => fail(`nothing within ${PATIENCE_MS} ms`), PATIENCE_MS);
      const look = () => {
        for (; this.taken < this.lines.length; this.taken++)
          if (names.includes(this.lines[this.taken].name)) {
            clearTimeout(timer);
            resolve(this.lines[this.taken++]);
            return true;
          }
        if (this.end) {
          clearTimeout(timer);
          fail(`it ended ${JSON.stringify(this.end)}`);
          return true;
        }
        return false;
      };
      if (!look()) this.waiting.push(look);
    });
  }

  // All lines of that name so far.
  all(name) {
    return this.lines.filter((line) => line.name === name);
  }

  stored(...messages) {
    for (const { handle } of messages) this.say({ name: 'stored', handle });
  }

  async stop() {
    if (!this.end) this.say({ name: 'stop' });
    return this.ended;
  }

  async kill(signal = 'SIGKILL') {
    if (!this.end) this.child.kill(signal);
    return this.ended;
  }
}
