// A file system of a few megabytes on which the core's database lies, to be filled up and emptied while it runs: a tmpfs in a mount namespace of its
// own, which a process that does nothing else keeps. That needs either root or namespaces of users; where there are neither, the limit on file sizes
// stands in, which fails writes as a full disk does.
//
//   const disk = await SmallDisk.open(t, lab)      // before the core is started; lab.database is on it then
//   await disk.startCore()
//   disk.fill()                                    // to the last octet
//   disk.free()
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { program } from './harness.mjs';

const SIZE = '6m';
const MOUNT = `mount -t tmpfs -o size=${SIZE},mode=700 small-disk "$1" && echo mounted && `;

const run = (command, ...args) => spawnSync(command, args, { encoding: 'utf8', timeout: 20000 });

export class SmallDisk {
  static async open(t, lab) {
    const disk = new SmallDisk(lab);
    const ways = [
      { unshare: ['--mount'], enter: ['--mount'] },
      { unshare: ['--map-root-user', '--mount'], enter: ['--preserve-credentials', '--user', '--mount'] },
    ];
    disk.way = ways.find((way) => run('unshare', ...way.unshare, 'sh', '-c', `${MOUNT} true`, 'sh', disk.folder).status === 0);
    t.diagnostic(disk.way ? `a tmpfs, by unshare ${disk.way.unshare.join(' ')}` : 'no tmpfs can be mounted: a limit on file sizes instead');
    if (disk.way) {
      disk.keeper = lab.run('/usr/bin/env', ['unshare', ...disk.way.unshare, 'sh', '-c', `${MOUNT} exec tail -f /dev/null`, 'sh', disk.folder]);
      await disk.keeper.line(/^mounted$/);
    }
    return disk;
  }
  constructor(lab) {
    this.lab = lab;
    this.folder = lab.file('disk');
    mkdirSync(this.folder, { mode: 0o700 });
    lab.database = `${this.folder}/phanhoi.db`;
    lab.writeConfig();
    this.full = 0; // octets
  }
  // The command that runs another one where the disk is seen.
  #inside(...command) {
    return this.way ? ['nsenter', `--target=${this.keeper.pid}`, ...this.way.enter, '--', ...command] : command;
  }
  // A core, whether it starts or not.
  spawnCore() {
    const limited = this.full && !this.way ? ['prlimit', `--fsize=${this.full}:unlimited`] : [];
    this.lab.core.running = this.lab.run('/usr/bin/env', this.#inside(...limited, program('phanhoid'), '-c', this.lab.config));
    return this.lab.core.running;
  }
  async startCore() {
    await this.spawnCore().line(/ app\.ready /);
  }
  #limit(octets) {
    const { ended, pid } = this.lab.core.running;
    if (!ended) assert.equal(run('prlimit', '--pid', String(pid), `--fsize=${octets}:unlimited`).status, 0);
  }
  // `stand_in`: the octets to which files are limited where there is no tmpfs. 40,000 leave room for the shared memory of SQLite, 4096 for nothing.
  fill(stand_in = 40000) {
    this.full = stand_in;
    if (!this.way) return this.#limit(stand_in);
    const done = run(...this.#inside('dd', 'if=/dev/zero', `of=${this.folder}/filler`, 'bs=4096', 'oflag=append', 'conv=notrunc'));
    assert.match(done.stderr, /No space left/);
  }
  free() {
    this.full = 0;
    if (!this.way) return this.#limit('unlimited');
    assert.equal(run(...this.#inside('rm', `${this.folder}/filler`)).status, 0);
  }
}
