// All charts, and the part of the steps that they show.
import { byID, element, own, setText } from './dom.js';
import { whole } from './format.js';
import { wholeOf } from './curves.js';
import { listMarks } from './marks.js';
import { Chart, lastOf } from './chart.js';
import { checked, hiddenRuns, runs, view } from './state.js';

const named = (key, title, hint, more = {}) => ({ key, title, hint, values: (columns) => own(columns, key), ...more });

// The numbers that runs have, in the order in which they are looked at.
const chartSpecs = [
  named('loss', 'Loss', 'Teacher entropy + KL, in nats.'),
  named('knn', 'k-NN accuracy, %', 'Of held-out images; dashed: the untrained network and raw pixels.', {
    points: true,
    references: [
      { label: 'untrained', of: (columns) => lastOf(columns.knn_untrained) },
      { label: 'raw pixels', of: (columns) => lastOf(columns.knn_pixels) },
    ],
  }),
  named('teacher_entropy', 'Teacher entropy', 'At ln K (dashed) the teacher says nothing about an image.', {
    references: [{ label: 'ln K', of: (_, run) => run?.max_entropy ?? NaN }],
  }),
  {
    key: 'information', title: 'Marginal − teacher entropy',
    hint: 'How much the target depends on the image: about 0 means that all images get one target.',
    values: ({ marginal_entropy: marginal, teacher_entropy: teacher }) => marginal && teacher && {
      mean: marginal.mean.map((v, i) => (v === null || teacher.mean[i] === null ? null : v - teacher.mean[i])),
    },
  },
  named('marginal_entropy', 'Marginal entropy', 'Of the mean target: 0 means that one prototype is used.'),
  named('kl', 'KL divergence', 'Of the student from the teacher.'),
  named('feature_std', 'Feature std', 'At 0 all images look alike to the network.'),
  named('max_prob', 'Largest probability', 'Mean of the teacher\'s.'),
  named('center_norm', 'Center norm'),
  named('grad_norm', 'Gradient norm', 'Before clipping.'),
  named('lr', 'Learning rate'),
  named('weight_decay', 'Weight decay'),
  named('momentum', 'Teacher momentum'),
  named('teacher_temp', 'Teacher temperature'),
  named('images_per_s', 'Images a second'),
  named('data_wait', 'Data wait', 'Share of the time spent waiting for images, 0 to 1.'),
];
const knownNames = new Set([...chartSpecs.map((s) => s.key), 'knn_untrained', 'knn_pixels']);

const charts = new Map(); // key → Chart
let zoomed = () => {};

export function startCharts(onZoom) {
  zoomed = onZoom;
  for (const spec of chartSpecs) addChart(spec);
  const redraw = () => drawCharts(true);
  byID('smoothing').addEventListener('input', (event) => {
    view.smoothing = Number(event.target.value);
    drawCharts(false);
  });
  byID('log').addEventListener('change', (event) => {
    view.log = event.target.checked;
    redraw();
  });
  const buttons = { 'zoom-in': 'in', 'zoom-out': 'out', earlier: 'earlier', later: 'later', 'zoom-reset': null };
  for (const [id, action] of Object.entries(buttons)) byID(id).addEventListener('click', () => zoomTo(action));
  new ResizeObserver(() => charts.forEach((chart) => chart.resize())).observe(byID('charts'));
}

function addChart(spec) {
  const chart = new Chart(spec, zoomTo);
  charts.set(spec.key, chart);
  byID('charts').append(chart.section);
}

// extent are the first and last step of the runs that are drawn.
function extent() {
  let first = Infinity;
  let last = -Infinity;
  for (const id of checked.keys()) {
    const steps = hiddenRuns.has(id) ? [] : wholeOf(id)?.steps ?? [];
    if (steps.length > 0) {
      first = Math.min(first, steps[0], 0);
      last = Math.max(last, steps[steps.length - 1]);
    }
  }
  return last > first ? [first, last] : [0, 1];
}

// zoomTo takes a range of steps, null for all, or what to do with the range that is shown.
function zoomTo(action) {
  const [first, last] = extent();
  let [from, to] = view.range ?? [first, last];
  const width = to - from;
  if (Array.isArray(action)) [from, to] = action;
  else if (action === 'in') [from, to] = [from + width / 4, to - width / 4];
  else if (action === 'out') [from, to] = [from - width / 2, to + width / 2];
  else if (action === 'earlier') [from, to] = [from - width / 4, to - width / 4];
  else if (action === 'later') [from, to] = [from + width / 4, to + width / 4];
  else [from, to] = [first, last];
  const kept = Math.max(Math.min(to - from, last - first), Math.min(4, last - first));
  from = Math.min(Math.max(from, first), last - kept);
  to = from + kept;
  view.range = from <= first && to >= last ? null : [from, to];
  setText(byID('range'), view.range ? `steps ${whole(Math.round(from))} to ${whole(Math.round(to))}` : '');
  drawCharts(false);
  zoomed();
}

// drawCharts brings all charts up to date; anew after colours, scales or runs have changed.
export function drawCharts(anew) {
  if (view.tab !== 'curves') return;
  for (const id of checked.keys()) {
    for (const name of Object.keys(wholeOf(id)?.columns ?? {})) {
      if (!knownNames.has(name)) {
        knownNames.add(name);
        addChart(named(name, name, ''));
      }
    }
  }
  let shown = 0;
  for (const chart of charts.values()) shown += chart.draw(anew) ? 1 : 0;
  byID('charts').dataset.shown = shown;
}

// zoomToMark shows the part of the steps around a mark.
function zoomToMark(mark) {
  const [first, last] = extent();
  const to = mark.to ?? last;
  const around = Math.max((to - mark.from) / 4, (last - first) / 20, 2);
  zoomTo([mark.from - around, to + around]);
}

// drawMarkList lists the marks of the runs that are drawn.
export function drawMarkList() {
  listMarks(() => charts.forEach((chart) => chart.redraw()), zoomToMark);
}

// drawLegend lists the checked runs; each is a button that hides or shows its lines.
export function drawLegend() {
  const legend = byID('legend');
  const focused = legend.contains(document.activeElement) ? document.activeElement.dataset.run : null;
  legend.replaceChildren(...[...checked.keys()].map((id) => {
    const button = element('button', {
      type: 'button', 'aria-pressed': !hiddenRuns.has(id), 'data-run': id,
      onclick: () => {
        if (!hiddenRuns.delete(id)) hiddenRuns.add(id);
        drawLegend();
        drawCharts(false);
      },
    }, runs.get(id)?.name ?? id);
    button.style.setProperty('--run', `var(--run-${checked.get(id)})`);
    return element('li', {}, button);
  }));
  if (focused) legend.querySelector(`[data-run="${CSS.escape(focused)}"]`)?.focus();
  drawMarkList();
}
