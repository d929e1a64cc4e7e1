// scripts/check-headers and scripts/check-sizes: each breach is seen, clean files pass.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

function check(script, files) {
    const root = mkdtempSync(join(tmpdir(), 'files '));
    for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
    }
    const done = spawnSync(fileURLToPath(new URL(`../../scripts/${script}`, import.meta.url)), [root], { encoding: 'utf8' });
    rmSync(root, { recursive: true });
    return { status: done.status, text: done.stdout + done.stderr };
}

const header = (guard, body) => `/* What it is. */\n#ifndef ${guard}\n#define ${guard}\n\n${body}\n\n#endif\n`;
const headers = [
    ['clean', { 'store/a.h': header('STORE_A_H', 'int a(void);'), 'store/b.h': header('STORE_B_H', '#include "store/a.h"\nint b(void);') }, /^$/],
    ['only macros', { 'store/a.h': header('STORE_A_H', '#define A 1') }, /^$/],
    ['does not compile alone', { 'store/a.h': header('STORE_A_H', 'size_t a(void);') }, /store\/a\.h:1: does not compile alone/],
    ['no guard', { 'store/a.h': '/* What it is. */\nint a(void);\n' }, /store\/a\.h:1: has no include guard/],
    ['guard of another name', { 'store/a.h': header('STORE_B_H', 'int a(void);') }, /store\/a\.h:1: has no include guard \(#ifndef FOLDER_A_H\)/],
    ['guard that is never defined', { 'store/a.h': '/* A. */\n#ifndef STORE_A_H\n#define STORE_A_\nint a(void);\n#endif\n' }, /has no include guard/],
    ['two files with one guard', { 'store/a.h': header('X_A_H', 'int a(void);'), 'modem/a.h': header('X_A_H', 'int b(void);') },
        /store\/a\.h:1: its include guard X_A_H is that of modem\/a\.h too/],
    ['no head comment', { 'store/a.c': 'int a;\n' }, /store\/a\.c:1: does not begin with a comment/],
];
for (const [name, files, expected] of headers) {
    test(`headers: ${name}`, () => {
        const result = check('check-headers', files);
        assert.match(result.text, expected);
        assert.equal(result.status, result.text === '' ? 0 : 1);
    });
}

const lines = (n) => `int f(int a)\n{\n${'    a++;\n'.repeat(n - 4)}    return a;\n}\n`;
const branches = (n) => `int f(int a)\n{\n${'    if (a == 3)\n        a++;\n'.repeat(n - 1)}    return a;\n}\n`;
const sizes = [
    ['120 lines are allowed', lines(120), /^$/],
    ['121 lines are not', lines(121), /store\/a\.c:1: f has 121 lines/],
    ['complexity 25 is allowed', branches(25), /^$/],
    ['complexity 26 is not', branches(26), /store\/a\.c:1: f has complexity 26/],
];
for (const [name, text, expected] of sizes) {
    test(`sizes: ${name}`, () => {
        const result = check('check-sizes', { 'store/a.c': text });
        assert.match(result.text, expected);
        assert.equal(result.status, result.text === '' ? 0 : 1);
    });
}
