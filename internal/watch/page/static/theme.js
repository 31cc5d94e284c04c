// Light, dark, or as the system has it; kept in the browser.
import { byID } from './dom.js';

const themes = ['system', 'light', 'dark'];
const themeNames = { system: 'as the system', light: 'light', dark: 'dark' };
const themeSigns = { system: '◐', light: '☀', dark: '☾' };

function storedTheme() {
  try {
    return themes.includes(localStorage.getItem('dino-theme')) ? localStorage.getItem('dino-theme') : 'system';
  } catch {
    return 'system'; // a browser may keep nothing
  }
}

// startTheme calls changed whenever the colours are others.
export function startTheme(changed) {
  const button = byID('theme');
  let theme = storedTheme();
  const show = () => {
    document.documentElement.dataset.theme = theme;
    button.textContent = themeSigns[theme];
    button.setAttribute('aria-label', `Colours: ${themeNames[theme]}`);
    button.title = button.getAttribute('aria-label');
  };
  button.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try {
      localStorage.setItem('dino-theme', theme);
    } catch { /* a browser may keep nothing */ }
    show();
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  show();
}

// color is a colour of style.css by its name.
export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
