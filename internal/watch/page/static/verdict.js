// What was found about the checked runs, when, what shows it, and what to change.
import { byID, element } from './dom.js';
import { digits, whole } from './format.js';
import { source } from './source.js';
import { checked, runs } from './state.js';

export const severitySigns = { failure: '✖', warning: '▲', hint: 'ℹ' };

const evidenceText = (e) => `${e.name} ${digits(e.value)}${e.limit ? ` (limit ${digits(e.limit)})` : ''}`;

function findingItem(f) {
  const over = f.change === 'ends';
  const advice = over ? [] : (f.advice ?? []);
  return element('li', { class: 'finding', 'data-severity': over ? 'over' : f.severity },
    element('strong', {}, `${over ? '✔' : severitySigns[f.severity] ?? ''} ${f.kind.replaceAll('_', ' ')}`),
    ` ${over ? 'is over' : `(${f.severity}, ${f.confidence})`} at step ${whole(f.step)}${over ? '' : `, since step ${whole(f.since)}`}`,
    element('p', {}, f.what),
    (f.evidence ?? []).length > 0 ? element('p', { class: 'hint' }, f.evidence.map(evidenceText).join('; ')) : null,
    advice.length > 0 ? element('p', {}, 'Try ', element('code', {}, advice.map((a) => `--set ${a.option}=${a.value}`).join(' ')),
      advice.some((a) => a.why) ? ` (${advice.filter((a) => a.why).map((a) => (advice.length > 1 ? `${a.option}: ${a.why}` : a.why)).join('; ')})` : '') : null);
}

function findingsOf(id, { findings, findings_error: error }) {
  const title = element('h3', {}, runs.get(id)?.name ?? id);
  if (error) return [title, element('p', { class: 'error' }, error)];
  if (findings.length === 0) return [title, element('p', {}, 'Nothing was found so far.')];
  return [title, element('ol', { class: 'findings' }, ...findings.map(findingItem))];
}

export async function showVerdict() {
  const ids = [...checked.keys()];
  const details = await Promise.all(ids.map((id) => source.details(id)));
  const parts = ids.flatMap((id, i) => findingsOf(id, details[i]));
  byID('panel-verdict').replaceChildren(...(parts.length > 0 ? parts : [element('p', {}, 'Check a run above.')]));
}
