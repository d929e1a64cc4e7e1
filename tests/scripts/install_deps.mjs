// scripts/install-deps on machines made of stubs: who it asks, what it installs, what it says when it can't.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const installDeps = fileURLToPath(new URL('../../scripts/install-deps', import.meta.url));
const tools = ['cat', 'env', 'sed', 'sh', 'sleep', 'grep', 'true'];

// A machine: which packages it has, and stubs of the programs that would change it; each stub writes its arguments into `calls`.
function machine({ installed = [], user = 1000, node = 'v18.0.0', sudo = 'exec "$@"', apt = '', debian = true, npm = false }, args) {
    const folder = mkdtempSync(join(tmpdir(), 'machine '));
    const calls = join(folder, 'calls');
    const database = join(folder, 'installed');
    writeFileSync(database, installed.map((name) => `${name}\n`).join(''));
    const stub = (name, body) => {
        writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
        chmodSync(join(folder, name), 0o755);
    };
    const logged = `echo "\${0##*/} $*" >> '${calls}'`;
    for (const tool of tools) {
        const path = ['/usr/bin', '/bin'].map((bin) => join(bin, tool)).find(existsSync);
        symlinkSync(path, join(folder, tool));
    }
    stub('id', `echo ${user}`);
    if (debian) {
        stub('dpkg-query', `for last; do :; done; grep -qx "$last" '${database}' && printf installed`);
        stub('apt-get', `${logged}\n${apt}\ncase " $* " in *" install "*) for word; do echo "$word" >> '${database}'; done ;; esac`);
    }
    for (const name of ['update-rc.d', 'systemctl', 'tee', 'chmod', 'rm']) {
        stub(name, `${logged}\ncat > /dev/null 2>&1 < /dev/null`);
    }
    if (sudo) {
        stub('sudo', `${logged}\n[ "$1" = -n ] && shift\n${sudo}`);
    }
    if (node) {
        stub('node', `echo ${node}`);
    }
    if (npm) {
        stub('npm', 'exit 0');
    }
    const done = spawnSync(installDeps, args, { encoding: 'utf8', env: { PATH: folder }, input: '' });
    const log = existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : [];
    rmSync(folder, { recursive: true });
    return { status: done.status, stdout: done.stdout, text: done.stdout + done.stderr, calls: log };
}

const everything = machine({ node: null }, ['--list']).stdout.trim().split(/\s+/);
const toRun = machine({}, ['--run', '--list']).stdout.trim().split(/\s+/);

test('--run is a part of everything', () => {
    assert.ok(toRun.includes('libsqlite3-dev') && !toRun.includes('cppcheck'));
    assert.ok(everything.includes('cppcheck') && toRun.every((name) => everything.includes(name)));
});

test('nothing is asked for when nothing is missing', () => {
    const result = machine({ installed: everything }, []);
    assert.deepEqual([result.status, result.text, result.calls], [0, '', []]);
});

test('--list names what is missing and changes nothing', () => {
    const result = machine({ installed: everything.filter((name) => name !== 'pmccabe') }, ['--list']);
    assert.deepEqual([result.status, result.stdout.trim(), result.calls], [1, 'pmccabe', []]);
});

test('only what is missing is installed, through sudo that does not ask', () => {
    const result = machine({ installed: everything.filter((name) => !['pmccabe', 'libuv1-dev'].includes(name)) }, []);
    assert.equal(result.status, 0, result.text);
    const installs = result.calls.filter((call) => call.startsWith('apt-get') && call.includes(' install '));
    assert.equal(installs.length, 1);
    assert.match(installs[0], /--no-install-recommends libuv1-dev pmccabe$/);
    assert.ok(result.calls.some((call) => call.startsWith('apt-get') && call.endsWith(' update')));
    assert.ok(result.calls.filter((call) => call.startsWith('sudo')).every((call) => call.startsWith('sudo -n ')));
});

test('root needs no sudo', () => {
    const result = machine({ installed: everything.filter((name) => name !== 'pmccabe'), user: 0, sudo: null }, []);
    assert.equal(result.status, 0, result.text);
});

test('a new enough node of any source will do, an old one will not', () => {
    const others = everything.filter((name) => name !== 'nodejs');
    assert.equal(machine({ installed: others, node: 'v18.0.0' }, ['--list']).status, 0);
    assert.equal(machine({ installed: others, node: 'v22.1.0' }, ['--list']).status, 0);
    assert.equal(machine({ installed: others, node: 'v16.20.2' }, ['--list']).stdout.trim(), 'nodejs');
});

test('npm of any source will do', () => {
    const others = everything.filter((name) => name !== 'npm');
    assert.equal(machine({ installed: others }, ['--list']).stdout.trim(), 'npm');
    assert.equal(machine({ installed: others, npm: true }, ['--list']).status, 0);
});

test('services that come with packages are not left enabled', () => {
    const result = machine({ installed: everything.filter((name) => name !== 'gammu-smsd') }, []);
    assert.equal(result.status, 0, result.text);
    assert.ok(result.calls.some((call) => /^(update-rc\.d gammu-smsd disable|systemctl disable gammu-smsd)$/.test(call)), result.calls.join('\n'));
});

test('no sudo: says what is missing and what to do', () => {
    const result = machine({ installed: toRun, sudo: null }, []);
    assert.equal(result.status, 1);
    assert.match(result.text, /missing: .*cppcheck/);
    assert.match(result.text, /as root, run/);
    assert.deepEqual(result.calls, []);
});

test('apt-get fails: says so', () => {
    const result = machine({ installed: toRun, apt: 'case " $* " in *" install "*) exit 100 ;; esac' }, []);
    assert.equal(result.status, 1);
    assert.match(result.text, /could not install them/);
});

test('what only some tests wish for may be lacking: said, and no failure', () => {
    const others = everything.filter((name) => name !== 'qemu-system-x86');
    const refused = machine({ installed: others.filter((name) => name !== 'pmccabe'), apt: 'case " $* " in *" qemu-system-x86 "*) exit 100 ;; esac' }, []);
    assert.equal(refused.status, 0, refused.text);
    assert.match(refused.text, /could not install qemu-system-x86: the tests that need it will be skipped/);
    assert.ok(refused.calls.some((call) => call.endsWith(' pmccabe')), 'the others are installed all the same');
    assert.equal(machine({ installed: others, sudo: null }, []).status, 0);
});

test('an installation that leaves something out is no success', () => {
    const result = machine({ installed: toRun, apt: 'exit 0' }, []);
    assert.equal(result.status, 1);
    assert.match(result.text, /still missing/);
});

test('no Debian: names the packages', () => {
    const result = machine({ debian: false }, []);
    assert.equal(result.status, 1);
    assert.match(result.text, /no Debian/);
    assert.match(result.text, /libuv1-dev/);
});

test('an unknown option is refused', () => {
    const result = machine({ installed: everything }, ['--fast']);
    assert.equal(result.status, 2);
    assert.match(result.text, /--fast.*--run/);
});
