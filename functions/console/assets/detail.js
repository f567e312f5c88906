// One token: its fields, what can be done with it, its series, its callbacks and its activities.

import { actionButtons } from './actions.js';
import { api } from './api.js';
import { el, redraw } from './dom.js';
import { time } from './format.js';
import { activities, deliveries } from './history.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { listAddress } from './list.js';
import { empty, failed, loading, whileBusy } from './notice.js';
import { mayWrite } from './session.js';
import { ageSign, applicationTags, expirySign, lastUseSign, linkTo, nothing, renewalSign, rightsSign, statusSign } from './signs.js';
import { timeline } from './timeline.js';

const BAR = ['edit', 'renew', 'deactivate', 'test', 'rotate', 'start'];

function facts(entries) {
  return el('dl', { class: 'facts' }, entries.map(([name, value]) => el('div', {}, el('dt', {}, t(`field.${name}`)), el('dd', {}, value))));
}

const panel = (key, ...children) => el('section', { class: `panel panel-${key}` }, el('h2', {}, t(`detail.${key}`)), ...children);

function settings(token) {
  return panel('settings', facts([
    ['rights', rightsSign(token)],
    ['applications', applicationTags(token)],
    ['created', time(token.createdDate)],
    ['changed', time(token.changedDate)],
    ['expires', token.expiresAt ? time(token.expiresAt) : expirySign(token)],
    ['lastUse', lastUseSign(token)],
    ['id', el('code', {}, token.id)],
    ['series', el('code', {}, token.seriesId)],
    ['version', String(token.version)],
  ]));
}

function renewal(token) {
  const { autoRenewal, renewedFrom, renewedBy, renewalMailRecipient } = token;
  const none = () => nothing(t('none'));
  return panel('renewal', facts([
    ['autoRenewal', autoRenewal ? t('renewal.every', { count: autoRenewal.everyDays }) : t('renewal.off')],
    ['nextRenewal', renewalSign(token, { often: false })],
    ['callback', autoRenewal?.callback ? el('span', { class: 'url' }, autoRenewal.callback.url) : none()],
    ['recipient', renewalMailRecipient ?? none()],
    ['renewedFrom', renewedFrom ? linkTo(renewedFrom, t('detail.predecessor')) : none()],
    ['renewedBy', renewedBy ? linkTo(renewedBy, t('detail.successor')) : none()],
  ]));
}

/** The string is never shown here: it can be copied by who may. */
function stringBox(token, changed) {
  const buttons = actionButtons(['copy'], token, changed);
  return el('div', { class: 'string' }, el('code', { 'aria-hidden': 'true' }, 'kat_••••••••••••••••••••••••'),
    buttons.length ? buttons : el('span', { class: 'hint' }, t(mayWrite() ? 'detail.notUsable' : 'detail.readOnly')));
}

function drawn(token, load) {
  const changed = (successor) => {
    if (successor?.id && successor.id !== token.id) location.hash = `#/tokens/${successor.id}`;
    else load();
  };
  return [
    el('div', { class: `token row-${token.status.toLowerCase()}` },
      el('h1', { tabindex: '-1' }, token.name),
      el('p', { class: 'signs' }, statusSign(token), ageSign(token)),
      token.description && el('p', { class: 'description' }, token.description),
      stringBox(token, load)),
    mayWrite() && el('div', { class: 'actions', role: 'group', 'aria-label': t('detail.actions') }, actionButtons(BAR, token, changed)),
    el('div', { class: 'columns' }, settings(token), renewal(token)),
    panel('series', timeline(token)),
    token.autoRenewal?.callback && panel('callbacks', deliveries(token)),
    panel('activities', activities(token)),
  ];
}

/** The page. */
export function detailPage({ id }) {
  const content = el('div', { class: 'content' }, loading(10));
  const refresh = ({ currentTarget }) => whileBusy(currentTarget, load);
  const root = el('div', { class: 'detail-page' },
    el('div', { class: 'heading' },
      el('a', { class: 'way-back', href: listAddress() }, icon('back'), t('list.title')),
      el('button', { type: 'button', class: 'bare', title: t('detail.refresh'), 'aria-label': t('detail.refresh'), on: { click: refresh } }, icon('refresh'))),
    content);
  let shown = null;

  async function load() {
    const own = id;
    content.setAttribute('aria-busy', 'true');
    try {
      const token = await api.token(own);
      if (own !== id) return;
      document.title = `${token.name} · Keyturn`;
      redraw(content, ...drawn(token, load));
      if (shown !== own) content.querySelector('h1').focus({ preventScroll: true });
      shown = own;
    } catch (problem) {
      if (!problem.code) throw problem;
      const gone = problem.status === 404;
      content.replaceChildren(gone ? empty(t('detail.gone'), t('detail.gone.text')) : failed(problem, load));
    } finally {
      content.setAttribute('aria-busy', 'false');
    }
  }

  load();
  return {
    root,
    update(to) {
      id = to.id;
      content.replaceChildren(loading(10));
      scrollTo(0, 0);
      load();
    },
  };
}
