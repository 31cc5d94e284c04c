// Pictures of the checked runs over time: a row an image, a column an epoch, the newest first.
import { byID, element, own, setText } from './dom.js';
import { whole } from './format.js';
import { source } from './source.js';
import { checked, runs } from './state.js';

const aboutPictures = {
  attention: 'What the teacher’s class token attends to in the last block, mean of its heads: from none (violet) to the most in the image (yellow). Even attention is all yellow.',
  colours: 'Three directions in which the teacher’s patch tokens differ most, as red, green and blue: patches of one colour are alike to the network. The colours are kept from epoch to epoch.',
  neighbours: 'The images whose features are the most similar to those of the image, with their cosine similarity.',
};
const nounOfPictures = { attention: 'Attention', colours: 'Patch colours', neighbours: 'Neighbours' };

let pictureKind = 'attention';
let picturesAsked = 0; // how often; of several answers the last counts
const pictureSections = new Map(); // id → {key, section, region}

// startPictures calls changed when something else is to be shown.
export function startPictures(changed) {
  byID('picture-kinds').addEventListener('change', (event) => {
    pictureKind = event.target.value;
    changed();
  });
}

// tile is a part of a sheet, whose parts lie in so many columns and rows.
function tile(address, name, [column, columns], [row, rows] = [0, 1]) {
  const place = (i, n) => `${n > 1 ? (100 * i) / (n - 1) : 0}%`;
  const made = element('div', { class: 'tile', role: 'img', 'aria-label': name });
  made.style.backgroundImage = `url("${address}")`;
  made.style.backgroundSize = `${100 * columns}% ${100 * rows}%`;
  made.style.backgroundPosition = `${place(column, columns)} ${place(row, rows)}`;
  return made;
}

function neighbourItem(address, near, image, images, rank, ranks) {
  return element('li', {},
    address ? tile(address, `neighbour ${rank + 1}: ${near.path}`, [image, images], [rank, ranks]) : null,
    element('span', {}, near.path, element('span', { class: 'hint' }, ` ${near.class ? `${near.class}, ` : ''}${near.similarity.toFixed(2)}`)));
}

// pictureCell is one image after one epoch.
function pictureCell(id, { followed }, epoch, image) {
  const images = followed.images.length;
  const name = own(epoch.sheets, pictureKind);
  const address = name ? source.sheet(id, name) : undefined;
  if (pictureKind === 'neighbours') {
    const near = (epoch.neighbours ?? [])[image] ?? [];
    const ranks = Math.max(...(epoch.neighbours ?? []).map((n) => (n ?? []).length));
    if (near.length > 0) {
      return element('td', {}, element('ol', { class: 'near' },
        ...near.map((n, rank) => neighbourItem(address, n, image, images, rank, ranks))));
    }
  } else if (address) {
    const what = `${nounOfPictures[pictureKind].toLowerCase()} of ${followed.images[image].path} after epoch ${whole(epoch.epochs)}`;
    return element('td', {}, tile(address, what, [image, images]));
  }
  return element('td', { class: 'hint' }, `none${own(epoch.missing ?? {}, pictureKind) ? `: ${epoch.missing[pictureKind]}` : ''}`);
}

function picturesTable(id, name, drawn) {
  const epochs = [...drawn.epochs].reverse();
  const { images } = drawn.followed;
  const address = source.sheet(id, drawn.followed.sheet);
  return element('table', { class: 'pictures' },
    element('caption', { class: 'hidden' }, `${nounOfPictures[pictureKind]} in ${name}, the newest epoch first`),
    element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'Image'),
      ...epochs.map((e) => element('th', { scope: 'col' }, `Epoch ${whole(e.epochs)}`)))),
    element('tbody', {}, ...images.map((file, i) => element('tr', {},
      element('th', { scope: 'row' },
        address ? tile(address, `the image ${file.path}`, [i, images.length]) : null,
        element('span', {}, file.path), file.class ? element('span', { class: 'hint' }, ` ${file.class}`) : null),
      ...epochs.map((e) => pictureCell(id, drawn, e, i))))));
}

const cropsText = (crops, kind) => `${crops.shown < crops.number ? `${whole(crops.shown)} of ` : ''}${whole(crops.number)} ${kind} of ${whole(crops.size)} × ${whole(crops.size)} pixels`;

function viewsFigure(id, views) {
  const address = views ? source.sheet(id, views.sheet) : undefined;
  if (!address) return null;
  const about = `Views of ${whole(views.images.length)} images in the first step, as the network sees them: ${cropsText(views.global, 'global views')}, and ${cropsText(views.local, 'local views')}.`;
  return element('details', { class: 'views' },
    element('summary', {}, 'Views of the first step'),
    element('figure', {},
      element('figcaption', {}, `${about} A row an image:`,
        element('ol', {}, ...views.images.map((file) => element('li', {}, file.path)))),
      element('div', { class: 'scroll' }, element('img', { src: address, alt: about }))));
}

// regionOf is what scrolls sideways; it stays when there is more to show, with its place and focus.
function regionOf(id) {
  const before = pictureSections.get(id)?.region;
  return before ?? element('div', { class: 'scroll', role: 'region', tabindex: '0' });
}

function sectionOf(id, drawn) {
  const name = runs.get(id)?.name ?? id;
  const region = regionOf(id);
  const parts = [element('h3', {}, name)];
  const total = drawn.total ?? drawn.epochs.length;
  if (drawn.error) parts.push(element('p', { class: 'error' }, drawn.error));
  const missing = own(drawn.followed?.missing ?? {}, pictureKind);
  if (missing) {
    parts.push(element('p', {}, `This run has no pictures of this kind: ${missing}.`));
  } else if (drawn.followed && drawn.epochs.length > 0) {
    if (total > drawn.epochs.length) {
      parts.push(element('p', { class: 'hint' }, `This report has ${whole(drawn.epochs.length)} of ${whole(total)} epochs that were drawn.`));
    }
    region.setAttribute('aria-label', `${nounOfPictures[pictureKind]} in ${name} by epoch, scrolls sideways`);
    region.replaceChildren(picturesTable(id, name, drawn));
    parts.push(region);
  } else {
    parts.push(element('p', {}, total > 0 ? 'The pictures of this run do not fit into this report.' : 'No picture was drawn so far: the first are drawn after an epoch. Runs with the option pictures.images=0, and those of older versions, have none.'));
  }
  const views = viewsFigure(id, drawn.views);
  if (views) {
    views.open = pictureSections.get(id)?.section.querySelector('details')?.open ?? false;
    parts.push(views);
  }
  return { region, section: element('section', { class: 'drawn', 'aria-label': `Pictures of ${name}` }, ...parts) };
}

// showPictures fetches the pictures of the runs that have others than those that are shown.
export async function showPictures() {
  picturesAsked += 1;
  const asked = picturesAsked;
  const ids = [...checked.keys()];
  const keys = ids.map((id) => `${runs.get(id)?.pictures_ms} ${runs.get(id)?.name} ${pictureKind}`);
  const fresh = ids.map((id, i) => pictureSections.get(id)?.key !== keys[i]);
  const fetched = await Promise.all(ids.map((id, i) => (fresh[i] ? source.pictures(id) : null)));
  if (asked !== picturesAsked) return;
  setText(byID('picture-about'), aboutPictures[pictureKind]);
  ids.forEach((id, i) => {
    if (!fetched[i]) return;
    const focused = pictureSections.get(id)?.region === document.activeElement;
    const made = sectionOf(id, fetched[i]);
    pictureSections.get(id)?.section.replaceWith(made.section);
    if (focused) made.region.focus({ preventScroll: true });
    pictureSections.set(id, { key: keys[i], ...made });
  });
  for (const id of pictureSections.keys()) if (!checked.has(id)) pictureSections.delete(id);
  const shown = ids.length > 0 ? ids.map((id) => pictureSections.get(id).section) : [element('p', {}, 'Check a run above.')];
  const panel = byID('pictures');
  if (shown.length !== panel.children.length || shown.some((node, i) => panel.children[i] !== node)) panel.replaceChildren(...shown);
}
