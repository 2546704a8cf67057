// inbox.js - what came, what waits to be decided, and the dead letters: what was accepted and could not be decided.
import { get } from './api.js';
import { el } from './dom.js';
import { empty, facts, more, section, table } from './parts.js';
import { duration, person, time, tone } from './words.js';

export const path = words => words.length === 1 && words[0] === 'inbox';
export const title = () => 'Inbox';
export const concerns = what => what.what === 'inbox' || what.what === 'journal';
export const again = () => 15000;

export async function load(words, query, signal) {
  const before = query.get('before');
  const either = async found => {
    try {
      return await found;
    } catch (error) {
      if (error.status === 403) return { denied: error.message };
      throw error;
    }
  };
  const [inbox, dead] = await Promise.all([either(get('inbox', signal)), either(get(`dead${before ? `?before=${encodeURIComponent(before)}` : ''}`, signal))]);
  return { inbox, dead };
}

export const say = found => (found.dead.items && found.dead.items.length ? `${found.dead.items.length} dead letters` : 'No dead letters');

export function itemWords(item) {
  return item.words || [item.event, item.subject].filter(Boolean).join(': ') || `${item.source || 'unknown'}: ${item.kind || 'unreadable'}`;
}

function deadLetters(found, query) {
  if (found.denied) return empty(found.denied);
  if (!found.items.length) return empty('There are none: whatever was accepted was decided.');
  return [table('Dead letters', ['When', 'What', 'Why', 'By', 'Then'], found.items.map(letter => ({
    key: letter.id,
    cells: [time(letter.at), el('a', { href: `#/dead/${encodeURIComponent(letter.id)}` }, itemWords(letter)), letter.why || '–', letter.by ? person(letter.by) : letter.source || '–',
      el('div', { class: 'buttons' },
        el('button', { type: 'button', 'data-ask': `dead retry ${letter.id}`, 'aria-label': `Decide ${letter.id} once more` }, 'Retry'),
        el('button', { type: 'button', class: 'danger', 'data-ask': `dead drop ${letter.id}`, 'data-sure': 'Drop it for good? What it says is not kept then.', 'aria-label': `Drop ${letter.id}` }, 'Drop'))],
  }))), more('inbox', query, found.next)];
}

function inboxItems(found) {
  if (found.denied) return empty(found.denied);
  return [
    facts([['Waiting', String(found.depth)], ['The oldest for', found.depth ? duration(found.oldest_ms) : null], ['Effects on their way', String(found.effects)], ['Parked', found.parked ? String(found.parked) : null]]),
    found.items.length ? table('What came last', ['When', 'What', 'From', 'By', 'State'], found.items.map(item => ({
      key: item.id,
      cells: [time(item.received_at), itemWords(item), item.source || '–', item.by ? person(item.by) : '–', tone(item.waits ? 'waiting' : 'plain', item.waits ? 'waits' : 'decided')],
    }))) : empty('Nothing came yet.')];
}

export function draw(found, words, query) {
  return [el('h1', {}, 'Inbox'), section('Dead letters', deadLetters(found.dead, query)), section('What came', inboxItems(found.inbox))];
}
