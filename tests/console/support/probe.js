// Put into every page before its own scripts run: notes whatever goes wrong there, and finds things as people do.
(() => {
  const faults = [];
  addEventListener('securitypolicyviolation', (event) => faults.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  addEventListener('error', (event) => faults.push(`error: ${event.message}`));
  addEventListener('unhandledrejection', (event) => faults.push(`rejection: ${event.reason}`));
  window.alert = (text) => faults.push(`alert: ${text}`);

  const scope = () => [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
  const nameOf = (element) => (element.getAttribute('aria-label') ?? element.textContent).trim();
  const all = (selector) => [...scope().querySelectorAll(selector)].filter((element) => element.checkVisibility());
  window.probe = {
    faults,
    // A button or link of the topmost dialog, or of the page, by its name.
    button: (name) => all('button, a').find((element) => nameOf(element) === name && element.ariaBusy !== 'true'),
    field(label) {
      const found = all('label').find((element) => element.textContent.replace(/ \*$/, '').trim() === label);
      return found ? (found.control ?? document.getElementById(found.htmlFor)) : all('[aria-label]').find((element) => element.ariaLabel === label && element.matches('input'));
    },
    fault: (label) => probe.field(label)?.closest('.field').querySelector('.fault').textContent,
    row: (name) => all('tbody tr').find((row) => row.querySelector('th a')?.textContent === name),
    rows: () => all('tbody tr th a').map((link) => link.textContent),
    cell: (name, column) => probe.row(name)?.querySelector(`.col-${column} .value`).innerText.trim(),
    dialog: (title) => all('h2').find((heading) => heading.closest('dialog') && heading.textContent === title)?.closest('dialog'),
    sees: (text) => (scope().body ?? scope()).innerText.includes(text),
    fact: (name) => all('dt').find((term) => term.textContent === name)?.nextElementSibling.innerText.trim(),
    isSettled: () => !document.querySelector('[aria-busy="true"], .loading'),
  };
})();
