// Where the data are from: the server of `dino watch`, or the element that `dino report` put into the
// page. Both have
//   runs(listener)      calls listener({runs: [summary…], total, truncated}) now, and with those that change
//   details(id)         configuration, bad images, notes
//   curves(id, part)    buckets of the metrics: see docs/watch.md
//   map(id)             the map of a run, or {none: why there is none}
//   image(id, path)     the address of an image on that map, live only
//   umap(id, step)      places of UMAP after so many steps, live only
//   pictures(id)        what was drawn of a run
//   sheet(id, name)     the address of a sheet of pictures; undefined where it is not there
//   save(id, notes)     live only
import { own } from './dom.js';

const embeddedData = document.getElementById('data');

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error || `the server answered ${response.status}`);
  return body;
}

const liveSource = {
  live: true,
  runs(listener, status) {
    const events = new EventSource('api/events');
    events.addEventListener('runs', (event) => listener(JSON.parse(event.data)));
    events.onopen = () => status('live');
    events.onerror = () => status(events.readyState === EventSource.CLOSED ? 'disconnected: reload the page' : 'reconnecting …');
  },
  details: async (id) => answer(await fetch(`api/run?id=${encodeURIComponent(id)}`)),
  curves: async (id, part) => answer(await fetch(`api/curves?${new URLSearchParams({ id, ...part })}`)),
  map: async (id) => answer(await fetch(`api/map?id=${encodeURIComponent(id)}`)),
  umap: async (id, step) => answer(await fetch(`api/map/umap?${new URLSearchParams({ id, step })}`)),
  image: (id, path) => `api/map/image?${new URLSearchParams({ id, path })}`,
  pictures: async (id) => answer(await fetch(`api/pictures?id=${encodeURIComponent(id)}`)),
  sheet: (id, name) => `api/sheet?${new URLSearchParams({ id, name })}`,
  save: async (id, notes) => answer(await fetch(`api/notes?id=${encodeURIComponent(id)}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(notes),
  })),
};

function reportSource(data) {
  return {
    live: false,
    runs(listener, status) {
      status(`written on ${data.made}`);
      listener({ runs: data.runs, total: data.runs.length });
    },
    details: async (id) => data.details[id],
    curves: async (id) => data.curves[id],
    map: async (id) => data.maps?.[id] ?? { none: 'The report has no map of this run.' },
    pictures: async (id) => data.pictures?.[id] ?? { epochs: [] },
    sheet: (id, name) => own(data.pictures?.[id]?.content ?? {}, name),
  };
}

export const source = embeddedData ? reportSource(JSON.parse(embeddedData.textContent)) : liveSource;
