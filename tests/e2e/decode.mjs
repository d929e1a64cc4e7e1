// `phanhoi-modem --decode HEX`: one JSON line and 0, or one sentence that names the octet and 1.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { program } from '../lib/harness.mjs';

const decode = (hex) => spawnSync(program('phanhoi-modem'), ['--decode', hex], { encoding: 'utf8' });

test('a PDU as AT+CMGR gives it becomes one line of JSON', () => {
    const { status, stdout, stderr } = decode('07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07');
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.equal(stdout.trimEnd().split('\n').length, 1);
    const pdu = JSON.parse(stdout);
    assert.equal(pdu.type, 'deliver');
    assert.equal(pdu.smsc, '+31624000000');
    assert.equal(pdu.from, '+31641600986');
    assert.equal(Date.parse(pdu.time), Date.UTC(2002, 7, 26, 19, 37, 41));
    assert.equal(pdu.dcs, 0);
    assert.equal(pdu.text, 'How are you?');
});

test('lower case, a header, accents', () => {
    const { status, stdout } = decode('07914889200030f0440b914819020000f10008621112905000820e050003090201004f004b00200111');
    assert.equal(status, 0);
    const pdu = JSON.parse(stdout);
    assert.deepEqual(pdu.udh, { ref: 9, total: 2, seq: 1 });
    assert.equal(pdu.text, 'OK đ');
});

for (const [hex, complaint] of [
    ['07911326040000F0040B9113466100', 'octet 16: TP-OA ends too early'],
    ['0791132604', 'octet 6: the service-centre address ends too early'],
    ['079', 'octet 2: only half of it is there (3 hex digits)'],
    ['07G1', 'character 3: not a hex digit'],
    ['', 'nothing to decode'],
])
    test(`refused: "${hex}"`, () => {
        const { status, stdout, stderr } = decode(hex);
        assert.equal(status, 1);
        assert.equal(stdout, '');
        assert.ok(stderr.startsWith(`phanhoi-modem: --decode: ${complaint}`), stderr);
        assert.equal(stderr.trimEnd().split('\n').length, 1);
    });
