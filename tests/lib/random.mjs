// Park and Miller's generator: small, and the same everywhere. random(seed)(limit) is in [0, limit).
export function random(seed) {
  let state = seed || 1;
  return (limit) => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
}
