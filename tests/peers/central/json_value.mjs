// JSON as values: whether two texts say the same, whatever the order of members and the white space.
import { createHash } from 'node:crypto';

const DEPTH_MAX = 32;

/** Throws SyntaxError for what isn't UTF-8, isn't JSON, or is nested too deep to be meant. */
export function parse(octets) {
  const value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets));
  if (deeper(value, DEPTH_MAX)) throw new SyntaxError(`nested deeper than ${DEPTH_MAX}`);
  return value;
}

function deeper(value, left) {
  return value !== null && typeof value === 'object' && (left === 0 || Object.values(value).some((one) => deeper(one, left - 1)));
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

export const digest = (value) => createHash('sha256').update(canonical(value)).digest('base64');
