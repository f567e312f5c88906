// A multi-select drop-down: a button that shows the selection, with check boxes below it.

import { button, el } from './dom.js';
import { field } from './form.js';
import { t } from './i18n.js';
import { icon } from './icons.js';

/** Creates the field; `value()` returns the selected options. */
export function multiSelectField({ options, selected = [], ...rest }) {
  const boxes = options.map((option) => el('input', { type: 'checkbox', value: option, checked: selected.includes(option) }));
  const value = () => boxes.filter((box) => box.checked).map((box) => box.value);

  const control = (references, ids) => {
    const panelId = `${ids.control}-options`;
    const summary = el('span', { id: `${ids.control}-value` });
    const panel = el('div', { class: 'options', id: panelId, role: 'group', tabindex: '-1', 'aria-labelledby': ids.label, hidden: true },
      boxes.map((box) => el('label', { class: 'option' }, box, el('span', {}, box.value))));
    const { 'aria-required': _, ...attributes } = references;
    const toggle = button({
      class: 'select', ...attributes,
      'aria-labelledby': `${ids.label} ${ids.control}-value`, 'aria-expanded': 'false', 'aria-controls': panelId,
    }, summary, icon('down'));

    const showSelection = () => summary.replaceChildren(value().join(', ') || t('multiselect.none'));
    const setOpen = (open) => {
      panel.hidden = !open;
      toggle.setAttribute('aria-expanded', String(open));
    };
    const moveFocus = (step) => {
      const index = boxes.indexOf(document.activeElement);
      boxes[(index + step + boxes.length) % boxes.length].focus();
    };
    toggle.addEventListener('click', () => setOpen(panel.hidden));
    panel.addEventListener('change', showSelection);

    const root = el('div', { class: 'multiselect' }, toggle, panel);
    root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !panel.hidden) {
        // Close the drop-down, not the dialog around it.
        event.preventDefault();
        setOpen(false);
        toggle.focus();
      } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        setOpen(true);
        moveFocus(event.key === 'ArrowDown' ? 1 : -1);
      }
    });
    // Wait until the focus has moved. A click between the boxes focuses the panel.
    root.addEventListener('focusout', () => setTimeout(() => root.contains(document.activeElement) || setOpen(false)));
    showSelection();
    return root;
  };
  return { ...field({ ...rest, control }), value };
}
