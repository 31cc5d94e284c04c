// Groups of images, their colours, and the legend by which they are hidden.
import { byID, element } from './dom.js';
import { whole } from './format.js';
import { color } from './theme.js';

const mostNamed = 40; // groups in the legend
const runColours = 12; // of style.css

const mostSpans = 10; // into which an order or dates are cut

// grouping is by what the points are coloured: names of the groups, and the group of every image. In
// a sequence the groups come one after the other, and so do their colours.
export const grouping = { names: [], of: [], hidden: new Set(), sequence: false };

// groupByOrder cuts numbers into spans of equally many images, named by their first and last; what
// has no number is a group of its own.
function groupByOrder(values, nameOf, none, before = '') {
  const rows = values.map((_, row) => row).filter((row) => values[row] !== null).sort((a, b) => values[a] - values[b]);
  const spans = Math.min(mostSpans, rows.length);
  grouping.sequence = true;
  grouping.names = [];
  grouping.of = values.map(() => spans);
  for (let span = 0; span < spans; span += 1) {
    const members = rows.slice(Math.floor(span * rows.length / spans), Math.floor((span + 1) * rows.length / spans));
    for (const row of members) grouping.of[row] = span;
    const [first, last] = [nameOf(values[members[0]]), nameOf(values[members[members.length - 1]])];
    grouping.names.push(before + (first === last ? first : `${first} to ${last}`));
  }
  if (rows.length < values.length) grouping.names.push(none);
}

const dayOf = (seconds) => new Date(1000 * seconds).toISOString().slice(0, 10);

// groupBy chooses label, cluster, order, date or nothing.
export function groupBy(data, kind) {
  grouping.hidden.clear();
  grouping.sequence = false;
  if (kind === 'label') {
    const none = data.labels.length;
    grouping.names = data.label.includes(-1) ? [...data.labels, 'no label'] : data.labels;
    grouping.of = data.label.map((label) => (label < 0 ? none : label));
  } else if (kind === 'cluster') {
    grouping.names = Array.from({ length: data.clusters }, (_, i) => `cluster ${i}`);
    if (data.cluster.includes(-1)) grouping.names.push('no cluster');
    grouping.of = data.cluster.map((cluster) => (cluster < 0 ? data.clusters : cluster));
  } else if (kind === 'order') {
    groupByOrder(data.paths.map((_, row) => row + 1), whole, '', 'images ');
  } else if (kind === 'date' && data.dates) {
    groupByOrder(data.dates.map((date) => date || null), dayOf, 'no date');
  } else {
    grouping.names = ['all images'];
    grouping.of = data.paths.map(() => 0);
  }
}

// groupColour is one of style.css where these are enough, or one of many hues.
export function groupColour(group) {
  const dark = getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)';
  if (grouping.sequence) {
    const share = group / Math.max(1, mostSpans - 1); // from blue to yellow, and lighter
    return group === mostSpans ? color('--quiet') : `hsl(${Math.round(260 - 210 * share)} 75% ${Math.round((dark ? 45 : 30) + 25 * share)}%)`;
  }
  if (grouping.names.length <= runColours) return color(`--run-${group}`);
  return `hsl(${Math.round(group * 137.5) % 360} 65% ${dark ? 65 : 42}%)`;
}

// showLegend lists the groups, the largest first; changed is called when one is hidden or shown.
export function showLegend(changed) {
  const sizes = grouping.names.map(() => 0);
  for (const group of grouping.of) sizes[group] += 1;
  const order = sizes.map((_, group) => group).sort((a, b) => (grouping.sequence ? a - b : sizes[b] - sizes[a] || a - b));
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
  byID('map-legend').replaceChildren(...items);
}
