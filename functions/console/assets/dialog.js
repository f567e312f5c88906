// Modal dialogs, based on the `dialog` element, which traps the focus.

import { button, el, uniqueId } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';

/** Returns the focus to the element that opened a dialog, or to its replacement if the page was redrawn. */
function restoreFocus(opener) {
  const key = opener?.dataset?.focus;
  const target = opener?.isConnected ? opener : key && document.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  (target || document.querySelector('h1'))?.focus();
}

/**
 * Opens a dialog. `content` receives a function that closes it and returns the children. A dialog that shows something
 * only once is closed by its button only (`closeByButtonOnly`). Screen readers read the element `describedBy` when it opens.
 */
export function openDialog({ title, kind, describedBy, closeByButtonOnly = false, content, closed = () => {} }) {
  const id = uniqueId();
  const opener = document.activeElement;
  const dialog = el('dialog', { class: `dialog dialog-${kind}`, 'aria-labelledby': id, 'aria-describedby': describedBy });
  const close = () => dialog.close();
  dialog.append(
    el('header', {},
      el('h2', { id }, title),
      !closeByButtonOnly && button({ class: 'ghost', 'aria-label': t('close'), on: { click: close } }, icon('close'))),
    ...content(close));
  dialog.addEventListener('cancel', (event) => closeByButtonOnly && event.preventDefault());
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed();
    restoreFocus(opener);
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Closes all dialogs, when the page behind them changes. */
export const closeDialogs = () => document.querySelectorAll('dialog').forEach((dialog) => dialog.close());
