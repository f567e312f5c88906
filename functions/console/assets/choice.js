// A drop-down with several choices: a button that says what is chosen, and check boxes below it.

import { el } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { field } from './form.js';

/** The field; `value()` returns the chosen options. */
export function choiceField({ options, chosen = [], ...rest }) {
  const boxes = options.map((option) => el('input', { type: 'checkbox', value: option, checked: chosen.includes(option) }));
  const value = () => boxes.filter((box) => box.checked).map((box) => box.value);

  const control = (references, ids) => {
    const panelId = `${ids.control}-options`;
    const summary = el('span', { id: `${ids.control}-value` });
    const panel = el('div', { class: 'options', id: panelId, role: 'group', tabindex: '-1', 'aria-labelledby': ids.label, hidden: true },
      boxes.map((box) => el('label', { class: 'option' }, box, el('span', {}, box.value))));
    const { 'aria-required': _, ...own } = references;
    const button = el('button', {
      type: 'button', class: 'select', ...own,
      'aria-labelledby': `${ids.label} ${ids.control}-value`, 'aria-expanded': 'false', 'aria-controls': panelId,
    }, summary, icon('down'));

    const show = () => summary.replaceChildren(value().join(', ') || t('choice.none'));
    const open = (wanted) => {
      panel.hidden = !wanted;
      button.setAttribute('aria-expanded', String(wanted));
    };
    const move = (step) => {
      const at = boxes.indexOf(document.activeElement);
      boxes[(at + step + boxes.length) % boxes.length].focus();
    };
    button.addEventListener('click', () => open(panel.hidden));
    panel.addEventListener('change', show);

    const root = el('div', { class: 'choice' }, button, panel);
    root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !panel.hidden) {
        // The drop-down closes, not the dialog around it.
        event.preventDefault();
        open(false);
        button.focus();
      } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        open(true);
        move(event.key === 'ArrowDown' ? 1 : -1);
      }
    });
    // Once the focus has arrived wherever it goes. The panel takes it when the space between the boxes is pressed.
    root.addEventListener('focusout', () => setTimeout(() => root.contains(document.activeElement) || open(false)));
    show();
    return root;
  };
  return { ...field({ ...rest, control }), value };
}
