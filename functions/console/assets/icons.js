// Icons as line drawings on a grid of 24 units.

import { button, svg } from './dom.js';

const PATHS = {
  active: 'M20 6 9 17l-5-5',
  expired: 'M18 6 6 18M6 6l12 12',
  deactivated: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M5.7 5.7l12.6 12.6',
  age: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2',
  warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.3v.2',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  edit: 'M4 20h4L19.5 8.5l-4-4L4 16zM13 7l4 4',
  renew: 'M20 11a8 8 0 0 0-14-4.5L3.5 9M3.5 4v5h5M4 13a8 8 0 0 0 14 4.5l2.5-2.5M20.5 20v-5h-5',
  deactivate: 'M12 3v9M6.3 6.6a8 8 0 1 0 11.4 0',
  test: 'M21 3 10.5 13.5M21 3l-6.5 18-4-7.5L3 9.5z',
  rotate: 'M7 11V8a5 5 0 0 1 9.8-1.4M5 11h14v9H5zM12 14.5v2',
  start: 'M7 4.5v15l12-7.5z',
  plus: 'M12 5v14M5 12h14',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 21 21',
  back: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  down: 'M6 9l6 6 6-6',
  up: 'M6 15l6-6 6 6',
  key: 'M8 8.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 12.5h9v3.5M17 12.5v2.5',
  close: 'M18 6 6 18M6 6l12 12',
  signOut: 'M14 4h6v16h-6M10 8l-4 4 4 4M6 12h9',
  refresh: 'M20 12a8 8 0 1 1-2.5-5.8M20 3v4.5h-4.5',
  offline: 'M3 3l18 18M5 12.5a10 10 0 0 1 4-2.4M15 10.1a10 10 0 0 1 4 2.4M8.5 16a5 5 0 0 1 7 0M12 19.5v.1',
  mail: 'M3 6h18v12H3zM3 7l9 6 9-6',
  open: 'M5 12h13M13 6l6 6-6 6',
  save: 'M12 4v10M7.5 10l4.5 4.5 4.5-4.5M5 19h14',
  check: 'M20 6 9 17l-5-5',
};

/** Creates an icon. Hidden from screen readers: its text stands beside it. */
export const icon = (name) =>
  svg('svg', { class: `icon icon-${name}`, viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] }));

/** A button that shows only an icon. Its text is the accessible name and the tooltip. */
export const iconButton = (name, text, click) =>
  button({ class: 'ghost', title: text, 'aria-label': text, on: { click } }, icon(name));
