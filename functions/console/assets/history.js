// What happened to a token: its callback log and its activities, page by page.

import { api } from './api.js';
import { el } from './dom.js';
import { formatNumber, time } from './format.js';
import { t, word } from './i18n.js';
import { icon } from './icons.js';
import { failed, loading, whileBusy } from './notice.js';
import { session } from './session.js';
import { linkTo } from './signs.js';

const SIZE = 10;

/** A list that grows: `fetch` gets one page, `draw` makes what holds the items, with a function that adds some. */
function growing(fetch, emptyText, draw) {
  const root = el('div', { class: 'growing' }, loading(3));
  const holder = draw();
  const more = el('button', { type: 'button', class: 'button', on: { click: () => whileBusy(more, () => grow(holder.last)) } }, t('log.more'));

  async function grow(last) {
    const items = await fetch({ size: SIZE + 1, startingAfter: last?.id });
    holder.add(items.slice(0, SIZE));
    holder.last = items.slice(0, SIZE).at(-1);
    more.hidden = items.length <= SIZE;
  }
  async function start() {
    try {
      await grow(null);
      root.replaceChildren(...(holder.last ? [holder.root, more] : [el('p', { class: 'hint' }, emptyText)]));
    } catch (problem) {
      if (!problem.code) throw problem;
      root.replaceChildren(failed(problem, start));
    }
  }
  start();
  return root;
}

const LOG_COLUMNS = {
  at: ({ at }) => time(at),
  outcome: ({ success, statusCode, errorClass }) => el('span', { class: success ? 'outcome good' : 'outcome bad' },
    icon(success ? 'check' : 'warning'), t(success ? 'log.success' : 'log.failure'), ' ', statusCode ? String(statusCode) : word('errorClass', errorClass)),
  what: ({ test, attempt, try: number }) => (test ? t('log.test') : t('log.attempt', { attempt, number })),
  duration: ({ durationMs }) => t('log.milliseconds', { count: formatNumber(durationMs) }),
  lastTry: ({ lastTry }) => t(lastTry ? 'yes' : 'no'),
};

/** The callback log of a token. */
export function deliveries(token) {
  return growing((parameters) => api.deliveries(token.id, parameters), t('log.empty'), () => {
    const body = el('tbody');
    const names = Object.keys(LOG_COLUMNS);
    const cell = (name, delivery) => el('td', {}, LOG_COLUMNS[name](delivery));
    return {
      root: el('div', { class: 'scrolling', tabindex: '0', role: 'region', 'aria-label': t('detail.callbacks') },
        el('table', { class: 'log' }, el('thead', {}, el('tr', {}, names.map((name) => el('th', { scope: 'col' }, t(`log.${name}`))))), body)),
      add: (items) => body.append(...items.map((delivery) => el('tr', {}, names.map((name) => cell(name, delivery))))),
    };
  });
}

/** Names of the tokens that acted, asked for once each. */
const names = new Map();
function actorName(id) {
  if (!names.has(id)) names.set(id, api.token(id).then(({ name }) => name, () => id));
  return names.get(id);
}

function actor({ type, tokenId }) {
  if (type !== 'TOKEN') return t(`actor.${type}`);
  if (tokenId === session.self.id) return linkTo(tokenId, t('actor.self'));
  const link = linkTo(tokenId, t('actor.token'));
  actorName(tokenId).then((name) => { link.textContent = name; });
  return link;
}

/** The other one of the two tokens that a renewal has joined: both have it among their activities. */
function otherOf(token, { successorId }) {
  if (!successorId) return null;
  const isOwn = successorId === token.id;
  return [' ', linkTo(isOwn ? token.renewedFrom : successorId, t(isOwn ? 'detail.predecessor' : 'detail.successor'))];
}

/** What was done to a token, by whom and when, newest first. */
export function activities(token) {
  return growing((parameters) => api.activities(token.id, parameters), t('activities.empty'), () => {
    const root = el('ol', { class: 'activities' });
    const item = (activity) => el('li', {},
      el('span', { class: 'what' }, word('activity', activity.action),
        activity.attempt && el('span', { class: 'detail' }, ` ${t('activities.attempt', activity)}`),
        otherOf(token, activity)),
      el('span', { class: 'detail' }, actor(activity.actor), ' · ', time(activity.at)));
    return { root, add: (items) => root.append(...items.map(item)) };
  });
}
