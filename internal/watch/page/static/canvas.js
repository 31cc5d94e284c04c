// The points, drawn on a canvas, and what the pointer and the keys do to them.
import { byID } from './dom.js';
import { color } from './theme.js';
import { camera, pan, screenX, screenY, zoom } from './camera.js';
import { groupColour, grouping } from './colours.js';

const reach = 14; // pixels from the pointer to a point
const keyStep = 60; // pixels that an arrow key moves the map
const layers = 16; // in which groups are drawn by turns, so that none hides another

// scene is what is drawn.
export const scene = { places: new Float32Array(0), found: null, hovered: null, chosen: null };

let drawing = false;

// draw draws with the next frame.
export function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawNow();
  });
}

const isShown = (row) => !grouping.hidden.has(grouping.of[row]);

function rowsOfGroups() {
  const rows = grouping.names.map(() => []);
  grouping.of.forEach((group, row) => rows[group].push(row));
  return rows;
}

function drawRows(context, rows, size) {
  for (const row of rows) {
    const x = screenX(scene.places[2 * row]);
    const y = screenY(scene.places[2 * row + 1]);
    if (x > -size && y > -size && x < camera.width + size && y < camera.height + size) {
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }
}

function drawRing(context, row, name) {
  if (row === null || row === undefined) return;
  context.strokeStyle = color(name);
  context.lineWidth = 2;
  context.beginPath();
  context.arc(screenX(scene.places[2 * row]), screenY(scene.places[2 * row + 1]), 8, 0, 2 * Math.PI);
  context.stroke();
}

function drawNow() {
  const canvas = byID('map-canvas');
  const context = canvas.getContext('2d');
  const ratio = window.devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, camera.width, camera.height);
  const count = scene.places.length / 2;
  const size = count > 20000 ? 2.5 : count > 4000 ? 3.5 : 5;
  const groups = rowsOfGroups().map((rows, group) => ({ rows, colour: groupColour(group) }))
    .filter((_, group) => !grouping.hidden.has(group));
  context.globalAlpha = scene.found ? 0.15 : 0.8;
  for (let layer = 0; layer < layers; layer += 1) {
    for (const { rows, colour } of groups) {
      context.fillStyle = colour;
      drawRows(context, rows.filter((_, i) => i % layers === layer), size);
    }
  }
  context.globalAlpha = 1;
  for (const { rows, colour } of scene.found ? groups : []) {
    context.fillStyle = colour;
    drawRows(context, rows.filter((row) => scene.found.has(row)), size + 3);
  }
  drawRing(context, scene.chosen, '--accent');
  drawRing(context, scene.hovered, '--text');
}

// nearest is the row that is shown nearest to a place on the screen, within some pixels; null where
// there is none.
export function nearest(x, y, within = reach) {
  let [best, row] = [within * within, null];
  for (let i = 0; i < scene.places.length / 2; i += 1) {
    const dx = screenX(scene.places[2 * i]) - x;
    const dy = screenY(scene.places[2 * i + 1]) - y;
    if (dx * dx + dy * dy <= best && isShown(i)) [best, row] = [dx * dx + dy * dy, i];
  }
  return row;
}

function startPointer(canvas, look) {
  const down = new Map(); // pointers that are pressed
  let travelled = 0;
  const spread = () => {
    const [a, b] = [...down.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    travelled = 0;
  });
  canvas.addEventListener('pointermove', (event) => {
    const [x, y] = [event.offsetX, event.offsetY];
    const before = down.get(event.pointerId);
    if (!before) {
      look(nearest(x, y), false);
      return;
    }
    const apart = down.size === 2 ? spread() : 0;
    down.set(event.pointerId, { x, y });
    travelled += Math.abs(x - before.x) + Math.abs(y - before.y);
    pan((x - before.x) / down.size, (y - before.y) / down.size);
    if (apart > 0) zoom(spread() / apart, x, y);
    draw();
  });
  for (const name of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(name, (event) => {
      if (down.delete(event.pointerId) && name === 'pointerup' && travelled < 5) {
        look(nearest(event.offsetX, event.offsetY), true);
      }
    });
  }
  canvas.addEventListener('pointerleave', () => look(null, false));
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
    draw();
  }, { passive: false });
}

function startKeys(canvas, look, whole) {
  const actions = {
    ArrowLeft: () => pan(keyStep, 0), ArrowRight: () => pan(-keyStep, 0),
    ArrowUp: () => pan(0, keyStep), ArrowDown: () => pan(0, -keyStep),
    '+': () => zoom(1.5), '=': () => zoom(1.5), '-': () => zoom(1 / 1.5), 0: whole,
    Enter: () => look(nearest(camera.width / 2, camera.height / 2, Infinity), true),
  };
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
    draw();
  });
}

// startCanvas calls look(row, chosen) when the pointer comes upon a row or chooses it, and whole when
// all is to be seen.
export function startCanvas(look, whole, resized) {
  const canvas = byID('map-canvas');
  const measure = () => {
    const ratio = window.devicePixelRatio || 1;
    [camera.width, camera.height] = [canvas.clientWidth || 1, canvas.clientHeight || 1];
    [canvas.width, canvas.height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
    resized();
  };
  new ResizeObserver(measure).observe(byID('map-stage'));
  measure();
  startPointer(canvas, look);
  startKeys(canvas, look, whole);
}
