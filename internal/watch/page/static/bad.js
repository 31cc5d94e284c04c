// Images that the checked runs could not decode.
import { byID, element } from './dom.js';
import { whole } from './format.js';
import { source } from './source.js';
import { checked, runs } from './state.js';

function badOf(id, { bad, bad_error: error }) {
  const name = runs.get(id)?.name ?? id;
  const title = element('h3', {}, name);
  if (error) return [title, element('p', { class: 'error' }, error)];
  if (bad.total === 0) return [title, element('p', {}, 'No image was left out.')];
  const more = bad.total - bad.images.length;
  return [
    title,
    element('p', {}, `${whole(bad.total)} images could not be decoded and were left out.${more > 0 ? ` The first ${whole(bad.images.length)}:` : ''}`),
    element('div', { class: 'scroll' }, element('table', {},
      element('caption', { class: 'hidden' }, `Bad images of ${name}`),
      element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'Image'), element('th', { scope: 'col' }, 'Reason'))),
      element('tbody', {}, ...bad.images.map((b) => element('tr', {}, element('th', { scope: 'row' }, b.path), element('td', {}, b.reason)))))),
  ];
}

export async function showBad() {
  const ids = [...checked.keys()];
  const details = await Promise.all(ids.map((id) => source.details(id)));
  const parts = ids.flatMap((id, i) => badOf(id, details[i]));
  byID('panel-bad').replaceChildren(...(parts.length > 0 ? parts : [element('p', {}, 'Check a run above.')]));
}
