// Tabs: arrow keys go from one to the next, as the pattern of WAI-ARIA has it.
import { byID } from './dom.js';
import { view } from './state.js';

export const tabNames = ['curves', 'verdict', 'pictures', 'map', 'configuration', 'bad', 'notes'];

export function startTabs(chosen) {
  const choose = (name, focus) => {
    view.tab = name;
    for (const other of tabNames) {
      const tab = byID(`tab-${other}`);
      tab.setAttribute('aria-selected', other === name);
      tab.tabIndex = other === name ? 0 : -1;
      byID(`panel-${other}`).hidden = other !== name;
      if (focus && other === name) tab.focus();
    }
    chosen(name);
  };
  tabNames.forEach((name, i) => {
    byID(`tab-${name}`).addEventListener('click', () => choose(name));
    byID(`tab-${name}`).addEventListener('keydown', (event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabNames.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(tabNames[(to + tabNames.length) % tabNames.length], true);
    });
  });
  choose('curves');
}
