// Modems are pulled and plugged on a real kernel, with the appliance running in it. scripts/check-hardware builds the machine and starts this.
// Every modem says the serial number 0000, as cheap ones do. Each test ends with all SIMs in service and no text lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { VirtualNetwork } from '../lib/virtual_network.mjs';
import { Machine, PATIENCE_MS } from './machine.mjs';

const long = (process.env.HARDWARE ?? 'long') === 'long';
const NUMBERS = { m1: '+84912000001', m2: '+84912000002', m3: '+84912000003' };
const IMEIS = { m1: '350000000000001', m2: '350000000000002', m3: '350000000000003' };

let machine;
let network;
let ports; // TCP ports of the virtual modems
let place; // of slot 1; another slot's differs in its last digit
let citizens = 0;

const slotPlace = (slot) => place.replace(/1$/, String(slot));
const ctl = async (...words) => JSON.parse(await machine.must(`phanhoictl -c /tmp/phanhoi.conf --json ${words.join(' ')}`));
const modem = async (name) => (await ctl('modems')).find((m) => m.name === name);
const up = (name, from) => machine.log.line(new RegExp(`link\\.up link=${name} `), { from });
const now = () => machine.log.lines.length;

// A text to that modem, of somebody new, who is then told the code of a case.
async function text(name, words) {
  const from = `+849870${String(++citizens).padStart(5, '0')}`;
  await network.send(from, NUMBERS[name], words);
  return {
    from,
    answered: async () => {
      const { messages } = await network.ask('inbox', { number: from, after: 0, wait: PATIENCE_MS });
      assert.ok(messages.length > 0, `no answer to "${words}":\n${machine.log.lines.slice(-30).join('\n')}`);
      assert.match(messages[0].text, /\b\d{9}\b/);
    },
  };
}
const serves = async (name, words) => (await text(name, words)).answered();

const startCore = async () => {
  const from = now();
  await machine.must('/usr/bin/setpriv --reuid=65534 --regid=65534 --groups=dialout phanhoid -c /tmp/phanhoi.conf >/dev/ttyS2 2>&1 </dev/null & echo $! >/tmp/core.pid');
  await machine.log.line(/ app\.ready /, { from });
};
const stopCore = async () => {
  await machine.must('kill $(cat /tmp/core.pid)');
  await machine.until('[ ! -e /proc/$(cat /tmp/core.pid)/exe ]'); // gone, or waiting for the first process, which is busy with this very line
};

// One machine, one story: after a chapter that failed the others say nothing new.
let broken = false;
const chapter = (name, options, tell) =>
  test(name, tell ? options : {}, async () => {
    assert.ok(!broken, 'an earlier one failed');
    broken = true;
    await (tell ?? options)();
    broken = false;
  });

before(async () => {
  const modems = Object.keys(NUMBERS).map((name) => `${name},number=${NUMBERS[name]},imei=${IMEIS[name]},line=tcp:127.0.0.1:0`);
  network = await VirtualNetwork.start(modems);
  ports = Object.fromEntries(network.ready.modems.map((m) => [m.name, Number(m.line.split(':').at(-1))]));
  machine = await Machine.boot(2);
});

after(async () => {
  await machine?.close();
  await network?.stop();
});

chapter('a port is found, with its place and without being written to', async () => {
  await machine.plug(1, ports.m1);
  await machine.until('[ -c /dev/ttyUSB0 ]');
  await machine.must('udevadm settle');
  const lines = (await machine.must('phanhoi-modem --discover')).trim().split('\n').map(JSON.parse);
  const port = lines.find((l) => l.node === '/dev/ttyUSB0');
  assert.equal(port.usb, '0403:6001');
  assert.equal(port.role, 'adapter');
  assert.equal(port.serial, '0000');
  place = port.place;
  const property = await machine.must('udevadm info -q property -n /dev/ttyUSB0');
  assert.match(property, new RegExp(`^ID_PATH=${place}:1\\.0$`, 'm'), 'the place is what udev calls ID_PATH');
  assert.match(property, /^ID_MM_PORT_IGNORE=1$/m);
  assert.match(property, new RegExp(`/dev/phanhoi/by-place/${place}:1\\.0`));
  assert.equal(await machine.must('stat -c %G:%a /dev/ttyUSB0'), 'dialout:660');
  const scan = JSON.parse(await machine.must('phanhoictl modem scan --json')).find((p) => p.node === '/dev/ttyUSB0');
  assert.equal(scan.imei, IMEIS.m1);
  assert.equal(scan.line, `usb:${place}`);
  machine.pull(1);
  await machine.until('[ ! -e /dev/ttyUSB0 ]');
});

chapter('modems that are plugged in after the start serve: one named by its place, one by its IMEI', async () => {
  const config = `appliance = { id = "th-01"; index = 0; of = 8; province = "38"; name = "Thanh Hoa"; shortcode = "1022"; };
    store = { path = "/tmp/db/phanhoi.db"; key_file = "/tmp/db/seal.key"; };
    control = { socket = "/tmp/db/control.sock"; };
    messages = { confirm_freetext = "never"; };
    modems = ( { name = "m1"; line = "usb:${place}"; number = "${NUMBERS.m1}"; },
      { name = "m2"; line = "imei:${IMEIS.m2}"; number = "${NUMBERS.m2}"; },
      { name = "m3"; line = "usb:platform-dummy_hcd.0-usb-0:1"; number = "${NUMBERS.m3}"; } );`;
  await machine.must('mkdir -p /tmp/db; chown 65534:65534 /tmp/db');
  await machine.must(`echo ${Buffer.from(config).toString('base64')} | base64 -d >/tmp/phanhoi.conf`);
  await startCore();
  assert.match(await machine.log.line(/link\.absent link=m1/), /phanhoi\.conf:\d+: modems\[0\]\.line: nothing is plugged in at/);
  let from = now();
  await machine.plug(1, ports.m1);
  await up('m1', from);
  from = now();
  await machine.plug(2, ports.m2);
  await up('m2', from);
  assert.equal((await modem('m2')).place, slotPlace(2));
  await serves('m1', 'PA Duong vao thon 3 bi sut lun');
  await serves('m2', 'PA Den duong thon 4 bi hong');
});

chapter('pulled and plugged in again, it serves again; what came meanwhile is taken', async () => {
  let from = now();
  machine.pull(1);
  await machine.log.line(/link\.down link=m1/, { from });
  await machine.log.line(/link\.absent link=m1 .*nothing is plugged in/, { from });
  const waiting = await text('m1', 'PA Cong thoat nuoc thon 5 bi tac');
  const starts = (await modem('m1')).worker.starts;
  from = now();
  await machine.plug(1, ports.m1);
  await up('m1', from);
  await waiting.answered();
  assert.ok((await modem('m1')).worker.starts - starts <= 3, 'an absent modem is not hammered');
});

chapter('its old descriptor is still open, so it comes back under another name', async () => {
  const before = (await modem('m1')).node;
  await machine.must(`sleep 1000 <${before.replace('serial:', '')} >/dev/null 2>&1 & echo $! >/tmp/holder.pid`);
  machine.pull(1);
  await machine.until(`[ ! -e ${before.replace('serial:', '')} ]`);
  const from = now();
  await machine.plug(1, ports.m1);
  await up('m1', from);
  assert.notEqual((await modem('m1')).node, before);
  await serves('m1', 'PA Cau thon 6 bi hu');
  await machine.must('kill $(cat /tmp/holder.pid)');
});

chapter('two modems are exchanged: each place serves the one that is there, and people are told', { skip: !long }, async () => {
  machine.pull(1);
  machine.pull(2);
  await machine.until('! ls /dev/ttyUSB* >/dev/null 2>&1');
  let from = now();
  await machine.plug(2, ports.m2); // the second becomes the first
  await up('m2', from);
  await machine.plug(1, ports.m1);
  await up('m1', from);
  assert.equal((await modem('m1')).imei, IMEIS.m1);
  assert.equal((await modem('m2')).imei, IMEIS.m2);
  assert.deepEqual(await ctl('modem', 'events'), []); // other numbers, the same places
  machine.pull(1);
  machine.pull(2);
  await machine.until('! ls /dev/ttyUSB* >/dev/null 2>&1');
  from = now();
  await machine.plug(1, ports.m2);
  await machine.log.line(/modem\.moved link=m[12] /, { from });
  const events = await ctl('modem', 'events');
  assert.equal(events[0].event, 'moved');
  assert.equal(events[0].imei, IMEIS.m2);
  assert.equal(events[0].from, slotPlace(2));
  assert.equal(events[0].to, slotPlace(1));
  machine.pull(1);
  await machine.until('! ls /dev/ttyUSB* >/dev/null 2>&1');
  from = now();
  await machine.plug(1, ports.m1);
  await up('m1', from);
  await machine.plug(2, ports.m2);
  await up('m2', from);
});

chapter('pulled in mid-command: the text is unknown, sent once, and the modem serves again', { skip: !long }, async () => {
  await network.ask('modem', { name: 'm1', set: { submit_delay: 3000 } });
  const from = now();
  const sent = await text('m1', 'PA Truong hoc thon 7 dot mai'); // its acknowledgement takes three seconds
  for (;;) {
    const { modems } = await network.ask('modems');
    if (modems.find((m) => m.name === 'm1').submitting) break;
  }
  machine.pull(1);
  await machine.log.line(/worker\.gone link=m1/, { from });
  await network.ask('modem', { name: 'm1', set: { submit_delay: 0 } });
  const again = now();
  await machine.plug(1, ports.m1);
  await up('m1', again);
  await sent.answered(); // the modem had it already, and nobody sends it again
  await serves('m1', 'PA Cho thon 8 nhieu rac');
  const texts = (await network.ask('air', { after: 0, wait: 0 })).parts.filter((part) => part.to === sent.from).map((part) => part.text);
  assert.equal(new Set(texts).size, texts.length, texts.join('\n'));
});

chapter('twenty fast pulls leave no descriptors and no processes behind', { skip: !long }, async () => {
  const count = async () => Number(await machine.must('ls /proc/$(cat /tmp/core.pid)/fd | wc -l'));
  const before = await count();
  let from = now();
  for (let i = 0; i < 20; i++) {
    machine.pull(1);
    await machine.until('[ ! -e /sys/bus/usb/devices/1-1 ]');
    await machine.plug(1, ports.m1);
    await machine.until('[ -e /sys/bus/usb/devices/1-1:1.0 ]');
  }
  machine.pull(1);
  await machine.log.line(/link\.absent link=m1/, { from });
  from = now();
  await machine.plug(1, ports.m1);
  await up('m1', from);
  assert.equal(await count(), before);
  assert.equal(await machine.must('grep -l phanhoi-modem /proc/[0-9]*/comm 2>/dev/null | wc -l'), String(1 + 2), 'discovery and two workers');
  await serves('m1', 'PA Kenh thon 9 bi lap');
});

chapter('a four-port EC25: its AT port serves, nothing is ever written to the others', { skip: !long }, async () => {
  await machine.must('modprobe -a dummy_hcd usb_f_serial option');
  await machine.must(`mount -t configfs configfs /sys/kernel/config; g=/sys/kernel/config/usb_gadget/ec25; mkdir -p $g/configs/c.1 && cd $g &&
    echo 0x2c7c >idVendor && echo 0x0125 >idProduct && for i in 0 1 2 3; do mkdir functions/gser.$i && ln -s functions/gser.$i configs/c.1/; done; cd /`);
  machine.connectOutside(ports.m3);
  const join = `for i in 0 1 2 3; do stty -F /dev/ttyGS$i raw -echo; done; for i in 0 1 3; do cat /dev/ttyGS$i >>/tmp/written-$i 2>/dev/null & done;
    cat /dev/ttyGS2 >/dev/ttyS3 2>/dev/null & cat /dev/ttyS3 >/dev/ttyGS2 2>/dev/null & true`;
  await machine.until('[ -c /dev/ttyGS3 ]');
  await machine.must(join);
  let from = now();
  const plug = 'echo dummy_udc.0 >/sys/kernel/config/usb_gadget/ec25/UDC';
  await machine.must(plug);
  await up('m3', from);
  assert.equal((await modem('m3')).place, 'platform-dummy_hcd.0-usb-0:1');
  await serves('m3', 'PA Dien thon 10 bi cat');
  await machine.must('echo >/sys/kernel/config/usb_gadget/ec25/UDC');
  await machine.log.line(/link\.absent link=m3/, { from });
  await machine.must('kill $(grep -l "^cat$" /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3) 2>/dev/null; true'); // the pull hung them up
  await machine.must(join);
  from = now();
  await machine.must(plug);
  await up('m3', from);
  await serves('m3', 'PA Nuoc thon 11 bi ban');
  assert.equal(await machine.must('cat /tmp/written-0 /tmp/written-1 /tmp/written-3 | wc -c'), '0');
});

chapter('the moment before udev grants access: refused, tried again, served', { skip: !long }, async () => {
  await stopCore();
  machine.pull(1);
  await machine.must('udevadm control --exit; rm -f /run/udev/control; true'); // nobody sets groups any more, and the kernel's own events are heard
  await startCore();
  const from = now();
  await machine.plug(1, ports.m1);
  await machine.log.line(/line\.not_opened line=serial:\/dev\/ttyUSB\d+ .*Permission denied/, { from });
  await machine.must('for t in /dev/ttyUSB*; do chgrp dialout $t; chmod 660 $t; done');
  await up('m1', from);
  await serves('m1', 'PA Cay do thon 12 chan duong');
});
