// Copies text to the clipboard, including text that is still being fetched.

import { button, el } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { busily, notify } from './notice.js';

/** Writes a text, or the promise of one, to the clipboard. */
async function write(text) {
  // Some browsers drop the permission of the click during a request, unless they get the promise.
  if (window.ClipboardItem) {
    const blob = Promise.resolve(text).then((string) => new Blob([string], { type: 'text/plain' }));
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
  } else {
    await navigator.clipboard.writeText(await text);
  }
}

/** Copies what `get` returns; without a clipboard, `show` receives the text instead. */
export async function copy(get, show) {
  const text = Promise.resolve(get());
  // A failed request is reported below; this only prevents an unhandled rejection.
  text.catch(() => {});
  try {
    await write(text);
    notify(t('copied.done'));
  } catch {
    show(await text);
  }
}

/** A read-only field with a copy button. */
export function copyField(label, string, name) {
  const field = el('input', { class: 'secret', readonly: true, value: string, 'aria-label': label, name, spellcheck: 'false' });
  const select = () => field.select();
  field.addEventListener('focus', select);
  const onClick = busily(() => copy(() => string, () => field.focus()));
  return el('div', { class: 'copy-field' }, field,
    button({ class: 'button', 'aria-label': `${t('copy')}: ${label}`, on: { click: onClick } },
      icon('copy'), t('copy')));
}
