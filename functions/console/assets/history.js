// A token's callback log and activities, loaded page by page.

import { api } from './api.js';
import { isolated, tokenLink } from './cells.js';
import { button, el } from './dom.js';
import { createdAt, formatMinute, formatNumber, time } from './format.js';
import { enumText, t } from './i18n.js';
import { icon } from './icons.js';
import { busily, loadInto, skeleton } from './notice.js';
import { session } from './session.js';

const PAGE_SIZE = 10;

/** A list with a button for more. `fetch` loads one page; `createView` returns its root element and an `add` function. */
function pagedList(fetch, emptyText, createView) {
  const root = el('div', { class: 'paged-list' }, skeleton(3));
  const view = createView();
  const more = button({ class: 'button', on: { click: busily(loadMore) } }, t('log.more'));

  const reached = el('p', { class: 'hint', role: 'status', hidden: true });
  let position;

  async function loadMore() {
    const { items, continueAfter } = await fetch({ size: PAGE_SIZE, startingAfter: position });
    view.add(items);
    position = continueAfter;
    more.hidden = !continueAfter;
    reached.hidden = items.length > 0 || !continueAfter;
    if (!reached.hidden) reached.textContent = t('log.reached', { time: formatMinute(createdAt(continueAfter)) });
    return items.length > 0 || Boolean(continueAfter);
  }
  loadInto(root, async () => {
    position = undefined;
    root.replaceChildren(...(await loadMore() ? [view.root, reached, more] : [el('p', { class: 'hint' }, emptyText)]));
  });
  return root;
}

const LOG_COLUMNS = {
  at: ({ at }) => time(at),
  outcome: ({ success, statusCode, errorClass }) => el('span', { class: success ? 'outcome good' : 'outcome bad' },
    icon(success ? 'check' : 'warning'), t(success ? 'log.success' : 'log.failure'), ' ', statusCode ? String(statusCode) : enumText('errorClass', errorClass)),
  what: ({ test, attempt, try: number, reason }) =>
    (test ? t('log.test') : [t('log.attempt', { attempt, number }), reason === 'successorUnused' && ` (${t('log.unused')})`]),
  duration: ({ durationMs }) => t('log.milliseconds', { count: formatNumber(durationMs) }),
  lastTry: ({ lastTry }) => t(lastTry ? 'yes' : 'no'),
};

/** The callback log of a token. */
export function callbackLog(token) {
  return pagedList((parameters) => api.callbackLogs(token.id, parameters), t('log.empty'), () => {
    const body = el('tbody');
    const names = Object.keys(LOG_COLUMNS);
    const cell = (name, delivery) => el('td', {}, LOG_COLUMNS[name](delivery));
    return {
      root: el('div', { class: 'scroll-area', tabindex: '0', role: 'region', 'aria-label': t('detail.callbacks') },
        el('table', { class: 'log' }, el('thead', {}, el('tr', {}, names.map((name) => el('th', { scope: 'col' }, t(`log.${name}`))))), body)),
      add: (items) => body.append(...items.map((delivery) => el('tr', {}, names.map((name) => cell(name, delivery))))),
    };
  });
}

/** Names of acting tokens, each loaded once. */
const names = new Map();
function actorName(id) {
  if (!names.has(id)) names.set(id, api.token(id).then(({ name }) => name, () => id));
  return names.get(id);
}

function actor({ type, tokenId, person }) {
  if (type === 'PERSON') return el('span', { title: person.mail }, isolated(person.name));
  if (type !== 'TOKEN') return t(`actor.${type}`);
  if (tokenId === session.self?.id) return tokenLink(tokenId, t('actor.self'));
  const link = tokenLink(tokenId, t('actor.token'));
  actorName(tokenId).then((name) => { link.replaceChildren(isolated(name)); });
  return link;
}

/** The owners before and after an edit. */
function ownerChange({ previousOwner, newOwner }) {
  const name = (owner) => (owner ? isolated(owner.name) : t('none'));
  return el('span', { class: 'detail' }, `, ${t('field.owner')}: `, name(previousOwner), ' → ', name(newOwner));
}

/** A link to the other token of a renewal, which both tokens list among their activities. */
function linkedToken(token, { successorId }) {
  if (!successorId) return null;
  const isSuccessor = successorId === token.id;
  return [' ', tokenLink(isSuccessor ? token.renewedFrom : successorId, t(isSuccessor ? 'detail.predecessor' : 'detail.successor'))];
}

/** A token's activities: what was done, by whom and when, newest first. */
export function activities(token) {
  return pagedList((parameters) => api.activities(token.id, parameters), t('activities.empty'), () => {
    const root = el('ol', { class: 'activities' });
    const item = (activity) => el('li', {},
      el('span', { class: 'what' }, enumText('activity', activity.action),
        activity.attempt && el('span', { class: 'detail' }, ` ${t('activities.attempt', activity)}`),
        ['successorUnused', 'leaked'].includes(activity.reason) && el('span', { class: 'detail' }, ', ', t(`activities.${activity.reason}`)),
        activity.leak && el('span', { class: 'detail' }, `, ${enumText('reaction', activity.leak.reaction)}, ${enumText('reporter', activity.leak.reportedBy)} `,
          activity.leak.foundAt),
        activity.anotherAddress && el('span', { class: 'detail' }, `, ${t('activities.anotherAddress')}`),
        activity.fields?.includes('owner') && ownerChange(activity),
        linkedToken(token, activity)),
      el('span', { class: 'detail' }, actor(activity.actor), ' · ', time(activity.at)));
    return { root, add: (items) => root.append(...items.map(item)) };
  });
}
