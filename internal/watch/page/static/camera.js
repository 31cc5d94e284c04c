// Which part of the plane is seen: a place in the middle, and pixels for a unit.

export const camera = { x: 0, y: 0, scale: 1, moved: false, width: 1, height: 1 };

// fit shows all points, unless the camera was moved by hand.
export function fit(places) {
  if (camera.moved) return;
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < places.length; i += 2) {
    if (!(Number.isFinite(places[i]) && Number.isFinite(places[i + 1]))) continue; // an image that has no place now
    left = Math.min(left, places[i]);
    right = Math.max(right, places[i]);
    bottom = Math.min(bottom, places[i + 1]);
    top = Math.max(top, places[i + 1]);
  }
  if (left > right) [left, right, bottom, top] = [0, 0, 0, 0];
  camera.x = (left + right) / 2;
  camera.y = (bottom + top) / 2;
  const wide = Math.max(right - left, 1e-9);
  const high = Math.max(top - bottom, 1e-9);
  camera.scale = 0.92 * Math.min(camera.width / wide, camera.height / high);
}

export const screenX = (x) => camera.width / 2 + (x - camera.x) * camera.scale;
export const screenY = (y) => camera.height / 2 - (y - camera.y) * camera.scale;

// pan moves what is seen by pixels.
export function pan(dx, dy) {
  camera.x -= dx / camera.scale;
  camera.y += dy / camera.scale;
  camera.moved = true;
}

// zoom makes what is seen larger by a factor, about a place on the screen.
export function zoom(factor, atX = camera.width / 2, atY = camera.height / 2) {
  const x = camera.x + (atX - camera.width / 2) / camera.scale;
  const y = camera.y - (atY - camera.height / 2) / camera.scale;
  camera.scale = Math.min(Math.max(camera.scale * factor, 1e-9), 1e9);
  camera.x = x - (atX - camera.width / 2) / camera.scale;
  camera.y = y + (atY - camera.height / 2) / camera.scale;
  camera.moved = true;
}
