// The numbers of runs, as far as they have been fetched.
import { own } from './dom.js';
import { source } from './source.js';

const wholeRuns = new Map(); // id → buckets of the whole run
const partOfRuns = new Map(); // id → buckets of the part that is zoomed into

// How many buckets are asked for: about two pixels of a chart each.
const pointsWanted = 600;

// A long file is shown by single lines until it has been read.
const preview = 'preview';

// extend puts an answer behind what is there.
function extend(old, answered) {
  if (old?.generation === preview && answered.more) return old;
  if (!old || answered.from === 0 || answered.generation !== old.generation) return answered;
  const from = answered.from;
  const columns = Object.create(null);
  for (const name of new Set([...Object.keys(old.columns), ...Object.keys(answered.columns)])) {
    const joined = {};
    for (const part of ['mean', 'min', 'max']) {
      const before = own(old.columns, name)?.[part] ?? own(old.columns, name)?.mean ?? [];
      const after = own(answered.columns, name)?.[part] ?? own(answered.columns, name)?.mean ?? [];
      const padded = before.concat(new Array(Math.max(0, from - before.length)).fill(null)).slice(0, from);
      joined[part] = padded.concat(after);
    }
    columns[name] = joined;
  }
  return {
    ...answered, columns, from: 0,
    steps: old.steps.slice(0, from).concat(answered.steps),
    epochs: old.epochs.slice(0, from).concat(answered.epochs),
  };
}

// fetchCurves brings a run up to date, and reports whether the server has more to read, and why it
// reads no further.
export async function fetchCurves(id, range) {
  const old = wholeRuns.get(id);
  const since = old ? Math.max(0, old.steps.length - 1) : 0;
  const answered = await source.curves(id, {
    points: pointsWanted, since, ...(old ? { generation: old.generation } : {}),
  });
  wholeRuns.set(id, extend(old, answered));
  if (range && source.live) {
    const [first, last] = range.map(Math.round);
    partOfRuns.set(id, await source.curves(id, { points: pointsWanted, first: Math.max(0, first), last }));
  } else {
    partOfRuns.delete(id);
  }
  return { more: Boolean(answered.more), error: answered.error };
}

export function forgetCurves(id) {
  wholeRuns.delete(id);
  partOfRuns.delete(id);
}

// bucketsOf are the finest that are here: those of the part within it, those of the whole around it.
export const bucketsOf = (id) => partOfRuns.get(id) ?? wholeRuns.get(id);

export const wholeOf = (id) => wholeRuns.get(id);

// smoothed is an exponential moving average over buckets that does not start at 0; null stays null.
export function smoothed(values, weight) {
  if (weight <= 0) return values;
  let sum = 0;
  let weights = 0;
  let before = null;
  return values.map((value, i) => {
    if (value === null || value === undefined) return value;
    const buckets = before === null ? 0 : i - before;
    before = i;
    const keep = weight ** buckets;
    sum = sum * keep + value * (1 - weight);
    weights = weights * keep + (1 - weight);
    return sum / weights;
  });
}
