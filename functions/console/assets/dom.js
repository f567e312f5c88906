// Creates elements. Data becomes text nodes and attributes only, so it is never parsed as markup.

const SVG = 'http://www.w3.org/2000/svg';

function build(element, attributes, children) {
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

/** Creates an element: `el('p', {class: 'hint', on: {click}}, 'text', child, …)`. Skips absent children and attributes. */
export const el = (tag, attributes = {}, ...children) => build(document.createElement(tag), attributes, children);

/** A button that does not submit a form. */
export const button = (attributes, ...children) => el('button', { type: 'button', ...attributes }, ...children);

/** Like `el`, for SVG. */
export const svg = (tag, attributes = {}, ...children) =>
  build(document.createElementNS(SVG, tag), attributes, children);

let count = 0;

/** An element id that is unique in the page. */
export const uniqueId = () => `e${++count}`;

/** Text for screen readers only. */
export const srOnly = (text) => el('span', { class: 'sr-only' }, text);

/** Sets custom properties. The content security policy forbids style attributes, but not this. */
export function setProperties(element, properties) {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(`--${name}`, value);
  return element;
}

/** Replaces an element's children. The focus moves to the new child with the same `data-focus`, or to the heading. */
export function redraw(root, ...children) {
  const focus = root.contains(document.activeElement) && document.activeElement.dataset.focus;
  root.replaceChildren(...children.filter(Boolean));
  if (focus) (root.querySelector(`[data-focus="${CSS.escape(focus)}"]`) ?? document.querySelector('h1')).focus({ preventScroll: true });
}

/** Returns a function that calls back once it has not been called for this long. */
export function debounce(milliseconds, callback) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(callback, milliseconds);
  };
}
