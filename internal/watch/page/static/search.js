// Images by a part of their path.
import { byID, element, setText } from './dom.js';
import { whole } from './format.js';

const mostListed = 50;

// startSearch calls found(set of rows, or null for no search) and choose(row).
export function startSearch(data, found, choose) {
  byID('map-search').addEventListener('input', () => {
    const part = byID('map-search').value.trim().toLowerCase();
    byID('map-found').hidden = part === '';
    if (part === '') {
      byID('map-results').replaceChildren();
      found(null);
      return;
    }
    const rows = [];
    data.paths.forEach((path, row) => {
      if (path.toLowerCase().includes(part)) rows.push(row);
    });
    setText(byID('map-found-title'), rows.length === 1 ? '1 image' : `${whole(rows.length)} images`);
    byID('map-results').replaceChildren(...rows.slice(0, mostListed).map((row) => element('li', {},
      element('button', { type: 'button', onclick: () => choose(row) }, data.paths[row]))));
    found(new Set(rows));
  });
}
