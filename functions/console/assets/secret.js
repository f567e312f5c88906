// Hands over what was just created: a token string, a signing secret.

import { copyField } from './clipboard.js';
import { openDialog } from './dialog.js';
import { el } from './dom.js';
import { t } from './i18n.js';

const part = (key, string) =>
  string && [el('h3', {}, t(`secret.${key}`)), el('p', { class: 'hint' }, t(`secret.${key}.hint`)), copyField(t(`secret.${key}`), string, key)];

/** Shows the strings. Not everything can be shown a second time, so only the button closes it. */
export function showSecrets({ title, token, signingSecret, closed }) {
  openDialog({
    title,
    kind: 'secret',
    stays: true,
    closed,
    content: (close) => [
      el('div', { class: 'body' }, part('token', token), part('signingSecret', signingSecret)),
      el('footer', {}, el('button', { type: 'button', class: 'button primary', on: { click: close } }, t('secret.done'))),
    ],
  });
}
