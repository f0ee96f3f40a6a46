// Elements, made of names and texts alone: what a file says never becomes HTML.
export function element(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const find = (id) => document.getElementById(id);

const focusable = "a[href], button, input, select, textarea, summary, [tabindex='0']";
const reachable = (node) => node.isConnected && !node.disabled && node.checkVisibility();

// Who works with the keyboard stays where they were: at what took the place of the control that had the focus, else before it.
export function fill(id, ...children) {
  const place = find(id), focused = document.activeElement;
  if (place === focused || !place.contains(focused)) {
    place.replaceChildren(...children);
    return;
  }
  const all = [...document.querySelectorAll(focusable)], at = [...place.querySelectorAll(focusable)].indexOf(focused);
  place.replaceChildren(...children);
  const now = [...place.querySelectorAll(focusable)].filter(reachable);
  (now[Math.min(at, now.length - 1)] ?? all.slice(0, all.indexOf(focused)).reverse().find(reachable))?.focus();
}
