// operations.js - what was asked for, newest first.
import { get, query as queryOf } from './api.js';
import { el } from './dom.js';
import { empty, more, operationRows, OPERATION_COLUMNS, table } from './parts.js';

export const path = words => words.length === 1 && words[0] === 'operations';
export const title = () => 'Operations';
export const concerns = what => what.what === 'operation' || what.what === 'incident';

export function load(words, query, signal) {
  return get(`operations${queryOf(Object.fromEntries(query))}`, signal);
}

function choice(name, values, chosen) {
  return el('nav', { class: 'choice', 'aria-label': name }, el('ul', {}, values.map(([value, text]) => el('li', {},
    el('a', { href: value ? `#/operations?state=${value}` : '#/operations', 'aria-current': chosen === value ? 'true' : null }, text)))));
}

export function draw(found, words, query) {
  return [
    el('h1', {}, 'Operations'),
    choice('Which', [['', 'All'], ['running', 'Under way'], ['ended', 'Ended']], query.get('state') || ''),
    found.items.length ? table('Operations', OPERATION_COLUMNS, operationRows(found.items)) : empty('There are none.'),
    more('operations', query, found.next),
  ];
}
