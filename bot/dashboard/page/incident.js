// incident.js - one incident: who leads, what is due when, what happened.
import { get, word } from './api.js';
import { button } from './asking.js';
import { el, link } from './dom.js';
import { actions, empty, facts, section, severity, table } from './parts.js';
import { time, tone, when } from './words.js';

export const path = words => words.length === 2 && words[0] === 'incidents';
export const title = words => words[1];
export const concerns = (what, words) => (what.what === 'incident' || what.what === 'operation') && (what.id === words[1] || !what.id);
export const again = found => (found.ended ? 0 : 15000);
export const load = (words, query, signal) => get(`incidents/${word(words[1])}`, signal);
export const say = found => `${found.state}. ${found.update || ''}`;

const TIMERS = {
  acknowledge: 'Somebody should have answered', ack: 'Somebody should have answered', update: 'An update is due', mail: 'Stakeholders are told by mail',
  postmortem: 'The post-mortem is due', 'post-mortem': 'The post-mortem is due', escalate: 'The next ones are called',
};

function timers(list) {
  if (!list.length) return empty('Nothing is due.');
  return el('ul', { class: 'timers' }, list.map(timer => el('li', { 'data-key': timer.name, class: timer.due_in_ms < 0 ? 'late' : null },
    el('strong', {}, when(timer.due_at)), ' ', TIMERS[timer.name.replace(/[.:-]?\d+$/, '')] || timer.name, ', ', time(timer.due_at))));
}

function said(entries) {
  if (!entries.length) return empty('Nothing yet.');
  return el('ol', { class: 'timeline' }, entries.map((entry, i) => el('li', { 'data-key': `${entry.at} ${i}` },
    time(entry.at), el('span', { class: 'kind' }, entry.kind),
    el('span', { class: 'text' }, entry.who ? el('span', { class: 'person' }, entry.who) : null, entry.who ? ' ' : null, entry.url ? link(entry.url, entry.text || entry.url) : entry.text))));
}

function asks(found) {
  if (found.actions && found.actions.length) return actions(found.actions, button);
  return null;
}

export function draw(found) {
  const id = found.id;
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/incidents' }, 'Incidents'), ' / ', id),
    el('h1', {}, severity(found.severity), ' ', found.title || id),
    el('p', { class: 'lead' }, tone(found.ended ? 'plain' : 'bad', found.state), ' ', found.update || ''),
    asks(found),
    found.ended ? null : el('div', { class: 'buttons', role: 'group', 'aria-label': 'What you may say' },
      el('button', { type: 'button', 'data-propose': `incident note ${id} ` }, 'Write a note'),
      el('button', { type: 'button', 'data-propose': `incident update ${id} ` }, 'Tell everybody')),
    facts([['Lead', found.lead || 'nobody'], ['Opened', [time(found.opened_at), ' ', when(found.opened_at)]], ['Acknowledged', found.acknowledged_at ? time(found.acknowledged_at) : 'not yet'],
      ['Resolved', found.resolved_at ? time(found.resolved_at) : null], ['Channel', found.channel ? link(found.channel.url, `#${found.channel.name || found.channel.id}`) : null],
      ['Kind', found.type], ['Seen by', found.private ? 'those in it alone' : null],
      ['On call', found.on_call && found.on_call.length ? found.on_call.join(', ') : null], ['The public reads', found.public ? found.public.text || found.public.status : null]]),
    found.ended ? null : section('What is due', timers(found.timers)),
    section('Timeline', said(found.timeline), found.timeline_left_out ? el('p', { class: 'dim' }, `${found.timeline_left_out} older entries are left out here.`) : null),
    found.pages && found.pages.length ? section('Pages', table('Pages', ['Id', 'Title', 'Status'], found.pages.map(page => ({ key: page.id, cells: [link(page.url, page.id), page.title, page.status || '–'] })))) : null,
  ];
}
