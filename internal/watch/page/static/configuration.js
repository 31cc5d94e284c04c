// The options of the checked runs side by side.
import { byID, element } from './dom.js';
import { source } from './source.js';
import { checked, runs } from './state.js';

let onlyDifferent = true;

export async function showConfiguration() {
  const panel = byID('panel-configuration');
  const ids = [...checked.keys()];
  const details = await Promise.all(ids.map((id) => source.details(id)));
  const names = new Set();
  const tables = details.map((d) => new Map((d.options ?? []).map((o) => [o.name, o.value])));
  tables.forEach((table) => table.forEach((_, name) => names.add(name)));
  const differs = (name) => new Set(tables.map((table) => table.get(name))).size > 1;
  const shown = [...names].filter((name) => ids.length < 2 || !onlyDifferent || differs(name));

  const box = element('input', {
    type: 'checkbox', onchange: (event) => {
      onlyDifferent = event.target.checked;
      showConfiguration();
    },
  });
  box.checked = onlyDifferent;
  const rows = shown.map((name) => element('tr', { class: ids.length > 1 && differs(name) ? 'differs' : '' },
    element('th', { scope: 'row' }, name), ...tables.map((table) => element('td', {}, table.get(name) ?? '–'))));
  const errors = details.filter((d) => d.options_error).map((d) => element('p', { class: 'error' }, d.options_error));
  panel.replaceChildren(
    ...(ids.length > 1 ? [element('label', {}, box, ' Only options that differ')] : []),
    ...errors,
    shown.length === 0
      ? element('p', {}, ids.length === 0 ? 'Check a run above.' : 'All options are the same.')
      : element('div', { class: 'scroll' }, element('table', { class: 'options' },
        element('caption', { class: 'hidden' }, 'Configuration'),
        element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'Option'),
          ...ids.map((id) => element('th', { scope: 'col' }, runs.get(id)?.name ?? id)))),
        element('tbody', {}, ...rows))),
  );
}
