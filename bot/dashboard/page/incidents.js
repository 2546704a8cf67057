// incidents.js - what is open, and what was.
import { get, query as queryOf } from './api.js';
import { el } from './dom.js';
import { empty, incidentCard, more, section, severity, table } from './parts.js';
import { duration, time } from './words.js';

export const path = words => words.length === 1 && words[0] === 'incidents';
export const title = () => 'Incidents';
export const concerns = what => what.what === 'incident';

export async function load(words, query, signal) {
  const [open, ended] = await Promise.all([get('incidents?state=running&limit=200', signal),
    get(`incidents${queryOf({ state: 'ended', before: query.get('before') })}`, signal)]);
  return { open, ended };
}

export const say = found => `${found.open.items.length} incidents are open`;

export function draw(found, words, query) {
  return [
    el('div', { class: 'head' }, el('h1', {}, 'Incidents'), el('button', { type: 'button', 'data-propose': 'incident declare ' }, 'Declare one')),
    section('Open', found.open.items.length ? el('ul', { class: 'cards' }, found.open.items.map(incidentCard)) : empty('No incident is open.')),
    section('Ended', found.ended.items.length ? table('Incidents that have ended', ['Id', 'What', 'Severity', 'Opened', 'Took'], found.ended.items.map(incident => ({
      key: incident.id,
      cells: [incident.id, el('a', { href: `#/incidents/${encodeURIComponent(incident.id)}` }, incident.title), severity(incident.severity), time(incident.opened_at),
        incident.ended_at ? duration(new Date(incident.ended_at) - new Date(incident.opened_at)) : '–'],
    }))) : empty('None has ended yet.')),
    more('incidents', query, found.ended.next),
  ];
}
