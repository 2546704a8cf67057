// policy.js - what policy would say: to somebody, about a request that nobody makes.
import { get, query as queryOf } from './api.js';
import { el } from './dom.js';
import { empty, section, table } from './parts.js';
import { tone } from './words.js';

export const path = words => words.length === 1 && words[0] === 'policy';
export const title = () => 'Policy';
export const concerns = () => false;

async function told(found) {
  try {
    return await found;
  } catch (error) {
    if (error.status >= 400 && error.status < 500 && error.status !== 401) return { wrong: error.message };
    throw error;
  }
}

export async function load(words, query, signal) {
  const text = query.get('text'), who = query.get('who');
  const [me, explained, whoCan] = await Promise.all([get('me', signal),
    text ? told(get(`policy/explain${queryOf({ who, text })}`, signal)) : null,
    text ? told(get(`policy/who-can${queryOf({ text })}`, signal)) : null]);
  return { me, explained, whoCan };
}

document.addEventListener('submit', event => {
  if (event.target.id !== 'explain') return;
  event.preventDefault();
  const values = Object.fromEntries([...new FormData(event.target)].map(([name, value]) => [name, value.trim()]));
  const hash = `#/policy${queryOf(values)}`;
  if (location.hash === hash) window.dispatchEvent(new HashChangeEvent('hashchange'));
  else location.hash = hash;
});

const VERDICTS = { allow: ['good', 'Allowed'], needs: ['waiting', 'Needs more'], deny: ['bad', 'Denied'] };

const OUTCOMES = { elsewhere: 'is about something else', others: 'is for others', applies: 'applies' };

function verdict(found) {
  return tone(...(VERDICTS[found.verdict] || ['plain', found.verdict]));
}

function explained(found) {
  if (!found) return null;
  if (found.wrong) return section('What policy says', el('p', { class: 'problem' }, found.wrong));
  return section('What policy says', el('p', { class: 'verdict' }, verdict(found), ' ', found.reason || ''),
    found.turn ? el('p', {}, found.turn) : null,
    found.held_why ? el('p', { class: 'banner warn' }, found.held_why) : null,
    found.depends_on_version ? el('p', { class: 'dim' }, `It may depend on the version: ${found.depends_on_version}`) : null,
    found.rules.length ? table('What each rule says', ['Rule', 'Kind', 'To it', 'Why'], found.rules.map((rule, i) => ({
      key: `${rule.rule} ${i}`, cells: [el('code', {}, rule.rule), rule.kind, OUTCOMES[rule.outcome] || rule.outcome, rule.sentence],
    }))) : empty('No rule speaks of it.'));
}

function whoCan(found) {
  if (!found) return null;
  if (found.wrong) return section('Who could', el('p', { class: 'problem' }, found.wrong));
  return section('Who could',
    found.everyone ? el('p', {}, 'Everybody in the workspace: ', el('code', {}, found.everyone.rule || ''), '.') : null,
    found.persons.length ? table('Who could', ['Who', 'Verdict', 'Why', 'Rule'], found.persons.map(one => ({
      key: one.who, cells: [[one.who, one.also && one.also.length ? el('span', { class: 'dim' }, ` ${one.also.join(', ')}`) : null], verdict(one), one.reason, el('code', {}, one.rule || '–')],
    }))) : found.everyone ? null : empty('Nobody.'),
    found.with_break_glass.length ? el('p', {}, 'And by breaking the glass: ', found.with_break_glass.map(one => one.who).join(', '), '.') : null);
}

function mine(me) {
  return section('What you may ask for', el('p', {}, 'You are ', el('strong', {}, me.name), ' (', el('code', {}, me.principal), ')', me.roles.length ? `: ${me.roles.join(', ')}.` : ', in no role.'),
    el('ul', { class: 'may' }, me.may.map(one => el('li', { 'data-key': one.verb }, el('strong', {}, one.verb), ' ', one.summary.replaceAll('`', ''),
      one.places.length && !one.anywhere ? el('span', { class: 'dim' }, ` In ${one.places.join(', ')}.`) : null))));
}

export function draw(found, words, query) {
  return [
    el('h1', {}, 'Policy'),
    el('form', { id: 'explain', class: 'search', 'aria-label': 'Ask policy' },
      el('div', { class: 'field' }, el('label', { for: 'explain-who' }, 'Who'), el('input', { id: 'explain-who', name: 'who', value: query.get('who') || found.me.principal, autocomplete: 'off', placeholder: 'slack:U012AB3CD' })),
      el('div', { class: 'field wide' }, el('label', { for: 'explain-text' }, 'What they would ask for'), el('input', { id: 'explain-text', name: 'text', value: query.get('text') || '', autocomplete: 'off', placeholder: 'deploy api production v1.4.2', required: true })),
      el('div', { class: 'field' }, el('button', { type: 'submit', class: 'primary' }, 'Ask policy'))),
    explained(found.explained), whoCan(found.whoCan), mine(found.me),
  ];
}
