// targets.js - what runs where, who is at it, who waits, what holds it.
import { get } from './api.js';
import { el } from './dom.js';
import { empty, operationLink, operationPage, table, targetLink } from './parts.js';
import { when } from './words.js';

export const path = words => words.length === 1 && words[0] === 'targets';
export const title = () => 'Targets';
export const concerns = what => what.what === 'target' || what.what === 'operation';
export const load = (words, query, signal) => get('targets?limit=200', signal);

export const TARGET_COLUMNS = ['Target', 'Version', 'At it', 'Waiting', 'Held by'];

function version(target) {
  if (!target.version) return el('span', { class: 'dim' }, target.known ? target.sentence || '–' : 'not known');
  return [el('span', { class: 'version' }, target.version), ' ', when(target.serving && target.serving.at),
    target.doubt ? el('span', { class: 'tone waiting' }, 'in doubt') : null];
}

export function lockWords(lock) {
  return el('span', { class: 'lock', 'data-key': lock.operation }, lock.words || operationLink(lock.operation));
}

export function targetRows(list) {
  return list.map(target => ({
    key: target.name,
    cells: [targetLink(target.name), version(target),
      target.holder ? [operationPage(target.holder), el('br'), el('span', { class: 'dim' }, target.holder.status || target.holder.state)] : '–',
      target.waiting.length ? target.waiting.map((id, i) => [i ? ', ' : '', operationLink(id)]) : '–',
      target.locks.length ? target.locks.map(lockWords) : '–'],
  }));
}

export function draw(found) {
  return [el('h1', {}, 'Targets'), found.items.length ? table('What runs where', TARGET_COLUMNS, targetRows(found.items)) : empty('There are none that you may see.')];
}
