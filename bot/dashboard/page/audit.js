// audit.js - the journal, searched.
import { get, query as queryOf } from './api.js';
import { el } from './dom.js';
import { empty, more, operationLink, table } from './parts.js';
import { person, time } from './words.js';

const FIELDS = [
  ['text', 'Words', 'v1.4.2'],
  ['person', 'Person', 'slack:U012AB3CD'],
  ['operation', 'Operation', 'D7'],
  ['request', 'Request', ''],
  ['kind', 'Kind', 'deploy.judged'],
];
const TIMES = [
  ['since', 'Since'],
  ['until', 'Until'],
];

export const path = words => words.length === 1 && words[0] === 'audit';
export const title = () => 'Audit';
export const again = () => 0;
export const concerns = () => false; // what is searched stays as it was found; the button looks again

export function load(words, query, signal) {
  return get(`journal${queryOf(Object.fromEntries(query))}`, signal);
}

// The fields are in the reader's zone, the query in UTC.
function local(text) {
  if (!text) return '';
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? ''
    : new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

document.addEventListener('submit', event => {
  if (event.target.id !== 'search') return;
  event.preventDefault();
  const values = {};
  for (const [name, value] of new FormData(event.target)) {
    const text = value.trim();
    if (text) values[name] = TIMES.some(([time]) => time === name) ? new Date(text).toISOString() : text;
  }
  const hash = `#/audit${queryOf(values)}`;
  if (location.hash === hash) window.dispatchEvent(new HashChangeEvent('hashchange'));
  else location.hash = hash;
});

function form(query) {
  const field = (name, label, input) =>
    el('div', { class: 'field' }, el('label', { for: `search-${name}` }, label), input);
  return el(
    'form',
    { id: 'search', class: 'search', role: 'search', 'aria-label': 'The journal' },
    FIELDS.map(([name, label, hint]) =>
      field(
        name,
        label,
        el('input', {
          id: `search-${name}`,
          name,
          value: query.get(name) || '',
          placeholder: hint,
          autocomplete: 'off',
        }),
      ),
    ),
    TIMES.map(([name, label]) =>
      field(
        name,
        label,
        el('input', { id: `search-${name}`, name, type: 'datetime-local', value: local(query.get(name)) }),
      ),
    ),
    el('div', { class: 'field' }, el('button', { type: 'submit', class: 'primary' }, 'Search')),
  );
}

function words(entry) {
  const text = JSON.stringify(entry.body, null, 1);
  if (text === '{}') return entry.words || '–';
  return el('details', {}, el('summary', {}, entry.words || 'All of it'), el('pre', {}, text));
}

export function draw(found, place, query) {
  return [
    el('h1', {}, 'Audit'),
    form(query),
    found.items.length
      ? table(
          'Entries of the journal, newest first',
          ['Entry', 'When', 'Kind', 'Operation', 'Who', 'What'],
          found.items.map(entry => ({
            key: entry.n,
            cells: [
              entry.n,
              time(entry.at),
              el('code', {}, entry.kind),
              entry.operation ? operationLink(entry.operation) : '–',
              entry.by ? person(entry.by) : '–',
              words(entry),
            ],
          })),
        )
      : empty('Nothing was found.'),
    more('audit', query, found.next),
  ];
}
