// The cloud beside the channel: services with their revisions and traffic, image tags, and the calls that were made.
import { el } from './slack.js';

const COLORS = ['--r0', '--r1', '--r2', '--r3', '--r4'];
const CALLS_SHOWN = 40;
const REVISIONS_SHOWN = 4;

const short = name => name?.split('/').pop() ?? '';

// A revision keeps its colour for life: by its place in the order of creation.
const colorOf = (service, id) => {
  const place = [...service.revisions].reverse().findIndex(revision => revision.id === id);
  return `var(${COLORS[(place < 0 ? 0 : place) % COLORS.length]})`;
};

function stateOf(service) {
  if (service.reconciling) return ['busy', 'changing'];
  return service.terminalCondition?.state === 'CONDITION_FAILED' ? ['bad', 'failed'] : ['good', 'ready'];
}

function trafficOf(service, id) {
  const entries = service.serving.filter(entry => entry.revision === id);
  return { percent: entries.reduce((sum, entry) => sum + (entry.percent ?? 0), 0), tags: entries.map(entry => entry.tag).filter(Boolean) };
}

function wantedOf(service, id) {
  return (service.traffic ?? []).filter(entry => entry.revision === id || (!entry.revision && id === short(service.latestReadyRevision)))
    .reduce((sum, entry) => sum + (entry.percent ?? 0), 0);
}

function revisionRow(service, revision) {
  const { percent, tags } = trafficOf(service, revision.id);
  const ready = revision.conditions?.find(condition => condition.type === 'Ready')?.state;
  const wanted = wantedOf(service, revision.id);
  const shown = service.reconciling && wanted !== percent ? `${percent} → ${wanted} %` : `${percent} %`;
  return el('li', {},
    el('span', { class: 'swatch', style: `background:${colorOf(service, revision.id)}` }),
    el('span', { class: 'revision-name mono', title: revision.id }, revision.id),
    el('span', { class: percent || wanted ? 'percent' : 'percent none' }, shown),
    el('span', { class: 'revision-about' },
      el('span', {}, revision.version),
      ...tags.map(tag => el('span', { class: 'tag', title: 'traffic tag' }, tag)),
      ready === 'CONDITION_RECONCILING' && el('span', { class: 'busy' }, 'starting'),
      ready === 'CONDITION_FAILED' && el('span', { class: 'bad' }, 'never became ready'),
      ready === 'CONDITION_SUCCEEDED' && revision.health !== 'ok' && el('span', { class: 'bad' }, '/health answers 503')));
}

function serviceCard(service) {
  const environment = service.labels?.environment;
  const [kind, word] = stateOf(service);
  const notable = service.revisions.filter((revision, index) => index < REVISIONS_SHOWN || trafficOf(service, revision.id).percent > 0);
  const notes = Object.entries(service.annotations ?? {}).map(([key, value]) => `${key}: ${value}`).join(' · ');
  return el('article', { class: 'service', 'aria-label': service.id },
    el('div', { class: 'service-head' },
      el('h4', {}, el('a', { href: service.uri, target: '_blank', rel: 'noreferrer' }, service.id)),
      environment && el('span', { class: `chip ${environment}` }, environment),
      el('span', { class: `state ${kind}` }, word)),
    el('div', { class: 'bar', role: 'img', 'aria-label': 'traffic: ' + service.serving.filter(entry => entry.percent).map(entry => `${entry.percent} % to ${entry.revision}`).join(', ') },
      ...service.serving.filter(entry => entry.percent).map(entry => el('i', { style: `width:${entry.percent}%;background:${colorOf(service, entry.revision)}`, title: `${entry.revision} ${entry.percent} %` }))),
    el('ul', { class: 'revisions' }, ...notable.map(revision => revisionRow(service, revision))),
    kind === 'bad' && el('p', { class: 'why' }, service.terminalCondition.message),
    notes && el('p', { class: 'note mono' }, notes));
}

function tagRow(registry, tag, change) {
  const image = registry.images.find(candidate => candidate.digest === tag.digest);
  const next = image.health === 'ok' ? 'unhealthy' : 'ok';
  return el('tr', {},
    el('td', {}, el('span', { class: 'mono' }, tag.tag)),
    el('td', { class: 'mono dim', title: tag.digest }, `${tag.digest.slice(7, 15)}…`),
    el('td', {}, el('button', { type: 'button', class: `health ${image.health}`, title: `make it ${next}`, 'aria-label': `${tag.tag} is ${image.health}; make it ${next}`, 'data-tag': tag.tag,
      onclick: () => change({ image: { digest: tag.digest, repository: tag.repository, health: next } }) }, image.health === 'ok' ? 'ok' : image.health === 'unhealthy' ? '503' : 'crashes')));
}

const SERVICE_NAMES = { slack: 'slack', response: 'slack', run: 'run', registry: 'registry', metadata: 'token', app: 'app', opsgate: 'to opsgate' };

function callRow(call) {
  const path = call.path.replace(/^\/v2\/projects\/[^/]+\/locations\/[^/]+\//, '').replace(/^\/computeMetadata\/v1\/instance\/service-accounts\//, '').replace(/[0-9a-f]{24,}/g, '…');
  const bad = call.status === 0 || call.status >= 400;
  return el('li', { class: call.applied ? 'done' : '', title: `${call.method} ${call.path}${call.fault ? ` (fault: ${call.fault})` : ''}` },
    el('span', { class: 'dim' }, SERVICE_NAMES[call.service] ?? call.service),
    el('span', {}, el('b', { style: 'font-weight:inherit' }, `${call.method} `), path),
    el('span', { class: bad ? 'code bad' : 'code' }, call.status === null ? '…' : call.status === 0 ? 'lost' : String(call.status)));
}

// Redraws only what differs from the last time, and gives the focus back to the same control.
const drawn = new Map();
function redraw(node, value, make) {
  const text = JSON.stringify(value);
  if (drawn.get(node) === text) return;
  drawn.set(node, text);
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.tag : null;
  node.replaceChildren(...make());
  if (focused) node.querySelector(`[data-tag="${CSS.escape(focused)}"]`)?.focus();
}

export function drawCloud(state, calls, change) {
  const services = [...state.run.services].sort((a, b) => (a.labels?.environment === 'production') - (b.labels?.environment === 'production'));
  const recent = calls.slice(-CALLS_SHOWN).reverse();
  redraw(document.getElementById('services'), services, () => services.map(serviceCard));
  redraw(document.querySelector('#tags tbody'), state.registry, () => state.registry.tags.map(tag => tagRow(state.registry, tag, change)));
  redraw(document.getElementById('calls'), recent, () => recent.length ? recent.map(callRow) : [el('li', { class: 'empty' }, 'none yet')]);
}
