// scripts/check-layers: every kind of breach is seen, and what only looks like one is not.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const checkLayers = fileURLToPath(new URL('../../scripts/check-layers', import.meta.url));

function check(path, text) {
    const root = mkdtempSync(join(tmpdir(), 'layers '));
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    const done = spawnSync(checkLayers, [root], { encoding: 'utf8' });
    rmSync(root, { recursive: true });
    return { status: done.status, text: done.stdout + done.stderr };
}

// file, its one line, what is complained about
const breaches = [
    ['firmware-host/base/a.c', '#include "store/db.h"', /base may not include store\/db\.h/],
    ['firmware-host/base/a.c', '#include "firmware-host/app.h"', /may not include firmware-host\/app\.h/],
    ['firmware-host/base/a.c', '#include <uv.h>', /may not include <uv\.h>/],
    ['store/a.c', '#include "smsc/intake.h"', /store may not include/],
    ['store/a.c', '#include <curl/curl.h>', /<curl\/curl\.h>/],
    ['store/a.c', '#include <sodium.h>', /<sodium\.h>/],
    ['store/a.c', 'const char *s = "SELECT CURRENT_TIMESTAMP";', /told the time/],
    ['store/migrations/0001_a.sql', "INSERT INTO t VALUES (datetime('now'));", /told the time/],
    ['modem/a.c', '#include "store/db.h"', /modem may not include/],
    ['modem/a.c', '#include <gammu.h>', /<gammu\.h>/],
    ['modem/a.c', '#include "modem/virtual/network.h"', /program of its own/],
    ['smsc/a.c', '#include "modem/protocol.h"', /smsc may not include/],
    ['smsc/a.c', '#include <sqlite3.h>', /<sqlite3\.h>/],
    ['smsc/a.c', '#include <unistd.h>', /<unistd\.h>/],
    ['smsc/a.c', '#  include <pthread.h>', /<pthread\.h>/],
    ['firmware-host/a.c', '#include "modem/tpdu.h"', /may not include modem\/tpdu\.h/],
    ['firmware-host/a.c', '#include <jansson.h>', /<jansson\.h>/],
    ['modem/virtual/a.c', '#include "firmware-host/app.h"', /may not include/],
    ['modem/a.c', '#include "at.h"', /paths start at the root/],
    ['store/a.c', 'x = time(NULL);', /time\(\) is not called here/],
    ['firmware-host/a.c', 'clock_gettime (CLOCK_REALTIME, &t);', /clock_gettime/],
    ['modem/a.c', 'y(); strcpy(a, b);', /strcpy/],
    ['modem/a.c', 'if (f(sprintf(a, b)))', /sprintf/],
    ['smsc/a.c', 'p = malloc(3);', /mem\.h/],
    ['modem/a.c', 'char c = \'"\'; system(x);', /system/],
    ['modem/a.c', '/* a */ system(x); /* b */', /system/],
    ['tests/unit/a.c', 'strcat(a, b);', /strcat/],
];
for (const [path, line, complaint] of breaches) {
    test(`breach: ${path}: ${line}`, () => {
        const result = check(path, `/* head */\n${line}\n`);
        assert.equal(result.status, 1, result.text);
        assert.match(result.text, complaint);
        assert.ok(result.text.startsWith(`${path}:2: `), result.text);
        assert.equal(result.text.trimEnd().split('\n').length, 1, result.text);
    });
}

const fine = [
    ['firmware-host/base/a.c', '#include <utf8proc.h>'],
    ['store/central/a.c', '#include <curl/curl.h>'],
    ['modem/gammu_driver.c', '#include <gammu.h>'],
    ['firmware-host/a.c', '#include "modem/protocol.h"'],
    ['firmware-host/a.c', '#include <systemd/sd-daemon.h>'],
    ['modem/virtual/a.c', '#include "modem/virtual/network.h"'],
    ['tests/unit/a.c', '#include "modem/virtual/network.h"'],
    ['smsc/a.c', '#include <string.h>'],
    ['firmware-host/base/clock.c', 'clock_gettime(CLOCK_REALTIME, &t);'],
    ['firmware-host/base/mem.c', 'p = malloc(3);'],
    ['modem/a.c', '/* strcpy(a, b) */ // system(x)'],
    ['modem/a.c', 'puts("system(x) \\" time(y)");'],
    ['modem/a.c', 'deadline_time(x); clock->time(y); v.sleep(z);'],
    ['modem/a.c', '/* over\n * system(x)\n * lines */'],
];
for (const [path, line] of fine) {
    test(`fine: ${path}: ${line}`, () => {
        const result = check(path, `/* head */\n${line}\n`);
        assert.equal(result.text, '');
        assert.equal(result.status, 0);
    });
}

test('a file outside the layers is refused', () => {
    const result = check('plugins/a.c', 'int a;\n');
    assert.equal(result.status, 1);
    assert.match(result.text, /^plugins\/a\.c:0: lies in no layer/);
});
