// What happens elsewhere, told to opsgate by webhook: a release, a page, an alert, and what opsgate answered. And what opsgate told
// GitHub: deployments, with their states.
import { el } from './slack.js';

const REPOSITORY = 'acme/platform';
const HOOK = { owner: REPOSITORY, secret: 'sandbox-github-secret', content_type: 'json', events: ['*'] }; // as sandbox.yaml has it
const BUILD_MS = 3000; // the image of a release is there a little later
const BROKEN = { error_rate: 0.2, from_percent: 25 };
const DEPLOYMENTS_SHOWN = 3;
const ALERT = { alertname: 'HighErrors', service: 'api', environment: 'production', severity: 'critical' };

const numbers = tag => (/^v(\d+)\.(\d+)\.(\d+)$/.exec(tag) ?? []).slice(1).map(Number);
const byVersion = (a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

// One more than whatever was released or built.
function nextVersion(state) {
  const releases = state.github.repositories.find(repository => repository.full_name === REPOSITORY).releases.map(release => release.tag);
  const [major, minor] = [...releases, ...state.registry.tags.map(tag => tag.tag)].map(numbers).filter(parts => parts.length === 3).sort(byVersion).pop() ?? [1, 0, 0];
  return `${major}.${minor + 1}.0`;
}

function answerOfRelease(state) {
  const last = state.github.deliveries.filter(delivery => delivery.event === 'release' && delivery.action === 'published').pop();
  if (!last) return ['', ''];
  if (last.delivered_at_ms === undefined) return ['busy', 'on its way'];
  if (last.status_code === 0) return ['bad', 'nobody answered'];
  return last.status_code < 300 ? ['good', 'accepted'] : ['bad', `refused: ${last.status_code}`];
}

function answerOf({ waiting, delivered }) {
  if (waiting.length) return ['busy', waiting[0].tries > 1 ? `tried ${waiting[0].tries} times` : 'on its way'];
  const last = delivered.at(-1);
  return !last ? ['', ''] : last.outcome === 'delivered' ? ['good', 'accepted'] : ['bad', last.outcome];
}

const isFiring = state => state.alertmanager.groups.some(group => group.alerts.some(alert => alert.status === 'firing' && alert.labels?.alertname === ALERT.alertname));
const openIncident = state => state.pagerduty.incidents.findLast(incident => incident.status !== 'resolved');

async function release(state, change, behaviour) {
  const version = nextVersion(state), tag = `v${version}`;
  if (!state.github.hooks.length) await change({ github: { hook: HOOK } });
  if (behaviour) await change({ behaviour: { image: tag, ...behaviour } });
  return change({ github: { release: { tag, name: tag, author: 'ann' } }, tag: { tag, version, after_ms: BUILD_MS } });
}

// Rows: who tells, what the button says, what it does to the world, and what became of the last time.
const ROWS = [
  { who: 'GitHub', says: state => `Release v${nextVersion(state)}`, about: () => `publishes it in ${REPOSITORY}; its image follows in ${BUILD_MS / 1000} s`,
    act: (state, change) => release(state, change),
    answer: answerOfRelease },
  { who: 'GitHub', says: state => `Release v${nextVersion(state)} that breaks`, about: () => `the same, but once it has ${BROKEN.from_percent} % of the traffic a fifth of its requests fail`,
    act: (state, change) => release(state, change, BROKEN),
    answer: () => ['', ''] },
  { who: 'PagerDuty', says: state => openIncident(state) ? 'Resolve the page' : 'Page: API is down', about: state => openIncident(state)?.title ?? 'an incident of high urgency',
    act: (state, change) => change({ pagerduty: openIncident(state) ? { act: { incident: openIncident(state).id, status: 'resolved' } } : { incident: { title: 'API is down', urgency: 'high' } } }),
    answer: state => answerOf(state.pagerduty) },
  { who: 'Alertmanager', says: state => isFiring(state) ? 'The alert ends' : 'Alert: HighErrors', about: () => 'critical, of api in production',
    act: (state, change) => change({ alertmanager: { config: { group_wait_ms: 500, group_interval_ms: 2000 }, [isFiring(state) ? 'resolve' : 'fire']: { labels: ALERT } } }),
    answer: state => answerOf(state.alertmanager) },
];

function rowPart(row) {
  const button = el('button', { type: 'button', class: 'quiet small' }), answer = el('span', {}), problem = el('p', { class: 'why', role: 'status' });
  const node = el('li', {}, el('span', { class: 'dim' }, row.who), button, answer, problem);
  let world = null;
  button.addEventListener('click', async () => {
    if (!world) return;
    const told = await row.act(world.state, world.change).catch(() => ({ ok: false, error: 'the sandbox does not answer' }));
    problem.textContent = told.ok ? '' : told.error;
  });
  return {
    node,
    show(state, change) {
      const [kind, text] = row.answer(state);
      world = { state, change };
      if (button.textContent !== row.says(state)) button.textContent = row.says(state);
      button.title = row.about(state);
      answer.className = `state ${kind}`;
      answer.hidden = !text;
      if (answer.textContent !== text) answer.textContent = text;
    },
  };
}

const parts = ROWS.map(rowPart);

// ---- what GitHub was told ----

const KINDS = { success: 'good', failure: 'bad', error: 'bad', in_progress: 'busy', queued: 'busy', pending: 'busy' };

function deploymentPart(deployment) {
  const status = deployment.statuses?.at(-1), state = status?.state ?? 'created';
  return el('li', { title: status?.description ?? '' }, el('span', { class: 'dim' }, deployment.environment),
    el('span', { class: 'told' }, status?.description ?? deployment.description ?? ''), el('span', { class: `state ${KINDS[state] ?? ''}` }, state));
}

function drawDeployments(state) {
  const list = document.getElementById('deployments'), all = state.github.deployments ?? [];
  document.getElementById('deployments-title').hidden = list.hidden = !all.length;
  list.replaceChildren(...all.slice(-DEPLOYMENTS_SHOWN).reverse().map(deploymentPart));
}

export function drawOutside(state, change) {
  const list = document.getElementById('outside');
  if (!list.children.length) list.append(...parts.map(part => part.node));
  for (const part of parts) part.show(state, change);
  drawDeployments(state);
}
