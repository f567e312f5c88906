// Moments and lengths of time in the reader's language and time zone.

import { now } from './api.js';
import { el } from './dom.js';
import { locale } from './i18n.js';

const DAY = 86_400_000;
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const minute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const number = new Intl.NumberFormat(locale);

export const formatNumber = (value) => number.format(value);
export const formatDay = (moment) => day.format(new Date(moment));
export const formatMinute = (moment) => minute.format(new Date(moment));

/** How far away a moment is, as people would say it. */
export function formatDistance(moment) {
  const left = new Date(moment) - now();
  const units = [['day', DAY], ['hour', 3_600_000], ['minute', 60_000]];
  const [unit, length] = units.find(([, length]) => Math.abs(left) >= length) ?? units[2];
  return relative.format(Math.trunc(left / length), unit);
}

/** A moment in the reader's time zone, with the same in UTC on hover. */
export function time(moment, format = formatMinute) {
  const utc = `${moment.replace('T', ' ').replace('Z', '')} UTC`;
  return el('time', { datetime: moment, title: utc }, format(moment));
}

export const timeOfDay = (moment) => time(moment, formatDay);
export const timeAway = (moment) => time(moment, formatDistance);

const two = (value) => String(value).padStart(2, '0');

/** A moment as a field of the kind `datetime-local` holds it, in the reader's time zone. */
export function toLocalField(milliseconds) {
  const at = new Date(milliseconds);
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What the API is sent for a moment: UTC, whole seconds. */
export const toApi = (date) => date.toISOString().replace(/\.\d+Z$/, 'Z');

/** The last second of a day of the reader's. */
export const endOfDay = (value) => new Date(`${value}T23:59:59`);
