// What the page knows of the checked runs beside their curves: fetched once, and again when
// something that it tells of has changed.
import { source } from './source.js';
import { runs } from './state.js';

const detailsHere = new Map(); // id → { key, details }

// detailsKey is another whenever findings, scores, checkpoints or the state are others.
function detailsKey(run) {
  if (!run) return '';
  return [run.found, run.state, run.saved, run.best_knn, run.epoch, Math.min(run.step, 8), run.note, run.tags.join()].join('|');
}

export const detailsOf = (id) => detailsHere.get(id)?.details;

// fetchDetails brings the details of a run up to date, and reports whether they are others.
export async function fetchDetails(id) {
  const key = detailsKey(runs.get(id));
  const before = detailsHere.get(id);
  if (before?.key === key) return false;
  detailsHere.set(id, { key, details: before?.details }); // nobody else asks for the same meanwhile
  try {
    const details = await source.details(id);
    if (detailsHere.get(id)?.key === key) detailsHere.set(id, { key, details });
    return true;
  } catch (error) {
    detailsHere.delete(id);
    throw error;
  }
}

export function forgetDetails(id) {
  detailsHere.delete(id);
}
