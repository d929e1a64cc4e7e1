// tests/COMPLAINTS.md: every complaint of the list has a row, and every test that it names is there, under that name, and runs.
import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const NUMBERS = 57; // that must be there; more may be

// Rows of the tables: {line, number, seen, where, file, name}. A row without a number belongs to the one above.
function readRows(text) {
  const rows = [];
  let number;
  text.split('\n').forEach((line, index) => {
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells[0] !== '' || cells.length < 2 || cells[1].startsWith('---') || cells[2] === 'what was seen') return;
    const [, id, seen, where, file, name, end] = cells;
    number = id === '' ? number : Number(id);
    rows.push({ line: index + 1, continued: id === '', number, seen, where, file: file?.replace(/^`(.*)`$/, '$1'), name, whole: cells.length === 7 && end === '' });
  });
  return rows;
}

const comment = /\/\*[^]*?\*\/|\/\/[^\n]*/g;
const quoted = (name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// What a source has to say of a test.
const kinds = {
  // A function of cmocka's form that the table of tests names. Comments are no sources.
  c(source, name) {
    const code = source.replace(comment, '');
    if (!new RegExp(`^static void ${quoted(name)}\\(void \\*\\*\\w+\\) \\{`, 'm').test(code)) return 'has no such test';
    const tables = code.match(/const struct CMUnitTest \w+\[\] = \{[^]*?\};/g) ?? [];
    return tables.some((table) => new RegExp(`\\(${quoted(name)}[,)]`).test(table)) ? null : "doesn't run it: it's in no table of tests";
  },
  // The first argument of a call that makes a test, in whatever quotes; a name that is put together stands as it is written.
  mjs(source, name) {
    const calls = source.split('\n').filter((line) => !/^\s*\/\//.test(line));
    const makes = new RegExp(`^\\s*(?:test|complaint|chapter)\\((['"\`])${quoted(name)}\\1,`);
    return calls.some((line) => makes.test(line)) ? null : 'has no such test';
  },
};

// What is wrong, one sentence each. `read` gives a file's text, or nothing.
function problems(text, read, numbers = NUMBERS) {
  const found = [];
  const rows = readRows(text);
  const say = (row, what) => found.push(`COMPLAINTS.md:${row.line}: ${what}`);
  for (let n = 1; n <= numbers; n++) if (!rows.some((row) => row.number === n)) found.push(`COMPLAINTS.md: there is no row for ${n}`);
  let last = 0;
  for (const row of rows) {
    if (!row.whole) say(row, 'a row has five cells');
    else if (row.number === undefined || Number.isNaN(row.number)) say(row, "a row begins with a complaint's number");
    else if (!row.continued && row.number <= last) say(row, `${row.number} comes after ${last}`);
    else if (!row.continued && !(row.seen && row.where)) say(row, 'what was seen, and where?');
    else if (!row.file || !row.name) say(row, `which test holds us to ${row.number}?`);
    else {
      const source = read(row.file);
      const kind = kinds[row.file.split('.').at(-1)];
      const problem = source === undefined ? 'is not there' : kind ? kind(source, row.name) : 'is no file of tests';
      if (problem) say(row, `${row.file} ${problem}${source === undefined ? '' : `: ${row.name}`}`);
    }
    last = row.number ?? last;
  }
  return found;
}

const readTests = (file) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : undefined);

test('every complaint has its test, and every test is there', () => {
  assert.deepEqual(problems(readFileSync(join(folder, 'COMPLAINTS.md'), 'utf8'), readTests), []);
});

// ---- the check itself: what it must see ----

const C = `static void held(void **state) {
}
static void forgotten(void **state) {
}
/* static void remembered(void **state) { */
static void helper(int n) {
}
int main(void) {
    const struct CMUnitTest tests[] = {
        T(held), /* T(forgotten), */
        cmocka_unit_test(helper),
        // cmocka_unit_test_setup(forgotten, setup),
    };
}`;
const MJS = `test('one', async () => {});
  complaint("it's two", '', async () => {});
test(\`killed at \${point}\`, () => {});
// test('three', () => {});
const words = 'four';
`;
const files = { 'a.c': C, 'b.mjs': MJS, 'c.txt': 'held' };
const check = (row, more = '') => problems(`| | what was seen | where | file | test |\n|---|---|---|---|---|\n${row}\n${more}`, (file) => files[file], 1);

const fine = [
  '| 1 | seen | there#1 | `a.c` | held |',
  "| 1 | seen | there#1 | `b.mjs` | it's two |",
  '| 1 | seen | there#1 | `b.mjs` | killed at ${point} |',
  '| 1 | seen | there#1 | `a.c` | held |\n| | | | `b.mjs` | one |',
];
for (const row of fine) test(`fine: ${row}`, () => assert.deepEqual(check(row), []));

const wrong = [
  ['', /no row for 1/],
  ['| 1 | seen | there#1 | `a.c` | forgotten |', /doesn't run it/],
  ['| 1 | seen | there#1 | `a.c` | remembered |', /no such test/],
  ['| 1 | seen | there#1 | `a.c` | helper |', /no such test/],
  ['| 1 | seen | there#1 | `a.c` | hel |', /no such test/],
  ['| 1 | seen | there#1 | `a.c` | hel. |', /no such test/],
  ['| 1 | seen | there#1 | `b.mjs` | three |', /no such test/],
  ['| 1 | seen | there#1 | `b.mjs` | four |', /no such test/],
  ['| 1 | seen | there#1 | `b.mjs` | on |', /no such test/],
  ['| 1 | seen | there#1 | `d.c` | held |', /d\.c is not there/],
  ['| 1 | seen | there#1 | `c.txt` | held |', /no file of tests/],
  ['| 1 | seen | there#1 | `a.c` | |', /which test/],
  ['| 1 | | there#1 | `a.c` | held |', /what was seen/],
  ['| 1 | seen | there#1 | `a.c` held |', /five cells/],
  ['| x | seen | there#1 | `a.c` | held |', /number/],
  ['| | | | `a.c` | held |', /number/],
  ['| 1 | seen | there#1 | `a.c` | held |\n| 1 | seen | there#1 | `a.c` | held |', /1 comes after 1/],
  ['| 1 | seen | there#1 | `a.c` | held |\n| 2 | seen | there#1 | | with SMPP |', /which test holds us to 2/],
];
for (const [row, what] of wrong) test(`seen: ${row || 'nothing'}`, () => assert.match(check(row).join('\n'), what));
