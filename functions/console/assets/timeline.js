// The renewal series as a timeline: the lifetime of each token, overlaps, and when request tokens were redeemable.

import { api, now } from './api.js';
import { isolated, statusCell, tokenLink } from './cells.js';
import { button, el, setProperties, srOnly } from './dom.js';
import { formatDay, formatMinute, time } from './format.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { busily, loadInto, skeleton } from './notice.js';

/** How long a request token can be redeemed. */
const REDEMPTION_WINDOW = 2 * 3_600_000;

/** How far into the future a new series is shown. */
const MIN_LOOKAHEAD = 45 * 24 * 3_600_000;

/** Tokens shown before and after the current one; a button loads more. */
const NEIGHBOURS = 4;

/** Activities searched for request tokens; a token has few. */
const ACTIVITIES = 100;

/** Loads a token; null if its record was removed after the retention time. */
async function findToken(id) {
  try {
    return await api.token(id);
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

/** Up to `limit` predecessors (`renewedFrom`) or successors (`renewedBy`), the nearest first. */
async function neighbours(token, member, limit) {
  const found = [];
  for (let next = token; next[member] && found.length < limit;) {
    next = await findToken(next[member]);
    if (!next) break;
    found.push(next);
  }
  return found;
}

/** A token's lifetime, its overlap with the successor, and its request tokens. */
async function lifetimeOf(token, successor) {
  const { items: log } = await api.activities(token.id, { size: ACTIVITIES });
  const first = (action) => log.find((activity) => activity.action === action);
  const ends = [token.expiresAt, first('DEACTIVATED')?.at].filter(Boolean).map(Date.parse);
  const requestTokens = log.filter(({ action }) => action === 'RENEWAL_REQUESTED').reverse();
  const end = ends.length ? Math.min(...ends) : null;
  return {
    token,
    start: Date.parse(token.createdDate),
    end,
    overlap: successor && end !== null ? [Date.parse(successor.createdDate), end] : null,
    requestTokens: requestTokens.map(({ at, attempt }) => ({ at: Date.parse(at), attempt })),
  };
}

/** The range of the time axis: the whole past, and as much of the future as fits beside it. */
function timeRange(lifetimes) {
  const from = Math.min(...lifetimes.map(({ start }) => start));
  const renewals = lifetimes.map(({ token }) => Date.parse(token.autoRenewal?.nextRenewalAt ?? '')).filter((at) => at > now());
  const future = [...lifetimes.map(({ end }) => end ?? 0), ...renewals];
  const furthest = now() + Math.max((now() - from) * 0.5, MIN_LOOKAHEAD);
  return { from, to: Math.min(Math.max(now() + (now() - from) * 0.04, ...future), furthest) };
}

const iso = (milliseconds) => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');

function lane({ token, start, end, overlap, requestTokens }, { from, to }, current) {
  const position = (timestamp) => `${Math.min(100, Math.max(0, ((timestamp - from) / (to - from)) * 100))}%`;
  const width = (a, b) => `${(Math.max(0, Math.min(b, to) - Math.max(a, from)) / (to - from)) * 100}%`;
  const place = (element, a, b) => setProperties(element, { at: position(a), width: width(a, b) });
  const mark = (name, a, b, text) => place(el('span', { class: name, title: text }, srOnly(text)), a, b);
  const between = (a, b) => ({ from: formatMinute(a), to: formatMinute(b) });
  const until = end ?? to;
  const bar = place(el('span', { class: `bar bar-${token.status.toLowerCase()}${until > to || end === null ? ' open' : ''}` }), start, until);
  const overlapBar = overlap && mark('overlap', ...overlap, t('series.overlap.until', between(...overlap)));
  const windows = requestTokens.map(({ at, attempt }) => {
    const redeemBy = at + REDEMPTION_WINDOW;
    return mark('redemption-window', at, redeemBy, t('series.requestToken.window', { attempt, ...between(at, redeemBy) }));
  });
  return el('li', { class: current ? 'lane current' : 'lane', 'data-id': token.id, 'aria-current': current && 'true' },
    el('div', { class: 'lane-name' }, current ? el('strong', {}, isolated(token.name)) : tokenLink(token.id, isolated(token.name)), statusCell(token)),
    el('div', { class: 'track' }, bar, overlapBar, windows, setProperties(el('span', { class: 'now' }), { at: position(now()) })),
    el('p', { class: 'detail' }, time(iso(start)), ' – ', end === null ? t('series.openEnd') : time(iso(end))));
}

const legend = () =>
  el('ul', { class: 'legend' }, ['valid', 'overlap', 'requestToken', 'now'].map((name) =>
    el('li', {}, el('span', { class: `sample sample-${name}`, 'aria-hidden': 'true' }), t(`series.${name}`))));

/** The timeline around a token. */
export function timeline(token) {
  const root = el('div', { class: 'series' }, skeleton(2));
  let before = [];

  async function render() {
    const after = await neighbours(token, 'renewedBy', NEIGHBOURS);
    const tokens = [...before.toReversed(), token, ...after];
    const lifetimes = await Promise.all(tokens.map((item, index) => lifetimeOf(item, tokens[index + 1])));
    const range = timeRange(lifetimes);
    const earlier = tokens[0].renewedFrom && before.length >= NEIGHBOURS
      && button({ class: 'button', on: { click: busily(more) } }, icon('up'), t('series.earlier'));
    root.replaceChildren(...[
      earlier,
      el('ol', { class: 'lanes' }, lifetimes.map((lifetime) => lane(lifetime, range, lifetime.token.id === token.id))),
      el('p', { class: 'axis', 'aria-hidden': 'true' }, el('span', {}, formatDay(range.from)), el('span', {}, formatDay(range.to))),
      legend(),
    ].filter(Boolean));
  }
  async function more() {
    before = [...before, ...await neighbours(before.at(-1), 'renewedFrom', NEIGHBOURS)];
    await render();
  }
  loadInto(root, async () => {
    before = await neighbours(token, 'renewedFrom', NEIGHBOURS);
    await render();
  });
  return root;
}
