// scripts/install-npm with an npm made of a stub: installs once, again when the lock file is another, and says when it can't.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tools = ['bash', 'cmp', 'cp', 'dirname', 'mkdir', 'rm'];

// A checkout with the script, and a machine whose npm is `npm` (null: none). run() gives {status, text, calls}.
function checkout(t, npm) {
    const folder = mkdtempSync(join(tmpdir(), 'checkout '));
    t.after(() => rmSync(folder, { recursive: true }));
    const bin = join(folder, 'bin');
    for (const name of ['bin', 'scripts', 'tests/peers']) {
        mkdirSync(join(folder, name), { recursive: true });
    }
    for (const name of ['scripts/install-npm', 'tests/peers/package.json', 'tests/peers/package-lock.json']) {
        cpSync(join(root, name), join(folder, name));
    }
    for (const tool of tools) {
        symlinkSync(['/usr/bin', '/bin'].map((place) => join(place, tool)).find(existsSync), join(bin, tool));
    }
    const calls = join(folder, 'calls');
    if (npm !== null) {
        writeFileSync(join(bin, 'npm'), `#!/bin/bash\necho "$PWD $*" >> '${calls}'\n${npm}\n`);
        chmodSync(join(bin, 'npm'), 0o755);
    }
    const run = () => {
        rmSync(calls, { force: true });
        const done = spawnSync(join(bin, 'bash'), [join(folder, 'scripts/install-npm')], { encoding: 'utf8', env: { PATH: bin }, input: '' });
        return { status: done.status, text: done.stdout + done.stderr, calls: existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : [] };
    };
    return { folder, run };
}

test('installs what the lock file says, once', (t) => {
    const { folder, run } = checkout(t, '');
    const first = run();
    assert.equal(first.status, 0, first.text);
    assert.equal(first.calls.length, 1);
    assert.ok(first.calls[0].startsWith(`${join(folder, 'build/peers')} ci --ignore-scripts`), first.calls[0]);
    assert.deepEqual(run(), { status: 0, text: '', calls: [] });
});

test('installs anew when the lock file is another', (t) => {
    const { folder, run } = checkout(t, '');
    run();
    writeFileSync(join(folder, 'tests/peers/package-lock.json'), '{"lockfileVersion":3}');
    assert.equal(run().calls.length, 1);
});

test('what failed is tried again', (t) => {
    const { run } = checkout(t, 'exit 1');
    for (let i = 0; i < 2; i++) {
        const { status, text, calls } = run();
        assert.deepEqual([status, calls.length], [1, 1]);
        assert.match(text, /could not install them .* build\/peers/);
    }
});

test('no npm: says who brings it', (t) => {
    const { status, text } = checkout(t, null).run();
    assert.equal(status, 1);
    assert.match(text, /no npm; scripts\/install-deps/);
});

test('the lock file names no host of a registry, and every package has a checksum', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'tests/peers/package-lock.json'), 'utf8'));
    for (const [name, { resolved, integrity }] of Object.entries(packages)) {
        assert.equal(resolved, undefined, name);
        assert.ok(name === '' || /^sha512-/.test(integrity), name);
    }
});
