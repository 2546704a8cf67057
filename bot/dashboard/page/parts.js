// parts.js - what several views are made of.
import { el } from './dom.js';
import { duration, person, time, tone, when } from './words.js';

export function section(title, ...children) {
  const id = `h-${title.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  return el('section', { class: 'part', 'aria-labelledby': id, 'data-key': id }, el('h2', { id }, title), children);
}

export function empty(text) {
  return el('p', { class: 'empty' }, text);
}

// names: of the columns; rows: { key, cells }. On a phone each cell stands below the name of its column.
export function table(caption, names, rows) {
  return el(
    'div',
    { class: 'scroll', role: 'group', 'aria-label': caption },
    el(
      'table',
      {},
      el('caption', { class: 'unseen' }, caption),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          names.map(name => el('th', { scope: 'col' }, name)),
        ),
      ),
      el(
        'tbody',
        {},
        rows.map(row =>
          el(
            'tr',
            { 'data-key': row.key },
            row.cells.map((cell, i) =>
              i === 0
                ? el('th', { scope: 'row', 'data-name': names[i] }, cell)
                : el('td', { 'data-name': names[i] }, cell),
            ),
          ),
        ),
      ),
    ),
  );
}

export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return el(
    'dl',
    { class: 'facts' },
    known.map(([name, value]) => el('div', { 'data-key': name }, el('dt', {}, name), el('dd', {}, value))),
  );
}

export function operationLink(id, text) {
  return el('a', { href: `#/operations/${encodeURIComponent(id)}` }, text || id);
}

export function targetLink(name) {
  return el('a', { href: `#/targets/${name.split('/').map(encodeURIComponent).join('/')}` }, name);
}

// The page that an operation is best looked at on.
export function operationPage(operation) {
  const isIncident = operation.kind === 'incident';
  return el(
    'a',
    { href: `#/${isIncident ? 'incidents' : 'operations'}/${encodeURIComponent(operation.id)}` },
    operation.title || operation.kind,
  );
}

export function more(path, query, next) {
  if (!next) return null;
  const values = new URLSearchParams(query);
  values.set('before', next);
  return el('p', { class: 'more' }, el('a', { href: `#/${path}?${values}` }, 'Older ones'));
}

// One that is under way, as lists have it.
export function runningCard(operation) {
  return el(
    'li',
    { class: `card ${operation.tone || 'plain'}`, 'data-key': operation.id },
    el(
      'p',
      { class: 'card-head' },
      el('strong', {}, operationPage(operation)),
      tone(operation.tone, operation.tone === 'good' ? 'Done' : null),
    ),
    el('p', {}, operation.status || operation.standing || operation.state),
    el(
      'p',
      { class: 'dim' },
      operation.id,
      ' · ',
      operation.requester ? person(operation.requester) : operation.asked_by,
      ' · ',
      time(operation.created_at),
      ' · ',
      duration(operation.duration_ms),
    ),
  );
}

export function operationRows(list) {
  return list.map(operation => ({
    key: operation.id,
    cells: [
      operation.id,
      operationPage(operation),
      tone(operation.tone, operation.standing || null),
      operation.requester ? person(operation.requester) : operation.asked_by || '–',
      time(operation.created_at),
      duration(operation.duration_ms),
    ],
  }));
}

export const OPERATION_COLUMNS = ['Id', 'What', 'State', 'Asked by', 'When', 'Took'];

export function severity(name) {
  return el('span', { class: `severity ${/^(P1|SEV1)$/i.test(name) ? 'worst' : 'lesser'}` }, name);
}

export function incidentCard(incident) {
  return el(
    'li',
    { class: `card ${incident.ended ? 'plain' : 'bad'}`, 'data-key': incident.id },
    el(
      'p',
      { class: 'card-head' },
      severity(incident.severity),
      el(
        'strong',
        {},
        el('a', { href: `#/incidents/${encodeURIComponent(incident.id)}` }, incident.title || incident.id),
      ),
      el('span', { class: 'tone plain' }, incident.state),
    ),
    el('p', {}, incident.update || (incident.lead ? `${incident.lead} leads` : 'Nobody leads')),
    el('p', { class: 'dim' }, incident.id, ' · opened ', time(incident.opened_at), ', ', when(incident.opened_at)),
  );
}

const KINDS = {
  'request.accepted': 'asked',
  'request.refused': 'refused',
  'operation.begun': 'begun',
  'operation.moved': 'moved',
  'operation.ended': 'ended',
  'effect.ended': 'effect',
  'deploy.pinned': 'pinned',
  'deploy.allowed': 'allowed',
  'deploy.judged': 'judged',
  'target.granted': 'target',
};

// What was carried out as it should be stands among the effects, and would hide what people did.
function isTold(entry) {
  return entry.kind !== 'effect.ended' || !/: done$/.test(entry.words || '');
}

export function timeline(entries) {
  const told = entries.filter(isTold);
  if (!told.length) return empty('Nothing yet.');
  return el(
    'ol',
    { class: 'timeline' },
    told.map(entry =>
      el(
        'li',
        { 'data-key': entry.n },
        time(entry.at),
        el('span', { class: 'kind' }, KINDS[entry.kind] || entry.kind),
        el('span', { class: 'text' }, entry.by ? [person(entry.by), ' '] : null, entry.words || ''),
      ),
    ),
  );
}

export function actions(list, button) {
  if (!list || !list.length) return null;
  return el(
    'div',
    { class: 'buttons', role: 'group', 'aria-label': 'What you may ask for now' },
    list.map(action => button(action)),
  );
}
