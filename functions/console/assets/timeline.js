// The renewal series as a small timeline: each token from its creation to its end, where two are valid at once, and when
// a key could be redeemed.

import { api, now } from './api.js';
import { el, heard, place } from './dom.js';
import { formatDay, formatMinute, time } from './format.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { failed, loading, whileBusy } from './notice.js';
import { linkTo, statusSign } from './signs.js';

/** How long a key can be redeemed. */
const WINDOW = 2 * 3_600_000;

/** How far into the future a series that has just begun is shown. */
const FURTHEST = 45 * 24 * 3_600_000;

/** Tokens shown before and after the one whose page this is; the way to more is a button. */
const NEIGHBOURS = 4;

/** Activities looked through for keys; a token has few. */
const ACTIVITIES = 100;

/** A token of the series that is still there: records of tokens that ended long ago are removed. */
async function known(id) {
  try {
    return await api.token(id);
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

/** Up to `limit` tokens along `renewedFrom` or `renewedBy`, the nearest first. */
async function neighbours(token, member, limit) {
  const found = [];
  for (let at = token; at[member] && found.length < limit;) {
    at = await known(at[member]);
    if (!at) break;
    found.push(at);
  }
  return found;
}

/** What the timeline shows of a token: from when to when, and its keys. */
async function lifeOf(token, successor) {
  const log = await api.activities(token.id, { size: ACTIVITIES });
  const first = (action) => log.find((activity) => activity.action === action);
  const ends = [token.expiresAt, first('DEACTIVATED')?.at].filter(Boolean).map(Date.parse);
  const keys = log.filter(({ action }) => action === 'RENEWAL_REQUESTED').reverse();
  const end = ends.length ? Math.min(...ends) : null;
  return {
    token,
    start: Date.parse(token.createdDate),
    end,
    overlap: successor && end !== null ? [Date.parse(successor.createdDate), end] : null,
    keys: keys.map(({ at, attempt }) => ({ at: Date.parse(at), attempt })),
  };
}

/** From when to when the timeline goes: all that was, and as much of what comes as can be seen beside it. */
function span(lives) {
  const from = Math.min(...lives.map(({ start }) => start));
  const renewals = lives.map(({ token }) => Date.parse(token.autoRenewal?.nextRenewalAt ?? '')).filter((at) => at > now());
  const coming = [...lives.map(({ end }) => end ?? 0), ...renewals];
  const furthest = now() + Math.max((now() - from) * 0.5, FURTHEST);
  return { from, to: Math.min(Math.max(now() + (now() - from) * 0.04, ...coming), furthest) };
}

const iso = (milliseconds) => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');

function lane({ token, start, end, overlap, keys }, { from, to }, current) {
  const at = (moment) => `${Math.min(100, Math.max(0, ((moment - from) / (to - from)) * 100))}%`;
  const width = (a, b) => `${(Math.max(0, Math.min(b, to) - Math.max(a, from)) / (to - from)) * 100}%`;
  const until = end ?? to;
  const bar = place(el('span', { class: `bar bar-${token.status.toLowerCase()}${until > to || end === null ? ' open' : ''}` }),
    { at: at(start), width: width(start, until) });
  const shared = overlap && place(el('span', { class: 'overlap', title: t('series.overlap.until', { from: formatMinute(overlap[0]), to: formatMinute(overlap[1]) }) },
    heard(t('series.overlap.until', { from: formatMinute(overlap[0]), to: formatMinute(overlap[1]) }))),
  { at: at(overlap[0]), width: width(overlap[0], overlap[1]) });
  const windows = keys.map((key) => {
    const text = t('series.key.window', { attempt: key.attempt, from: formatMinute(key.at), to: formatMinute(key.at + WINDOW) });
    return place(el('span', { class: 'window', title: text }, heard(text)), { at: at(key.at), width: width(key.at, key.at + WINDOW) });
  });
  return el('li', { class: current ? 'lane current' : 'lane', 'data-id': token.id, 'aria-current': current && 'true' },
    el('div', { class: 'lane-name' }, current ? el('strong', {}, token.name) : linkTo(token.id, token.name), statusSign(token)),
    el('div', { class: 'track' }, bar, shared, windows, place(el('span', { class: 'now' }), { at: at(now()) })),
    el('p', { class: 'detail' }, time(iso(start)), ' – ', end === null ? t('series.openEnd') : time(iso(end))));
}

const legend = () =>
  el('ul', { class: 'legend' }, ['life', 'overlap', 'key', 'now'].map((name) =>
    el('li', {}, el('span', { class: `sample sample-${name}`, 'aria-hidden': 'true' }), t(`series.${name}`))));

/** The timeline around a token. */
export function timeline(token) {
  const root = el('div', { class: 'series' }, loading(2));
  let before = [];

  async function draw() {
    const after = await neighbours(token, 'renewedBy', NEIGHBOURS);
    const tokens = [...before.toReversed(), token, ...after];
    const lives = await Promise.all(tokens.map((one, at) => lifeOf(one, tokens[at + 1])));
    const range = span(lives);
    const earlier = tokens[0].renewedFrom && before.length >= NEIGHBOURS
      && el('button', { type: 'button', class: 'button', on: { click: ({ currentTarget }) => whileBusy(currentTarget, more) } }, icon('up'), t('series.earlier'));
    root.replaceChildren(...[
      earlier,
      el('ol', { class: 'lanes' }, lives.map((life) => lane(life, range, life.token.id === token.id))),
      el('p', { class: 'axis', 'aria-hidden': 'true' }, el('span', {}, formatDay(range.from)), el('span', {}, formatDay(range.to))),
      legend(),
    ].filter(Boolean));
  }
  async function more() {
    before = [...before, ...await neighbours(before.at(-1), 'renewedFrom', NEIGHBOURS)];
    await draw();
  }
  async function start() {
    try {
      before = await neighbours(token, 'renewedFrom', NEIGHBOURS);
      await draw();
    } catch (problem) {
      if (!problem.code) throw problem;
      root.replaceChildren(failed(problem, start));
    }
  }
  start();
  return root;
}
