// target.js - one target: its versions, good and bad, who is at it, what differs from the record.
import { get, word } from './api.js';
import { el } from './dom.js';
import { empty, facts, operationLink, runningCard, section, table } from './parts.js';
import { lockWords } from './targets.js';
import { time, tone, when } from './words.js';

export const path = words => words.length >= 2 && words[0] === 'targets';
export const title = words => words.slice(1).join('/');
export const concerns = what => what.what === 'target' || what.what === 'operation';
export const load = (words, query, signal) => get(`targets/${words.slice(1).map(word).join('/')}`, signal);

const HOW = {
  good: ['good', 'good'],
  'taken-back': ['bad', 'taken back'],
  'rolled-back-later': ['waiting', 'rolled back later'],
  untouched: ['plain', 'served nothing'],
  'in-doubt': ['waiting', 'in doubt'],
};

function versions(caption, list, isBad) {
  return table(
    caption,
    isBad ? ['Version', 'When', 'By', 'Why'] : ['Version', 'When', 'By', 'Revision'],
    list.map((one, i) => ({
      key: `${one.operation} ${i}`,
      cells: [
        el('span', { class: 'version' }, one.version || '–'),
        [time(one.at), ' ', when(one.at)],
        one.operation ? operationLink(one.operation) : '–',
        isBad ? one.why || '–' : one.revision || '–',
      ],
    })),
  );
}

function asks(found) {
  if (found.driver === 'database') return null;
  const place = `${found.service} ${found.environment}`;
  return el(
    'div',
    { class: 'buttons', role: 'group', 'aria-label': 'What you may ask for' },
    el('button', { type: 'button', 'data-ask': `status ${place}` }, 'Look at it now'),
    el('button', { type: 'button', 'data-propose': `deploy ${place} ` }, 'Deploy'),
    el('button', { type: 'button', 'data-propose': `rollback ${place}` }, 'Roll back'),
    el('button', { type: 'button', 'data-propose': `lock ${place} "why"` }, 'Lock'),
    found.locks.length
      ? el(
          'button',
          { type: 'button', 'data-ask': `unlock ${place}`, 'data-sure': `Take the lock of ${found.name} away?` },
          'Unlock',
        )
      : null,
  );
}

function drift(found) {
  if (!found) return null;
  return section(
    'What differs',
    el(
      'p',
      {},
      'Somebody changed the template beside opsgate, as ',
      operationLink(found.operation),
      ' found it',
      found.at ? [' at ', time(found.at)] : null,
      found.by ? `, by ${found.by}` : null,
      ':',
    ),
    el('pre', {}, [found.differences, found.scaling].filter(Boolean).join('\n')),
  );
}

export function draw(found) {
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/targets' }, 'Targets'), ' / ', found.name),
    el('h1', {}, found.name),
    el(
      'p',
      { class: 'lead' },
      found.version
        ? [
            'Runs ',
            el('span', { class: 'version' }, found.version),
            found.serving ? [', good ', when(found.serving.at)] : null,
          ]
        : found.sentence || 'Nothing that opsgate deployed runs there.',
    ),
    found.doubt
      ? el('p', { class: 'banner warn' }, operationLink(found.doubt), ' ended and left open what runs there.')
      : null,
    found.locks.length
      ? el(
          'div',
          { class: 'banner warn' },
          found.locks.map(lock => el('p', {}, lockWords(lock))),
        )
      : null,
    asks(found),
    facts([
      ['Driver', found.driver],
      ['Region', found.region],
      ['Waiting', found.waiting.length ? found.waiting.map((id, i) => [i ? ', ' : '', operationLink(id)]) : null],
    ]),
    found.holder ? section('At it now', el('ul', { class: 'cards' }, runningCard(found.holder))) : null,
    drift(found.drift),
    section(
      'Good versions',
      found.good.length ? versions('Good versions, newest first', found.good, false) : empty('None is known.'),
    ),
    found.bad.length ? section('Bad versions', versions('Bad versions, newest first', found.bad, true)) : null,
    section(
      'How it went',
      found.ends.length
        ? table(
            'What changed it, newest first',
            ['Operation', 'Version', 'How', 'Ended'],
            found.ends.map(end => ({
              key: end.operation,
              cells: [
                operationLink(end.operation),
                `${end.way_back ? 'back to ' : ''}${end.version || end.verb || '–'}`,
                tone(...(HOW[end.how] || ['plain', end.how])),
                time(end.ended_at),
              ],
            })),
          )
        : empty('Nothing yet.'),
    ),
  ];
}
