// Statistics through the real programs: asked by phanhoictl while the core serves, and written by the core when a period has ended.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Lab } from '../lib/harness.mjs';

const ACK = /ma so (\d{9})/;

async function submit(lab, number, text) {
  const citizen = lab.citizen(number);
  await citizen.send(text);
  for (;;) {
    const found = (await citizen.next()).text.match(ACK);
    if (found) return found[1];
  }
}

test('a report counts what was received, in every form', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  for (const [i, place] of ['thon 3', 'thon 5', 'thon 7'].entries()) await submit(lab, `+8491234567${i}`, `PA Duong vao ${place} bi sut lun`);
  const printed = lab.ctl('report', '--json');
  assert.equal(printed.status, 0, printed.stderr);
  const report = JSON.parse(printed.stdout);
  assert.equal(report.total.counts.received, 3);
  assert.equal(report.total.counts.waiting, 3);
  assert.equal(report.total.percent.answered_of_received.value, 0);
  assert.equal(report.total.percent.late_of_answered.value, null); // nothing was answered: no denominator
  assert.deepEqual([report.total.percent.late_of_received.numerator, report.total.percent.late_of_received.denominator], ['late', 'received']);
  assert.equal(report.channel.messages_in, 3);
  assert.ok(report.channel.messages_out >= 3);
  assert.match(report.from, /-01$/);

  const text = lab.ctl('report', '--by', 'channel').stdout;
  assert.match(text, /^BÁO CÁO TIẾP NHẬN/);
  assert.match(text, /Đã nhận +3\n/);
  assert.match(text, /SMS +3 /);
  const [head, sms, total] = lab.ctl('report', '--by', 'channel', '--csv').stdout.trim().split('\r\n').map((line) => line.split(','));
  assert.equal(sms.length, head.length);
  assert.deepEqual([sms[0], sms[head.indexOf('received')], total[0], total[head.indexOf('received')]], ['"sms"', '3', '"total"', '3']);
  assert.match(lab.ctl('report', '--html').stdout, /^<!DOCTYPE html>\n<html lang="vi">[^]*<td class="n">3<\/td>[^]*<\/html>\n$/);
  assert.equal(JSON.parse(lab.ctl('report', '--public', '--json').stdout).total.counts.received, null); // under 5
  const month = JSON.parse(lab.ctl('report', '--by', 'month', '--from', '2020-01-01', '--json').stdout);
  assert.deepEqual(month.groups.map((g) => [g.key, g.counts.received]), [[month.to.slice(0, 7), 3]]);
  assert.equal(JSON.parse(lab.ctl('report', '--from', '2020-01-01', '--to', '2020-12-31', '--json').stdout).total.counts.received, 0);
});

test('a report that cannot be is refused with what would be right', async (t) => {
  const lab = await Lab.open(t);
  await lab.start();
  for (const [args, message] of [
    [['--from', '2026-02-30'], /from: "2026-02-30" is not a day \(YYYY-MM-DD\)/],
    [['--from', '2026-03-02', '--to', '2026-03-01'], /ends before it begins/],
    [['--by', 'weather'], /"weather" is none of agency, field, commune, channel, month/],
  ]) {
    const refused = lab.ctl('report', ...args);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, message);
  }
  await assert.rejects(lab.core.result('report', { format: 'pdf' }), /pdf.* is none of json, text, csv, html/);
  await assert.rejects(lab.core.result('report', { from: 7 }), /from: .*is not a day/);
});

test('the report of the month that ended is written once, whole, and again if it is removed', async (t) => {
  const lab = await Lab.open(t);
  const folder = lab.file('reports');
  mkdirSync(folder);
  lab.writeConfig({ reports: { schedule: 'monthly', folder } });
  await lab.start();
  const line = await lab.core.running.line(/report\.written /);
  const names = readdirSync(folder).sort();
  assert.equal(names.length, 3);
  const [, from, to] = names[0].match(/^bao-cao-(\d{4}-\d{2}-01)--(\d{4}-\d{2}-\d{2})\.csv$/);
  assert.equal(from.slice(0, 7), to.slice(0, 7));
  assert.ok(line.includes(names.find((name) => name.endsWith('.txt'))));
  for (const name of names) assert.ok(readFileSync(path.join(folder, name), 'utf8').length > 100, name);
  assert.ok(!existsSync(path.join(folder, `.${names[0]}.new`)));
});
