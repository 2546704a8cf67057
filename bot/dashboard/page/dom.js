// dom.js - elements out of texts: nothing that came from outside is ever read as markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

// An address from outside becomes a link only where it is one of the web.
export function link(url, ...children) {
  const isWeb = typeof url === 'string' && /^https?:\/\//.test(url);
  return isWeb ? el('a', { href: url, rel: 'noopener noreferrer', target: '_blank' }, children) : el('span', {}, children);
}

const KEPT = new Set(['open']); // what a person has opened stays open

function patchAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value && !KEPT.has(name)) old.setAttribute(name, value);
  }
}

function isSame(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName &&
    (a.nodeType !== Node.ELEMENT_NODE || a.getAttribute('data-key') === b.getAttribute('data-key'));
}

// Makes `old` like `fresh` with as few changes as possible, so that the focus, what is open, and where a reader is, stay.
export function patch(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  patchAttributes(old, fresh);
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    let match = at;
    while (match && !isSame(match, child)) match = match.nextSibling;
    if (!match) {
      old.insertBefore(child, at);
      continue;
    }
    while (at !== match) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    patch(match, child);
    at = match.nextSibling;
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}
