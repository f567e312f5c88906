// Shows newly created secrets: token string, signing secret.

import { copyField } from './clipboard.js';
import { openDialog } from './dialog.js';
import { button, el } from './dom.js';
import { t } from './i18n.js';

const section = (key, string) =>
  string && [el('h3', {}, t(`secret.${key}`)), el('p', { class: 'hint' }, t(`secret.${key}.hint`)), copyField(t(`secret.${key}`), string, key)];

/** Shows the secrets. Some are shown only once, so only the button closes the dialog. */
export function showSecrets({ title, token, signingSecret, closed }) {
  openDialog({
    title,
    kind: 'secret',
    closeByButtonOnly: true,
    closed,
    content: (close) => [
      el('div', { class: 'body' }, section('token', token), section('signingSecret', signingSecret)),
      el('footer', {}, button({ class: 'button primary', on: { click: close } }, t('secret.done'))),
    ],
  });
}
