// How a token's state is shown, in the list and on its own page: always a symbol or a colour together with words.

import { el, heard } from './dom.js';
import { formatDay, formatMinute, formatNumber, time, timeAway, timeOfDay } from './format.js';
import { now } from './api.js';
import { t } from './i18n.js';
import { icon } from './icons.js';

export const statusSign = ({ status }) =>
  el('span', { class: `status status-${status.toLowerCase()}` }, icon(status.toLowerCase()), t(`status.${status}`));

/** Days since creation; from six months on a badge with a symbol and, for listeners, words. */
export function ageSign({ ageInDays, ageLevel }) {
  const days = t('age.days', { count: ageInDays, days: formatNumber(ageInDays) });
  if (ageLevel === 'NORMAL') return el('span', { class: 'age' }, days);
  const meaning = t(`age.${ageLevel}`);
  return el('span', { class: `age age-${ageLevel.toLowerCase()}`, title: meaning },
    icon(ageLevel === 'RED' ? 'warning' : 'age'), days, heard(` (${meaning})`));
}

export const rightsSign = ({ rights }) => el('span', { class: 'rights' }, t(`rights.${rights}`));

export const applicationTags = ({ applications }) =>
  el('ul', { class: 'tags' }, applications.map((name) => el('li', { class: 'tag' }, name)));

export const nothing = (text) => el('span', { class: 'nothing' }, el('span', { 'aria-hidden': 'true' }, '–'), heard(text));

export const expirySign = ({ expiresAt }) => (expiresAt ? timeOfDay(expiresAt) : nothing(t('never')));

export const lastUseSign = ({ lastUsedAt }) => (lastUsedAt ? timeAway(lastUsedAt) : nothing(t('neverUsed')));

export const linkTo = (id, ...children) => el('a', { href: `#/tokens/${id}` }, ...children);

/** A key that has been given out and is waited for, or whose time has passed; and whether callbacks fail. */
function pendingSign({ redeemBy, attempt, nextCallbackAt, lastDelivery }) {
  const open = Date.parse(redeemBy) > now();
  return [
    el('span', { class: open ? 'badge badge-key' : 'badge badge-orange' }, icon(open ? 'key' : 'age'),
      t(open ? 'pending.open' : 'pending.lapsed', { attempt })),
    el('span', { class: 'detail' }, t(open ? 'pending.redeemBy' : 'pending.next'), ' ', time(open ? redeemBy : nextCallbackAt, formatMinute)),
    lastDelivery && !lastDelivery.success && el('span', { class: 'badge badge-red' }, icon('warning'), t('pending.failing')),
  ];
}

/** When a token is renewed next and, where nothing else says so, how often. */
export function renewalSign(token, { often = true } = {}) {
  if (token.renewedBy) return el('span', { class: 'renewal' }, linkTo(token.renewedBy, t('renewal.renewed')));
  if (token.status !== 'ACTIVE') return nothing(t('renewal.none'));
  if (token.pendingRenewal) return el('span', { class: 'renewal' }, pendingSign(token.pendingRenewal));
  if (!token.autoRenewal) return nothing(t('renewal.none'));
  const { nextRenewalAt, everyDays } = token.autoRenewal;
  return el('span', { class: 'renewal' }, time(nextRenewalAt, formatDay),
    often && el('span', { class: 'detail' }, t('renewal.every', { count: everyDays })));
}
