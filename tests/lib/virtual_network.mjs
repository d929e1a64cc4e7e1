// A virtual radio network for one test, alone: phanhoi-vmodem in a folder of its own, and its control socket (modem/virtual/README.md lists the
// requests). Nothing here sleeps: what is waited for is an answer, a line or a change of a directory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { watch } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { JsonLines, PATIENCE_MS, Running, within } from './harness.mjs';

// Waits until `found()` gives something other than undefined or false; asks again whenever one of the directories changes.
export async function until(directories, found) {
  const watchers = [];
  const seeking = new Promise((resolve, reject) => {
    let looking = false;
    let again = false;
    const look = async () => {
      again = looking;
      if (looking) return;
      looking = true;
      do {
        again = false;
        const value = await found();
        if (value !== undefined && value !== false) resolve(value);
      } while (again);
      looking = false;
    };
    const tryLook = () => look().catch(reject);
    for (const directory of directories) watchers.push(watch(directory, tryLook));
    tryLook();
  });
  try {
    return await within(seeking, `what was to come in ${directories.join(', ')}`, 2 * PATIENCE_MS);
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

// Runs a program to its end: {status, output}.
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 2 * PATIENCE_MS, ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (data) => (output += data));
  const [status] = await once(child, 'close');
  return { status, output };
}

export class VirtualNetwork {
  // modems: "m1,number=+84912000001,line=pty:DIR/m1,…", DIR standing for the network's folder.
  static async start(modems) {
    const network = new VirtualNetwork();
    network.folder = await mkdtemp(path.join(os.tmpdir(), 'phanhoi-network-'));
    const args = ['--control', network.file('control'), ...modems.flatMap((m) => ['--modem', m.replaceAll('DIR', network.folder)])];
    network.running = new Running('phanhoi-vmodem', args);
    network.ready = JSON.parse(await network.running.line(/"ready":true/));
    network.control = await network.connect();
    return network;
  }

  file(name) {
    return path.join(this.folder, name);
  }

  // A further connection, for requests that wait.
  connect() {
    return JsonLines.connect(this.file('control'));
  }

  // One request; an error is thrown.
  async ask(op, members = {}) {
    const answer = await this.control.ask({ op, ...members }, (members.wait ?? 0) + PATIENCE_MS);
    if (answer.error) throw new Error(`${op}: ${answer.error}`);
    return answer;
  }

  send(from, to, text, members = {}) {
    return this.ask('send', { from, to, text, ...members });
  }

  // The first `count` messages of a handset; waits for them.
  async inbox(number, count = 1, wait = PATIENCE_MS) {
    const deadline = Date.now() + wait;
    let messages = [];
    while (messages.length < count && Date.now() < deadline) {
      const answer = await this.ask('inbox', { number, after: messages.length, wait: Math.max(1, deadline - Date.now()) });
      messages = messages.concat(answer.messages);
    }
    if (messages.length < count) throw new Error(`${number} got ${messages.length} of ${count} messages within ${wait} ms`);
    return messages;
  }

  async stop() {
    this.control?.close();
    await this.running.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
