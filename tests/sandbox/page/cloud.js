// The cloud beside the channel: services with their revisions and traffic, image tags, and the calls that were made.
import { el } from './slack.js';
import { ERRORS, LATENCY, TRAFFIC, slider } from './sliders.js';

const COLORS = ['--r0', '--r1', '--r2', '--r3', '--r4'];
const CALLS_SHOWN = 40;
const REVISIONS_SHOWN = 4;
const STRANGER = 'carol@acme.example';
const STRANGERS_SHARE = 10;
const PINNED = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';

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

const readinessOf = revision => revision.conditions?.find(condition => condition.type === 'Ready')?.state;

// ---- drawing in place: a part is {node, show(...)}, made once, so that a slider being moved stays in the hand ----

function keyed(box, parts, keys, make) {
  for (const [key, part] of parts) {
    if (keys.includes(key)) continue;
    part.node.remove();
    parts.delete(key);
  }
  return keys.map((key, index) => {
    const part = parts.get(key) ?? make(key);
    parts.set(key, part);
    if (box.children[index] !== part.node) box.insertBefore(part.node, box.children[index] ?? null);
    return part;
  });
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
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

// ---- services ----

const number = value => value.toLocaleString('en-GB').replaceAll(',', '\u202f');

function servedText({ requests = 0, errors = 0 } = {}) {
  if (!requests) return null;
  const share = errors / requests * 100;
  return `${number(requests)} requests, ${errors ? `${number(errors)} errors (${share < 0.1 ? '<0.1' : share.toFixed(1)} %)` : 'no errors'}`;
}

function aboutRevision(revision, tags) {
  const ready = readinessOf(revision);
  return [
    el('span', {}, revision.version),
    ...tags.map(tag => el('span', { class: 'tag', title: 'traffic tag' }, tag)),
    ready === 'CONDITION_RECONCILING' && el('span', { class: 'busy' }, 'starting'),
    ready === 'CONDITION_FAILED' && el('span', { class: 'bad' }, 'never became ready'),
    ready === 'CONDITION_SUCCEEDED' && revision.health !== 'ok' && el('span', { class: 'bad' }, '/health answers 503')].filter(Boolean);
}

function revisionPart(serviceId, id, change) {
  const swatch = el('span', { class: 'swatch' }), percent = el('span', {}), about = el('span', { class: 'revision-about' }), served = el('span', { class: 'served' });
  const behave = field => value => change({ behaviour: { service: serviceId, revision: id, [field]: value } });
  const errors = slider(ERRORS, id, behave('error_rate')), latency = slider(LATENCY, id, behave('latency_ms'));
  const node = el('li', {}, swatch, el('span', { class: 'revision-name mono', title: id }, id), percent, about, served, el('div', { class: 'knobs' }, errors.node, latency.node));
  return {
    node,
    show(service, revision) {
      const traffic = trafficOf(service, id), wanted = wantedOf(service, id);
      const inUse = traffic.percent > 0 || wanted > 0 || traffic.tags.length > 0;
      swatch.style.background = colorOf(service, id);
      percent.className = traffic.percent || wanted ? 'percent' : 'percent none';
      setText(percent, service.reconciling && wanted !== traffic.percent ? `${traffic.percent} → ${wanted} %` : `${traffic.percent} %`);
      redraw(about, [revision.version, revision.health, readinessOf(revision), traffic.tags], () => aboutRevision(revision, traffic.tags));
      setText(served, servedText(revision.served) ?? '');
      errors.show(inUse ? revision.behaviour?.error_rate : undefined);
      latency.show(inUse ? revision.behaviour?.latency_ms : undefined);
    },
  };
}

function barPart() {
  const node = el('div', { class: 'bar', role: 'img' }), parts = new Map();
  return {
    node,
    show(service) {
      const shares = service.serving.filter(entry => entry.percent);
      const isFirst = parts.size === 0;
      const segments = keyed(node, parts, [...new Set(shares.map(entry => entry.revision))], id => ({ node: el('i', { style: 'width:0' }), id }));
      node.setAttribute('aria-label', `traffic: ${shares.map(entry => `${entry.percent} % to ${entry.revision}`).join(', ')}`);
      const move = () => segments.forEach(segment => {
        const { percent } = trafficOf(service, segment.id);
        Object.assign(segment.node.style, { width: `${percent}%`, background: colorOf(service, segment.id) });
        segment.node.title = `${segment.id} ${percent} %`;
      });
      if (isFirst) move();
      else requestAnimationFrame(move); // a new part grows from nothing
    },
  };
}

// What somebody else's change would be: a tenth from the busiest revision to the next one. Null with only one revision.
function strangersChange(service) {
  const ready = service.revisions.filter(revision => readinessOf(revision) === 'CONDITION_SUCCEEDED').map(revision => ({ id: revision.id, percent: trafficOf(service, revision.id).percent }));
  const [from, to] = ready.sort((a, b) => b.percent - a.percent);
  if (!to || !from.percent) return null;
  const moved = Math.min(STRANGERS_SHARE, from.percent), left = new Map([[from.id, from.percent - moved], [to.id, to.percent + moved]]);
  const traffic = service.serving.filter(entry => !left.has(entry.revision) && entry.percent).map(entry => ({ type: PINNED, revision: entry.revision, percent: entry.percent }));
  for (const [revision, percent] of left) if (percent) traffic.push({ type: PINNED, revision, percent });
  for (const entry of service.serving.filter(candidate => candidate.tag)) traffic.push({ type: PINNED, revision: entry.revision, tag: entry.tag });
  return { text: `${STRANGER} moves ${moved} % from ${from.id} to ${to.id}`, foreign: { service: service.id, by: STRANGER, mask: 'traffic', body: { traffic } } };
}

function strangerPart(change) {
  const problem = el('p', { class: 'why', role: 'status' });
  const button = el('button', { type: 'button', class: 'quiet small' }, 'Somebody else changes traffic');
  let wanted = null;
  button.addEventListener('click', async () => {
    if (!wanted) return;
    const answer = await change({ foreign: wanted.foreign });
    setText(problem, answer.ok ? '' : answer.error);
  });
  return {
    button, problem,
    show(service) {
      wanted = strangersChange(service);
      button.setAttribute('aria-disabled', String(!wanted));
      button.title = wanted?.text ?? 'needs a second revision that is ready';
    },
  };
}

// Annotations are for machines: folded away, a line each.
function notesPart() {
  const summary = el('summary', {}), list = el('dl', { class: 'mono' }), node = el('details', { class: 'note' }, summary, list);
  return {
    node,
    show(annotations = {}) {
      const entries = Object.entries(annotations);
      node.hidden = entries.length === 0;
      setText(summary, entries.length === 1 ? '1 annotation' : `${entries.length} annotations`);
      redraw(list, entries, () => entries.flatMap(([key, value]) => [el('dt', {}, key), el('dd', {}, value)]));
    },
  };
}

function servicePart(id, change) {
  const link = el('a', { target: '_blank', rel: 'noreferrer' }, id), chip = el('span', {}), state = el('span', {}), list = el('ul', { class: 'revisions' });
  const why = el('p', { class: 'why' }), notes = notesPart(), bar = barPart(), stranger = strangerPart(change), revisions = new Map();
  const traffic = slider(TRAFFIC, id, rps => change({ traffic: { service: id, rps } }));
  const node = el('article', { class: 'service', 'aria-label': id },
    el('div', { class: 'service-head' }, el('h4', {}, link), chip, state), traffic.node, bar.node, list, why, notes.node, el('div', { class: 'service-foot' }, stranger.button), stranger.problem);
  return {
    node,
    show(service) {
      const [kind, word] = stateOf(service), environment = service.labels?.environment;
      const notable = service.revisions.filter((revision, index) => index < REVISIONS_SHOWN || trafficOf(service, revision.id).percent > 0);
      if (link.href !== service.uri) link.href = service.uri;
      Object.assign(chip, { className: `chip ${environment ?? ''}`, hidden: !environment });
      setText(chip, environment ?? '');
      state.className = `state ${kind}`;
      setText(state, word);
      traffic.show(service.rps);
      bar.show(service);
      keyed(list, revisions, notable.map(revision => revision.id), revision => revisionPart(id, revision, change)).forEach((part, index) => part.show(service, notable[index]));
      setText(why, kind === 'bad' ? service.terminalCondition.message : '');
      notes.show(service.annotations);
      stranger.show(service);
    },
  };
}

const services = new Map();
function drawServices(state, change) {
  const wanted = [...state.run.services].sort((a, b) => (a.labels?.environment === 'production') - (b.labels?.environment === 'production'));
  keyed(document.getElementById('services'), services, wanted.map(service => service.id), id => servicePart(id, change)).forEach((part, index) => part.show(wanted[index]));
}

// ---- databases ----

function databaseRow({ name, kind, state, zone, busy }) {
  return el('tr', {}, el('td', {}, el('span', { class: 'mono' }, name), ` `, el('span', { class: 'dim' }, kind)),
    el('td', {}, busy ? `${state}, failing over` : state), el('td', { class: 'mono' }, zone));
}

function databaseRows({ sql, redis, operations }) {
  const busy = id => operations.some(operation => operation.instance === id && !operation.over);
  const shortName = path => path.split('/').pop();
  return [
    ...sql.map(({ name, state, instanceType, gceZone, settings }) => ({ name, state, zone: gceZone, busy: busy(name), kind: instanceType === 'READ_REPLICA_INSTANCE' ? 'replica' : settings.availabilityType })),
    ...redis.map(({ name, state, tier, currentLocationId }) => ({ name: shortName(name), state, zone: currentLocationId, busy: busy(shortName(name)), kind: tier })),
  ].map(databaseRow);
}

// ---- the registry, and the calls ----

function tagRow(registry, tag, change) {
  const image = registry.images.find(candidate => candidate.digest === tag.digest);
  const next = image.health === 'ok' ? 'unhealthy' : 'ok';
  return el('tr', {},
    el('td', {}, el('span', { class: 'mono' }, tag.tag)),
    el('td', { class: 'mono dim', title: tag.digest }, `${tag.digest.slice(7, 15)}…`),
    el('td', {}, el('button', { type: 'button', class: `health ${image.health}`, title: `make it ${next}`, 'aria-label': `${tag.tag} is ${image.health}; make it ${next}`, 'data-tag': tag.tag,
      onclick: () => change({ image: { digest: tag.digest, repository: tag.repository, health: next } }) }, image.health === 'ok' ? 'ok' : image.health === 'unhealthy' ? '503' : 'crashes')));
}

const SERVICE_NAMES = { slack: 'slack', response: 'slack', run: 'run', registry: 'registry', github: 'github', prometheus: 'metrics', metadata: 'token', app: 'app', sqladmin: 'sql', redis: 'redis', monitoring: 'metrics', opsgate: 'to opsgate' };

function callRow(call) {
  const path = call.path.replace(/^\/v2\/projects\/[^/]+\/locations\/[^/]+\//, '').replace(/^\/computeMetadata\/v1\/instance\/service-accounts\//, '').replace(/[0-9a-f]{24,}/g, '…');
  const bad = call.status === 0 || call.status >= 400;
  return el('li', { class: call.applied ? 'done' : '', title: `${call.method} ${call.path}${call.fault ? ` (fault: ${call.fault})` : ''}` },
    el('span', { class: 'dim' }, SERVICE_NAMES[call.service] ?? call.service),
    el('span', {}, el('b', { style: 'font-weight:inherit' }, `${call.method} `), path),
    el('span', { class: bad ? 'code bad' : 'code' }, call.status === null ? '…' : call.status === 0 ? 'lost' : String(call.status)));
}

export function drawCloud(state, calls, change) {
  const recent = calls.slice(-CALLS_SHOWN).reverse();
  drawServices(state, change);
  redraw(document.querySelector('#databases tbody'), state.databases, () => databaseRows(state.databases));
  redraw(document.querySelector('#tags tbody'), state.registry, () => state.registry.tags.map(tag => tagRow(state.registry, tag, change)));
  redraw(document.getElementById('calls'), recent, () => recent.length ? recent.map(callRow) : [el('li', { class: 'empty' }, 'none yet')]);
}
