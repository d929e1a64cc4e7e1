// A virtual radio network for one test: starts phanhoi-vmodem in a directory of its own and speaks to its control socket.
// modem/virtual/README.md lists the requests. Nothing here sleeps: what is waited for is an answer, a line or a change of a directory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { watch } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The path of one of our programs in build/$MODE. */
export const program = (name) => path.join(root, 'build', process.env.MODE ?? 'debug', name);

/** Waits until `found()` gives something other than undefined or false; asks again whenever a directory changes. */
export async function until(directories, found) {
    const signal = AbortSignal.timeout(60_000);
    const watchers = [];
    try {
        return await new Promise((resolve, reject) => {
            let looking = false;
            let again = false;
            const look = async () => {
                if (looking) {
                    again = true;
                    return;
                }
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
            signal.addEventListener('abort', () => reject(new Error(`nothing came in ${directories.join(', ')} within 60 s`)));
            tryLook();
        });
    } finally {
        for (const watcher of watchers) watcher.close();
    }
}

/** Ends a process that a test started and waits for its end. */
export async function end(child, signal = 'SIGTERM') {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
}

/** Runs a program to its end: {status, output}. */
export async function run(command, args, options = {}) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000, ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (data) => (output += data));
    const [status] = await once(child, 'close');
    return { status, output };
}

class Control {
    #socket;
    #answers = [];

    constructor(socket) {
        this.#socket = socket;
        readline.createInterface({ input: socket }).on('line', (line) => this.#answers.shift()?.resolve(JSON.parse(line)));
        socket.on('close', () => this.#answers.splice(0).forEach(({ reject }) => reject(new Error('the virtual network has gone'))));
        socket.on('error', () => {});
    }

    /** One request; its answer as it comes, errors included. */
    request(request) {
        return new Promise((resolve, reject) => {
            this.#answers.push({ resolve, reject });
            this.#socket.write(`${JSON.stringify(request)}\n`);
        });
    }

    close() {
        this.#socket.destroy();
    }
}

export class VirtualNetwork {
    /** modems: "m1,number=+84912000001,line=pty:DIR/m1,…", DIR standing for the network's directory. */
    static async start(modems, prefix = 'phanhoi-network-') {
        const network = new VirtualNetwork();
        network.directory = await mkdtemp(path.join(os.tmpdir(), prefix));
        const args = ['--control', network.file('control'), ...modems.flatMap((m) => ['--modem', m.replaceAll('DIR', network.directory)])];
        network.child = spawn(program('phanhoi-vmodem'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
        const lines = readline.createInterface({ input: network.child.stdout });
        const [line] = await Promise.race([once(lines, 'line'), once(network.child, 'exit').then(() => [undefined])]);
        if (line === undefined) throw new Error('phanhoi-vmodem did not start');
        network.ready = JSON.parse(line);
        network.control = await network.connect();
        return network;
    }

    file(name) {
        return path.join(this.directory, name);
    }

    /** A further connection, for requests that wait. */
    async connect() {
        const socket = net.connect(this.file('control'));
        await once(socket, 'connect');
        return new Control(socket);
    }

    /** One request; an error is thrown. */
    async ask(op, members = {}) {
        const answer = await this.control.request({ op, ...members });
        if (answer.error) throw new Error(`${op}: ${answer.error}`);
        return answer;
    }

    send(from, to, text, members = {}) {
        return this.ask('send', { from, to, text, ...members });
    }

    /** The first `count` messages of a handset; waits for them. */
    async inbox(number, count = 1, wait = 30_000) {
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
        await end(this.child);
        await rm(this.directory, { recursive: true, force: true });
    }
}
