// A PostgreSQL of the test's own: a data directory that is removed at the end, a UNIX socket, no port, fsync on. It ends with the process that
// started it, however that ends: the shell around it waits for the end of its standard input.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import pg from 'pg';

const WATCH = 'exec 3<&0; folder=$1; shift; "$@" </dev/null 3<&- & server=$!; read -r end <&3; kill -QUIT "$server"; wait "$server"; rm -rf "$folder"';

/** The newest server that Debian's packages brought, else one in the path. */
function program(name) {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => path.join(root, version, 'bin', name)).find(existsSync);
  return found ?? name;
}

/** PostgreSQL doesn't run as root: then it's the user of Debian's package, or nobody. */
function unprivileged() {
  if (process.getuid() !== 0) return {};
  const number = (flag) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: number('-u'), gid: number('-g') };
  } catch {
    return { uid: 65534, gid: 65534 };
  }
}

export class Cluster {
  /** `settings`: of postgresql.conf, besides those that every test has. */
  static async start(settings = {}) {
    const cluster = new Cluster();
    const who = unprivileged();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'pg-'));
    if (who.uid !== undefined) chownSync(folder, who.uid, who.gid);
    const data = path.join(folder, 'data');
    const options = { ...who, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };
    // Only the empty database isn't synced to disk; what is written later is.
    execFileSync(program('initdb'), ['-D', data, '-U', 'store', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'], { ...options, stdio: 'pipe' });
    const all = { listen_addresses: '', unix_socket_directories: folder, fsync: 'on', synchronous_commit: 'on', max_connections: 60, ...settings };
    const args = Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    cluster.child = spawn('sh', ['-c', WATCH, 'cluster', folder, program('postgres'), '-D', data, ...args], { ...options, stdio: ['pipe', 'ignore', 'pipe'] });
    cluster.ended = once(cluster.child, 'close');
    cluster.connection = { host: folder, user: 'store', database: 'postgres' };
    await cluster.#ready();
    return cluster;
  }
  #ready() {
    const lines = readline.createInterface({ input: this.child.stderr });
    const said = [];
    return new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        said.push(line);
        if (line.includes('ready to accept connections')) resolve();
        if (line.includes('FATAL') && said.length < 40) reject(new Error(`PostgreSQL: ${said.join('\n')}`));
      });
      this.child.once('close', () => reject(new Error(`PostgreSQL ended: ${said.join('\n')}`)));
    });
  }
  /** Another database in it; how to connect to that. */
  async database(name) {
    const client = new pg.Client(this.connection);
    await client.connect();
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} STRATEGY wal_log`);
    await client.end();
    return { ...this.connection, database: name };
  }
  /** Connections to it; one that is lost while it's idle is no error. */
  pool(settings) {
    const pool = new pg.Pool({ ...this.connection, ...settings });
    pool.on('error', () => {});
    return pool;
  }
  async stop() {
    this.child.stdin.end();
    await this.ended;
  }
}
