// The map of a run: its images as the network saw them at several epochs.
import { byID, element, setText } from './dom.js';
import { percent, whole } from './format.js';
import { source } from './source.js';
import { checked, runs, view } from './state.js';
import { numbers } from './places.js';
import { showPicture, startPicture } from './picture.js';
import { groupBy, showLegend } from './colours.js';
import { camera, fit, zoom } from './camera.js';
import { draw, scene, startCanvas } from './canvas.js';
import { startSearch } from './search.js';

const moveFor = 400; // milliseconds from one epoch to the next
const playEvery = 900;

const onMap = { paths: [], labels: [], label: [], clusters: 0, cluster: [], snapshots: [] }; // as the server has it
let mapRun = null; // id
let mapKey = ''; // of what was fetched
let shownAt = null; // steps of the snapshot that is shown
let moving = 0; // counts movements, so that a new one ends the one before
let playing = null;
let mapStarted = false;
let umapAsked = false;

const snapshotNow = () => onMap.snapshots[Number(byID('map-time').value)];
const wantsUMAP = () => byID('map-umap').checked;
const targetOf = (snapshot) => (wantsUMAP() && snapshot.places.umap ? snapshot.places.umap : snapshot.places.pca);

// allPlaces are those of all epochs, so that what is seen stays where it is from one to the next.
function allPlaces() {
  const computed = onMap.snapshots.filter((s) => s.places.umap);
  const lists = (wantsUMAP() && computed.length > 0 ? computed : onMap.snapshots).map(targetOf);
  const joined = new Float32Array(lists.reduce((n, list) => n + list.length, 0));
  let at = 0;
  for (const list of lists) {
    joined.set(list, at);
    at += list.length;
  }
  return joined;
}

function fitMap() {
  fit(allPlaces());
  draw();
}

// moveTo moves the points to places, at once where movement is not wanted.
function moveTo(target) {
  moving += 1;
  const mine = moving;
  const from = scene.places;
  const begun = performance.now();
  const quick = from.length !== target.length || matchMedia('(prefers-reduced-motion: reduce)').matches;
  const step = (now) => {
    if (mine !== moving) return;
    const share = quick ? 1 : Math.min(1, Math.max(0, (now - begun) / moveFor));
    const eased = share * share * (3 - 2 * share);
    scene.places = share === 1 ? target : target.map((to, i) => (Number.isFinite(from[i]) ? from[i] + eased * (to - from[i]) : to));
    draw();
    if (share < 1) requestAnimationFrame(step);
  };
  step(begun);
}

// whenText says which state a snapshot is.
function whenText(snapshot) {
  const epoch = snapshot.step === 0 ? 'before the first step' : `epoch ${whole(snapshot.epoch)}, after step ${whole(snapshot.step)}`;
  const knn = snapshot.knn === null ? '' : `, k-NN ${percent(snapshot.knn)}`;
  const best = onMap.snapshots.findLast((s) => s.best) === snapshot ? ', the best ★' : '';
  return epoch + knn + best;
}

// showTime shows the snapshot of the slider.
function showTime() {
  const snapshot = snapshotNow();
  if (!snapshot) return;
  shownAt = snapshot.step;
  const images = `${whole(onMap.paths.filter((_, row) => Number.isFinite(snapshot.places.pca[2 * row])).length)} images`;
  const missing = wantsUMAP() && !snapshot.places.umap;
  setText(byID('map-when'), `${whenText(snapshot)}; ${images}`);
  byID('map-time').setAttribute('aria-valuetext', whenText(snapshot));
  if (!missing) setText(byID('map-told'), '');
  else if (source.live) fetchUMAP(snapshot);
  else setText(byID('map-told'), 'The report has UMAP of the newest epoch alone: this is PCA.');
  moveTo(targetOf(snapshot));
}

// fetchUMAP has UMAP computed, one epoch at a time; the last one that was asked for is shown.
async function fetchUMAP(snapshot) {
  setText(byID('map-told'), 'UMAP is being computed …');
  if (umapAsked) return;
  umapAsked = true;
  const run = mapRun;
  try {
    snapshot.places.umap = numbers((await source.umap(run, snapshot.step)).umap);
  } catch (error) {
    snapshot.places.umap = snapshot.places.pca;
    setText(byID('map-told'), `UMAP failed: ${error.message}`);
  } finally {
    umapAsked = false;
  }
  if (run !== mapRun || !wantsUMAP()) return;
  camera.moved = false;
  fitMap();
  showTime();
}

function stopPlaying() {
  clearInterval(playing);
  playing = null;
  setText(byID('map-play'), '▶ Play');
}

// play goes from epoch to epoch, from the first on if the last is shown.
function play() {
  if (playing) {
    stopPlaying();
    return;
  }
  const slider = byID('map-time');
  const go = (to) => {
    slider.value = to;
    showTime();
  };
  if (Number(slider.value) >= Number(slider.max)) go(0);
  setText(byID('map-play'), '❚❚ Pause');
  playing = setInterval(() => {
    go(Number(slider.value) + 1);
    if (Number(slider.value) >= Number(slider.max)) stopPlaying();
  }, playEvery);
}

function recolourMap() {
  groupBy(onMap, byID('map-colour').value);
  showLegend(draw);
  draw();
}

// redrawMap is for colours that have changed.
export function redrawMap() {
  if (!mapStarted || view.tab !== 'map') return;
  showLegend(draw);
  draw();
}

function startMap() {
  if (mapStarted) return;
  mapStarted = true;
  const look = (row, chosen) => {
    scene.hovered = row;
    if (chosen) scene.chosen = row;
    showPicture(onMap, row ?? scene.chosen);
    draw();
  };
  const whole = () => {
    camera.moved = false;
    fitMap();
  };
  startCanvas(look, whole, fitMap);
  startSearch(onMap, (rows) => { scene.found = rows; draw(); }, (row) => look(row, true));
  for (const id of ['map-pca', 'map-umap']) {
    byID(id).addEventListener('change', () => {
      camera.moved = false;
      fitMap();
      showTime();
    });
  }
  byID('map-colour').addEventListener('change', recolourMap);
  byID('map-time').addEventListener('input', () => { stopPlaying(); showTime(); });
  byID('map-play').addEventListener('click', play);
  byID('map-zoom-in').addEventListener('click', () => { zoom(1.5); draw(); });
  byID('map-zoom-out').addEventListener('click', () => { zoom(1 / 1.5); draw(); });
  byID('map-zoom-reset').addEventListener('click', whole);
  byID('map-run').addEventListener('change', () => {
    mapRun = byID('map-run').value;
    mapKey = '';
    showMap().catch((error) => setText(byID('map-none'), `error: ${error.message}`));
  });
}

// takeMap shows a map that was fetched. Who looks at the newest epoch goes on to the next one.
async function takeMap(data, id) {
  const same = id === mapRun && onMap.paths.join('\n') === data.paths.join('\n');
  const atEnd = !same || Number(byID('map-time').value) >= onMap.snapshots.length - 1;
  const known = new Map(same ? onMap.snapshots.map((s) => [s.step, s]) : []);
  for (const name of ['sheet', 'address', 'dates']) delete onMap[name];
  Object.assign(onMap, data);
  for (const s of onMap.snapshots) {
    const umap = s.umap ? numbers(s.umap) : known.get(s.step)?.places.umap ?? null;
    s.places = { pca: numbers(s.pca), umap };
  }
  if (data.images) onMap.address = (row) => source.image(id, onMap.paths[row]);
  const slider = byID('map-time');
  slider.max = onMap.snapshots.length - 1;
  const at = onMap.snapshots.findIndex((s) => s.step === shownAt);
  slider.value = atEnd || at < 0 ? slider.max : at;
  byID('map-times').hidden = onMap.snapshots.length < 2;
  if (!same) {
    stopPlaying();
    Object.assign(scene, { places: new Float32Array(0), found: null, hovered: null, chosen: null });
    byID('map-search').value = '';
    byID('map-search').dispatchEvent(new Event('input'));
    byID('map-colour').value = onMap.labels.length > 0 ? 'label' : 'cluster';
    setText(byID('map-path'), 'Point at an image to see it.');
    setText(byID('map-about'), '');
    camera.moved = false;
    await startPicture(onMap);
  }
  recolourMap();
  fitMap();
  showTime();
}

function chooseRun() {
  const ids = [...checked.keys()];
  if (!checked.has(mapRun)) {
    mapRun = ids[0] ?? null;
    mapKey = '';
  }
  byID('map-run').replaceChildren(...ids.map((id) => element('option', { value: id }, runs.get(id)?.name ?? id)));
  byID('map-run').value = mapRun ?? '';
}

// showMap shows the map of one of the checked runs, and what is new of it.
export async function showMap() {
  startMap();
  chooseRun();
  const run = runs.get(mapRun);
  const key = `${mapRun} ${run?.epoch} ${run?.state} ${run?.best_knn}`;
  if (key === mapKey) return;
  mapKey = key;
  const id = mapRun;
  let data = { none: 'Check a run above.' };
  if (id !== null) data = await source.map(id);
  if (id !== mapRun) return;
  setText(byID('map-none'), data.none ?? '');
  byID('map-none').hidden = !data.none;
  byID('map-whole').hidden = Boolean(data.none);
  if (data.none) {
    onMap.paths = [];
    mapKey = `${key} none ${Math.floor(performance.now() / 10000)}`; // it may come
    return;
  }
  await takeMap(data, id);
}
