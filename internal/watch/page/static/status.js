// The line in the head of the page: whether the page is live, and for a while what went wrong.
import { byID, setText } from './dom.js';

let standing = '';
let forgetting = null;

// setStatus is what the line says from now on.
export function setStatus(text) {
  standing = text;
  clearTimeout(forgetting);
  setText(byID('status'), text);
}

// tell puts a text there for some seconds.
export function tell(text) {
  setText(byID('status'), text);
  clearTimeout(forgetting);
  forgetting = setTimeout(() => setText(byID('status'), standing), 8000);
}
