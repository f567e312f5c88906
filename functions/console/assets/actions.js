// The actions on a token, and their dialogs: renew, deactivate, test and rotate, start renewal.

import { api, now } from './api.js';
import { about } from './cells.js';
import { copy } from './clipboard.js';
import { openDialog } from './dialog.js';
import { button, el } from './dom.js';
import { field, formDialog, textField } from './form.js';
import { toApi, toLocalField } from './format.js';
import { enumText, t } from './i18n.js';
import { icon } from './icons.js';
import { busily, notify } from './notice.js';
import { showSecrets } from './secret.js';
import { mayAct } from './session.js';
import { descriptionField, nameField, openEditDialog } from './token-dialogs.js';

const HOUR = 3_600_000;

/** The API accepts a time up to a minute ago as now. */
const NOW_TOLERANCE = 60_000;

const isUsable = (token) => token.status === 'ACTIVE';
const isRenewable = (token) => isUsable(token) && !token.renewedBy;
const hasCallback = (token) => isRenewable(token) && Boolean(token.autoRenewal?.callback);

/** All actions. `isAvailable` says whether the token's state allows one. */
const ACTIONS = {
  copy: { isAvailable: isUsable, run: copyTokenString },
  edit: { isAvailable: () => true, run: (token, changed) => openEditDialog(token, isRenewable(token), changed) },
  renew: { isAvailable: isRenewable, run: openRenew },
  deactivate: { isAvailable: isUsable, run: openDeactivate, danger: true },
  test: { isAvailable: hasCallback, run: sendTest },
  rotate: { isAvailable: hasCallback, run: openRotate },
  start: { isAvailable: (token) => isRenewable(token) && Boolean(token.autoRenewal), run: openStartRenewal },
};

/** The buttons of the actions that are available for this token and permitted to who is signed in. */
export function actionButtons(names, token, changed, { small = false } = {}) {
  return names.filter((name) => mayAct(name, token) && ACTIONS[name].isAvailable(token)).map((name) => {
    const { run, danger } = ACTIONS[name];
    const text = t(`action.${name}`);
    const onClick = busily(async () => run(token, changed));
    return button({
      class: `${small ? 'ghost' : 'button'} action-${name}${danger ? ' dangerous' : ''}`, 'data-focus': `${name}:${token.id}`,
      ...(small && { title: text, 'aria-label': t('action.for', { action: text, name: token.name }) }), on: { click: onClick },
    }, icon(name === 'deactivate' ? 'deactivate' : name), !small && text);
  });
}

/** The one action on a token of which only id and name are known. */
export function actionLink(name, { id, name: tokenName }, changed) {
  const text = t(`action.${name}`);
  const label = { 'aria-label': t('action.for', { action: text, name: tokenName }), 'data-focus': `${name}:${id}` };
  if (name === 'open' || !mayAct(name, { applications: [] })) return el('a', { class: 'button', href: `#/tokens/${id}`, ...label, 'aria-label': t('action.for', { action: t('action.open'), name: tokenName }) }, t('action.open'));
  const { run, danger } = ACTIONS[name];
  const onClick = busily(async () => {
    // Only a renewal needs more of the token, and a copy must not wait: it needs the click.
    await run(name === 'renew' ? await api.token(id) : { id, name: tokenName }, changed);
  });
  return button({ class: `button action-${name}${danger ? ' dangerous' : ''}`, ...label, on: { click: onClick } }, icon(name), text);
}

/** Whether an action can be done to a token, and how it is done without a dialog of its own. */
export const BULK = {
  start: { isAvailable: (token) => mayAct('start', token) && ACTIONS.start.isAvailable(token), run: (token) => api.startRenewal(token.id) },
  deactivate: { isAvailable: (token) => mayAct('deactivate', token) && isUsable(token), run: (token) => api.deactivate(token.id), danger: true },
};

async function copyTokenString(token) {
  await copy(() => api.tokenString(token.id), (tokenString) => showSecrets({ title: about('copied.title', token), token: tokenString }));
}

function openRenew(token, changed) {
  const renew = api.renew(token.id);
  const opened = now();
  const currentExpiry = token.expiresAt ? Date.parse(token.expiresAt) : Infinity;
  const hoursFromNow = (hours) => toLocalField(Math.min(opened + hours * HOUR, currentExpiry));
  let input;
  const control = (references) => {
    input = el('input', { type: 'datetime-local', name: 'end', ...references, value: hoursFromNow(24) });
    const preset = (hours, text) =>
      button({ class: 'ghost text', on: { click: () => { input.value = hoursFromNow(hours); } } }, text);
    const presets = [[0, t('renew.now')], [24, t('renew.day')], [7 * 24, t('renew.week')]];
    return el('div', { class: 'with-presets' }, input,
      el('div', { class: 'presets' }, presets.filter(([hours]) => opened + hours * HOUR < currentExpiry).map(([hours, text]) => preset(hours, text))));
  };
  const end = field({ label: t('renew.end'), hint: t('renew.end.hint'), required: true, paths: ['existingTokenExpiresAt'], control });
  const name = nameField(token.name, t('renew.name'));
  const description = descriptionField(token.description);

  /** The minute in which the dialog was opened means now, however long it stays open. */
  const endToSend = () => {
    const chosen = new Date(input.value);
    return chosen < now() && chosen >= opened - NOW_TOLERANCE ? new Date(now()) : chosen;
  };
  const body = () => ({
    ...(input.value && { existingTokenExpiresAt: toApi(endToSend()) }),
    ...(name.value().trim() && { name: name.value() }),
    description: description.value(),
  });
  formDialog({
    title: about('renew.title', token), kind: 'renew', intro: el('p', { class: 'hint' }, t('renew.intro')),
    fields: [end, name, description], submit: t('action.renew'), send: () => renew(body()),
    done: (successor) => showSecrets({ title: t('renew.done'), token: successor.token, closed: () => changed(successor) }),
  });
}

const normalizeSpaces = (text) => text.normalize('NFC').trim().replace(/\s+/g, ' ');

function openDeactivate(token, changed) {
  const confirmation = textField({
    label: t('deactivate.type', token), paths: [], attributes: { name: 'confirmation', spellcheck: 'false' },
  });
  formDialog({
    title: about('deactivate.title', token), kind: 'deactivate', danger: true, submit: t('action.deactivate'), fields: [confirmation],
    intro: el('p', { class: 'caution' }, icon('warning'), t('deactivate.intro')),
    ready: () => normalizeSpaces(confirmation.value()) === normalizeSpaces(token.name),
    send: () => api.deactivate(token.id),
    done: () => {
      notify(t('status.DEACTIVATED'));
      changed();
    },
  });
}

async function sendTest(token, changed) {
  const { success, statusCode, errorClass, durationMs } = await api.testCallback(token.id);
  changed();
  const facts = [
    [t('log.outcome'), statusCode ? `${statusCode}` : enumText('errorClass', errorClass)],
    [t('log.duration'), t('log.milliseconds', { count: durationMs })],
  ];
  openDialog({
    title: about('test.title', token),
    kind: 'test',
    content: (close) => [
      el('div', { class: 'body' },
        el('p', { class: success ? 'outcome good' : 'outcome bad' }, icon(success ? 'check' : 'warning'), t(success ? 'test.good' : 'test.bad')),
        el('dl', { class: 'facts' }, facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))),
        el('p', { class: 'hint' }, t('test.hint'))),
      el('footer', {}, button({ class: 'button primary', on: { click: close } }, t('close'))),
    ],
  });
}

function openRotate(token, changed) {
  formDialog({
    title: about('rotate.title', token), kind: 'rotate', submit: t('rotate.submit'), intro: el('p', {}, t('rotate.intro')),
    send: () => api.rotateSecret(token.id),
    done: (signingSecret) => showSecrets({ title: t('rotate.done'), signingSecret, closed: changed }),
  });
}

function openStartRenewal(token, changed) {
  const { callback, pull } = token.autoRenewal;
  const key = callback ? 'start.callback' : pull ? 'start.pull' : 'start.mail';
  formDialog({
    title: about('start.title', token), kind: 'start', submit: t('start.submit'), intro: el('p', {}, t(key)),
    send: () => api.startRenewal(token.id),
    done: () => {
      notify(t('start.done'));
      changed();
    },
  });
}
