// Standard Webhooks 1.0, symmetric: HMAC-SHA256 over `id.timestamp.body`. Written here and not taken from npm, so that the package can be asked
// whether it agrees (tests/peers/events.mjs).
import { createHmac, timingSafeEqual } from 'node:crypto';

export const TOLERANCE = 300; // seconds

function key(secret) {
  const octets = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (!secret.startsWith('whsec_') || octets.length < 24 || octets.length > 64) throw new Error('a secret is whsec_ and base64 of 24 to 64 octets');
  return octets;
}

const mac = (secret, id, timestamp, body) => createHmac('sha256', key(secret)).update(`${id}.${timestamp}.`).update(body).digest();

/** The three headers. */
export function sign(secret, id, body, timestamp = Math.floor(Date.now() / 1000)) {
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${mac(secret, id, timestamp, body).toString('base64')}` };
}

/** What is wrong, or null. Without any of the headers: 'unsigned'. */
export function verify(secrets, headers, body, now = Date.now() / 1000) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (id === undefined && timestamp === undefined && signatures === undefined) return 'unsigned';
  if (!id || !signatures || !/^[0-9]{1,12}$/.test(timestamp ?? '')) return 'a header of the signature is missing or malformed';
  if (Math.abs(now - Number(timestamp)) > TOLERANCE) return `the timestamp is more than ${TOLERANCE} s from this clock`;
  const given = signatures
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice(3), 'base64'));
  const good = secrets.some((secret) => {
    const expected = mac(secret, id, timestamp, body);
    return given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  });
  return good ? null : 'no signature fits';
}
