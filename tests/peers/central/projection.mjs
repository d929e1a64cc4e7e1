// What an event says about where its case stands, and whose it is. The store's own decisions say it the same way.

export const ENDED = ['REFUSED', 'NOTED_CLOSED', 'CLOSED'];
const TOLD = new Set(['T1', 'T2', 'T6', 'Tn', 'promise']); // of these deadlines the citizen is told the date

/** The state to which a decision leads; undefined: it stays. */
export const DECIDED = {
  'vn.pakn.case.accepted': 'IN_PROCESS',
  'vn.pakn.case.assigned': 'RECEIVED',
  'vn.pakn.case.transferred': 'RECEIVED',
  'vn.pakn.case.need-info': 'NEED_INFO',
  'vn.pakn.case.asked': undefined,
  'vn.pakn.case.refused': 'REFUSED',
  'vn.pakn.case.coordination': undefined,
  'vn.pakn.case.late-reason': undefined,
  'vn.pakn.case.result-ready': 'RESULT_READY',
  'vn.pakn.case.sent-back': 'IN_PROCESS',
  'vn.pakn.case.published': 'PUBLISHED',
  'vn.pakn.case.annulled': 'IN_PROCESS',
  'vn.pakn.case.reconsidered': 'CLOSED',
  'vn.pakn.case.closed': 'NOTED_CLOSED',
  'vn.pakn.case.called': undefined,
  'vn.pakn.case.reviewed': undefined,
};

const word = (value, pattern) => (typeof value === 'string' && pattern.test(value) ? value : undefined);
const day = (value) => {
  const at = word(value, /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/) && new Date(`${value}T00:00:00Z`);
  return at && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value) ? value : undefined;
};

/** undefined: as it was; null: none runs. */
function due(data) {
  if ('intake_due' in data) return day(data.intake_due) ?? null;
  const told = Array.isArray(data.deadlines) ? data.deadlines.filter((one) => one !== null && typeof one === 'object' && TOLD.has(one.kind)) : [];
  const open = told.filter((one) => one.state === 'open');
  return open.length ? (day(open.at(-1).due) ?? null) : told.length ? null : undefined;
}

/** The case after an event of it, `was` before; null where the event says no state. Ended cases stay so, unless they are annulled. */
export function after(was, type, data) {
  const state = word(data.state, /^[A-Z_]{1,20}$/);
  if (!state) return was;
  const reopened = type === 'vn.pakn.case.annulled';
  const stays = was && ENDED.includes(was.state) && !reopened;
  const date = due(data);
  return {
    state: stays ? was.state : state,
    reopened: reopened || Boolean(was?.reopened),
    agency: word(data.unit, /^[!-~]{1,64}$/) ?? word(data.agency, /^[!-~]{1,64}$/) ?? was?.agency,
    due: date === undefined ? was?.due : date,
  };
}

const e164 = (typed) => {
  const digits = typeof typed === 'string' ? typed.replace(/[ .-]/g, '') : '';
  return /^0[0-9]{9}$/.test(digits) ? `+84${digits.slice(1)}` : word(digits, /^\+[0-9]{8,15}$/);
};

/** What becomes of the phones that may ask, as the name of a change of bindings and the phone it's about; null: nothing. */
export function binding(type, data) {
  const phone = e164(type === 'vn.pakn.case.behalf-consent' ? data.data?.phone : data.phone);
  const name = {
    'vn.pakn.case.submitted': phone && 'bind',
    'vn.pakn.case.rebound': phone && 'rebind',
    'vn.pakn.case.binding-lapsed': 'lapse',
    'vn.pakn.sender.reassigned': phone && 'reassign',
    'vn.pakn.case.behalf-consent': typeof data.consent === 'boolean' ? (data.consent ? 'consent' : 'dissent') : data.step === 'consent' ? 'dissent' : phone && 'asked',
  }[type];
  return name ? { name, phone } : null;
}
