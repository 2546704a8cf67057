// now.js - what happens now: what runs, which incidents are open, what stands where.
import { get } from './api.js';
import { el } from './dom.js';
import { empty, incidentCard, operationRows, OPERATION_COLUMNS, runningCard, section, table } from './parts.js';
import { targetRows, TARGET_COLUMNS } from './targets.js';

const LATELY = 8;

export const path = words => words.length === 0;
export const title = () => 'Now';
export const concerns = what => what.what !== 'journal';
export const again = found => (found.running.items.length ? 4000 : 60000);

// Who may not see one part sees the others.
async function part(found) {
  try {
    return await found;
  } catch (error) {
    if (error.status === 403) return null;
    throw error;
  }
}

export async function load(words, query, signal) {
  const [running, ended, incidents, targets, inbox] = await Promise.all([
    get('operations?state=running&limit=50', signal), get(`operations?state=ended&limit=${LATELY}`, signal),
    part(get('incidents?state=running', signal)), part(get('targets?limit=200', signal)), part(get('dead?limit=1', signal))]);
  return { running, ended, incidents, targets, dead: inbox };
}

function isWork(operation) {
  return !['incident', 'lock', 'halt'].includes(operation.kind) && !operation.kind.startsWith('watch.');
}

function warnings(found) {
  const halted = found.running.items.filter(operation => operation.kind === 'halt');
  return [
    halted.map(operation => el('p', { class: 'banner bad', 'data-key': operation.id }, el('strong', {}, 'Halted. '), operation.status || operation.summary || '')),
    found.dead && found.dead.items.length ? el('p', { class: 'banner warn', 'data-key': 'dead' }, 'There are dead letters: what was accepted and could not be decided. ', el('a', { href: '#/inbox' }, 'Look at them')) : null,
  ];
}

export function draw(found) {
  const running = found.running.items.filter(isWork);
  return [
    el('h1', {}, 'Now'),
    warnings(found),
    found.incidents && found.incidents.items.length ? section('Open incidents', el('ul', { class: 'cards' }, found.incidents.items.map(incidentCard))) : null,
    section('Under way', running.length ? el('ul', { class: 'cards' }, running.map(runningCard)) : empty('Nothing is under way.')),
    found.targets ? section('What runs where', table('What runs where', TARGET_COLUMNS, targetRows(found.targets.items))) : null,
    section('Lately', found.ended.items.length
      ? table('What ended last', OPERATION_COLUMNS, operationRows(found.ended.items.filter(isWork))) : empty('Nothing was asked for yet.')),
  ];
}

export function say(found) {
  const running = found.running.items.filter(isWork).map(operation => `${operation.id}: ${operation.status || operation.state}`);
  return running.length ? running.join('. ') : 'Nothing is under way.';
}
