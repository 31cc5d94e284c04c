// The table of runs: which there are, how each is getting on, and which are checked.
import { byID, element, setText } from './dom.js';
import { tell } from './status.js';
import { digits, duration, percent, whole } from './format.js';
import { check, checked, mostChecked, runs, uncheck } from './state.js';
import { severitySigns } from './verdict.js';

const stateSigns = {
  starting: '◔', running: '▶', finished: '✔', stopped: '❚❚', crashed: '✖', gone: '∅',
};
const stateMeanings = {
  starting: 'a process works on it, no step is done yet',
  running: 'a process works on it',
  finished: 'the trained network is there',
  stopped: 'nobody works on it; the state is saved, the same command goes on',
  crashed: 'nobody works on it; steps since the last checkpoint are lost, the same command goes on from there',
  gone: 'the folder holds no run any more',
};

const receivedAt = new Map(); // id → when its summary came, by the clock of the page
const silence = (run) => run.silent_s + (performance.now() - (receivedAt.get(run.id) ?? performance.now())) / 1000;

const runColumns = [
  { key: 'name', title: 'Run', text: (r) => r.name, order: (r) => r.name },
  { key: 'state', title: 'State', text: (r) => `${stateSigns[r.state] ?? ''} ${r.state}`, order: (r) => r.state },
  { key: 'verdict', title: 'Verdict', text: (r) => (r.verdict ? `${severitySigns[r.severity] ?? ''} ${r.verdict.replaceAll('_', ' ')}` : '–'), order: (r) => -['', 'hint', 'warning', 'failure'].indexOf(r.severity) },
  { key: 'epoch', title: 'Epoch', text: (r) => (r.step < 0 ? '–' : `${whole(r.epoch + 1)}${r.epochs ? ` of ${whole(r.epochs)}` : ''}`), order: (r) => -r.epoch },
  { key: 'step', title: 'Step', text: (r) => (r.step < 0 ? '–' : whole(r.step + 1)), order: (r) => -r.step },
  { key: 'loss', title: 'Loss', text: (r) => digits(r.loss), order: (r) => r.loss ?? Infinity },
  { key: 'knn', title: 'k-NN', text: (r) => percent(r.knn ?? r.best_knn), order: (r) => -(r.knn ?? r.best_knn ?? -1) },
  { key: 'speed', title: 'Images/s', text: (r) => digits(r.images_per_s, 3), order: (r) => -(r.images_per_s ?? 0) },
  { key: 'wait', title: 'Data wait', text: (r) => (r.data_wait === null ? '–' : `${Math.round(100 * r.data_wait)} %`), order: (r) => -(r.data_wait ?? 0) },
  { key: 'written', title: 'Written', text: (r) => `${duration(silence(r))} ago`, order: (r) => silence(r) },
  { key: 'tags', title: 'Tags', text: (r) => r.tags.join(', ') + (r.note ? ' ✎' : ''), order: (r) => r.tags.join() },
];

const runRows = new Map(); // id → its row
let orderBy = runColumns[0];
let downwards = false;
let tellChecks = () => {};

export function startRuns(onChecks) {
  tellChecks = onChecks;
  const heads = runColumns.map((column) => element('th', { scope: 'col', class: column.key },
    element('button', { type: 'button', onclick: () => sortRuns(column) }, column.title)));
  byID('table').append(element('thead', {}, element('tr', {},
    element('th', { scope: 'col' }, element('span', { class: 'hidden' }, 'Compare')), ...heads)), element('tbody'));
  byID('filter').addEventListener('input', filterRuns);
  setInterval(() => runs.forEach((run) => fillRow(run)), 5000);
}

function sortRuns(column) {
  downwards = orderBy === column && !downwards;
  orderBy = column;
  byID('table').querySelectorAll('th[scope=col]').forEach((head) => {
    if (head.classList.contains(column.key)) head.setAttribute('aria-sort', downwards ? 'descending' : 'ascending');
    else head.removeAttribute('aria-sort');
  });
  placeRows();
}

const byName = new Intl.Collator(undefined, { numeric: true }).compare;

function placeRows() {
  const of = (id) => orderBy.order(runs.get(id));
  const compare = (a, b) => (typeof a === 'string' ? byName(a, b) : a < b ? -1 : a > b ? 1 : 0);
  const ids = [...runs.keys()].sort((a, b) => compare(of(a), of(b)) * (downwards ? -1 : 1));
  byID('table').tBodies[0].append(...ids.map((id) => runRows.get(id)));
}

function filterRuns() {
  const wanted = byID('filter').value.toLowerCase();
  for (const run of runs.values()) {
    runRows.get(run.id).hidden = !`${run.name} ${run.state} ${run.tags.join(' ')}`.toLowerCase().includes(wanted);
  }
}

function newRow(run) {
  const box = element('input', {
    type: 'checkbox', id: `run-${run.id}`, onchange: (event) => {
      if (event.target.checked && !check(run.id)) {
        event.target.checked = false;
        tell(`at most ${mostChecked} runs can be compared at once`);
      } else if (!event.target.checked) {
        uncheck(run.id);
      }
      tellChecks();
    },
  });
  const row = element('tr', { 'data-run': run.id }, element('td', {}, box));
  for (const column of runColumns) {
    if (column.key === 'name') {
      row.append(element('th', { scope: 'row', class: 'name' }, element('label', { for: box.id })));
    } else {
      row.append(element('td', { class: column.key }));
    }
  }
  return row;
}

function fillRow(run) {
  const row = runRows.get(run.id);
  runColumns.forEach((column, i) => {
    const cell = row.cells[i + 1];
    setText(column.key === 'name' ? cell.firstChild : cell, column.text(run));
  });
  const state = row.querySelector('.state');
  state.dataset.state = run.state;
  row.querySelector('.verdict').dataset.severity = run.severity;
  state.title = stateMeanings[run.state] ?? '';
}

// takeRuns brings in what came from the source.
export function takeRuns(changed) {
  let added = false;
  for (const run of changed) {
    runs.set(run.id, run);
    receivedAt.set(run.id, performance.now());
    if (!runRows.has(run.id)) {
      runRows.set(run.id, newRow(run));
      added = true;
    }
    fillRow(run);
  }
  if (added || orderBy !== runColumns[0]) placeRows();
  filterRuns();
}

export function showChecks() {
  for (const [id, row] of runRows) {
    row.querySelector('input').checked = checked.has(id);
    row.classList.toggle('checked', checked.has(id));
    row.style.setProperty('--run', checked.has(id) ? `var(--run-${checked.get(id)})` : 'transparent');
  }
}
