// Marks in the charts: from where to where something was found about a run, and its best checkpoint.
import { byID, element } from './dom.js';
import { whole } from './format.js';
import { color } from './theme.js';
import { detailsOf } from './details.js';
import { checked, hiddenRuns, runs } from './state.js';
import { severitySigns } from './verdict.js';

const mostMarks = 60; // of a run
const nearMark = 5; // pixels from the line of a mark to the pointer

export const marking = { looked: null }; // key of the mark that is looked at

const nameOf = (id) => runs.get(id)?.name ?? id;

// findingMarks are the findings of a run as parts of its steps; a plateau begins where learning
// stopped.
function findingMarks(id, findings, stopped) {
  const marks = [];
  const open = new Map(); // kind → its mark
  for (const f of findings) {
    if (f.change === 'ends') {
      const mark = open.get(f.kind);
      if (mark) mark.to = f.step;
      open.delete(f.kind);
    } else {
      const mark = { id, key: `${id}:${f.kind}:${f.since}`, kind: f.kind, severity: f.severity, from: f.kind === 'plateau' ? stopped ?? f.since : f.since, to: null, sign: severitySigns[f.severity] ?? '•' };
      open.set(f.kind, mark);
      marks.push(mark);
    }
  }
  return marks.slice(-mostMarks);
}

function marksOf(id) {
  const details = detailsOf(id);
  if (!details || hiddenRuns.has(id)) return [];
  const marks = findingMarks(id, details.findings ?? [], details.answers?.learning === 'stopped' ? details.answers.since : null);
  const best = details.answers?.best;
  if (best && best.step !== null) {
    marks.push({ id, key: `${id}:best`, kind: 'best checkpoint', severity: 'best', from: best.step, to: best.step, sign: '★' });
  }
  return marks;
}

// allMarks are those of all checked runs that are drawn.
export const allMarks = () => [...checked.keys()].flatMap(marksOf);

// markText says what a mark is, and where.
export function markText(mark) {
  const kind = mark.kind.replaceAll('_', ' ');
  const steps = mark.severity === 'best' ? `after step ${whole(mark.from + 1)}`
    : mark.to === null ? `since step ${whole(mark.from + 1)}` : `steps ${whole(mark.from + 1)} to ${whole(mark.to + 1)}`;
  const grave = mark.severity === 'best' ? '' : ` (${mark.severity})`;
  return `${nameOf(mark.id)}: ${kind}${grave}, ${steps}`;
}

const fills = { failure: '26', warning: '1a', hint: '00', best: '00' }; // how opaque a band is
const dashes = { failure: [], warning: [6, 3], hint: [2, 4], best: [] };

// drawMarks draws marks into a chart of uPlot, each in the colour of its run.
export function drawMarks(plot, marks) {
  const { ctx, bbox } = plot;
  const ratio = window.devicePixelRatio || 1;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  marks.forEach((mark, i) => {
    const stroke = color(`--run-${checked.get(mark.id)}`);
    const left = plot.valToPos(mark.from, 'x', true);
    const right = mark.to === null ? bbox.left + bbox.width : plot.valToPos(mark.to, 'x', true);
    const looked = marking.looked === mark.key;
    ctx.fillStyle = stroke + (looked ? '44' : fills[mark.severity] ?? '00');
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.strokeStyle = stroke;
    ctx.lineWidth = (looked ? 3 : 1.5) * ratio;
    ctx.setLineDash((dashes[mark.severity] ?? []).map((length) => length * ratio));
    for (const x of mark.to === null || mark.to === mark.from ? [left] : [left, right]) {
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.fillStyle = stroke;
    ctx.font = `${12 * ratio}px system-ui, sans-serif`;
    const room = bbox.left + bbox.width - left > 20 * ratio;
    ctx.textAlign = room ? 'left' : 'right';
    ctx.fillText(mark.sign, left + (room ? 3 : -3) * ratio, bbox.top + (12 + 13 * (i % 5)) * ratio);
  });
  ctx.restore();
}

// marksAt are those at a place of a chart, in its pixels, and at its step.
export function marksAt(plot, marks, x, step) {
  return marks.filter((mark) => {
    const near = (at) => Math.abs(plot.valToPos(at, 'x') - x) <= nearMark;
    return near(mark.from) || (mark.to !== null && near(mark.to)) ||
      (mark.severity !== 'best' && step >= mark.from && (mark.to === null || step <= mark.to));
  });
}

let marksListed = '';

// listMarks lists all marks as buttons, where they are others: one that is pointed at or has the focus stands out in the
// charts, and one that is pressed is zoomed to.
export function listMarks(redraw, zoomTo) {
  const marks = allMarks();
  const now = JSON.stringify(marks.map((mark) => [mark.key, checked.get(mark.id), markText(mark)]));
  if (now === marksListed) return;
  marksListed = now;
  const list = byID('marks');
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.mark : null;
  list.replaceChildren(...marks.map((mark) => {
    const look = (key) => () => {
      marking.looked = key;
      redraw();
    };
    const button = element('button', {
      type: 'button', 'data-mark': mark.key, 'data-severity': mark.severity,
      onfocus: look(mark.key), onblur: look(null), onmouseenter: look(mark.key), onmouseleave: look(null),
      onclick: () => zoomTo(mark),
    }, `${mark.sign} ${markText(mark)}`);
    button.style.setProperty('--run', `var(--run-${checked.get(mark.id)})`);
    return element('li', {}, button);
  }));
  list.hidden = marks.length === 0;
  if (focused) list.querySelector(`[data-mark="${CSS.escape(focused)}"]`)?.focus();
}
