// The page of dino map.
import { byID, setText } from './dom.js';
import { whole } from './format.js';
import { startTheme } from './theme.js';
import { numbers } from './places.js';
import { source } from './source.js';
import { showPicture, startPicture } from './picture.js';
import { groupBy, showLegend } from './colours.js';
import { camera, fit, zoom } from './camera.js';
import { draw, scene, startCanvas } from './canvas.js';
import { startSearch } from './search.js';

const places = { pca: null, umap: null };
let chosenByHand = false; // which places are shown

function wholeMap() {
  camera.moved = false;
  fit(scene.places);
  draw();
}

// showPlaces shows those of PCA or UMAP, as chosen.
function showPlaces() {
  const shown = byID('umap').checked && places.umap ? 'umap' : 'pca';
  scene.places = places[shown];
  fit(scene.places);
  draw();
}

function takeUMAP(data, state) {
  if (state.umap) {
    places.umap = numbers(state.umap);
    byID('umap').disabled = false;
  }
  const images = data.total > data.paths.length
    ? `${whole(data.paths.length)} of ${whole(data.total)} images` : `${whole(data.paths.length)} images`;
  if (state.error) setText(byID('status'), `${images}; UMAP failed: ${state.error}`);
  else if (state.done) setText(byID('status'), data.made ? `${images}, written on ${data.made}` : images);
  else if (state.epochs) setText(byID('status'), `${images}; UMAP at epoch ${state.epoch} of ${state.epochs}`);
  else setText(byID('status'), `${images}; UMAP looks for neighbours …`);
  if (state.done && places.umap && !chosenByHand) {
    byID('umap').checked = true;
    camera.moved = false;
  }
  if (byID('umap').checked) showPlaces();
}

function startControls(data, recolour) {
  for (const id of ['pca', 'umap']) {
    byID(id).addEventListener('change', () => {
      chosenByHand = true;
      camera.moved = false;
      showPlaces();
    });
  }
  byID('colour').value = data.labels.length > 0 ? 'label' : 'cluster';
  byID('colour').addEventListener('change', recolour);
  byID('zoom-in').addEventListener('click', () => { zoom(1.5); draw(); });
  byID('zoom-out').addEventListener('click', () => { zoom(1 / 1.5); draw(); });
  byID('zoom-reset').addEventListener('click', wholeMap);
}

async function start() {
  const data = await source.load();
  if (data.images) data.address = (row) => `api/image?row=${row}`;
  byID('colour-date').hidden = !data.dates;
  places.pca = numbers(data.pca);
  scene.places = places.pca;
  setText(byID('title'), data.title);
  const legend = () => showLegend(draw);
  const recolour = () => {
    groupBy(data, byID('colour').value);
    legend();
    draw();
  };
  startTheme(() => { legend(); draw(); });
  startControls(data, recolour);
  recolour();
  const look = (row, chosen) => {
    scene.hovered = row;
    if (chosen) scene.chosen = row;
    showPicture(data, row ?? scene.chosen);
    draw();
  };
  startCanvas(look, wholeMap, () => { fit(scene.places); draw(); });
  startSearch(data, (rows) => { scene.found = rows; draw(); }, (row) => look(row, true));
  await Promise.all([startPicture(data), source.follow((state) => takeUMAP(data, state), data)]);
}

start().catch((error) => setText(byID('status'), `error: ${error.message}`));
