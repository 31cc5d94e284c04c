// Where the data are from: the server of `dino map`, or the element that `dino map --out` put into the
// page.

const embeddedData = document.getElementById('data');
const pollEvery = 400; // milliseconds

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error || `the server answered ${response.status}`);
  return body;
}

const liveSource = {
  load: async () => answer(await fetch('api/map')),
  // follow calls listener with each state of UMAP until it is done.
  async follow(listener) {
    for (;;) {
      const state = await answer(await fetch('api/umap'));
      listener(state);
      if (state.done || state.error) return;
      await new Promise((resolve) => { setTimeout(resolve, pollEvery); });
    }
  },
};

const fileSource = {
  load: async () => JSON.parse(embeddedData.textContent),
  async follow(listener, data) {
    listener({ done: true, umap: data.umap });
  },
};

export const source = embeddedData ? fileSource : liveSource;
