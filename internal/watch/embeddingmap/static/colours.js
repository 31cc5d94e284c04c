// Groups of images, their colours, and the legend by which they are hidden.
import { byID, element } from './dom.js';
import { whole } from './format.js';
import { color } from './theme.js';

const mostNamed = 40; // groups in the legend
const runColours = 12; // of style.css

// grouping is by what the points are coloured: names of the groups, and the group of every image.
export const grouping = { names: [], of: [], hidden: new Set() };

// groupBy chooses label, cluster or nothing.
export function groupBy(data, kind) {
  grouping.hidden.clear();
  if (kind === 'label') {
    const none = data.labels.length;
    grouping.names = data.label.includes(-1) ? [...data.labels, 'no label'] : data.labels;
    grouping.of = data.label.map((label) => (label < 0 ? none : label));
  } else if (kind === 'cluster') {
    grouping.names = Array.from({ length: data.clusters }, (_, i) => `cluster ${i}`);
    grouping.of = data.cluster;
  } else {
    grouping.names = ['all images'];
    grouping.of = data.paths.map(() => 0);
  }
}

// groupColour is one of style.css where these are enough, or one of many hues.
export function groupColour(group) {
  if (grouping.names.length <= runColours) return color(`--run-${group}`);
  const dark = getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)';
  return `hsl(${Math.round(group * 137.5) % 360} 65% ${dark ? 65 : 42}%)`;
}

// showLegend lists the groups, the largest first; changed is called when one is hidden or shown.
export function showLegend(changed) {
  const sizes = grouping.names.map(() => 0);
  for (const group of grouping.of) sizes[group] += 1;
  const order = sizes.map((_, group) => group).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const items = order.slice(0, mostNamed).map((group) => {
    const button = element('button', {
      type: 'button', 'aria-pressed': String(!grouping.hidden.has(group)),
      onclick: () => {
        if (!grouping.hidden.delete(group)) grouping.hidden.add(group);
        button.setAttribute('aria-pressed', String(!grouping.hidden.has(group)));
        changed();
      },
    }, `${grouping.names[group]} (${whole(sizes[group])})`);
    button.style.setProperty('--run', groupColour(group));
    return element('li', {}, button);
  });
  if (order.length > mostNamed) items.push(element('li', { class: 'hint' }, `and ${order.length - mostNamed} more`));
  byID('legend').replaceChildren(...items);
}
