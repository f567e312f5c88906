// Which language is spoken, and its texts.

import { de } from './de.js';
import { en } from './en.js';

const LANGUAGES = { de, en };
const known = (tag) => tag.slice(0, 2).toLowerCase() in LANGUAGES;

/** The first of the reader's languages that there are texts for, with its region: it decides how dates look. */
export const locale = navigator.languages.find(known) ?? 'en';

const { faults, ...groups } = LANGUAGES[locale.slice(0, 2).toLowerCase()];

/** `list.title` for the text `title` of the group `list`. */
const texts = Object.fromEntries(Object.entries(groups).flatMap(([group, text]) =>
  (isGroup(text) ? Object.entries(text).map(([name, inner]) => [`${group}.${name}`, inner]) : [[group, text]])));

/** A group of texts, as opposed to a text or the forms of one. */
function isGroup(text) {
  return typeof text === 'object' && !('other' in text);
}

const plural = new Intl.PluralRules(locale);

document.documentElement.lang = locale;

/** A text, with its parameters filled in. A text with forms for one and for more takes the one for `count`. */
export function t(key, parameters = {}) {
  const text = texts[key] ?? key;
  const form = typeof text === 'string' ? text : (text[plural.select(parameters.count)] ?? text.other);
  return form.replace(/\{(\w+)\}/g, (_, name) => parameters[name]);
}

/** The text for a word of the API, or the word itself if it's new. */
export function word(kind, value) {
  const key = `${kind}.${value}`;
  return key in texts ? texts[key] : value;
}

/** What is wrong with a field, in the reader's language if it's known there, otherwise in the API's words. */
export function faultText(error) {
  for (const [pattern, replacement] of faults) {
    if (pattern.test(error)) return error.replace(pattern, replacement);
  }
  return error;
}
