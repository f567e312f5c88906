// The dialogs that create and edit a token.

import { api } from './api.js';
import { choiceField } from './choice.js';
import { el } from './dom.js';
import { endOfDay, toApi, toLocalField } from './format.js';
import { field, formDialog, textField } from './form.js';
import { now } from './api.js';
import { t } from './i18n.js';
import { notify } from './notice.js';
import { showSecrets } from './secret.js';

export const descriptionField = (value, hint) =>
  textField({ label: t('field.description'), hint, faults: ['description'], tag: 'textarea', value, attributes: { rows: 2, name: 'description' } });

export const nameField = (value, label = t('field.name')) =>
  textField({ label, required: true, faults: ['name'], value, attributes: { name: 'name' } });

const recipientField = (value) =>
  textField({ label: t('field.recipient'), hint: t('field.recipient.hint'), faults: ['renewalMailRecipient'], type: 'email', value, attributes: { name: 'recipient' } });

/** A whole number as such, anything else as it was typed: the API says what's wrong with it. */
const numberOf = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : text);

function renewalFields(renewal) {
  const days = textField({
    label: t('field.everyDays'), hint: t('field.everyDays.hint'), faults: ['autoRenewal', 'autoRenewal.everyDays'],
    value: renewal ? String(renewal.everyDays) : '', attributes: { inputmode: 'numeric', name: 'everyDays', class: 'short' },
  });
  const url = textField({
    label: t('field.callback'), hint: t('field.callback.hint'), faults: ['autoRenewal.callback', 'autoRenewal.callback.url'],
    type: 'url', value: renewal?.callback?.url ?? '', attributes: { name: 'callback', placeholder: 'https://' },
  });
  return { days, url };
}

function rightsField() {
  let radios;
  const control = (references, ids) => {
    radios = ['READ', 'READ_WRITE'].map((rights, at) => el('input', { type: 'radio', name: 'rights', value: rights, checked: at === 0 }));
    const { id: _, ...own } = references;
    return el('div', { class: 'radios', role: 'radiogroup', 'aria-labelledby': ids.label, ...own },
      radios.map((radio) => el('label', { class: 'option' }, radio, el('span', {}, t(`rights.${radio.value}`)))));
  };
  const made = field({ label: t('field.rights'), required: true, group: true, faults: ['rights'], control });
  return { ...made, value: () => radios.find((radio) => radio.checked).value };
}

/** Opens "Create personal access token". `created` is called with the new token once its strings have been seen. */
export function openCreate(applications, created) {
  const create = api.create();
  const name = nameField('');
  const description = descriptionField('');
  const rights = rightsField();
  const choice = choiceField({ label: t('field.applications'), required: true, faults: ['applications'], options: applications });
  const expires = textField({
    label: t('field.expires'), hint: t('field.expires.hint'), faults: ['expiresAt'], type: 'date',
    attributes: { name: 'expires', min: toLocalField(now()).slice(0, 10), class: 'short' },
  });
  const recipient = recipientField('');
  const { days, url } = renewalFields(null);

  const body = () => {
    const [everyDays, callback] = [days.value().trim(), url.value().trim()];
    return {
      ...(name.value().trim() && { name: name.value() }),
      ...(description.value() && { description: description.value() }),
      rights: rights.value(),
      ...(choice.value().length && { applications: choice.value() }),
      ...(expires.value() && { expiresAt: toApi(endOfDay(expires.value())) }),
      ...((everyDays || callback) && {
        autoRenewal: { ...(everyDays && { everyDays: numberOf(everyDays) }), ...(callback && { callback: { url: callback } }) },
      }),
      ...(recipient.value().trim() && { renewalMailRecipient: recipient.value().trim() }),
    };
  };
  formDialog({
    title: t('create.title'),
    kind: 'create',
    fields: [name, description, rights, choice, expires, days, recipient, url],
    submit: t('create.submit'),
    send: () => create(body()),
    done: (token) => showSecrets({
      title: t('create.done'), token: token.token, signingSecret: token.autoRenewal?.callback?.signingSecret, closed: () => created(token),
    }),
  });
}

/** What of a token is to be changed: only what differs. */
function patchOf(token, { description, recipient, everyDays, callback }) {
  const before = token.autoRenewal;
  const renewalChanged = everyDays !== String(before?.everyDays ?? '') || callback !== (before?.callback?.url ?? '');
  const renewal = everyDays || callback
    ? { everyDays: everyDays ? numberOf(everyDays) : null, callback: callback ? { url: callback } : null }
    : null;
  return {
    ...(description !== token.description && { description }),
    ...(recipient !== (token.renewalMailRecipient ?? '') && { renewalMailRecipient: recipient || null }),
    ...(renewalChanged && { autoRenewal: renewal }),
  };
}

/** Opens "Edit". A token that can't be renewed any more has nothing to set about renewal. */
export function openEdit(token, renewable, changed) {
  const description = descriptionField(token.description);
  const recipient = recipientField(token.renewalMailRecipient ?? '');
  const { days, url } = renewalFields(token.autoRenewal);
  const values = () => ({
    description: description.value(),
    recipient: recipient.value().trim(),
    everyDays: days.value().trim(),
    callback: url.value().trim(),
  });
  formDialog({
    title: t('edit.title', token),
    kind: 'edit',
    intro: el('p', { class: 'hint' }, t('edit.intro')),
    fields: renewable ? [description, days, recipient, url] : [description, recipient],
    submit: t('edit.submit'),
    send: async () => {
      const patch = patchOf(token, values());
      return Object.keys(patch).length ? api.edit(token.id, token.version, patch) : token;
    },
    done: (after) => {
      const signingSecret = after.autoRenewal?.callback?.signingSecret;
      if (signingSecret) showSecrets({ title: t('edit.done'), signingSecret, closed: changed });
      else {
        notify(t('edit.done'));
        changed();
      }
    },
  });
}
