// operation.js - one operation: where it is, what one may ask of it, its numbers, what happened.
import { get, word } from './api.js';
import { button } from './asking.js';
import { chart } from './chart.js';
import { el, link } from './dom.js';
import { actions, empty, facts, operationLink, operationRows, OPERATION_COLUMNS, section, table, targetLink, timeline } from './parts.js';
import { duration, millis, number, person, share, time, tone, when } from './words.js';

export const path = words => words.length === 2 && words[0] === 'operations';
export const title = words => words[1];
export const concerns = (what, words) => what.what === 'operation' && (what.id === words[1] || !what.id);
export const again = found => (found.ended ? 0 : 3000);
export const load = (words, query, signal) => get(`operations/${word(words[1])}`, signal);
export const say = found => found.status || found.summary || found.state;

const SAID_ELSEWHERE = new Set(['Asked by', 'Version', 'Judge']);
const MARKS = { done: '✓', now: '▶', next: '○', failed: '✕' };
const MARK_WORDS = { done: 'done', now: 'now', next: 'to come', failed: 'failed' };
const VERDICTS = {
  pass: ['good', 'No harm found'], fail: ['bad', 'Harm found'], wait: ['running', 'Not enough seen yet'],
  inconclusive: ['waiting', 'It cannot be told'],
};

function steps(list) {
  return el('ol', { class: 'steps', 'aria-label': 'Steps' }, list.map(step => el('li', { class: step.mark, 'aria-current': step.mark === 'now' ? 'step' : null },
    el('span', { 'aria-hidden': 'true', class: 'mark' }, MARKS[step.mark] || '·'), step.text,
    el('span', { class: 'unseen' }, ` (${MARK_WORDS[step.mark] || step.mark})`))));
}

function bar(rollout) {
  if (!rollout.plan.length) return null;
  return el('div', { class: 'share' }, el('progress', { max: 100, value: rollout.percent, 'aria-label': 'Share of the traffic' }),
    el('span', {}, `${rollout.percent} % of the traffic${rollout.bake_ms ? `, ${duration(rollout.observed_ms)} of ${duration(rollout.bake_ms)} ${rollout.watching ? 'watched' : 'baked'}` : ''}`));
}

function figureTable(points, limits) {
  const side = (name, found) => [name, number(found.requests), share(found.error_rate), millis(found.p50_ms), millis(found.p95_ms)];
  const last = points[points.length - 1];
  const rows = [side('New version', last.canary), side('Old version', last.baseline)];
  if (limits.error_rate || limits.latency_p95_ms)
    rows.push(['Limit', '–', share(limits.error_rate), '–', limits.latency_p95_ms ? millis(limits.latency_p95_ms) : '–']);
  return table('The newest look', ['', 'Requests', 'Errors', 'p50', 'p95'], rows.map(cells => ({ key: cells[0], cells })));
}

function everyLook(points) {
  return el('details', {}, el('summary', {}, `Every look (${points.length})`),
    table('Every look', ['When', 'Share', 'Errors, new', 'Errors, old', 'p95, new', 'p95, old'], [...points].reverse().map(point => ({
      key: point.at,
      cells: [time(point.at), `${point.percent} %`, share(point.canary.error_rate), share(point.baseline.error_rate), millis(point.canary.p95_ms), millis(point.baseline.p95_ms)],
    }))));
}

// What was seen: as the record has it, and as this page saw it besides.
const seen = new Map();
const SEEN_MAX = 600;

function looks(found) {
  const points = seen.get(found.id) || new Map();
  for (const look of found.rollout.looks || []) points.set(look.at, look);
  if (found.rollout.measured) points.set(found.rollout.measured.at, found.rollout.measured);
  seen.set(found.id, points);
  return [...points.values()].sort((a, b) => a.at.localeCompare(b.at)).slice(-SEEN_MAX);
}

function judged(found) {
  const { rollout } = found, [kind, words] = VERDICTS[rollout.verdict.is] || [];
  const points = looks(found);
  if (!rollout.limits.judged && !points.length) return null;
  return section('The judge',
    words ? el('p', { class: 'verdict' }, tone(kind, words), ' ', rollout.verdict.why) : empty('Nothing was judged yet.'),
    points.length ? [
      el('div', { class: 'charts' },
        chart({ name: 'Errors', points, value: side => side.error_rate, format: at => share(at), limit: rollout.limits.error_rate }),
        chart({ name: 'Latency, p95', points, value: side => side.p95_ms, format: millis, limit: rollout.limits.latency_p95_ms })),
      figureTable(points, rollout.limits), everyLook(points)] : null);
}

function approvals(found) {
  if (!found) return null;
  return section('Consent',
    found.waiting ? el('p', {}, found.lacking || 'It waits for somebody else\u2019s consent.', ' ', found.until ? ['Until ', time(found.until), ' ', when(found.until)] : null) : null,
    found.given.length ? el('ul', {}, found.given.map(one => el('li', {}, person(one.by), ' consented, ', time(one.at)))) : el('p', { class: 'dim' }, 'Nobody has consented yet.'));
}

function effects(list) {
  if (!list || !list.length) return null;
  const bad = list.filter(effect => effect.end !== 'done').length;
  return section('Effects', el('details', {}, el('summary', {}, `${list.length} effects${bad ? `, ${bad} of them not done` : ', all of them done'}`), table('Effects', ['Id', 'What', 'State', 'Tries', 'When', 'Why'], list.map(effect => ({
    key: effect.id,
    cells: [effect.id, effect.kind, effect.end || effect.state, effect.tries, time(effect.at), effect.error || '–'],
  })))));
}

export function draw(found) {
  const { rollout } = found;
  return [
    el('p', { class: 'crumbs' }, el('a', { href: '#/operations' }, 'Operations'), ' / ', found.id),
    el('h1', {}, found.title || found.kind),
    el('p', { class: `lead ${found.tone || ''}` }, tone(found.tone, found.ended ? found.outcome : null), ' ', found.status || found.summary || found.standing || found.state),
    rollout && rollout.held ? el('p', { class: 'banner warn' }, el('strong', {}, 'It waits for a person: '), rollout.held,
      rollout.held_until ? [' Unanswered, it goes back at ', time(rollout.held_until), ', ', when(rollout.held_until), '.'] : null) : null,
    actions(found.actions, button),
    rollout && !found.ended ? bar(rollout) : null,
    found.steps && found.steps.length ? steps(found.steps) : null,
    facts([['Asked by', found.requester ? person(found.requester) : found.asked_by], ['Asked', time(found.created_at)], ['Took', duration(found.duration_ms)],
      ['Target', found.target ? targetLink(found.target) : null], ['Version', found.version], ['Reason', found.reason],
      ['Part of', found.parent ? operationLink(found.parent) : null], ...(found.fields || []).filter(field => !SAID_ELSEWHERE.has(field.name)).map(field => [field.name, field.value]),
      ['Elsewhere', found.links && found.links.length ? found.links.map(one => [link(one.url, one.label), ' ']) : null]]),
    rollout ? judged(found) : found.table && found.table.length ? el('pre', {}, found.table.join('\n')) : null,
    approvals(found.approvals),
    found.operations && found.operations.length ? section('What it asked for', table('What it asked for', OPERATION_COLUMNS, operationRows(found.operations))) : null,
    section('What happened', timeline(found.timeline || []), found.timeline_is_cut ? el('p', { class: 'dim' }, 'There is more in the audit: ', el('a', { href: `#/audit?operation=${encodeURIComponent(found.id)}` }, found.id)) : null),
    effects(found.effects),
  ];
}
