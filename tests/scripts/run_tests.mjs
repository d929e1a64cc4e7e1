// scripts/run-tests: what it counts. Each case is a program that prints TAP, or a test file for node, and the sum that must come out of it.
import assert from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const runTests = fileURLToPath(new URL('../../scripts/run-tests', import.meta.url));
let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'run tests ')); });
after(() => rmSync(folder, { recursive: true }));

// This file runs under the test runner that it starts again: the inner one must not think that it's a part of the outer.
function environment(more) {
    const env = { ...process.env, TEST_JOBS: '2', ...more };
    delete env.NODE_TEST_CONTEXT;
    return env;
}

function write(name, text) {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    return path;
}

function run(args, more = {}) {
    const done = spawnSync(runTests, args, { encoding: 'utf8', env: environment(more) });
    const lines = done.stdout.trimEnd().split('\n');
    return { status: done.status, sum: lines[lines.length - 1], text: done.stdout };
}

const shell = (tap, end = 'exit 0') => `#!/bin/sh\ncat <<'TAP'\n${tap}\nTAP\n${end}\n`;
const cases = [
    ['flat', shell('1..2\nok 1 - a\nok 2 - b'), '2 passed, 0 failed'],
    ['two groups', shell('1..1\nok 1 - a\n1..2\nok 1 - a\nok 2 - b'), '3 passed, 0 failed'],
    ['a failure', shell('1..2\nok 1 - a\nnot ok 2 - b\n# 1 != 2', 'exit 1'), '1 passed, 1 failed'],
    ['a failure that exits 0', shell('1..1\nnot ok 1 - a'), '0 passed, 1 failed'],
    ['nested: leaves count, the suite does not', shell('    ok 1 - x\n    ok 2 - y\n    1..2\nok 1 - suite\n1..1'), '2 passed, 0 failed'],
    ['nested twice', shell('        ok 1 - x\n        1..1\n    ok 1 - inner\n    1..1\nok 1 - outer\n1..1'), '1 passed, 0 failed'],
    ['a failed leaf fails its suites but counts once',
        shell('        not ok 1 - x\n        1..1\n    not ok 1 - inner\n    1..1\nnot ok 1 - outer\n1..1', 'exit 1'), '0 passed, 1 failed'],
    ['a suite that fails by itself', shell('    ok 1 - x\n    1..1\nnot ok 1 - suite\nok 2 - y\n1..2', 'exit 1'), '2 passed, 1 failed'],
    ['a leaf after a suite', shell('    ok 1 - x\n    1..1\nok 1 - suite\nnot ok 2 - y\n1..2', 'exit 1'), '1 passed, 1 failed'],
    ['diagnostics that look like results', shell('1..1\nok 1 - a\n  ---\n  error: |-\n    ok 5 - no\nnot ok 6 - no\n  ...'), '1 passed, 0 failed'],
    ['skipped is neither', shell('1..3\nok 1 - a # SKIP why\nnot ok 2 # SKIP b\nok 3 - c'), '1 passed, 0 failed'],
    ['unfinished', shell('1..1\nnot ok 1 - a # TODO'), '0 passed, 1 failed'],
    ['no test', shell('1..0'), '0 passed, 1 failed'],
    ['nothing at all', '#!/bin/sh\n', '0 passed, 1 failed'],
    ['ends before its plan', shell('1..3\nok 1 - a'), '1 passed, 1 failed'],
    ['dies', shell('1..2\nok 1 - a', 'kill -SEGV $$'), '1 passed, 1 failed'],
    ['exits badly after its tests', shell('1..1\nok 1 - a', 'exit 3'), '1 passed, 1 failed'],
    ['node: nested.mjs', `import { describe, it, test } from 'node:test';
        test('a', () => {}); test('b', async (t) => { await t.test('c', () => {}); await t.test('d', () => {}); });
        describe('e', () => { it('f', () => {}); describe('g', () => { it('h', () => {}); }); });`, '5 passed, 0 failed'],
    ['node: fails.mjs', `import { after, describe, it, test } from 'node:test';
        test('a', () => { throw new Error('ok 2 - b\\nok 3 - c'); }); test('d', async (t) => { await t.test('e', () => { throw 1; }); });
        describe('f', () => { after(() => { throw new Error('hook'); }); it('g', () => {}); });`, '1 passed, 3 failed'],
    ['node: empty.mjs', 'console.log("nothing");', '0 passed, 1 failed'],
    ['node: empty suite.mjs', `import { describe } from 'node:test'; describe('a', () => {});`, '0 passed, 1 failed'],
    ['node: syntax.mjs', 'syntax error(', '0 passed, 1 failed'],
    ['node: leaves early.mjs', `import { test } from 'node:test'; test('a', () => process.exit(0)); test('b', () => {});`, '0 passed, 1 failed'],
];
for (const [name, text, sum] of cases) {
    test(name, () => {
        const result = run([write(name, text)]);
        assert.equal(result.sum, sum, result.text);
        assert.equal(result.status, sum.endsWith(' 0 failed') ? 0 : 1);
    });
}

test('several programs are summed up, and their failures shown', () => {
    const good = write('good', shell('1..1\nok 1 - a'));
    const bad = write('bad', shell('1..2\nok 1 - a\nnot ok 2 - the bad one\n# because', 'echo on stderr >&2; exit 1'));
    const result = run([good, bad, good]);
    assert.equal(result.sum, '3 passed, 1 failed');
    assert.match(result.text, /not ok 2 - the bad one\n# because\n/);
    assert.match(result.text, /on stderr/);
});

test('a program that hangs is killed and counted', () => {
    const result = run([write('hangs', shell('1..1\nok 1 - a', 'exec sleep 60'))], { TEST_TIMEOUT: '1' });
    assert.equal(result.sum, '1 passed, 1 failed');
    assert.match(result.text, /still running after 1 s/);
});

test('-- waits for what stands before it', () => {
    const mark = join(folder, 'mark');
    const first = write('first', shell('1..1\nok 1 - a', `sleep 0.3; touch '${mark}'`));
    const second = write('second', `#!/bin/sh\n[ -e '${mark}' ] && echo 'ok 1 - after'\n`);
    assert.equal(run([first, '--', second]).sum, '2 passed, 0 failed');
});

test('NAME=VALUE is in the environment of what stands after it', () => {
    const program = write('reads', '#!/bin/sh\necho "ok 1 - $KIND # $([ "${KIND:-none}" = none ] || echo SKIP)"\n');
    const result = run([program, 'KIND=asan', program, 'KIND=', program]);
    assert.equal(result.sum, '2 passed, 0 failed');
    assert.match(result.text, /^KIND=asan .*reads: 0 passed, 1 skipped/m);
    assert.match(result.text, /ok 1 - asan # SKIP/);
});

test('TEST_JOBS=N lets N of what stands after it run at a time', () => {
    const meets = (me, other) => write(me, `#!/bin/sh\ntouch '${join(folder, me)}.here'\nfor i in $(seq 500); do [ -e '${join(folder, other)}.here' ] && exec echo 'ok 1 - met'; sleep 0.01; done\n`);
    const programs = [meets('one', 'other'), meets('other', 'one')];
    assert.equal(run(['TEST_JOBS=2', ...programs], { TEST_JOBS: '1' }).sum, '2 passed, 0 failed');
});

test('an interrupt ends what runs', async () => {
    const pidFile = join(folder, 'pid');
    const program = write('long', `#!/bin/sh\necho $$ > '${pidFile}.new'\nmv '${pidFile}.new' '${pidFile}'\nexec sleep 60\n`);
    const runner = spawn(runTests, [program], { env: environment({}) });
    while (!existsSync(pidFile)) {
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const pid = Number(readFileSync(pidFile, 'utf8'));
    runner.kill('SIGTERM');
    await new Promise((resolve) => runner.on('exit', resolve));
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});
