// Copies a string, also one that has to be fetched first.

import { el } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { notify, whileBusy } from './notice.js';

/** Puts a text, or the promise of one, into the clipboard. */
async function write(text) {
  // Handing the promise over keeps the permission of the click in browsers that take it away during a request.
  if (window.ClipboardItem) {
    const blob = Promise.resolve(text).then((string) => new Blob([string], { type: 'text/plain' }));
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
  } else {
    await navigator.clipboard.writeText(await text);
  }
}

/** Copies what `get` returns; where there is no clipboard, `show` is given the string instead. */
export async function copy(get, show) {
  const text = Promise.resolve(get());
  // A failed request is reported as itself, not as a clipboard that did not work.
  text.catch(() => {});
  try {
    await write(text);
    notify(t('copied.done'));
  } catch {
    show(await text);
  }
}

/** A read-only field with a button that copies it. */
export function copyField(label, string, name) {
  const field = el('input', { class: 'secret', readonly: true, value: string, 'aria-label': label, name, spellcheck: 'false' });
  const select = () => field.select();
  field.addEventListener('focus', select);
  const press = ({ currentTarget }) => whileBusy(currentTarget, () => copy(() => string, () => field.focus()));
  return el('div', { class: 'copy-field' }, field,
    el('button', { type: 'button', class: 'button', 'aria-label': `${t('copy')}: ${label}`, on: { click: press } },
      icon('copy'), t('copy')));
}
