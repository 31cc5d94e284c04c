// What the page shows: the runs, which of them are checked, in which colours, and the part of the
// steps that is zoomed into.

export const runs = new Map(); // id → summary
export const checked = new Map(); // id → number of its colour
export const hiddenRuns = new Set(); // checked, but not drawn
export const view = { range: null, smoothing: 0, log: false, tab: 'curves' };

export const mostChecked = 12;

// check takes a run into the comparison; false where there is no room.
export function check(id) {
  if (checked.has(id)) return true;
  if (checked.size >= mostChecked) return false;
  const taken = new Set(checked.values());
  let free = 0;
  while (taken.has(free)) free++;
  checked.set(id, free);
  return true;
}

export function uncheck(id) {
  checked.delete(id);
  hiddenRuns.delete(id);
}

// The checked runs stand in the address, so that a reload shows them again.
export function rememberChecked() {
  history.replaceState(null, '', `#runs=${[...checked.keys()].join(',')}`);
}

export function checkedInAddress() {
  const match = /^#runs=([0-9a-f,]*)$/.exec(location.hash);
  return match ? match[1].split(',').filter(Boolean) : [];
}

// firstChecks are those that are shown at first: the runs at work, and else the newest.
export function firstChecks() {
  const alive = (run) => (run.state === 'running' || run.state === 'starting' ? 1 : 0);
  return [...runs.values()]
    .filter((run) => run.step >= 0 || alive(run))
    .sort((a, b) => alive(b) - alive(a) || b.changed_ms - a.changed_ms)
    .slice(0, 4)
    .map((run) => run.id);
}
