// Renders the fields of a token, for the list and the details page. A symbol or colour always comes with text.

import { now } from './api.js';
import { el, srOnly } from './dom.js';
import { dateOnly, formatDay, formatMinute, formatNumber, time, timeRelative } from './format.js';
import { enumText, t } from './i18n.js';
import { icon } from './icons.js';

export const statusCell = ({ status, leak }) => [
  el('span', { class: `status status-${status.toLowerCase()}` }, icon(status.toLowerCase()), t(`status.${status}`)),
  leak && el('span', { class: 'badge badge-red' }, icon('warning'), t(leak.beingReplaced ? 'leak.replaced' : `leak.${leak.reportedBy === 'SUSPICION' ? 'suspected' : 'leaked'}`)),
];

/** Days since creation; from six months on a badge with a symbol and a text for screen readers. */
export function ageCell({ ageInDays, ageLevel }) {
  const days = t('age.days', { count: ageInDays, days: formatNumber(ageInDays) });
  if (ageLevel === 'NORMAL') return el('span', { class: 'age' }, days);
  const meaning = t(`attention.${ageLevel}`);
  return el('span', { class: `age age-${ageLevel.toLowerCase()}`, title: meaning },
    icon(ageLevel === 'RED' ? 'warning' : 'age'), days, srOnly(` (${meaning})`));
}

export const rightsCell = ({ rights }) => el('span', { class: 'rights' }, t(`rights.${rights}`));

export const applicationsCell = ({ applications }) =>
  el('ul', { class: 'tags' }, applications.map((name) => el('li', { class: 'tag' }, name)));

export const noValue = (text) => el('span', { class: 'no-value' }, el('span', { 'aria-hidden': 'true' }, '–'), srOnly(text));

export const expiryCell = ({ expiresAt }) => (expiresAt ? dateOnly(expiresAt) : noValue(t('never')));

export const lastUseCell = ({ lastUsedAt }) => (lastUsedAt ? timeRelative(lastUsedAt) : noValue(t('neverUsed')));

/** Who reported the leak of a token's string and when, and where it had last been used. */
export const leakCell = ({ leak }) => el('span', {}, enumText('reporter', leak.reportedBy), ', ', time(leak.reportedAt),
  leak.lastUsedFrom && el('span', { class: 'detail' }, ` ${t('leak.lastUsedFrom', { address: leak.lastUsedFrom })}`));

/** The owner, with a link to all tokens of the same one. */
export const ownerCell = ({ owner }) => (owner ? el('a', { href: `#/tokens?owner=${owner.id}` }, isolated(owner.name)) : noValue(t('none')));

/** A name in its own reading direction, which text around it does not change. */
export const isolated = (name) => el('bdi', {}, name);

/** A text about a token, with its name isolated. */
export function about(key, { name }) {
  const [before, after] = t(key, { name: '\n' }).split('\n');
  return [before, isolated(name), after];
}

export const tokenLink = (id, ...children) => el('a', { href: `#/tokens/${id}` }, ...children);

/** The request token that is out, redeemable or lapsed, and whether its callback fails. */
function pendingCell({ redeemBy, attempt, nextCallbackAt, lastDelivery }) {
  const redeemable = Date.parse(redeemBy) > now();
  return [
    el('span', { class: redeemable ? 'badge badge-pending' : 'badge badge-orange' }, icon(redeemable ? 'key' : 'age'),
      t(redeemable ? 'pending.open' : 'pending.lapsed', { attempt })),
    el('span', { class: 'detail' }, t(redeemable ? 'pending.redeemBy' : 'pending.next'), ' ', time(redeemable ? redeemBy : nextCallbackAt, formatMinute)),
    lastDelivery && !lastDelivery.success && el('span', { class: 'badge badge-red' }, icon('warning'), t('pending.failing')),
  ];
}

/** When a token is renewed next and, with `showInterval`, how often. */
export function renewalCell(token, { showInterval = true } = {}) {
  if (token.renewedBy) return el('span', { class: 'renewal' }, tokenLink(token.renewedBy, t('renewal.renewed')));
  if (token.status !== 'ACTIVE') return noValue(t('renewal.none'));
  if (token.pendingRenewal) return el('span', { class: 'renewal' }, pendingCell(token.pendingRenewal));
  if (!token.autoRenewal) return noValue(t('renewal.none'));
  const { nextRenewalAt, everyDays, pull } = token.autoRenewal;
  const isMissing = pull && Date.parse(nextRenewalAt) <= now();
  return el('span', { class: 'renewal' }, time(nextRenewalAt, formatDay),
    isMissing && el('span', { class: 'badge badge-orange' }, icon('age'), t('renewal.unfetched')),
    showInterval && el('span', { class: 'detail' }, t('renewal.every', { count: everyDays }), pull && `, ${t('renewal.pull')}`));
}
