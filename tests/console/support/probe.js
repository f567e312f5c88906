// Injected into every page before its own scripts: records errors, and finds elements the way users do.
(() => {
  const errors = [];
  addEventListener('securitypolicyviolation', (event) => errors.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  addEventListener('error', (event) => errors.push(`error: ${event.message}`));
  addEventListener('unhandledrejection', (event) => errors.push(`rejection: ${event.reason}`));
  window.alert = (text) => errors.push(`alert: ${text}`);

  const scope = () => [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
  const nameOf = (element) => (element.getAttribute('aria-label') ?? element.textContent).trim();
  const labelOf = (element) => element.textContent.replace(/ \*$/, '').trim();
  const visible = (selector, root = scope()) => [...root.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  window.probe = {
    errors,
    // A button or link of the topmost dialog, or of the page, by its name.
    button: (name) => visible('button, a').find((element) => nameOf(element) === name && element.ariaBusy !== 'true'),
    buttons: (within, root = document) => visible(`${within} button, ${within} .button`, root).map(nameOf),
    field(label) {
      const found = visible('label').find((element) => labelOf(element) === label);
      return found ? (found.control ?? document.getElementById(found.htmlFor)) : visible('input[aria-label]').find((element) => element.ariaLabel === label);
    },
    fieldError: (label) => probe.field(label)?.closest('.field').querySelector('.field-error').textContent,
    // The input of an option in a group; opens the drop-down that holds it.
    option(label, text) {
      const field = [...document.querySelectorAll('dialog .field')].find((element) => labelOf(element.querySelector('.name')) === label);
      field?.querySelector('.select[aria-expanded=false]')?.click();
      return [...field?.querySelectorAll('.option') ?? []].find((option) => option.textContent === text)?.querySelector('input');
    },
    row: (name) => visible('tbody tr').find((row) => row.querySelector('th a')?.textContent === name),
    rows: () => visible('tbody tr th a').map((link) => link.textContent),
    cell: (name, column) => probe.row(name)?.querySelector(`.col-${column} .value`).innerText.trim(),
    dialog: (title) => visible('h2').find((heading) => heading.closest('dialog') && heading.textContent === title)?.closest('dialog'),
    sees: (text) => (scope().body ?? scope()).innerText.includes(text),
    fact: (name) => visible('dt').find((term) => term.textContent === name)?.nextElementSibling.innerText.trim(),
    background(element) {
      for (let ancestor = element; ancestor; ancestor = ancestor.parentElement) {
        const colour = getComputedStyle(ancestor).backgroundColor;
        if (!/, 0\)$/.test(colour)) return colour;
      }
    },
    // The name of the focused element as a screen reader announces it.
    focused() {
      const element = document.activeElement;
      if (element === document.body) return 'nothing';
      const labels = element.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id));
      return (labels ?? [...element.labels ?? []]).map(labelOf).join(' ') || nameOf(element);
    },
    isIdle: () => !document.querySelector('[aria-busy="true"], .loading'),
    // Replaces `fetch` for the next call only.
    interceptFetch(replacement) {
      const original = window.fetch;
      window.fetch = (...request) => { window.fetch = original; return replacement(original, ...request); };
    },
  };
})();
