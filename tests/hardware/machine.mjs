// A small machine in qemu: Debian's kernel, udev, the appliance. What it is told on its serial port it does (tests/hardware/init); modems are plugged and
// pulled from here: qemu has a usb-serial device on the bus exactly as long as something is connected to its socket.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { bound, within } from '../lib/harness.mjs';

const BOOT_MS = 180000; // an emulated processor on a busy machine
export const PATIENCE_MS = 60000;

// Lines of a stream, and waiting for one of them.
class Lines {
  constructor(stream) {
    this.lines = [];
    this.waiting = [];
    readline.createInterface({ input: stream }).on('line', (line) => {
      this.lines.push(line.trimEnd());
      this.waiting = this.waiting.filter((waiter) => !waiter());
    });
  }
  line(pattern, { from = 0, ms = PATIENCE_MS } = {}) {
    let at = from;
    const found = new Promise((resolve) => {
      const waiter = () => {
        for (; at < this.lines.length; at++) if (pattern.test(this.lines[at])) return resolve(this.lines[at]), true;
        return false;
      };
      if (!waiter()) this.waiting.push(waiter);
    });
    return within(found, `a line like ${pattern}`, ms).catch((error) => {
      throw new Error(`${error.message}\n${this.lines.slice(-40).join('\n')}`);
    });
  }
}

export class Machine {
  static async boot(slots) {
    const machine = new Machine();
    machine.folder = mkdtempSync(path.join(os.tmpdir(), 'phanhoi-machine-'));
    machine.plugged = new Map();
    const file = (name) => path.join(machine.folder, name);
    const ports = ['console', 'commands', 'log', 'outside'];
    const servers = await Promise.all(
      ports.map(async (name) => {
        const server = net.createServer();
        server.listen(file(name));
        await once(server, 'listening');
        return server;
      }),
    );
    const args = ['-nodefaults', '-no-user-config', '-machine', 'pc', '-accel', 'tcg,tb-size=64', '-cpu', 'max', '-smp', '2', '-m', '320M', '-display', 'none', '-no-reboot'];
    args.push('-kernel', process.env.HARDWARE_KERNEL, '-initrd', process.env.HARDWARE_GUEST, '-append', 'console=ttyS0 quiet panic=-1', '-device', 'qemu-xhci,id=usb');
    for (const name of ports) args.push('-chardev', `socket,id=${name},path=${file(name)}`, '-serial', `chardev:${name}`);
    for (let slot = 1; slot <= slots; slot++)
      args.push('-chardev', `socket,id=m${slot},path=${file(`m${slot}`)},server=on,wait=off`, '-device', `usb-serial,chardev=m${slot},bus=usb.0,port=${slot},serial=0000`);
    const connections = servers.map((server) => once(server, 'connection'));
    machine.qemu = spawn(...bound('qemu-system-x86_64', args), { stdio: ['ignore', 'inherit', 'inherit'] });
    machine.ended = once(machine.qemu, 'close');
    const sockets = (await within(Promise.all(connections), 'qemu to start', BOOT_MS)).map(([socket]) => socket.on('error', () => {}));
    for (const server of servers) server.close();
    machine.console = new Lines(sockets[0]);
    machine.commands = sockets[1];
    machine.answers = new Lines(sockets[1]);
    machine.log = new Lines(sockets[2]);
    machine.outside = sockets[3];
    const ended = machine.ended.then(([code]) => {
      throw new Error(`qemu ended with ${code}`);
    });
    ended.catch(() => {});
    await Promise.race([machine.answers.line(/^ready$/, { ms: BOOT_MS }), ended]).catch((error) => {
      throw new Error(`${error.message}\n${machine.console.lines.slice(-40).join('\n')}`);
    });
    return machine;
  }

  // Runs a line of shell in the guest: {status, output}.
  async run(command) {
    const from = this.answers.lines.length;
    this.commands.write(`${command.replace(/\s*\n\s*/g, ' ')}\n`);
    const [status, base64] = (await this.answers.line(/^\d+( |$)/, { from })).split(' ');
    return { status: Number(status), output: Buffer.from(base64 ?? '', 'base64').toString() };
  }
  async must(command) {
    const { status, output } = await this.run(command);
    if (status !== 0) throw new Error(`${command}: ${status}: ${output}`);
    return output;
  }
  // Until the command succeeds; it's run in the guest again and again.
  async until(command, tries = 600) {
    return this.must(`i=0; until ${command}; do i=$((i+1)); [ $i -lt ${tries} ] || break; sleep 0.05; done; [ $i -lt ${tries} ]`);
  }

  // What is plugged in at a slot is the modem at that TCP port.
  async plug(slot, port) {
    const modem = net.connect(port, '127.0.0.1');
    await once(modem, 'connect');
    const usb = net.connect(path.join(this.folder, `m${slot}`));
    await once(usb, 'connect');
    for (const [from, to] of [[modem, usb], [usb, modem]]) {
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
    this.plugged.set(slot, { usb, modem });
  }
  pull(slot) {
    const { usb, modem } = this.plugged.get(slot);
    this.plugged.delete(slot);
    usb.destroy();
    modem.destroy();
  }
  // The modem behind the guest's fourth serial port.
  connectOutside(port) {
    const modem = net.connect(port, '127.0.0.1').on('error', () => {});
    modem.pipe(this.outside);
    this.outside.pipe(modem);
    this.outsideModem = modem;
  }

  async close() {
    for (const slot of [...this.plugged.keys()]) this.pull(slot);
    this.outsideModem?.destroy();
    this.qemu.kill('SIGKILL');
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
