// Elements are made here. Text goes in as text: what files hold is never read as HTML.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, String(value));
  }
  made.append(...children.filter((c) => c !== null && c !== undefined));
  return made;
}

export const byID = (id) => document.getElementById(id);

// own is a property that an object has itself: names out of files may be those of Object's.
export const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

// setText changes a node only where its text is another, so that screen readers and selections stay.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
