// dead.js - one dead letter: what it says, why it could not be decided, and what may be done with it.
import { get, word } from './api.js';
import { button } from './asking.js';
import { el } from './dom.js';
import { itemWords } from './inbox.js';
import { actions, facts } from './parts.js';
import { person, time } from './words.js';

export const path = words => words.length === 2 && words[0] === 'dead';
export const title = words => `Dead letter ${words[1]}`;
export const concerns = what => what.what === 'inbox';
export const load = (words, query, signal) => get(`dead/${word(words[1])}`, signal);

export function draw(found) {
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/inbox' }, 'Inbox'), ' / ', found.id),
    el('h1', {}, itemWords(found)),
    el('p', { class: 'lead' }, found.why || 'Nobody knows why.'),
    actions(found.actions, button),
    facts([['Source', found.source], ['Kind', found.kind], ['By', found.by ? person(found.by) : null], ['Received', time(found.received_at)], ['Given up', time(found.at)],
      ['Void after', found.not_after ? time(found.not_after) : null], ['Request', found.request ? el('a', { href: `#/audit?request=${encodeURIComponent(found.request)}` }, found.request) : null]]),
  ];
}
