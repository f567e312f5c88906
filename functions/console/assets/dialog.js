// Dialogs: the browser's own, which keep the focus inside and give it back.

import { el, freshId } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';

/** Gives the focus to what opened a dialog, or to what has taken its place on a page that was drawn anew. */
function giveBack(opener) {
  const key = opener?.dataset?.key;
  const again = opener?.isConnected ? opener : key && document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  (again || document.querySelector('h1'))?.focus();
}

/**
 * Opens a dialog. `content` is given a function that closes it and makes the children: first the body's, then the
 * buttons. A dialog that shows what can't be shown again is closed by its button only (`stays`). What `describedBy` names
 * is read to those who listen when the dialog opens.
 */
export function openDialog({ title, kind, describedBy, stays = false, content, closed = () => {} }) {
  const id = freshId();
  const opener = document.activeElement;
  const dialog = el('dialog', { class: `dialog dialog-${kind}`, 'aria-labelledby': id, 'aria-describedby': describedBy });
  const close = () => dialog.close();
  dialog.append(
    el('header', {},
      el('h2', { id }, title),
      !stays && el('button', { type: 'button', class: 'bare', 'aria-label': t('close'), on: { click: close } }, icon('close'))),
    ...content(close));
  dialog.addEventListener('cancel', (event) => stays && event.preventDefault());
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed();
    giveBack(opener);
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Closes whatever dialog is open: the page behind it is gone. */
export const closeDialogs = () => document.querySelectorAll('dialog').forEach((dialog) => dialog.close());
