// The image that is looked at, with its path, label and cluster.
import { byID, setText } from './dom.js';

let shownRow = null;
let sheet = null;

// startPicture gets the thumbnails of a file ready.
export async function startPicture(data) {
  byID('picture').addEventListener('error', () => { byID('picture').hidden = true; });
  byID('picture').addEventListener('load', () => { byID('picture').hidden = false; });
  if (!data.sheet) return;
  const image = new Image();
  image.src = data.sheet.source;
  await image.decode();
  sheet = image;
}

function drawThumbnail(data, row) {
  const canvas = byID('thumbnail');
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
  const about = [label === undefined ? null : `label ${label}`, `cluster ${data.cluster[row]}`];
  byID('path').classList.remove('hint');
  setText(byID('path'), data.paths[row] || `row ${row}`);
  setText(byID('about'), about.filter((part) => part !== null).join(', '));
  if (data.sheet) drawThumbnail(data, row);
  if (!data.images) return;
  byID('picture').hidden = true;
  byID('picture').src = `api/image?row=${row}`;
}
