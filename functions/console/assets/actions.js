// What can be done with a token, and the smaller dialogs: renew, deactivate, test and rotate, start the renewal.

import { api, now } from './api.js';
import { copy } from './clipboard.js';
import { openDialog } from './dialog.js';
import { el } from './dom.js';
import { toApi, toLocalField } from './format.js';
import { field, formDialog, textField } from './form.js';
import { t, word } from './i18n.js';
import { icon } from './icons.js';
import { notify, whileBusy } from './notice.js';
import { showSecrets } from './secret.js';
import { mayWrite } from './session.js';
import { descriptionField, nameField, openEdit } from './settings.js';

const HOUR = 3_600_000;

/** The API takes a moment that is no more than a minute ago for now. */
const TOLERANCE = 60_000;

const isUsable = (token) => token.status === 'ACTIVE';
export const isRenewable = (token) => isUsable(token) && !token.renewedBy;
const hasCallback = (token) => isRenewable(token) && Boolean(token.autoRenewal?.callback);

/** All actions. `offered` says whether a token's state allows one, `run` is given what opened it. */
const ACTIONS = {
  copy: { offered: isUsable, run: copyString },
  edit: { offered: () => true, run: (token, changed) => openEdit(token, isRenewable(token), changed) },
  renew: { offered: isRenewable, run: openRenew },
  deactivate: { offered: isUsable, run: openDeactivate, danger: true },
  test: { offered: hasCallback, run: sendTest },
  rotate: { offered: hasCallback, run: openRotate },
  start: { offered: (token) => isRenewable(token) && Boolean(token.autoRenewal), run: openStart },
};

/** The buttons for these actions, as far as they are offered to who is signed in. */
export function actionButtons(names, token, changed, { small = false } = {}) {
  if (!mayWrite()) return [];
  return names.filter((name) => ACTIONS[name].offered(token)).map((name) => {
    const { run, danger } = ACTIONS[name];
    const text = t(`action.${name}`);
    const press = ({ currentTarget }) => whileBusy(currentTarget, async () => run(token, changed));
    return el('button', {
      type: 'button', class: `${small ? 'bare' : 'button'} act-${name}${danger ? ' dangerous' : ''}`, 'data-key': `${name}:${token.id}`,
      ...(small && { title: text, 'aria-label': t('action.for', { action: text, name: token.name }) }), on: { click: press },
    }, icon(name === 'deactivate' ? 'deactivate' : name), !small && text);
  });
}

async function copyString(token) {
  await copy(() => api.string(token.id), (string) => showSecrets({ title: t('copied.title', token), token: string }));
}

function openRenew(token, changed) {
  const renew = api.renew(token.id);
  const opened = now();
  const current = token.expiresAt ? Date.parse(token.expiresAt) : Infinity;
  const at = (hours) => toLocalField(Math.min(opened + hours * HOUR, current));
  let input;
  const control = (references) => {
    input = el('input', { type: 'datetime-local', name: 'end', ...references, value: at(24) });
    const preset = (hours, text) =>
      el('button', { type: 'button', class: 'bare text', on: { click: () => { input.value = at(hours); } } }, text);
    const presets = [[0, t('renew.now')], [24, t('renew.day')], [7 * 24, t('renew.week')]];
    return el('div', { class: 'with-presets' }, input,
      el('div', { class: 'presets' }, presets.filter(([hours]) => opened + hours * HOUR < current).map(([hours, text]) => preset(hours, text))));
  };
  const end = field({ label: t('renew.end'), hint: t('renew.end.hint'), required: true, faults: ['existingTokenExpiresAt'], control });
  const name = nameField(token.name, t('renew.name'));
  const description = descriptionField(token.description);

  /** The minute in which the dialog was opened means now, however long it was open. */
  const endSent = () => {
    const chosen = new Date(input.value);
    return chosen < now() && chosen >= opened - TOLERANCE ? new Date(now()) : chosen;
  };
  const body = () => ({
    ...(input.value && { existingTokenExpiresAt: toApi(endSent()) }),
    ...(name.value().trim() && { name: name.value() }),
    description: description.value(),
  });
  formDialog({
    title: t('renew.title', token), kind: 'renew', intro: el('p', { class: 'hint' }, t('renew.intro')),
    fields: [end, name, description], submit: t('renew.submit'), send: () => renew(body()),
    done: (successor) => showSecrets({ title: t('renew.done'), token: successor.token, closed: () => changed(successor) }),
  });
}

const spaced = (text) => text.normalize('NFC').trim().replace(/\s+/g, ' ');

function openDeactivate(token, changed) {
  const typed = textField({
    label: t('deactivate.type', token), faults: [], attributes: { name: 'confirmation', spellcheck: 'false' },
  });
  formDialog({
    title: t('deactivate.title', token), kind: 'deactivate', danger: true, submit: t('deactivate.submit'), fields: [typed],
    intro: el('p', { class: 'caution' }, icon('warning'), t('deactivate.intro')),
    ready: () => spaced(typed.value()) === spaced(token.name),
    send: () => api.deactivate(token.id),
    done: () => {
      notify(t('deactivate.done'));
      changed();
    },
  });
}

async function sendTest(token, changed) {
  const { success, statusCode, errorClass, durationMs } = await api.testCallback(token.id);
  changed();
  const facts = [
    [t('log.outcome'), statusCode ? `${statusCode}` : word('errorClass', errorClass)],
    [t('log.duration'), t('log.milliseconds', { count: durationMs })],
  ];
  openDialog({
    title: t('test.title', token),
    kind: 'test',
    content: (close) => [
      el('div', { class: 'body' },
        el('p', { class: success ? 'outcome good' : 'outcome bad' }, icon(success ? 'check' : 'warning'), t(success ? 'test.good' : 'test.bad')),
        el('dl', { class: 'facts' }, facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))),
        el('p', { class: 'hint' }, t('test.hint'))),
      el('footer', {}, el('button', { type: 'button', class: 'button primary', on: { click: close } }, t('close'))),
    ],
  });
}

function openRotate(token, changed) {
  formDialog({
    title: t('rotate.title', token), kind: 'rotate', submit: t('rotate.submit'), intro: el('p', {}, t('rotate.intro')),
    send: () => api.rotateSecret(token.id),
    done: (signingSecret) => showSecrets({ title: t('rotate.done'), signingSecret, closed: changed }),
  });
}

function openStart(token, changed) {
  const key = token.autoRenewal.callback ? 'start.callback' : 'start.mail';
  formDialog({
    title: t('start.title', token), kind: 'start', submit: t('start.submit'), intro: el('p', {}, t(key)),
    send: () => api.startRenewal(token.id),
    done: () => {
      notify(t('start.done'));
      changed();
    },
  });
}
