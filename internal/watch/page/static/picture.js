// The image that is looked at, with its path, label and cluster.
import { byID, setText } from './dom.js';

let shownRow = null;
let sheet = null;
let listens = false;

// A small picture stands until a larger one has come.
function listenToPictures() {
  if (listens) return;
  listens = true;
  const shown = (there) => () => {
    byID('map-picture').hidden = !there;
    if (there) byID('map-thumbnail').hidden = true;
  };
  byID('map-picture').addEventListener('error', shown(false));
  byID('map-picture').addEventListener('load', shown(true));
}

// startPicture gets the thumbnails of a map ready.
export async function startPicture(data) {
  listenToPictures();
  [shownRow, sheet] = [null, null];
  byID('map-thumbnail').hidden = true;
  byID('map-picture').hidden = true;
  if (!data.sheet) return;
  const image = new Image();
  image.src = data.sheet.source;
  await image.decode();
  sheet = image;
}

function drawThumbnail(data, row) {
  const canvas = byID('map-thumbnail');
  const { side, columns, sizes } = data.sheet;
  const [width, height] = [sizes[2 * row], sizes[2 * row + 1]];
  canvas.hidden = !(sheet && width > 0);
  if (canvas.hidden) return;
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(sheet, (row % columns) * side, Math.floor(row / columns) * side, width, height,
    (canvas.width - scale * width) / 2, (canvas.height - scale * height) / 2, scale * width, scale * height);
}

// showPicture shows a row; null leaves what was shown last.
export function showPicture(data, row) {
  if (row === null || row === shownRow) return;
  shownRow = row;
  const label = data.labels[data.label[row]];
  const cluster = data.cluster[row];
  const about = [label === undefined ? null : `label ${label}`, cluster < 0 ? null : `cluster ${cluster}`];
  byID('map-path').classList.remove('hint');
  setText(byID('map-path'), data.paths[row] || `row ${row}`);
  setText(byID('map-about'), about.filter((part) => part !== null).join(', '));
  if (data.sheet) drawThumbnail(data, row);
  byID('map-picture').hidden = true;
  if (data.address) byID('map-picture').src = data.address(row);
}
