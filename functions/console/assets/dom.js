// Builds elements. Data comes in as text nodes and attributes only, so nothing in it is ever read as markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === 'value' || name === 'checked' || name === 'disabled') {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element: `el('p', {class: 'hint', on: {click}}, 'text', child, …)`. Absent children and attributes are left out. */
export const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

let count = 0;

/** An id that no other element of the page has. */
export const freshId = () => `e${++count}`;

/** Text for those who listen to the page. */
export const heard = (text) => el('span', { class: 'heard' }, text);

/** Sets a custom property. The policy of this page forbids style attributes, but not this. */
export function place(element, properties) {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(`--${name}`, value);
  return element;
}

/** Puts other children into an element. What has the focus there keeps it if its like is among them (`data-key`); otherwise the heading gets it. */
export function redraw(root, ...children) {
  const key = root.contains(document.activeElement) && document.activeElement.dataset.key;
  root.replaceChildren(...children.filter(Boolean));
  if (key) (root.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? document.querySelector('h1')).focus({ preventScroll: true });
}

/** Calls back once nothing has happened for a moment. */
export function settled(milliseconds, callback) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(callback, milliseconds);
  };
}
