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
import { grantable, maySeePeople, session } from './session.js';

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
  return { days, url, pull: pullField(Boolean(renewal?.pull)) };
}

/** Whether the token fetches its successor itself. */
function pullField(checked) {
  let box;
  const control = (references) => {
    box = el('input', { type: 'checkbox', name: 'pull', checked, ...references });
    return el('div', { class: 'radios' }, el('label', { class: 'option' }, box, el('span', {}, t('field.pull.yes'))));
  };
  const created = field({ label: t('field.pull'), hint: t('field.pull.hint'), group: true, paths: ['autoRenewal.pull'], control });
  return { ...created, value: () => box.checked };
}

/** The people whom this person knows: all, the person alone, or with a management token those of whom a token tells. */
async function knownPeople(owner) {
  const people = maySeePeople() ? (await api.people({})).items : [session.person?.person];
  const known = new Map([owner, ...people].filter(Boolean).map((person) => [person.id, person.name]));
  return [...known];
}

function ownerField(owner, people) {
  let control;
  const options = [['', t('none')], ...people];
  const created = field({
    label: t('field.owner'), paths: ['owner'],
    control: (references) => (control = el('select', { class: 'select', name: 'owner', ...references },
      options.map(([value, name]) => el('option', { value, selected: value === (owner?.id ?? '') }, name)))),
  });
  return { ...created, value: () => control.value };
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
  const applicationsField = multiSelectField({ label: t('field.applications'), required: true, paths: ['applications'], options: grantable(applications) });
  const expires = textField({
    label: t('field.expires'), hint: t('field.expires.hint'), paths: ['expiresAt'], type: 'date',
    attributes: { name: 'expires', min: toLocalField(now()).slice(0, 10), class: 'short' },
  });
  const recipient = recipientField('');
  const { days, url, pull } = renewalFields(null);

  const body = () => {
    const [everyDays, callback, pulls] = [days.value().trim(), url.value().trim(), pull.value()];
    return {
      ...(name.value().trim() && { name: name.value() }),
      ...(description.value() && { description: description.value() }),
      rights: rights.value(),
      ...(applicationsField.value().length && { applications: applicationsField.value() }),
      ...(expires.value() && { expiresAt: toApi(endOfDay(expires.value())) }),
      ...((everyDays || callback || pulls) && {
        autoRenewal: {
          ...(everyDays && { everyDays: parseNumber(everyDays) }), ...(callback && { callback: { url: callback } }), ...(pulls && { pull: true }),
        },
      }),
      ...(recipient.value().trim() && { renewalMailRecipient: recipient.value().trim() }),
    };
  };
  formDialog({
    title: t('create.title'),
    kind: 'create',
    fields: [name, description, rights, applicationsField, expires, days, recipient, url, pull],
    submit: t('create.submit'),
    send: () => create(body()),
    done: (token) => showSecrets({
      title: t('create.done'), token: token.token, signingSecret: token.autoRenewal?.callback?.signingSecret, closed: () => created(token),
    }),
  });
}

/** The merge patch: only the fields that differ. */
function mergePatch(token, { description, recipient, everyDays, callback, pull, owner }) {
  const before = token.autoRenewal;
  const renewalChanged = everyDays !== String(before?.everyDays ?? '') || callback !== (before?.callback?.url ?? '')
    || pull !== Boolean(before?.pull);
  const renewal = everyDays || callback || pull
    ? { everyDays: everyDays ? parseNumber(everyDays) : null, callback: callback ? { url: callback } : null, pull }
    : null;
  return {
    ...(description !== token.description && { description }),
    ...(recipient !== (token.renewalMailRecipient ?? '') && { renewalMailRecipient: recipient || null }),
    ...(renewalChanged && { autoRenewal: renewal }),
    ...(owner !== (token.owner?.id ?? '') && { owner: owner || null }),
  };
}

/** Opens "Edit". A token that can no longer be renewed has no renewal settings. */
export async function openEditDialog(token, renewable, changed) {
  const people = await knownPeople(token.owner);
  const description = descriptionField(token.description);
  const recipient = recipientField(token.renewalMailRecipient ?? '');
  const { days, url, pull } = renewalFields(token.autoRenewal);
  const owner = ownerField(token.owner, people);
  const values = () => ({
    description: description.value(),
    recipient: recipient.value().trim(),
    everyDays: days.value().trim(),
    callback: url.value().trim(),
    pull: pull.value(),
    owner: owner.value(),
  });
  formDialog({
    title: about('edit.title', token),
    kind: 'edit',
    intro: el('p', { class: 'hint' }, t('edit.intro')),
    fields: [description, ...(renewable ? [days, recipient, url, pull] : [recipient]), ...(people.length ? [owner] : [])],
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
