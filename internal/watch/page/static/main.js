// The page of dino watch and dino report.
import { byID, setText } from './dom.js';
import { setStatus, tell } from './status.js';
import { startTheme } from './theme.js';
import { source } from './source.js';
import { fetchDetails, forgetDetails } from './details.js';
import { showAnswers } from './answers.js';
import { fetchCurves, forgetCurves } from './curves.js';
import { check, checked, checkedInAddress, firstChecks, rememberChecked, runs, view } from './state.js';
import { drawCharts, drawLegend, drawMarkList, startCharts } from './charts.js';
import { showChecks, startRuns, takeRuns } from './runs.js';
import { redrawMap, showMap } from './map.js';
import { showVerdict } from './verdict.js';
import { showPictures, startPictures } from './pictures.js';
import { showConfiguration } from './configuration.js';
import { showBad } from './bad.js';
import { showNotes } from './notes.js';
import { startTabs } from './tabs.js';

const panels = { map: showMap, verdict: showVerdict, pictures: showPictures, configuration: showConfiguration, bad: showBad, notes: showNotes };
const shownVersions = new Map(); // id → version of the metrics that was fetched
let chosenOnce = false;
let fetching = false;
let fetchAgain = false;

function tellError(error) {
  console.error(error);
  tell(`error: ${error.message}`);
}

function showPanel() {
  if (view.tab === 'curves') drawCharts(true);
  else panels[view.tab]().catch(tellError);
}

// refreshDetails fetches what the answers and the marks of a run are made of.
async function refreshDetails(id) {
  if (!await fetchDetails(id)) return;
  showAnswers();
  drawMarkList();
  drawCharts(false);
}

// refreshRun fetches what there is of a run that is not here.
async function refreshRun(id) {
  refreshDetails(id).catch(tellError);
  const version = `${runs.get(id)?.version} ${view.range}`;
  if (shownVersions.get(id) === version) return;
  const { more, error } = await fetchCurves(id, view.range);
  if (error) tell(error);
  if (more) fetchAgain = true;
  else shownVersions.set(id, version);
  drawCharts(false);
}

// refresh fetches what the checked runs have that is not here, one round at a time.
async function refresh() {
  if (fetching) {
    fetchAgain = true;
    return;
  }
  fetching = true;
  try {
    do {
      fetchAgain = false;
      await Promise.all([...checked.keys()].map(refreshRun));
    } while (fetchAgain);
  } catch (error) {
    tellError(error);
  } finally {
    fetching = false;
  }
}

function checksChanged() {
  for (const id of shownVersions.keys()) {
    if (!checked.has(id)) {
      shownVersions.delete(id);
      forgetCurves(id);
      forgetDetails(id);
    }
  }
  rememberChecked();
  showChecks();
  showAnswers();
  drawLegend();
  showPanel();
  refresh();
}

// chooseFirst checks the runs of the address, or some, when the first runs are known.
function chooseFirst() {
  if (chosenOnce) return false;
  const asked = checkedInAddress().filter((id) => runs.has(id));
  const first = asked.length > 0 ? asked : firstChecks();
  for (const id of first) check(id);
  chosenOnce = first.length > 0;
  return chosenOnce;
}

// every lets calls through at most once in so many milliseconds, the last one always.
function every(milliseconds, call) {
  let last = -Infinity;
  let waiting = null;
  return () => {
    if (waiting) return;
    waiting = setTimeout(() => {
      waiting = null;
      last = performance.now();
      call();
    }, Math.max(0, last + milliseconds - performance.now()));
  };
}

const refreshSoon = every(1000, () => {
  refresh();
  if (view.tab === 'pictures') showPanel();
});

function start() {
  setText(byID('kind'), source.live ? 'watch' : 'report');
  document.title = source.live ? 'dino watch' : 'dino report';
  startTheme(() => {
    drawCharts(true);
    redrawMap();
  });
  startCharts(refresh);
  startRuns(checksChanged);
  startPictures(showPanel);
  startTabs(showPanel);
  source.runs(({ runs: changed, total, truncated }) => {
    takeRuns(changed);
    byID('none').hidden = total > 0;
    byID('truncated').hidden = !truncated;
    if (chooseFirst()) checksChanged();
    else refreshSoon();
    if (view.tab === 'map') showMap().catch(tellError);
  }, (text) => {
    setStatus(text);
    shownVersions.clear(); // a server that was started anew counts versions anew
  });
}

start();
