// One chart: one number of all checked runs over the steps. uPlot draws it.
/* global uPlot */
import { element, setText } from './dom.js';
import { digits, whole } from './format.js';
import { color } from './theme.js';
import { bucketsOf, smoothed } from './curves.js';
import { checked, hiddenRuns, runs, view } from './state.js';
import { allMarks, drawMarks, marksAt, markText } from './marks.js';

// tableOf are the steps and values of a number in a run: line, low, high. A number that few lines
// have, as k-NN accuracy, is drawn from one to the next; where others are missing there is a gap.
function tableOf(id, spec) {
  const buckets = bucketsOf(id);
  const column = buckets && spec.values(buckets.columns);
  if (!column) return null;
  const missing = column.mean.filter((v) => v === null).length;
  const keep = (_, i) => missing < column.mean.length / 2 || column.mean[i] !== null;
  const steps = buckets.steps.filter(keep);
  if (steps.length === 0 || missing === column.mean.length) return null;
  const mean = column.mean.filter(keep);
  const low = (column.min ?? column.mean).filter(keep);
  const high = (column.max ?? column.mean).filter(keep);
  const references = (spec.references ?? []).map(({ label, of }) => ({ label, value: of(buckets.columns, runs.get(id)) }))
    .filter(({ value }) => Number.isFinite(value));
  return { steps, mean, line: spec.points ? mean : smoothed(mean, view.smoothing), low, high, references };
}

// lastOf is the newest value of a number.
export const lastOf = (column) => column?.mean.findLast((v) => v !== null);

// positive leaves out what a logarithm has no place for.
const positive = (values) => (view.log ? values.map((v) => (v > 0 ? v : null)) : values);

export class Chart {
  constructor(spec, zoomTo) {
    this.spec = spec;
    this.zoomTo = zoomTo;
    this.canvas = element('div', { class: 'canvas', tabindex: 0, role: 'group', 'aria-roledescription': 'chart', 'aria-label': spec.title });
    this.readout = element('ul', { class: 'readout', 'aria-label': `Values of ${spec.title}` });
    this.at = element('span', { class: 'at' });
    this.marksHere = element('ul', { class: 'marks-here', 'aria-label': `Marks at the cursor of ${spec.title}` });
    this.marks = [];
    this.section = element('section', { class: 'chart', 'aria-label': spec.title, 'data-chart': spec.key },
      element('h3', {}, spec.title, this.at), spec.hint ? element('p', { class: 'hint' }, spec.hint) : null,
      this.canvas, this.readout, this.marksHere);
    this.canvas.addEventListener('keydown', (event) => this.key(event));
  }

  // draw makes the chart anew where its runs or scales are others, and else moves its data. It reports
  // whether there is anything to see.
  draw(anew) {
    const tables = [...checked.keys()].filter((id) => !hiddenRuns.has(id))
      .map((id) => ({ id, table: tableOf(id, this.spec) })).filter((t) => t.table);
    this.section.hidden = tables.length === 0;
    if (tables.length === 0) {
      this.destroy();
      return false;
    }
    this.tables = tables;
    this.marks = allMarks();
    const key = tables.map((t) => t.id + t.table.references.map(({ label }) => label)).join();
    const data = uPlot.join(tables.map(({ table }) => [
      table.steps, positive(table.line), positive(table.low), positive(table.high),
      ...table.references.map(({ value }) => positive(table.steps.map(() => value))),
    ]));
    if (anew || key !== this.drawn || !this.plot) {
      this.destroy();
      this.drawn = key;
      this.plot = new uPlot(this.options(), data, this.canvas);
    } else {
      this.plot.setData(data);
    }
    this.show();
    return true;
  }

  destroy() {
    this.plot?.destroy();
    this.plot = null;
    this.drawn = '';
  }

  redraw() {
    this.plot?.redraw(false);
  }

  resize() {
    if (this.plot) this.plot.setSize({ width: this.canvas.clientWidth, height: this.plot.height });
  }

  options() {
    const series = [{}];
    const bands = [];
    for (const { id, table } of this.tables) {
      const stroke = color(`--run-${checked.get(id)}`);
      const sparse = this.spec.points ? { show: true, size: 5 } : { show: false };
      series.push({ label: runs.get(id)?.name ?? id, stroke, width: 1.5, points: sparse });
      series.push({ stroke: `${stroke}44`, width: 1, points: { show: false } });
      series.push({ stroke: `${stroke}44`, width: 1, points: { show: false } });
      bands.push({ series: [series.length - 1, series.length - 2], fill: `${stroke}22` });
      table.references.forEach((_, i) => series.push({ stroke, width: 1, dash: [3 + 4 * i, 4], points: { show: false } }));
    }
    const axis = {
      stroke: color('--quiet'), grid: { stroke: color('--line'), width: 1 }, ticks: { stroke: color('--line'), width: 1 },
      font: '12px system-ui, sans-serif',
    };
    return {
      width: Math.max(200, this.canvas.clientWidth || 320), height: 200, series, bands, legend: { show: false },
      scales: {
        x: { time: false, range: (_, least, most) => view.range ?? [least, most > least ? most : least + 1] },
        y: { distr: view.log ? 3 : 1 },
      },
      axes: [
        { ...axis, size: 30, values: (_, ticks) => ticks.map((v) => (Number.isInteger(v) ? whole(v) : '')) },
        { ...axis, size: 58, values: (_, ticks) => ticks.map((v) => (v === null ? '' : digits(v, 4))) },
      ],
      cursor: {
        sync: { key: 'steps' }, points: { size: 6 }, drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => () => this.zoomTo(null) },
      },
      hooks: {
        setSelect: [(plot) => this.select(plot)], setCursor: [(plot) => this.show(plot.cursor.idx)],
        draw: [(plot) => drawMarks(plot, this.marks)],
      },
    };
  }

  select(plot) {
    const { left, width } = plot.select;
    if (width < 3) return;
    const range = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.zoomTo(range);
  }

  // show writes the values at the cursor, or the last ones, below the chart and into its name.
  show(place) {
    const cursor = place === null || place === undefined ? Infinity : this.plot?.data[0][place];
    const lines = this.tables.map(({ id, table }) => {
      let i = table.steps.findLastIndex((step, n) => step <= cursor && table.mean[n] !== null);
      if (i < 0) i = table.mean.findIndex((v) => v !== null);
      const value = table.line[i];
      const spread = table.high[i] > table.low[i] ? ` (${digits(table.low[i])} to ${digits(table.high[i])})` : '';
      const beside = table.references.map((r) => `; ${r.label} ${digits(r.value)}`).join('');
      return { id, step: table.steps[i], text: `${runs.get(id)?.name ?? id}: ${digits(value)}${spread}${beside}` };
    });
    setText(this.at, cursor === Infinity ? '' : ` at step ${whole(cursor)}`);
    while (this.readout.children.length > lines.length) this.readout.lastChild.remove();
    lines.forEach((line, i) => {
      const item = this.readout.children[i] ?? this.readout.appendChild(element('li'));
      item.style.setProperty('--run', `var(--run-${checked.get(line.id)})`);
      setText(item, line.text);
    });
    const here = cursor === Infinity || !this.plot ? [] : marksAt(this.plot, this.marks, this.plot.cursor.left, cursor);
    const texts = here.map((mark) => `${mark.sign} ${markText(mark)}`);
    if (texts.join('\n') !== this.marksShown) {
      this.marksShown = texts.join('\n');
      this.marksHere.replaceChildren(...here.map((mark, i) => {
        const item = element('li', { 'data-severity': mark.severity }, texts[i]);
        item.style.setProperty('--run', `var(--run-${checked.get(mark.id)})`);
        return item;
      }));
    }
    const summary = lines.map((line) => `${line.text} at step ${whole(line.step)}`).join('; ');
    this.canvas.setAttribute('aria-label', `${this.spec.title}. ${summary}. Keys: plus, minus, arrows, 0.`);
  }

  key(event) {
    const action = { '+': 'in', '=': 'in', '-': 'out', ArrowLeft: 'earlier', ArrowRight: 'later', 0: 'reset' }[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.zoomTo(action);
  }
}
