// The details page of a token: fields, actions, series, callback log and activities.

import { actionButtons } from './actions.js';
import { api } from './api.js';
import { ageCell, applicationsCell, expiryCell, isolated, lastUseCell, leakCell, noValue, ownerCell, renewalCell, rightsCell, statusCell, tokenLink } from './cells.js';
import { el, redraw } from './dom.js';
import { time } from './format.js';
import { activities, callbackLog } from './history.js';
import { t } from './i18n.js';
import { icon, iconButton } from './icons.js';
import { lastListHash } from './list.js';
import { busily, emptyState, errorState, skeleton } from './notice.js';
import { mayAct, mayWrite, session } from './session.js';
import { timeline } from './timeline.js';

const TOOLBAR = ['edit', 'renew', 'deactivate', 'test', 'rotate', 'start'];

function facts(entries) {
  return el('dl', { class: 'facts' }, entries.map(([name, value]) => el('div', {}, el('dt', {}, t(`field.${name}`)), el('dd', {}, value))));
}

const panel = (key, ...children) => el('section', { class: `panel panel-${key}` }, el('h2', {}, t(`detail.${key}`)), ...children);

function settings(token) {
  return panel('settings', facts([
    ['rights', rightsCell(token)],
    ['applications', applicationsCell(token)],
    ['owner', ownerCell(token)],
    ['created', time(token.createdDate)],
    ['changed', time(token.changedDate)],
    ['expires', token.expiresAt ? time(token.expiresAt) : expiryCell(token)],
    ['lastUse', lastUseCell(token)],
    ...(token.leak ? [['leak', leakCell(token)]] : []),
    ['id', el('code', {}, token.id)],
    ['series', el('code', {}, token.seriesId)],
    ['version', String(token.version)],
  ]));
}

function renewal(token) {
  const { autoRenewal, renewedFrom, renewedBy, renewalMailRecipient } = token;
  const none = () => noValue(t('none'));
  return panel('renewal', facts([
    ['autoRenewal', autoRenewal ? t('renewal.every', { count: autoRenewal.everyDays }) : t('renewal.off')],
    ['renewal', renewalCell(token, { showInterval: false })],
    ['pull', t(autoRenewal?.pull ? 'yes' : 'no')],
    ['callback', autoRenewal?.callback ? el('span', { class: 'url' }, autoRenewal.callback.url) : none()],
    ['recipient', renewalMailRecipient ?? none()],
    ['renewedFrom', renewedFrom ? tokenLink(renewedFrom, t('detail.predecessor')) : none()],
    ['renewedBy', renewedBy ? tokenLink(renewedBy, t('detail.successor')) : none()],
  ]));
}

/** A masked token string with a copy button. The string itself is never displayed. */
function maskedString(token, changed) {
  const buttons = actionButtons(['copy'], token, changed);
  return el('div', { class: 'token-string' }, el('code', { 'aria-hidden': 'true' }, 'kat_••••••••••••••••••••••••'),
    buttons.length ? buttons : el('span', { class: 'hint' }, t(mayAct('copy', token) ? 'detail.notUsable' : session.person ? 'detail.needsAdmin' : 'detail.readOnly')));
}

function render(token, load) {
  const changed = (successor) => {
    if (successor?.id && successor.id !== token.id) location.hash = `#/tokens/${successor.id}`;
    else load();
  };
  return [
    el('div', { class: `token row-${token.status.toLowerCase()}` },
      el('h1', { tabindex: '-1' }, isolated(token.name)),
      el('p', { class: 'summary' }, statusCell(token), ageCell(token)),
      token.description && el('p', { class: 'description' }, token.description),
      maskedString(token, load)),
    mayWrite() && el('div', { class: 'actions', role: 'group', 'aria-label': t('detail.actions') }, actionButtons(TOOLBAR, token, changed)),
    el('div', { class: 'columns' }, settings(token), renewal(token)),
    panel('series', timeline(token)),
    token.autoRenewal?.callback && panel('callbacks', callbackLog(token)),
    panel('activities', activities(token)),
  ];
}

/** Creates the page. */
export function detailPage({ id }) {
  const content = el('div', { class: 'content' }, skeleton(10));
  const refresh = busily(load);
  const root = el('div', { class: 'detail-page' },
    el('div', { class: 'heading' },
      el('a', { class: 'back-link', href: lastListHash() }, icon('back'), t('list.title')),
      iconButton('refresh', t('detail.refresh'), refresh)),
    content);
  let shown = null;

  async function load() {
    const requested = id;
    content.setAttribute('aria-busy', 'true');
    try {
      const token = await api.token(requested);
      if (requested !== id) return;
      document.title = `${token.name} · Keyturn`;
      redraw(content, ...render(token, load));
      if (shown !== requested) content.querySelector('h1').focus({ preventScroll: true });
      shown = requested;
    } catch (problem) {
      if (!problem.code) throw problem;
      const gone = problem.status === 404;
      content.replaceChildren(gone ? emptyState(t('detail.gone'), t('detail.gone.text')) : errorState(problem, load));
    } finally {
      content.setAttribute('aria-busy', 'false');
    }
  }

  load();
  return {
    root,
    update(route) {
      id = route.id;
      content.replaceChildren(skeleton(10));
      scrollTo(0, 0);
      load();
    },
  };
}
