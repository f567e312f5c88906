// The dialogs that create and edit a token.

import { api, now } from './api.js';
import { about } from './cells.js';
import { el } from './dom.js';
import { field, formDialog, textField } from './form.js';
import { endOfDay, toApi, toLocalField } from './format.js';
import { t } from './i18n.js';
import { multiSelectField } from './multiselect.js';
import { notify } from './notice.js';
import { showSecrets } from './secret.js';

export const descriptionField = (value, hint) =>
  textField({ label: t('field.description'), hint, paths: ['description'], tag: 'textarea', value, attributes: { rows: 2, name: 'description' } });

export const nameField = (value, label = t('field.name')) =>
  textField({ label, required: true, paths: ['name'], value, attributes: { name: 'name' } });

const recipientField = (value) =>
  textField({ label: t('field.recipient'), hint: t('field.recipient.hint'), paths: ['renewalMailRecipient'], type: 'email', value, attributes: { name: 'recipient' } });

/** Parses a whole number; other text is sent as it is, for the API to validate. */
const parseNumber = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : text);

function renewalFields(renewal) {
  const days = textField({
    label: t('field.everyDays'), hint: t('field.everyDays.hint'), paths: ['autoRenewal', 'autoRenewal.everyDays'],
    value: renewal ? String(renewal.everyDays) : '', attributes: { inputmode: 'numeric', name: 'everyDays', class: 'short' },
  });
  const url = textField({
    label: t('field.callback'), hint: t('field.callback.hint'), paths: ['autoRenewal.callback', 'autoRenewal.callback.url'],
    type: 'url', value: renewal?.callback?.url ?? '', attributes: { name: 'callback', placeholder: 'https://' },
  });
  return { days, url };
}

function rightsField() {
  let radios;
  const control = (references, ids) => {
    radios = ['READ', 'READ_WRITE'].map((rights, index) => el('input', { type: 'radio', name: 'rights', value: rights, checked: index === 0 }));
    const { id: _, ...attributes } = references;
    return el('div', { class: 'radios', role: 'radiogroup', 'aria-labelledby': ids.label, ...attributes },
      radios.map((radio) => el('label', { class: 'option' }, radio, el('span', {}, t(`rights.${radio.value}`)))));
  };
  const group = field({ label: t('field.rights'), required: true, group: true, paths: ['rights'], control });
  return { ...group, value: () => radios.find((radio) => radio.checked).value };
}

/** Opens "Create personal access token". `created` receives the new token after its secrets were shown. */
export function openCreateDialog(applications, created) {
  const create = api.create();
  const name = nameField('');
  const description = descriptionField('');
  const rights = rightsField();
  const applicationsField = multiSelectField({ label: t('field.applications'), required: true, paths: ['applications'], options: applications });
  const expires = textField({
    label: t('field.expires'), hint: t('field.expires.hint'), paths: ['expiresAt'], type: 'date',
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
      ...(applicationsField.value().length && { applications: applicationsField.value() }),
      ...(expires.value() && { expiresAt: toApi(endOfDay(expires.value())) }),
      ...((everyDays || callback) && {
        autoRenewal: { ...(everyDays && { everyDays: parseNumber(everyDays) }), ...(callback && { callback: { url: callback } }) },
      }),
      ...(recipient.value().trim() && { renewalMailRecipient: recipient.value().trim() }),
    };
  };
  formDialog({
    title: t('create.title'),
    kind: 'create',
    fields: [name, description, rights, applicationsField, expires, days, recipient, url],
    submit: t('create.submit'),
    send: () => create(body()),
    done: (token) => showSecrets({
      title: t('create.done'), token: token.token, signingSecret: token.autoRenewal?.callback?.signingSecret, closed: () => created(token),
    }),
  });
}

/** The merge patch: only the fields that differ. */
function mergePatch(token, { description, recipient, everyDays, callback }) {
  const before = token.autoRenewal;
  const renewalChanged = everyDays !== String(before?.everyDays ?? '') || callback !== (before?.callback?.url ?? '');
  const renewal = everyDays || callback
    ? { everyDays: everyDays ? parseNumber(everyDays) : null, callback: callback ? { url: callback } : null }
    : null;
  return {
    ...(description !== token.description && { description }),
    ...(recipient !== (token.renewalMailRecipient ?? '') && { renewalMailRecipient: recipient || null }),
    ...(renewalChanged && { autoRenewal: renewal }),
  };
}

/** Opens "Edit". A token that can no longer be renewed has no renewal settings. */
export function openEditDialog(token, renewable, changed) {
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
    title: about('edit.title', token),
    kind: 'edit',
    intro: el('p', { class: 'hint' }, t('edit.intro')),
    fields: renewable ? [description, days, recipient, url] : [description, recipient],
    submit: t('edit.submit'),
    send: async () => {
      const patch = mergePatch(token, values());
      return Object.keys(patch).length ? api.edit(token.id, token.version, patch) : token;
    },
    done: (updated) => {
      const signingSecret = updated.autoRenewal?.callback?.signingSecret;
      if (signingSecret) showSecrets({ title: t('edit.done'), signingSecret, closed: changed });
      else {
        notify(t('edit.done'));
        changed();
      }
    },
  });
}
